import TestGateway
import Testing

/// An idle connection that the upstream closed fails no request that may be sent again, and does not count against the
/// peer; a request that may not be sent twice is a 502.
@Suite(.overEveryWire) struct StaleKeepAliveTests {
    private static let stale = ["stale-fin", "stale-reset", "stale-idle-fin", "stale-idle-reset", "stale-partial"]

    @Test(arguments: stale)
    func aSafeRequestGoesOutOnAFreshConnection(_ fault: String) throws {
        try Gateway.run(.pooled) { gateway in
            var client = try gateway.client()
            #expect(try gateway.strike(fault).body == "one\n")
            if fault.contains("idle") { try Wait.until("its end") { gateway.upstream.ended(0, within: 0) != nil } }
            client.get("/bytes/3")
            #expect(try client.response().body == "abc")
            #expect(!gateway.errors().contains { $0.contains("temporarily disabled") })
        }
    }

    @Test func aPostIsNotSentTwice() throws {
        try Gateway.run(.pooled) { gateway in
            #expect(try gateway.strike("stale-fin").body == "one\n")
            var client = try gateway.client()
            client.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nab")
            #expect(try client.response().status == 502)
            #expect(gateway.upstream.accepted == 1)
        }
    }
}
