import TestGateway
import Testing

/// TERM and INT end the program at once; QUIT lets what runs finish, as long as `worker_shutdown_timeout` allows.
struct EndTests {
    @Test(arguments: [Signal.terminate, Signal.interrupt])
    func aQuickEndWaitsForNobody(_ signal: Int32) throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            client.get("/fault/never-answers")
            try Wait.until("it runs") { gateway.upstream.count(of: "never-answers") == 1 }
            gateway.program.signal(signal)
            #expect(try gateway.program.wait() == .exited(0))
            #expect(client.rest().text == "")
            let name = signal == Signal.terminate ? "SIGTERM" : "SIGINT"
            #expect(gateway.log.contains { $0.text == "signal \(signal) (\(name)) received, exiting" })
        }
    }

    @Test func aGracefulEndLetsExchangesFinish() throws {
        try Gateway.run { gateway in
            var idle = try gateway.client()
            idle.get("/ok")
            _ = try idle.response()
            var client = try gateway.client()
            client.get("/slow?delay=600&size=5")
            try Wait.until("it runs") {
                gateway.upstream.records.contains { $0.requests.last?.request.path == "/slow" }
            }
            gateway.program.signal(Signal.quit)
            #expect(idle.waitForEnd() == .fin)
            #expect(throws: (any Error).self) { _ = try gateway.client() }
            let response = try client.response()
            #expect(response.body == ".....")
            #expect(response["Connection"] == "close")
            #expect(try gateway.program.wait() == .exited(0))
        }
    }

    @Test func itEndsWhenTheTimeIsOver() throws {
        try Gateway.run(GatewaySettings(main: "worker_shutdown_timeout 100ms;")) { gateway in
            var client = try gateway.client()
            client.get("/fault/never-answers")
            try Wait.until("it runs") { gateway.upstream.count(of: "never-answers") == 1 }
            gateway.program.signal(Signal.quit)
            #expect(try gateway.program.wait(within: 5000) == .exited(0))
            #expect(client.rest().text == "")
        }
    }
}
