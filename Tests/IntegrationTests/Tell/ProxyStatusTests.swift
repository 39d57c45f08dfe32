import TestGateway
import Testing

/// `Proxy-Status` (RFC 9209) is on every response that Postern makes itself and on no other.
@Suite(.overWires) struct ProxyStatusTests {
    @Test func theUpstreamsOwnErrorsHaveNone() throws {
        try Gateway.run { gateway in
            for status in [200, 404, 502, 504] {
                let response = try gateway.get("/status/\(status)")
                #expect(response["Proxy-Status"] == nil)
            }
        }
    }

    @Test func aFailureHasItWithNextHopAndDetails() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; proxy_read_timeout 100ms; }") { gateway in
            let response = try gateway.strike("never-answers")
            #expect(
                gateway.names.mask(response["Proxy-Status"] ?? "") == """
                    postern; error=http_response_timeout; next-hop="UPSTREAM"; \
                    details="upstream timed out (110: Connection timed out)"
                    """)
        }
    }

    /// An error page of the configuration's own keeps it.
    @Test func anErrorPageKeepsIt() throws {
        let settings = GatewaySettings(
            """
            error_page 502 =503 /sorry;
            location / { proxy_pass http://%REFUSING%; }
            location /sorry { return 503 sorry; }
            """
        )
        try Gateway.run(settings) { gateway in
            let response = try gateway.get("/")
            #expect(response.status == 503)
            #expect(response.body == "sorry")
            #expect(response.errorType == "connection_refused")
        }
    }
}
