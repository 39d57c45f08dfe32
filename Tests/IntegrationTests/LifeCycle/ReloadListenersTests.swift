import FaultyUpstream
import Platform
import TestGateway
import Testing

/// A reload may change the listeners and the number of workers.
struct ReloadListenersTests {
    @Test func newListenersOpenAndOldOnesClose() throws {
        let port = try Ports.free()
        let other = Endpoint.ip(.loopback(port: UInt16(port)))
        let plain = GatewaySettings("location / { return 200 ok; }")
        try Gateway.run(plain) { gateway in
            #expect(throws: (any Error).self) { _ = try Client(other) }
            try gateway.reload(GatewaySettings("listen 127.0.0.1:\(port); location / { return 200 two; }"))
            var client = try Client(other)
            client.get("/")
            #expect(try client.response().body == "two")
            try gateway.reload(plain)
            // Its listener is gone, so its next response is the last.
            client.get("/")
            #expect(try client.response()["Connection"] == "close")
            #expect(client.waitForEnd() == .fin)
            #expect(throws: (any Error).self) { _ = try Client(other) }
            #expect(try gateway.get("/").body == "ok")
        }
    }

    @Test func workersComeAndGo() throws {
        try Gateway.run(GatewaySettings(main: "worker_processes 1;")) { gateway in
            let one = gateway.program.threadCount
            try gateway.reload(GatewaySettings(main: "worker_processes 3;"))
            #expect(gateway.program.threadCount == one + 2)
            for _ in 0..<10 { #expect(try gateway.get("/ok").status == 200) }
            try gateway.reload(GatewaySettings(main: "worker_processes 1;"))
            try Wait.until("the end of two workers") { gateway.program.threadCount == one }
            #expect(try gateway.get("/ok").status == 200)
        }
    }
}
