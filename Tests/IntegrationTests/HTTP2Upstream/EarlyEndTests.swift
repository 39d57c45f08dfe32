import HTTP2Frames
import TestGateway
import Testing

/// What one stream does not need any more ends it, and not its connection.
struct HTTP2EarlyEndTests {
    @Test func aClientThatLeavesCancelsItsStream() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            let first = peer.request()
            peer.send(Frames.headers(first, [(":status", "200")], ends: false) + Frames.data(first, [65]))
            peer.find { $0.type == 3 }.map { peer.notes.append("\($0)") }
            peer.answer(peer.request(), "the next")
            peer.noteRest()
        }
        try upstream.run(upstream.settings("proxy_buffering off;")) { gateway in
            do {
                var client = try gateway.client()
                client.get("/")
                _ = try client.read(through: "A")
                client.resetAtEnd()
            }
            #expect(try gateway.get("/").body == "the next")
        }
        try Wait.until("the notes") { !upstream.notes.isEmpty }
        #expect(upstream.notes.first == "RST_STREAM 1 8")
        #expect(upstream.connections == 1)
    }

    /// An answer before the request's end: the rest of the request is for nobody.
    @Test func anEarlyAnswerEndsTheRequest() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings([(4, 10)]))
            let first = peer.request()
            peer.answer(first, "enough")
            peer.find { $0.type == 3 }.map { peer.notes.append("\($0)") }
            peer.answer(peer.request(), "the next")
            peer.noteRest()
        }
        try upstream.run(upstream.settings("client_max_body_size 0;")) { gateway in
            var client = try gateway.client()
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n" + Letters.text(100_000))
            #expect(try client.response(to: "POST").body == "enough")
            #expect(try gateway.get("/").body == "the next")
        }
        try Wait.until("the notes") { !upstream.notes.isEmpty }
        #expect(upstream.notes.first == "RST_STREAM 1 0")
        #expect(upstream.connections == 1)
    }

    @Test func earlyHintsArePassedOn() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            let stream = peer.request()
            peer.send(Frames.headers(stream, [(":status", "103"), ("link", "</a.css>")], ends: false))
            peer.answer(stream, "page")
            peer.noteRest()
        }
        try upstream.run(upstream.settings("early_hints 1;")) { gateway in
            let response = try gateway.get("/")
            #expect(response.interims.map(\.status) == [103])
            #expect(response.interims.first?["Link"] == "</a.css>")
            #expect(response.body == "page")
        }
    }
}
