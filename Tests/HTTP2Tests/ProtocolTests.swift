import Bytes
import HTTP2
import HTTP2Frames
import Testing

/// Errors of the protocol, as raw frames; each ends what RFC 9113 says it ends, and no more.
@Suite struct ProtocolTests {
    static func server(_ frames: [UInt8]) -> Endpoint {
        let server = Endpoint(isServer: true)
        server.receive(Frames.preface + Frames.settings() + Frames.settingsAck + frames)
        return server
    }

    static let head = Frames.headers(1, Frames.post(), ends: false)

    @Test(arguments: [
        ("DATA on an idle stream", Frames.data(1, [1]), 1),
        ("a stream of the server's", Frames.headers(2, Frames.get()), 1),
        ("DATA on stream 0", Frames.data(0, [1]), 1),
        ("a frame over 16 KiB", Frames.frame(0, stream: 1, [UInt8](repeating: 0, count: 16385)), 6),
        ("PING of seven bytes", Frames.frame(6, [1, 2, 3, 4, 5, 6, 7]), 6),
        ("SETTINGS of five bytes", Frames.frame(4, [1, 2, 3, 4, 5]), 6),
        ("a window over 2³¹−1", Frames.settings([(4, 0x8000_0000)]), 3),
        ("a window that overflows", Frames.window(0, 0x7fff_ffff), 3),
        ("an increment of 0", Frames.window(0, 0), 1),
        ("PUSH_PROMISE from a client", Frames.frame(5, flags: 4, stream: 1, [0, 0, 0, 2]), 1),
        ("CONTINUATION alone", Frames.frame(9, flags: 4, stream: 1), 1),
        ("an HPACK index that is not there", Frames.frame(1, flags: 5, stream: 1, [0xff, 0x00]), 9),
        ("another frame within a head", Frames.headers(1, Frames.get(), isWhole: false) + Frames.ping, 1),
        ("SETTINGS ack with a payload", Frames.frame(4, flags: 1, [0, 0, 0, 0, 0, 0]), 6),
        ("GOAWAY on a stream", Frames.frame(7, stream: 1, [0, 0, 0, 0, 0, 0, 0, 0]), 1),
        ("RST_STREAM on an idle stream", Frames.reset(1, 8), 1),
    ])
    func connectionErrors(_ name: String, _ frames: [UInt8], _ code: UInt32) {
        let server = Self.server(frames)
        #expect(server.failure == SessionFailure(kind: .violation, code: ErrorCode(rawValue: code)), "\(name)")
        #expect(Frame.all(server.send()).last { $0.type == 7 }?.number(at: 4) == code, "\(name)")
        #expect(server.isOver && server.openStreamCount == 0, "\(name)")
    }

    @Test func failuresHaveTheLibrarysWords() {
        #expect(Self.server(Frames.data(1, [1])).failureText == "DATA: stream in idle")
    }

    @Test func badPreface() {
        let server = Endpoint(isServer: true)
        server.receive(Array("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".utf8))
        #expect(server.failure == SessionFailure(kind: .badPreface, code: .protocolError) && server.isOver)
    }

    @Test func openStreamsAreToldAsClosedWithTheSession() {
        let server = Self.server(Self.head + Frames.headers(3, Frames.get()) + Frames.window(0, 0))
        #expect(server.news().suffix(2) == ["1 closed by session 1", "3 closed by session 1"])
        let client = Endpoint(isServer: false)
        _ = client.get("/")
        client.session.end()
        #expect(client.news() == ["1 closed by session 0"], "lost with the connection: it may have been processed")
    }

    @Test func framesOnStreamsThatAreClosed() {
        let whole = Frames.headers(1, Frames.get())
        let half = Self.server(whole + Frames.data(1, [1]))
        #expect(half.failure?.code == .streamClosed, "half-closed")
        for late in [Frames.data(1, [1]), Frames.headers(1, Frames.get())] {
            let closed = Self.server(whole)
            closed.respond(1, 204, ends: true)
            _ = closed.send()
            closed.receive(late)
            let reset = Self.server(Self.head + Frames.reset(1, 8))
            _ = (closed.news(), reset.news())
            reset.receive(late)
            // Of DATA the library says nothing: it is ignored, and its window is returned.
            let expected: ErrorCode? = late[3] == 1 ? .streamClosed : nil
            #expect(closed.failure?.code == expected && reset.failure?.code == expected)
            #expect(!(closed.news() + reset.news()).contains { $0.contains("data") })
            // What crosses a reset of ours is no error.
            let crossing = Self.server(Self.head)
            crossing.session.reset(1, .cancel)
            _ = crossing.send()
            crossing.receive(late)
            #expect(crossing.failure == nil)
            _ = crossing.news()
            crossing.receive(Frames.headers(3, Frames.get()))
            #expect(crossing.news() == ["3 GET / HTTP/2.0|host: a.test end"])
        }
    }

    @Test func streamIDsOnlyGrow() {
        let server = Self.server(Frames.headers(5, Frames.get()) + Frames.headers(3, Frames.get()))
        #expect(server.failure == SessionFailure(kind: .violation, code: .protocolError))
        #expect(server.failureText == "stream with invalid id")
    }

    @Test func streamErrorsLeaveTheConnection() {
        let server = Self.server(Self.head + Frames.window(1, 0x7fff_ffff))
        #expect(server.failure == nil)
        #expect(server.news().contains { $0.contains("closed by us 3") })
        server.receive(Frames.headers(3, Frames.get()))
        #expect(server.news() == ["3 GET / HTTP/2.0|host: a.test end"])
    }

    @Test func goAwayTellsWhatWasNeverProcessed() {
        let client = Endpoint(isServer: false)
        for path in ["/1", "/2", "/3"] { _ = client.get(path) }
        client.receive(Frames.settings() + Frames.goAway(last: 1, 0))
        #expect(
            client.news() == [
                "settings", "goaway 1 0", "3 closed by session 7 unprocessed", "5 closed by session 7 unprocessed",
            ])
        #expect(client.capacity == 0 && client.openStreamCount == 1)
        client.receive(Frames.headers(1, [(":status", "200")]))
        #expect(client.news() == ["1 HTTP/1.1 200 end", "1 closed by both 0"])
        #expect(client.isOver)
    }

    @Test func refusedStreamWasNotProcessed() {
        let client = Endpoint(isServer: false)
        for path in ["/1", "/2"] { _ = client.get(path) }
        client.receive(Frames.settings() + Frames.reset(1, 7) + Frames.reset(3, 2))
        #expect(client.news() == ["settings", "1 closed by peer 7 unprocessed", "3 closed by peer 2"])
    }

    @Test func pushIsRefused() {
        let client = Endpoint(isServer: false)
        _ = client.get("/")
        client.receive(
            Frames.settings() + Frames.settingsAck
                + Frames.frame(5, flags: 4, stream: 1, [0, 0, 0, 2] + Frames.block(Frames.get())))
        #expect(client.failure?.kind == .violation)
    }

    @Test func pingsAreAnsweredAndAsked() {
        let server = Self.server(Frames.ping)
        #expect(Frame.all(server.send()).map(\.description).contains("PING ack"))
        let pair = Pair.greeted()
        pair.client.session.ping(0x0102_0304_0506_0708)
        pair.talk()
        #expect(pair.client.news() == ["pong \(0x0102_0304_0506_0708)"])
    }

    @Test func greetingsSayWhatIsAllowed() {
        let server = Frame.all(Endpoint(isServer: true).send())
        let entries = stride(from: 0, to: server[0].payload.count, by: 6).map { offset in
            "\(server[0].payload[offset + 1])=\(server[0].number(at: offset + 2))"
        }
        #expect(entries == ["3=128", "4=65536", "6=32768", "8=1", "9=1"])
        #expect(server[1].description == "WINDOW_UPDATE 0 \((1 << 20) - 65535)")
        let client = Frame.all(Endpoint(isServer: false).send())
        #expect(client[0].payload == [0, 4, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0])
    }
}
