import Foundation
import Platform
import TestGateway
import Testing

/// Configurations as projects document them, written out anew. What each comes to stands in its head:
///
/// `# Kind: main` is a whole file, `http` what stands in `http {}`. `# Expect: accepted`, or what the error says.
/// `# With: A => B` puts B in the place of A before it runs here: addresses, paths.
/// `# Ask: HOST METHOD TARGET => STATUS` is a request to it, and what must stand in the answer behind each `;` (the
/// stand-in app answers with the request that it got).
@Suite struct RealConfigurationTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "RealConfigurations")
    static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { $0.hasSuffix(".conf") }.sorted()
        ?? []

    @Test func thereAreMany() { #expect(Self.names.count >= 25) }

    @Test(arguments: names) func itIsAcceptedOrRefusedPrecisely(_ name: String) throws {
        let real = try RealConfiguration(name)
        let folder = try Folder()
        try folder.write(real.whole, to: "nginx.conf")
        try folder.write("types { text/html html; }\n", to: "mime.types")
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
        var settings = GatewaySettings()
        settings.names = ["ECHO": echo.address, "PORT": "\(echo.port)", "SITE": site.path]
        settings.whole = real.runnable
        let gateway = try Gateway(settings)
        for ask in real.asks {
            var client = try gateway.client()
            client.send("\(ask.method) \(ask.target) HTTP/1.1\r\nHost: \(ask.host)\r\nConnection: close\r\n\r\n")
            let response = try client.response(to: ask.method)
            #expect(response.status == ask.status, "\(name): \(ask.target)\n\(response.body)")
            for part in ask.parts {
                #expect(response.body.contains(part), "\(name): \(ask.target): no '\(part)' in\n\(response.body)")
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
        var status = 0
        var parts: [String] = []
    }

    private(set) var expectation = ""
    private(set) var asks: [Ask] = []
    private var isWhole = false
    private var replacements: [(String, String)] = []
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
            case "With":
                let sides = value.components(separatedBy: " => ")
                replacements.append((sides[0], sides[1]))
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
        return Ask(host: words[0], method: words[1], target: words[2], status: status, parts: parts)
    }

    /// As it stands, with the blocks around it.
    var whole: String { isWhole ? text : "events {}\nhttp {\n\(text)\n}\n" }

    /// As it runs here.
    var runnable: String {
        var body = text.components(separatedBy: "\n").filter { !$0.hasPrefix("# ") }.joined(separator: "\n")
        for (old, new) in replacements { body = body.replacingOccurrences(of: old, with: new) }
        body = body.replacingOccurrences(of: "%FOLDER%", with: "%SITE%")
        let own = "pid gateway.pid;\nerror_log error.log info;\n"
        if isWhole { body = body.replacingOccurrences(of: "http {", with: "http {\n access_log access.log;") }
        return own + (isWhole ? body : "events {}\nhttp {\naccess_log access.log;\n\(body)\n}\n")
    }
}
