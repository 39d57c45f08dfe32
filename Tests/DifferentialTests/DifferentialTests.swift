import Foundation
import Platform
import TestGateway
import Testing

/// The same requests through Debian's nginx and through Postern, over the same configurations: the same location, the
/// same request to the upstream, the same answer. What differs on purpose stands in `Divergences`.
@Suite struct DifferentialTests {
    /// Requests to each route.
    static let requestsPerRoute = 9

    @Test func routingIsNginxs() throws {
        let echo = try EchoUpstream()
        let site = try Self.makeSite()
        let nginx = try Gateway(Self.settings(echo, site, isNginx: true))
        let postern = try Gateway(Self.settings(echo, site, isNginx: false))
        var count = 0
        var used: Set<String> = []
        for (index, route) in Routes.all.enumerated() {
            var generator = Generator(seed: UInt64(index) + 1)
            for asking in generator.requests(for: route, count: max(Self.requestsPerRoute, route.paths.count)) {
                count += 1
                let expected = try Self.answer(of: nginx, to: asking)
                let actual = try Self.answer(of: postern, to: asking)
                if expected == actual { continue }
                if let row = Divergences.row(for: asking, nginx: expected, postern: actual) {
                    used.insert(row)
                    continue
                }
                Issue.record("\(asking)\n--- nginx\n\(expected)\n--- postern\n\(actual)")
            }
        }
        #expect(count >= 300)
        #expect(Routes.all.count >= 40)
        let unused = Divergences.rows.map(\.name).filter { !used.contains($0) }
        #expect(unused.isEmpty, "nothing diverges so any more: \(unused)")
        // Connections to the upstream stay in the pool.
        postern.idleSockets = nil
        try postern.finish()
        nginx.program.signal(Signal.terminate)
        _ = try nginx.program.wait()
    }

    /// What came back, without what differs from run to run and from program to program.
    private static func answer(of gateway: Gateway, to asking: Asking) throws -> String {
        var client = try gateway.client()
        client.send(asking.text)
        let response = try client.response(to: asking.method)
        let ignored: Set<String> = ["date", "server", "proxy-status", "connection", "x-pad"]
        let fields = response.fields.filter { !ignored.contains($0.name.lowercased()) }.map(\.description).sorted()
        var body = Self.sortedFields(of: response.body)
        for name in ["nginx/1.22.1", "postern/0.1.0"] {
            body = body.replacing("<hr><center>\(name)</center>", with: "<hr><center>SERVER</center>")
        }
        // A page's length depends on the program's name.
        let isPage =
            body.contains("<center>SERVER<") || asking.method == "HEAD" && response["Content-Type"] == "text/html"
        let kept = fields.filter { !isPage || !$0.hasPrefix("Content-Length") }
        let text = ([response.line] + kept).joined(separator: "\n") + "\n\n" + body
        let port = gateway.names.fill("%GATEWAY%").split(separator: ":")[1]
        return gateway.names.mask(text).replacing(":\(port)", with: ":PORT")
            + (response.end == .whole ? "" : "\n\(response.end)")
    }

    /// The upstream's request with its fields in order: between fields of different names it has no meaning
    /// (RFC 9110 §5.3).
    private static func sortedFields(of body: String) -> String {
        guard body.contains(" HTTP/1.1\r\n"), let end = body.range(of: "\r\n\r\n") else { return body }
        let lines = body[..<end.lowerBound].components(separatedBy: "\r\n")
        let sorted = lines.dropFirst().enumerated().sorted {
            let names = ($0.element.prefix { $0 != ":" }, $1.element.prefix { $0 != ":" })
            return names.0 == names.1 ? $0.offset < $1.offset : names.0 < names.1
        }
        return ([lines[0]] + sorted.map(\.element)).joined(separator: "\n") + "\n\n" + body[end.upperBound...]
    }

    /// Files of known times, so that both have the same entity tags.
    private static func makeSite() throws -> Folder {
        let folder = try Folder()
        for name in ["site", "site/sub", "site/empty"] { try folder.makeFolder(name) }
        for (name, text) in [
            ("index.html", "<p>index"), ("a.txt", "text a"), ("a.js", "var a"), ("a.unknown", "what"),
            ("sub/b.html", "<p>b"), ("sub/index.html", "<p>sub"),
        ] { try folder.write(text, to: "site/" + name) }
        return folder
    }

    private static func settings(_ echo: EchoUpstream, _ site: Folder, isNginx: Bool) throws -> GatewaySettings {
        var settings = GatewaySettings("return 404;")
        settings.names = ["ECHO": echo.address, "SITE": site.path]
        settings.http = Routes.http + (isNginx ? "\n" : "\nerror_detail off;\n")
        for route in Routes.all {
            settings.http += "\nserver { listen %GATEWAY%; server_name \(route.name).test;\n\(route.text)\n}\n"
        }
        settings.http = settings.http.replacing("%FOLDER%", with: "%SITE%")
        settings.main = "worker_processes 1;"
        if isNginx {
            settings.other = ("/usr/sbin/nginx", "start worker process ")
            settings.errorLog = "error_log error.log notice;"
            settings.http += "proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\n"
        }
        return settings
    }
}
