import TestGateway
import Testing

/// An upstream that stands still is a 504 before its head and a cut after it. First of all the log says whether the
/// peer is out of use now, as nginx does for a timeout.
@Suite(.overEveryWire) struct StallTests {
    private static let settings = GatewaySettings(
        """
        client_max_body_size 0;
        location / { proxy_pass http://app; proxy_read_timeout 200ms; proxy_send_timeout 200ms; }
        location /fault/body- { proxy_pass http://app; proxy_read_timeout 1s; }
        location /full { proxy_pass http://full; proxy_connect_timeout 200ms; proxy_next_upstream off; }
        """,
        http: """
            upstream app { server %UPSTREAM% max_fails=0; }
            upstream full { server %FULL%; server %REFUSING%; }
            """)

    @Test func whileConnecting() throws {
        try Gateway.run(Self.settings) { gateway in
            let response = try gateway.get("/full")
            #expect(response.status == 504)
            #expect(response.errorType == "connection_timeout")
            let context = gateway.context("/full", upstream: "FULL")
            #expect(
                gateway.errors() == [
                    "[warn] upstream server temporarily disabled while connecting to upstream" + context,
                    "[error] upstream timed out (110: Connection timed out) while connecting to upstream" + context,
                ])
        }
    }

    @Test func beforeTheHeadIsWhole() throws {
        try Gateway.run(Self.settings) { gateway in
            // The head has one deadline, however slowly it drips.
            for fault in ["never-answers", "status-line-stall", "head-stall", "head-dribble", "continue-stall"] {
                try gateway.expect(
                    fault, 504, "http_response_timeout",
                    "[error] upstream timed out (110: Connection timed out) "
                        + "while reading response header from upstream")
            }
        }
    }

    @Test func inTheBody() throws {
        try Gateway.run(Self.settings) { gateway in
            for fault in ["length-stall", "chunk-stall", "unframed-stall"] {
                let response = try gateway.expectCut(
                    fault, "[error] upstream timed out (110: Connection timed out) while reading upstream")
                #expect(response.body == String(repeating: "x", count: 40))
            }
        }
    }

    /// A pause in the body may be as long as the timeout; the body as long as it likes.
    @Test func aSlowBodyIsWhole() throws {
        try Gateway.run(Self.settings) { gateway in
            let response = try gateway.strike("body-dribble", "interval=120")
            #expect(response.end == .whole)
            #expect(response.body == "0123456789")
        }
    }

    @Test func whileTheRequestIsSent() throws {
        try Gateway.run(Self.settings) { gateway in
            var client = try gateway.client()
            let response = try gateway.expectFault("reads-head-only") {
                client.send("POST /fault/reads-head-only HTTP/1.1\r\nHost: test\r\nContent-Length: 16000000\r\n\r\n")
                client.send([UInt8](repeating: 0x2e, count: 16_000_000))
                return try client.response()
            }
            #expect(response.status == 504)
            #expect(response.errorType == "connection_write_timeout")
            #expect(gateway.errors(downTo: "error").count == 1)
        }
    }
}
