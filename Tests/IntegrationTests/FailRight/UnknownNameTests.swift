import TestGateway
import Testing

/// A name without an address does not keep the gateway from starting: it warns, and its requests are 502s.
@Suite(.overWires) struct UnknownNameTests {
    @Test func itStartsAndAnswers502() throws {
        let settings = GatewaySettings(
            "location /app { proxy_pass http://app; } location /ok { return 200 ok; }",
            http: "upstream app { server postern.invalid:80; }")
        try Gateway.run(settings) { gateway in
            #expect(
                gateway.log.filter { $0.level == "warn" }.map(\.text) == [
                    "host not found in upstream \"postern.invalid:80\" in FOLDER/nginx.conf:8"
                ])
            #expect(try gateway.get("/ok").status == 200)
            let response = try gateway.get("/app")
            #expect(response.status == 502)
            #expect(response.errorType == "dns_error")
        }
    }
}
