import TestGateway
import Testing

/// A target in absolute form names the host, before the Host field; the upstream gets the origin form.
@Suite(.overUpstreamWires) struct AbsoluteFormTests {
    @Test func theTargetsHostCounts() throws {
        let settings = GatewaySettings(
            "location / { return 200 wrong; }",
            http: """
                server {
                    listen %GATEWAY%;
                    server_name named.test;
                    location / { proxy_pass http://%UPSTREAM%; proxy_set_header Host $host; }
                }
                """)
        try Gateway.run(settings) { gateway in
            let response = try gateway.get("http://named.test/echo?a=b")
            #expect(response.echo.hasPrefix("GET /echo?a=b HTTP/1.1\r\nHost: named.test\r\n"))
        }
    }
}
