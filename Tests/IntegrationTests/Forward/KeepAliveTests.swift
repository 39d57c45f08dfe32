import TestGateway
import Testing

/// Connections are kept on both sides, as long as the configuration says.
@Suite(.overWires) struct KeepAliveTests {
    @Test func manyRequestsGoOverOneConnectionOnEachSide() throws {
        try Gateway.run(.pooled) { gateway in
            var client = try gateway.client()
            for _ in 0..<5 {
                client.get("/ok")
                let response = try client.response()
                let isTold = client.isToldToGo(by: response)
                #expect(!isTold)
            }
            #expect(gateway.upstream.accepted == 1)
            #expect(gateway.upstream.records[0].requests.count == 5)
        }
    }

    @Test func theLastOfKeepaliveRequestsSaysSo() throws {
        let settings = GatewaySettings("keepalive_requests 2; location / { return 200 ok; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.get("/")
            let response = try client.response()
            let isTold = client.isToldToGo(by: response)
            #expect(!isTold)
            client.get("/")
            let last = try client.response()
            #expect(client.waitForEnd() == .fin)
            let isToldThen = client.isToldToGo(by: last)
            #expect(isToldThen)
        }
    }

    @Test func anIdleConnectionIsClosedInTheEnd() throws {
        try Gateway.run("keepalive_timeout 100ms; location / { return 200 ok; }") { gateway in
            var client = try gateway.client()
            client.get("/")
            _ = try client.response()
            #expect(client.waitForEnd() == .fin)
            #expect(gateway.errors() == [])
        }
    }
}
