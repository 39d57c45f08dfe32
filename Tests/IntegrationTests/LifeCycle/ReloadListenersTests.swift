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

    /// With `reuseport` each worker has a socket of its own. It may come and go, as workers may.
    @Test func workersHaveSocketsOfTheirOwn() throws {
        let shared = GatewaySettings(main: "worker_processes 3;")
        var own = shared
        own.listen = "reuseport"
        try Gateway.run(own) { gateway in
            var kept = KeptClient(try gateway.client())
            func expect(sockets: Int, _ settings: GatewaySettings) throws {
                try gateway.reload(settings)
                try Wait.until("\(sockets) sockets") { listeningSockets(gateway) == sockets }
                for _ in 0..<12 { #expect(try gateway.get("/ok").status == 200) }
                #expect(try kept.ask("/ok").status == 200)
            }
            #expect(listeningSockets(gateway) == 3)
            try expect(sockets: 3, own)
            try expect(sockets: 1, shared)
            try expect(sockets: 3, own)
            own.main = "worker_processes 4;"
            try expect(sockets: 4, own)
            // Which worker has the client's connection is the kernel's choice: it may be one that leaves.
            kept = KeptClient(try gateway.client())
            own.main = "worker_processes 2;"
            try gateway.reload(own)
            try Wait.until("two sockets") { listeningSockets(gateway) == 2 }
            for _ in 0..<12 { #expect(try gateway.get("/ok").status == 200) }
        }
    }

    /// How many sockets listen on the gateway's port, by the kernel's own table.
    private func listeningSockets(_ gateway: Gateway) -> Int {
        guard case .ip(let address) = gateway.endpoint else { return -1 }
        let digits = String(address.port, radix: 16, uppercase: true)
        let place = "0100007F:" + String(repeating: "0", count: 4 - digits.count) + digits
        return Folder.text(of: "/proc/net/tcp").split(separator: "\n").count { line in
            let words = line.split(separator: " ")
            return words.count > 3 && words[1] == place && words[3] == "0A"
        }
    }
}
