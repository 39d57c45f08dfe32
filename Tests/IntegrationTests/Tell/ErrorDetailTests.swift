import TestGateway
import Testing

/// The page of a failure keeps nginx's title and heading; for those who may see it, it tells why, and what to check.
@Suite(.overWires) struct ErrorDetailTests {
    private static func settings(_ detail: String) -> GatewaySettings {
        GatewaySettings("location / { error_detail \(detail); proxy_pass http://%REFUSING%; }")
    }

    @Test(arguments: ["local", "on"])
    func theHTMLPageTellsWhy(_ detail: String) throws {
        try Gateway.run(Self.settings(detail)) { gateway in
            let response = try gateway.get("/a?<b>=%22", "Accept: text/html\r\n")
            #expect(response["Content-Type"] == "text/html")
            let page = gateway.names.mask(response.body)
            for part in [
                "<title>502 Bad Gateway</title>", "<center><h1>502 Bad Gateway</h1></center>",
                "<td>connect() failed (111: Connection refused)</td>", "<td>connecting to upstream</td>",
                "<td>REFUSING</td>", "<td>connection_refused</td>", "<td>SC (the upstream, connecting)</td>",
                "<b>What to check:</b>",
                "request: &quot;GET /a?&lt;b&gt;=%22 \(gateway.wires.clients.version)&quot;",
            ] { #expect(page.contains(part), "\(part)\n\(page)") }
            #expect(!page.contains("<b>="))
        }
    }

    @Test func aClientThatPrefersJSONGetsIt() throws {
        try Gateway.run(Self.settings("local")) { gateway in
            let response = try gateway.get("/\"", "Accept: application/json\r\n")
            #expect(response["Content-Type"] == "application/problem+json")
            let body = gateway.names.mask(response.body)
            for part in [
                "{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502,",
                "\"cause\":\"connect() failed (111: Connection refused)\"", "\"peers\":\"REFUSING\"",
                "\"error\":\"connection_refused\"", "\"code\":\"SC\"",
                "request: \\\"GET /\\\" \(gateway.wires.clients.version)\\\"",
            ] { #expect(body.contains(part), "\(part)\n\(body)") }
        }
    }

    @Test func offTellsNothing() throws {
        try Gateway.run(Self.settings("off")) { gateway in
            let response = try gateway.get("/")
            #expect(response["Proxy-Status"] == "postern; error=connection_refused")
            #expect(!gateway.names.mask(response.body).contains("REFUSING"))
            #expect(response.body.hasPrefix("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"))
        }
    }
}
