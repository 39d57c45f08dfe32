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
        try Gateway.run(GatewaySettings(events: "worker_connections 4;")) { gateway in
            gateway.forbiddenLevels = ["emerg"]
            var busy: [KeptClient] = []
            defer { busy.removeAll() }
            var statuses: [Int] = []
            // Each exchange takes two: there is room for one, or for two, as the listener counts.
            for number in 1...3 {
                let client = KeptClient(try gateway.client())
                busy.append(client)
                client.send("/fault/never-answers")
                try Wait.until("what became of request \(number)") {
                    gateway.upstream.count(of: "never-answers") == number || client.hears(within: 5)
                        || gateway.log.contains { $0.text.contains("worker_connections are not enough") }
                }
                if client.hears(within: 5) { statuses.append((try? client.response().status) ?? 0) }
            }
            #expect(gateway.upstream.count(of: "never-answers") < 3)
            #expect(gateway.log.contains { $0.text.contains("4 worker_connections are not enough") })
            #expect(statuses.allSatisfy { $0 == 500 || $0 == 0 })
        }
    }
}
