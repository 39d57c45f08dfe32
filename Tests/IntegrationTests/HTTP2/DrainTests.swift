import TestGateway
import Testing

/// A connection that is to end says GOAWAY first, and finishes what it has (RFC 9113 §6.8).
struct DrainTests {
    @Test func quittingFinishesStreams() throws {
        let settings = GatewaySettings(
            "http2 on; location / { proxy_pass http://%UPSTREAM%; proxy_request_buffering off; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            let stream = try client.begin("/upload", method: "POST", ends: false)
            try client.send(stream, [1], ends: false)
            try Wait.until("the upstream sees it") { gateway.upstream.records.first?.requests.count == 1 }
            gateway.program.signal(Signal.quit)
            while client.goAway == nil { guard client.hear() else { throw Trouble("no GOAWAY came") } }
            try client.send(stream, [2])
            #expect(try client.response(on: stream).body.contains("\"bytes\": 2,"))
            #expect(client.waitForEnd() == .fin)
            #expect(client.goAway?.code == 0)
        }
    }

    @Test func enoughRequestsAreEnough() throws {
        let settings = GatewaySettings(
            "http2 on; keepalive_requests 3; location / { proxy_pass http://%UPSTREAM%; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            for _ in 0..<3 { #expect(try client.get("/echo").status == 200) }
            #expect(client.waitForEnd() == .fin)
            #expect(client.goAway?.code == 0)
        }
    }

    @Test func anIdleConnectionIsClosed() throws {
        let settings = GatewaySettings("http2 on; keepalive_timeout 100ms; location / { return 200 ok; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            #expect(try client.get("/").status == 200)
            #expect(client.waitForEnd() == .fin)
            #expect(client.goAway?.code == 0)
        }
    }

    /// The next stream is the newest configuration's.
    @Test func aReloadKeepsTheConnection() throws {
        let before = GatewaySettings("http2 on; location / { return 200 before; }")
        try Gateway.run(before) { gateway in
            var client = try gateway.client2()
            #expect(try client.get("/").body == "before")
            try gateway.reload(GatewaySettings("http2 on; location / { return 200 after; }"))
            // The log says it before each worker has taken it.
            try Wait.until("the new configuration") { try client.get("/").body == "after" }
            #expect(client.goAway == nil)
        }
    }
}
