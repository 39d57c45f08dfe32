import TestGateway
import Testing

/// Bytes behind a response never reach another exchange: the connection they came on is not used again.
@Suite(.overWires) struct SurplusTests {
    @Test(arguments: [
        "length-surplus", "length-surplus-later", "length-surplus-response", "length-zero-body", "chunk-surplus",
        "chunk-surplus-response", "trailer-surplus", "204-length-body", "304-body", "head-body",
    ])
    func theNextRequestGetsItsOwnResponse(_ fault: String) throws {
        try Gateway.run(.pooled) { gateway in
            if fault.hasSuffix("later") && Peculiarity.lateSurplus.excludes(gateway.wires) { return }
            var client = try gateway.client()
            let method = fault == "head-body" ? "HEAD" : "GET"
            let first = try gateway.expectFault(fault) {
                client.get("/fault/\(fault)", method: method)
                return try client.response(to: method)
            }
            #expect(first.status < 400)
            #expect(!first.body.contains("EXTRA") && !first.body.contains("evil"))
            if fault.hasSuffix("later") {
                try Wait.until("the surplus is sent") { gateway.upstream.ended(0, within: 0) != nil }
            }
            client.get("/bytes/3")
            let second = try client.response()
            #expect(second.status == 200)
            #expect(second.body == "abc")
            // A stream that has ended is no bar to the next one.
            #expect(gateway.upstream.accepted == (gateway.wires.upstreams.isHTTP2 ? 1 : 2))
        }
    }
}
