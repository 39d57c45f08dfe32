import TestGateway
import Testing

/// Fields for one connection only end at the gateway, in both directions (RFC 9110 §7.6.1).
@Suite(.overWires) struct HopByHopTests {
    @Test func thoseOfTheRequest() throws {
        try Gateway.run { gateway in
            let fields = "Connection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nTE: trailers\r\n"
            var client = try gateway.client()
            client.get("/echo", fields + "Proxy-Connection: keep-alive\r\nUpgrade: h2c\r\nX-Stays: 1\r\n")
            let body = gateway.names.mask(try client.response().echo)
            #expect(body == "GET /echo HTTP/1.1\r\nHost: UPSTREAM\r\nX-Stays: 1\r\n\r\n")
        }
    }

    @Test func thoseOfTheResponse() throws {
        try Gateway.run { gateway in
            for fault in ["hop-by-hop", "connection-names-field"] {
                let response = try gateway.strike(fault)
                #expect(response.status == 200)
                for name in ["Keep-Alive", "Proxy-Connection", "Trailer", "Upgrade", "TE", "X-Hop"] {
                    #expect(response[name] == nil, "\(fault): \(name)")
                }
            }
        }
    }
}
