import Foundation
import Platform
import TestGateway
import Testing

/// Configurations as projects document them, written out anew. What each comes to stands in its head:
///
/// `# Kind: main` is a whole file, `http` what stands in `http {}`. `# Expect: accepted`, or what the error says.
/// `# With: A => B` puts B in the place of A before it runs here: addresses, paths. `# Here: A => B` does so also for
/// `-t`, and so does a B in `%SITE%/`, where certificates and the files of `included` are.
/// `# Ask: HOST METHOD TARGET => STATUS` is a request to it, and what must stand in the answer behind each `;` (the
/// stand-in app answers with the request that it got). A HOST that begins with `https://` is asked over TLS.
@Suite struct RealConfigurationTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "RealConfigurations")
    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { $0.hasSuffix(".conf") }.sorted()
        ?? []

    @Test func thereAreMany() {
        #expect(Self.names.count >= 25)
        let secure = Self.names.filter { ((try? RealConfiguration($0).asksTLS) ?? false) }
        #expect(secure.count >= 6)
    }

    @Test(arguments: names) func itIsAcceptedOrRefusedPrecisely(_ name: String) throws {
        let real = try RealConfiguration(name)
        let folder = try Folder()
        try folder.write(real.shipped(in: folder), to: "nginx.conf")
        try folder.write("types { text/html html; }\n", to: "mime.types")
        try real.writeFiles(into: folder)
        let program = try ChildProcess(
            GatewaySettings.path(of: "postern"),
            ["-t", "-p", folder.path + "/", "-c", "nginx.conf", "-e", folder["error.log"]], errors: folder["stderr"])
        let ending = try program.wait()
        let said = folder.text(of: "stderr")
        if real.expectation == "accepted" {
            #expect(ending == .exited(0), "\(said)")
            #expect(!said.contains("[emerg]"), "\(said)")
        } else {
            #expect(ending == .exited(1))
            #expect(said.contains(real.expectation), "\(said)")
            #expect(said.contains("help: "), "\(said)")
        }
    }

    @Test(arguments: names) func itRuns(_ name: String) throws {
        let real = try RealConfiguration(name)
        if real.expectation != "accepted" { return }
        #expect(!real.asks.isEmpty, "\(name) asks for nothing")
        let echo = try EchoUpstream()
        let site = try Folder()
        try site.write("<p>the app", to: "index.html")
        try site.write("worker_connections 1;", to: "nginx.conf")
        try real.writeFiles(into: site)
        var settings = GatewaySettings()
        let tls = try Ports.free()
        settings.names = [
            "ECHO": echo.address, "PORT": "\(echo.port)", "SITE": site.path, "TLS": "\(tls)",
            "TLSECHO": "\(try Ports.free())",
        ]
        settings.whole = real.runnable
        let gateway = try Gateway(settings)
        for ask in real.asks {
            let answer = try ask.isSecure ? ask.saySecurely(port: tls, in: site) : ask.say(to: gateway)
            #expect(answer.status == ask.status, "\(name): \(ask.target)\n\(answer.text)")
            for part in ask.parts {
                // In HTTP/2 the names of fields are lower-case.
                let has = answer.text.lowercased().contains(part.lowercased())
                #expect(has, "\(name): \(ask.target): no '\(part)' in\n\(answer.text)")
            }
        }
        // Connections to the stand-in stay in the pool.
        gateway.idleSockets = nil
        try gateway.finish()
    }
}

/// One file of the folder, taken apart.
struct RealConfiguration {
    struct Ask {
        var host = "", method = "", target = ""
        var isSecure = false
        var status = 0
        var parts: [String] = []
    }

    private(set) var expectation = ""
    private(set) var asks: [Ask] = []
    private var isWhole = false
    /// What stands for what, and whether in the file as it ships as well.
    private var replacements: [(old: String, new: String, isForever: Bool)] = []
    private let text: String

    init(_ name: String) throws {
        text = try String(contentsOf: RealConfigurationTests.folder.appendingPathComponent(name), encoding: .utf8)
        for line in text.components(separatedBy: "\n") where line.hasPrefix("# ") {
            let parts = line.dropFirst(2).split(separator: ":", maxSplits: 1).map(String.init)
            if parts.count < 2 { continue }
            let value = parts[1].trimmingCharacters(in: .whitespaces)
            switch parts[0] {
            case "Kind": isWhole = value == "main"
            case "Expect": expectation = value
            case "With", "Here":
                let sides = value.components(separatedBy: " => ")
                let isForever = parts[0] == "Here" || sides[1].hasPrefix("%SITE%/")
                replacements.append((sides[0], sides[1], isForever))
            case "Ask": asks.append(try Self.ask(value))
            default: break
            }
        }
    }

    private static func ask(_ text: String) throws -> Ask {
        let sides = text.components(separatedBy: " => ")
        let words = sides[0].split(separator: " ").map(String.init)
        guard sides.count == 2, words.count == 3 else { throw Trouble("no request: \(text)") }
        var parts = sides[1].components(separatedBy: " ; ")
        let status = Int(parts.removeFirst()) ?? 0
        let isSecure = words[0].hasPrefix("https://")
        let host = isSecure ? String(words[0].dropFirst("https://".count)) : words[0]
        return Ask(
            host: host, method: words[1], target: words[2], isSecure: isSecure, status: status, parts: parts)
    }

    /// Whether anything is asked over TLS.
    var asksTLS: Bool { asks.contains(where: \.isSecure) }

    /// As it stands, with the blocks around it; only where files are is changed.
    func shipped(in folder: Folder) -> String {
        let text = replaced(text, asShipped: true).replacingOccurrences(of: "%SITE%", with: folder.path)
        return isWhole ? text : "events {}\nhttp {\n\(text)\n}\n"
    }

    /// Certificates, where it speaks TLS, and the files of `included`.
    func writeFiles(into folder: Folder) throws {
        let place = RealConfigurationTests.folder.appendingPathComponent("included")
        for name in try FileManager.default.contentsOfDirectory(atPath: place.path) {
            let text = try String(contentsOf: place.appendingPathComponent(name), encoding: .utf8)
            let own = replaced(text, asShipped: true).replacingOccurrences(of: "%SITE%", with: folder.path)
            try folder.write(own, to: name)
        }
        if !asksTLS { return }
        let names = Set(asks.map { "DNS:" + $0.host }).sorted().joined(separator: ",")
        try Self.openssl(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=real.test", "-addext", "subjectAltName=\(names)", "-keyout", folder["privkey.pem"],
                "-out", folder["fullchain.pem"],
            ], in: folder)
        try folder.write(folder.text(of: "fullchain.pem"), to: "chain.pem")
        try Self.openssl(
            ["genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048", "-out", folder["dhparam.pem"]],
            in: folder)
    }

    private static func openssl(_ arguments: [String], in folder: Folder) throws {
        let program = try ChildProcess(
            "/usr/bin/openssl", arguments, output: folder["openssl.log"], errors: folder["openssl.log"])
        if try program.wait() != .exited(0) { throw Trouble("openssl failed: \(folder.text(of: "openssl.log"))") }
    }

    private func replaced(_ text: String, asShipped: Bool) -> String {
        var body = text
        for (old, new, isForever) in replacements where isForever || !asShipped {
            body = body.replacingOccurrences(of: old, with: new)
        }
        return body
    }

    /// An application that speaks TLS.
    private var secureStandIn: String {
        """
        server {
            listen 127.0.0.1:%TLSECHO% ssl;
            ssl_certificate %SITE%/fullchain.pem;
            ssl_certificate_key %SITE%/privkey.pem;
            location / { proxy_pass http://%ECHO%; proxy_set_header Host $http_host; }
        }

        """
    }

    /// As it runs here.
    var runnable: String {
        var body = text.components(separatedBy: "\n").filter { !$0.hasPrefix("# ") }.joined(separator: "\n")
        body = replaced(body, asShipped: false)
        if body.contains("%TLSECHO%") { body += secureStandIn }
        body = body.replacingOccurrences(of: "%FOLDER%", with: "%SITE%")
        let own = "pid gateway.pid;\nerror_log error.log info;\n"
        if isWhole { body = body.replacingOccurrences(of: "http {", with: "http {\n access_log access.log;") }
        return own + (isWhole ? body : "events {}\nhttp {\naccess_log access.log;\n\(body)\n}\n")
    }
}

extension RealConfiguration.Ask {
    /// What came back: fields and body.
    struct Answer {
        let status: Int
        let text: String
    }

    /// Asks plainly.
    func say(to gateway: Gateway) throws -> Answer {
        var client = try gateway.client()
        client.send("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        let response = try client.response(to: method)
        return Answer(
            status: response.status,
            text: response.fields.map { "\($0.name): \($0.value)\n" }.joined() + response.body)
    }

    /// Asks over TLS, as a browser would: by name, and only where the certificate is the site's.
    func saySecurely(port: Int, in site: Folder) throws -> Answer {
        try site.write("", to: "answer")
        let program = try ChildProcess(
            "/usr/bin/curl",
            [
                "-sS", "-i", "-m", "15", "--path-as-is", "--cacert", site["fullchain.pem"], "--connect-to",
                "\(host):443:127.0.0.1:\(port)", "-X", method, "https://\(host)\(target)",
            ], output: site["answer"], errors: site["answer"])
        let ending = try program.wait()
        let text = site.text(of: "answer")
        if ending != .exited(0) { throw Trouble("curl failed: \(text)") }
        let words = text.split(separator: " ", maxSplits: 2)
        return Answer(status: words.count > 1 ? Int(words[1].prefix(3)) ?? 0 : 0, text: text)
    }
}
