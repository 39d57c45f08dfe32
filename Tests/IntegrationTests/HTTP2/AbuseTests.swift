import TestGateway
import Testing

/// What costs work and asks for nothing is bounded; who goes on is told ENHANCE_YOUR_CALM, and cut off.
struct AbuseTests {
    private static let settings = GatewaySettings("http2 on; location / { proxy_pass http://%UPSTREAM%; }")
    private static let enhanceYourCalm: UInt32 = 11

    /// Rapid reset (CVE-2023-44487).
    @Test func rapidResets() throws {
        // Else keepalive_requests ends the connection of a client that is slower.
        let settings = GatewaySettings(
            "http2 on; keepalive_requests 10000; location / { proxy_pass http://%UPSTREAM%; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            for _ in 0..<5000 {
                guard client.goAway == nil, let stream = try? client.begin("/fault/never-answers") else { break }
                client.reset(stream)
                if client.end != .open { break }
            }
            _ = client.waitForEnd()
            // Who goes on sending may lose what was said to it.
            #expect(client.goAway == nil || client.goAway?.code == Self.enhanceYourCalm)
            try gateway.awaitLine("http2 flood detected while processing HTTP/2 connection")
            #expect(try gateway.get("/echo").status == 200)
        }
    }

    @Test(arguments: [Frame.ping, Frame.settings, Frame.emptyData, Frame.priority])
    func floods(_ frame: [UInt8]) throws {
        try Gateway.run(Self.settings) { gateway in
            var client = try gateway.client2()
            // Stream 1 is there for what is about a stream.
            _ = try client.begin("/upload", method: "POST", ends: false)
            let many = Array(Array(repeating: frame, count: 1000).joined())
            for _ in 0..<20 where client.end == .open { client.send(raw: many) }
            _ = client.waitForEnd()
            #expect(client.goAway == nil || client.goAway?.code == Self.enhanceYourCalm)
            try gateway.awaitLine("http2 flood detected while processing HTTP/2 connection")
            #expect(try gateway.get("/echo").status == 200)
        }
    }

    /// Who asks for much and takes none of it holds the configured buffers, and loses its streams after `send_timeout`.
    @Test func windowsOfZero() throws {
        let settings = GatewaySettings(
            "http2 on; location / { proxy_pass http://%UPSTREAM%; send_timeout 300ms; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2(windowBytes: 1)
            client.reads = false
            let before = gateway.program.residentKiB
            var streams: [Int32] = []
            for _ in 0..<100 { streams.append(try client.begin("/bytes/1000000")) }
            for stream in streams {
                try client.wait("the end of stream \(stream)") { $0[stream]?.isOver ?? false }
                #expect(client.heard(on: stream).reset == 8)
            }
            #expect(gateway.program.residentKiB - before < 30 * 1024)
            try gateway.awaitLine("client timed out (110: Connection timed out)", count: 100)
        }
    }

    /// Streams beyond the limit are refused as never begun, the others are served.
    @Test func tooManyStreams() throws {
        let settings = GatewaySettings(
            "http2 on; http2_max_concurrent_streams 4; location / { proxy_pass http://%UPSTREAM%; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            var streams: [Int32] = []
            // Before the limit is known to the client.
            for _ in 0..<6 { streams.append(try client.begin("/fault/never-answers")) }
            for stream in streams.suffix(2) {
                try client.wait("a refusal") { $0[stream]?.isOver ?? false }
                #expect(client.heard(on: stream).reset == 7)
            }
            try gateway.awaitLine("concurrent streams exceeded 4", count: 2)
        }
    }

    enum Frame {
        static let ping: [UInt8] = [0, 0, 8, 6, 0, 0, 0, 0, 0] + Array(repeating: 0, count: 8)
        static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        static let emptyData: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1]
        static let priority: [UInt8] = [0, 0, 5, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 16]
    }
}
