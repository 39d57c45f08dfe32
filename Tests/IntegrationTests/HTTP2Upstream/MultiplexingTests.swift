import HTTP2Frames
import TestGateway
import Testing

/// Exchanges share connections to an upstream that speaks HTTP/2.
struct HTTP2MultiplexingTests {
    /// Once a connection stands, requests of many clients wait on it together.
    @Test func manyExchangesShareOneConnection() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            let first = peer.request()
            peer.answer(first, "first")
            // The others are answered in the opposite order, all of them having come.
            let streams = (0..<5).map { _ in peer.request() }
            for stream in streams.reversed() { peer.answer(stream, "stream \(stream)") }
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            #expect(try gateway.get("/").body == "first")
            var bodies: Set<String> = []
            let clients = try (0..<5).map { _ in try Held(gateway) }
            for client in clients { bodies.insert(try client.response().body) }
            #expect(bodies == ["stream 3", "stream 5", "stream 7", "stream 9", "stream 11"])
            #expect(upstream.connections == 1)
        }
    }

    /// MAX_CONCURRENT_STREAMS of the upstream is kept.
    @Test func thePeersLimitIsKept() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings([(3, 1)]))
            let first = peer.request()
            peer.answer(first, "first \(number)")
            let second = peer.request()
            if second == 0 { return }
            // A third request would come here; it goes elsewhere.
            peer.send(Frames.ping)
            peer.find { $0.type == 6 || $0.type == 1 }.map { peer.notes.append("\($0)") }
            peer.answer(second, "second \(number)")
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            #expect(try gateway.get("/").body == "first 1")
            let clients = try (0..<2).map { _ in try Held(gateway) }
            var bodies: Set<String> = []
            for client in clients { bodies.insert(try client.response().body) }
            #expect(bodies == ["second 1", "first 2"])
        }
    }

    @Test func keepaliveRequestsEndsAConnection() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            while true {
                let stream = peer.request()
                if stream == 0 { break }
                peer.answer(stream, "\(number).\(stream)")
            }
        }
        var settings = upstream.settings()
        settings.http = "upstream app { server %FRAMES%; keepalive 2; keepalive_requests 2; }"
        try upstream.run(settings) { gateway in
            let bodies = try (0..<5).map { _ in try gateway.get("/").body }
            #expect(bodies == ["1.1", "1.3", "2.1", "2.3", "3.1"])
        }
    }

    /// A request that was sent, and waits.
    private final class Held {
        private var client: Client

        init(_ gateway: Gateway) throws {
            client = try gateway.client()
            client.get("/", "Connection: close\r\n")
        }

        func response() throws -> Response { try client.response() }
    }
}
