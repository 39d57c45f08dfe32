import Foundation
import Platform
import Testing

@testable import Configuration

/// The entry point: files, prefixes, `-g`.
@Suite struct LoaderTests {
    private func load(
        _ files: [String: String], confPath: String = "conf/nginx.conf", globals: String = "", isSuperuser: Bool = true
    ) throws(ConfigurationError) -> ConfigurationModel {
        let bytes = files.mapValues { Array($0.utf8) }
        let source = FileSource(
            read: { bytes[$0].map { .success($0) } ?? .failure(Files.Failure(operation: "open()", errno: .notFound)) },
            glob: { _ in .success(bytes.keys.filter { $0.contains("/d/") }.sorted()) })
        return try ConfigurationLoader.load(
            prefix: "/srv", confPath: confPath, globals: globals, source: source,
            machine: MachineFacts(hostName: "gate", isSuperuser: isSuperuser))
    }

    private func failure(_ body: () throws(ConfigurationError) -> ConfigurationModel) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func filesAreListedOnceInTheOrderOfReading() throws {
        let model = try load([
            "/srv/conf/nginx.conf": "include d/*; include d/b; include /etc/c;", "/srv/conf/d/b": "",
            "/srv/conf/d/a": "",
            "/etc/c": "user www;",
        ])
        #expect(model.files.map(\.path) == ["/srv/conf/nginx.conf", "/srv/conf/d/a", "/srv/conf/d/b", "/etc/c"])
        #expect(model.files[3].bytes == Array("user www;".utf8))
    }

    @Test func pathsLieUnderThePrefix() throws {
        let model = try load(["/srv/conf/nginx.conf": "http { server { listen 80; root www; access_log a.log; } }"])
        #expect(model.main.errorLogs == [ErrorLogSettings(target: .file("/srv/logs/error.log"), level: .error)])
        #expect(model.locations[1].logs.errorLogs == model.main.errorLogs)
        #expect(model.locations[1].logs.accessLogs[0].target == .file("/srv/a.log"))
        #expect(model.locations[1].files.root.literalBytes == Array("/srv/www".utf8))
        #expect(model.locations[1].body.temporaryPath == "/srv/client_body_temp")
    }

    @Test func theMainFileMustBeThere() {
        let error = failure { () throws(ConfigurationError) in try load([:], confPath: "/etc/x.conf") }
        #expect(error?.message == "open() \"/etc/x.conf\" failed (2: No such file or directory)")
    }

    @Test func filesMustBeReadable() {
        let source = FileSource(
            read: { path in
                path.hasSuffix("/nginx.conf")
                    ? .success(Array("events {}\ninclude secret;".utf8))
                    : .failure(Files.Failure(operation: "open()", errno: Errno(rawValue: 13)))
            }, glob: { _ in .success([]) })
        let error = failure { () throws(ConfigurationError) in
            try ConfigurationLoader.load(
                prefix: "/srv", confPath: "nginx.conf", globals: "", source: source,
                machine: MachineFacts(hostName: "gate", isSuperuser: true))
        }
        #expect(error?.message == "open() \"/srv/secret\" failed (13: Permission denied) in /srv/nginx.conf:2")
    }

    /// As nginx does, where it may become somebody else at all.
    @Test func theUserMustBeThere() throws {
        func load(_ text: String, isSuperuser: Bool = true) throws(ConfigurationError) -> ConfigurationModel {
            let bytes = Array(text.utf8)
            return try ConfigurationLoader.load(
                prefix: "/srv", confPath: "c", globals: "",
                source: FileSource(read: { _ in .success(bytes) }, glob: { _ in .success([]) }),
                machine: MachineFacts(
                    hostName: "gate", isSuperuser: isSuperuser, hasUser: { $0 == "www" }, hasGroup: { $0 == "staff" }))
        }
        #expect(try load("user www staff;").main.user?.group == "staff")
        #expect(
            failure { () throws(ConfigurationError) in try load("user nobody;") }?.message
                == "getpwnam(\"nobody\") failed in /srv/c:1")
        #expect(
            failure { () throws(ConfigurationError) in try load("user www none;") }?.message
                == "getgrnam(\"none\") failed in /srv/c:1")
        #expect(try load("user nobody;", isSuperuser: false).main.user == nil)
    }

    @Test func globalsComeFirst() throws {
        let files = ["/srv/conf/nginx.conf": "worker_processes 3;"]
        let model = try load(files, globals: "daemon off; error_log stderr;")
        #expect(!model.main.daemon)
        #expect(model.main.errorLogs == [ErrorLogSettings(target: .standardError, level: .error)])
        let twice = failure { () throws(ConfigurationError) in try load(files, globals: "worker_processes 2;") }
        #expect(twice?.message == "\"worker_processes\" directive is duplicate in /srv/conf/nginx.conf:1")
        let messages = [
            "daemon off": "unexpected end of parameter, expecting \";\" in command line",
            "daemons off;": "unknown directive \"daemons\" in command line",
            "http { }": "block directives are not supported in -g option in command line",
            "daemon maybe;":
                "invalid value \"maybe\" in \"daemon\" directive, it must be \"on\" or \"off\" in command line",
        ]
        for (globals, message) in messages {
            let error = failure { () throws(ConfigurationError) in try load(files, globals: globals) }
            #expect(error?.message == message)
        }
    }

    @Test func whoIsNoSuperuserKeepsTheUserAndBindsAHighPort() throws {
        let model = try load(
            ["/srv/conf/nginx.conf": "user www;\nhttp { server { } }"], isSuperuser: false)
        #expect(model.main.user == nil)
        #expect(model.listeners[0].endpoint.text == "0.0.0.0:8000")
        #expect(
            model.warnings.map(\.message) == [
                "the \"user\" directive makes sense only if the master process runs with super-user privileges, "
                    + "ignored in /srv/conf/nginx.conf:1"
            ])
    }

    @Test func textNeedsNoFile() throws {
        let model = try ConfigurationLoader.load(text: "http { server { listen 127.0.0.1:1; } }")
        #expect(model.listeners.count == 1)
    }

    @Test func realFilesAreRead() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("postern-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let main = directory.appendingPathComponent("nginx.conf")
        for (name, text) in [("b.inc", "env B;"), ("a.inc", "env A;"), ("nginx.conf", "include *.inc; include none*;")]
        {
            try text.write(to: directory.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let model = try ConfigurationLoader.load(prefix: directory.path, confPath: "nginx.conf")
        #expect(model.main.environment.map(\.name) == ["A", "B"])
        try "include missing;".write(to: main, atomically: true, encoding: .utf8)
        let missing = failure { () throws(ConfigurationError) in
            try ConfigurationLoader.load(prefix: directory.path, confPath: "nginx.conf")
        }
        #expect(
            missing?.message == "open() \"\(directory.path)/missing\" failed (2: No such file or directory) "
                + "in \(main.path):1")
        let folder = failure { () throws(ConfigurationError) in
            try ConfigurationLoader.load(prefix: "/", confPath: directory.path)
        }
        #expect(folder?.message == "read() \"\(directory.path)\" failed (21: Is a directory)")
    }

    @Test func everyNameHasOneMeaning() {
        var seen: Set<String> = []
        for row in DirectiveTable.rows {
            for context in row.contexts.names {
                #expect(seen.insert("\(row.name) in \(context)").inserted, "\(row.name) stands twice in \(context)")
            }
        }
        for id in VariableID.allCases { #expect(VariableTable.builtIn(id.name) == .builtIn(id)) }
        for prefix in VariablePrefix.allCases {
            #expect(VariableTable.builtIn(prefix.text + "x") == .prefixed(prefix, name: [0x78]))
        }
    }

    @Test func rangesHoldTheirAddresses() throws {
        let cases: [(String, String, Bool)] = [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.1", "10.0.0.1", true),
            ("0.0.0.0/0", "1.2.3.4", true), ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("10.0.0.0/8", "::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true), ("2001:db8::/32", "2001:db9::1", false), ("::/0", "::1", true),
            ("::1", "::1", true), ("2001:db8::1:0:0:0/80", "2001:db8::1:1:1:1", true), ("::/0", "1.2.3.4", false),
        ]
        for (network, address, isInside) in cases {
            let range = try #require(AddressRange.parse(network)).range
            let address = try #require(SocketAddress(numeric: address, port: 0))
            #expect(range.contains(address) == isInside, "\(network) \(address.text)")
        }
    }
}
