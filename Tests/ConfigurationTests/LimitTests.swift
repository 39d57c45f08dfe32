import FuzzTargets
import Platform
import Testing

@testable import Configuration

/// Nothing that stands in a file makes the reader fail in any other way than by an error.
@Suite struct LimitTests {
    private func message(_ text: String) -> String? {
        message(bytes: Array(text.utf8))
    }

    private func message(bytes: [UInt8]) -> String? { error(bytes: bytes)?.message }

    private func error(bytes: [UInt8]) -> (message: String, help: String?)? {
        let source = FileSource(read: { _ in .success(bytes) }, glob: { _ in .success([]) })
        do throws(ConfigurationError) {
            _ = try ConfigurationLoader.load(
                prefix: "/p", confPath: "c", globals: "", source: source,
                machine: MachineFacts(hostName: "gate", isSuperuser: true))
            return nil
        } catch {
            return (error.message, error.help)
        }
    }

    @Test func aWordOf4095BytesIsRead() {
        let word = String(repeating: "a", count: 4095)
        #expect(message("env \(word);") == nil)
        #expect(message("env \"\(word)\";") == nil)
    }

    @Test func aLongerWordIsRefused() {
        let word = String(repeating: "a", count: 4096)
        #expect(message("\nenv \(word);") == "too long parameter \"aaaaaaaaaa...\" started in /p/c:2")
        let text = "env \"a\n\(word)\";"
        #expect(
            message(text) == "too long parameter, probably missing terminating \"\"\" character in /p/c:1")
        #expect(
            message("env 'a\(word)") == "too long parameter, probably missing terminating \"'\" character in /p/c:1")
    }

    @Test func aMegabyteOfAnythingIsRefused() {
        for piece in ["a", "{", "}", "\"", "\\", "$", "#", "a{", "a;", "\n", "\0", "${", "a b "] {
            let count = 1_000_000 / piece.utf8.count
            _ = message(String(repeating: piece, count: count))
        }
        #expect(message(String(repeating: "#", count: 1_000_000)) == nil)
    }

    @Test func deepNestingIsRefused() {
        let deep = String(repeating: "http {", count: 200)
        #expect(message(deep)?.hasPrefix("\"http\" directive is not allowed here") == true)
        let locations = "http { server {" + String(repeating: "location / {", count: 200)
        #expect(message(locations) == "too many nested blocks, at most 100 are possible in /p/c:1")
    }

    /// The error says so, and has no byte that a terminal would obey.
    @Test func bytesThatAreNoTextAreRefused() throws {
        let (text, help) = try #require(error(bytes: [0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x00, 0x3b]))
        #expect(text == "unknown directive \"\\x1b[2J\u{fffd}\\x00\" in /p/c:1")
        #expect(help == "this is no text; is it the right file?")
        #expect(message(bytes: [0xff, 0xfe, 0x00, 0x3b])?.contains("unknown directive") == true)
        #expect(message(bytes: Array(0...255).map { UInt8($0) }) != nil)
    }

    @Test func hugeNumbersDoNotOverflow() {
        #expect(message("worker_connections 99999999999999999999;") != nil)
        let text = """
            events { worker_connections 9223372036854775807; }
            worker_rlimit_nofile 9223372036854775807;
            worker_shutdown_timeout 9223372036854775s;
            http {
                proxy_buffers 9223372036854775807 8796093022207m;
                proxy_buffer_size 9223372036854775807;
                client_max_body_size 8589934591g;
                upstream u { server 127.0.0.1 max_conns=9223372036854775807 fail_timeout=9223372036854775807; }
            }
            """
        #expect(message(text) == nil)
    }

    @Test func manyPortsAndPeersAreFast() {
        #expect(message("events { worker_connections 100000; } http { server { listen 1-65535; } }") == nil)
        var text = "http { server { listen 80;"
        for index in 0..<5000 { text += "location /\(index) { proxy_pass http://10.0.0.1:\(index + 1); }\n" }
        #expect(message(text + "}}") == nil)
    }

    @Test func socketsNeedConnections() {
        #expect(
            message("events { worker_connections 2; } http { server { listen 80; listen 81; } }")
                == "2 worker_connections are not enough for 2 listening sockets")
    }

    /// Every beginning of a good configuration is a configuration or an error, never a trap.
    @Test func everyCutIsAnswered() {
        let text = """
            user "www" 'staff'; # who
            events { worker_connections 64; }
            http {
                map $http_upgrade $c { default up\\;grade; '' close; ~*^a(?<n>.) $n; }
                log_format f escape=json '{"u":"${uri}"}';
                upstream app { server [::1]:80 weight=2; server unix:/s backup; keepalive 4 local; }
                server {
                    listen 127.0.0.1:8080 default_server so_keepalive=1m:2:3;
                    server_name ~^(?<host_part>a+)$ *.b .c d.*;
                    location ~ ^/(.+)\\.x$ { if ($arg_a != "b") { return 301 http://$host_part/$1; }
                        proxy_pass http://app; }
                    location = /x { alias /y; expires @15h; error_page 404 =200 @z; }
                    location @z { try_files $uri $uri/ =404; limit_except GET { deny 10.0.0.0/8; } }
                }
            }

            """
        let bytes = Array(text.utf8)
        #expect(message(bytes: bytes) == nil)
        for end in bytes.indices { _ = message(bytes: Array(bytes[..<end])) }
        for index in bytes.indices {
            var changed = bytes
            changed[index] = UInt8(truncatingIfNeeded: index &* 31 &+ 7)
            FuzzTarget.configuration.play(changed.span)
        }
    }

    /// Words of the language in an order that makes no sense.
    @Test func nonsenseIsAnswered() {
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let names = DirectiveTable.byName.keys.sorted()
        let words = [
            "on", "off", "1", "10s", "4k", "$uri", "${a}", "$1", "\"\"", "'x y'", "=", "=200", "~", "~(", "*.a", "@n",
            "/", "/a", "(", ")", "($a", "unix:", "[::1]:80", "127.0.0.1:1-9", "http://a/b", "~*(?<n>.)", "a.inc", "all",
        ]
        for _ in 0..<3000 {
            var text = next(2) == 0 ? "http { server { location / {" : "http {"
            for _ in 0..<(1 + next(8)) {
                text += " " + names[next(names.count)]
                for _ in 0..<next(4) { text += " " + words[next(words.count)] }
                text += [";", ";", ";", "{", "}"][next(5)]
            }
            FuzzTarget.configuration.play(Array((text + "}}}").utf8).span)
        }
    }
}
