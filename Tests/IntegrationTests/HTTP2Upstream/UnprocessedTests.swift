import HTTP2Frames
import TestGateway
import Testing

/// A request that the upstream says it did nothing about is sent again, whatever it asks, and counts against nobody.
struct HTTP2UnprocessedTests {
    private static func post(_ gateway: Gateway) throws -> Response {
        var client = try gateway.client()
        client.send("POST / HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody")
        return try client.response(to: "POST")
    }

    @Test func aRefusedStreamIsAskedAgain() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            peer.send(Frames.reset(peer.request(), 7))
            peer.answer(peer.request(), "second try")
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            let response = try Self.post(gateway)
            #expect(response.body == "second try")
        }
    }

    @Test func aStreamBehindGoawayIsAskedOnAnotherConnection() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            let stream = peer.request()
            if number == 1 { peer.send(Frames.goAway(last: 0, 0)) } else { peer.answer(stream, "connection \(number)") }
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            let response = try Self.post(gateway)
            #expect(response.body == "connection 2")
        }
    }

    /// What GOAWAY covers goes on; what comes later has another connection.
    @Test func goawayLetsTheOthersFinish() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            let stream = peer.request()
            if number == 1 { peer.send(Frames.goAway(last: stream, 0)) }
            peer.answer(stream, "connection \(number)")
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            let bodies = [try Self.post(gateway).body, try Self.post(gateway).body]
            #expect(bodies == ["connection 1", "connection 2"])
            #expect(gateway.errors(downTo: "error") == [])
        }
    }

    /// Who always refuses is not asked for ever.
    @Test func twiceRefusedIsA502() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            while true {
                let stream = peer.request()
                if stream == 0 { return }
                peer.send(Frames.reset(stream, 7))
            }
        }
        try upstream.run(upstream.settings()) { gateway in
            #expect(try Self.post(gateway).status == 502)
            try gateway.awaitLine("upstream rejected request with error 7", count: 2)
        }
    }

    /// An idle connection that the peer closed is no failure.
    @Test func aStaleConnectionIsReplaced() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            peer.answer(peer.request(), "connection \(number)")
            if number == 1 {
                _ = peer.request()
                return
            }
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            let bodies = [try gateway.get("/").body, try gateway.get("/").body]
            #expect(bodies == ["connection 1", "connection 2"])
        }
    }
}
