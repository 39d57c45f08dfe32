import TestGateway
import Testing

/// `worker_connections` is a hard bound: an idle connection makes room for a new one, and where none is idle, the
/// upstream's connection is what cannot be had.
struct WorkerConnectionsTests {
    @Test func idleConnectionsMakeRoom() throws {
        let settings = GatewaySettings("location / { return 200 ok; }", events: "worker_connections 12;")
        try Gateway.run(settings) { gateway in
            var oldest = try gateway.client()
            oldest.get("/")
            _ = try oldest.response()
            // One after the other: the first idle connection has to go at last.
            var others: [KeptClient] = []
            for _ in 0..<12 {
                let other = KeptClient(try gateway.client())
                #expect(try other.ask("/").status == 200)
                others.append(other)
            }
            #expect(oldest.waitForEnd() == .fin)
            #expect(
                gateway.log.contains { $0.text.contains("12 worker_connections are not enough, reusing connections") })
        }
    }

    @Test func withoutRoomForAnUpstreamItIsA500() throws {
        try Gateway.run(GatewaySettings(events: "worker_connections 3;")) { gateway in
            gateway.forbiddenLevels = ["emerg"]
            let busy = try gateway.client()
            busy.get("/fault/never-answers")
            try Wait.until("it runs") { gateway.upstream.count(of: "never-answers") == 1 }
            let response = try gateway.get("/ok")
            #expect(response.status == 500)
            #expect(
                gateway.errors() == [
                    "[alert] 3 worker_connections are not enough while connecting to upstream" + gateway.context("/ok")
                ])
            #expect(gateway.upstream.accepted == 1)
        }
    }
}
