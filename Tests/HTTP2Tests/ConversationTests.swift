import Bytes
import HTTP2
import HTTP2Frames
import Testing

/// A client session and a server session talk to each other.
@Suite struct ConversationTests {
    @Test func oneRequestAndItsAnswer() throws {
        let pair = Pair.greeted()
        let stream = try #require(pair.client.get("/x?y", exchange: 77))
        pair.talk()
        #expect(pair.server.news() == ["1 GET /x?y HTTP/2.0|host: a.test end"])
        pair.server.session.bind(stream, to: 5)
        pair.server.respond(stream, 200, ["content-length: 2", "x-a: b"], ends: false)
        #expect(pair.server.offer(stream, Array("hi".utf8), ends: true) == 2)
        let frames = Frame.all(pair.server.unsent).map(\.description)
        #expect(frames == ["HEADERS 1", "DATA 1 2 end"], "head and body leave together")
        pair.talk()
        #expect(pair.server.news() == ["1 closed by both 0"])
        #expect(
            pair.client.news() == [
                "1 HTTP/1.1 200|content-length: 2|x-a: b", "1 data 2", "1 ended", "1 closed by both 0",
            ])
        #expect(pair.client.exchanges == [1: 77])
        #expect(pair.server.exchanges == [1: 5])
        #expect(pair.server.openStreamCount == 0 && pair.client.openStreamCount == 0)
    }

    @Test func interimHeadsBodiesAndTrailersBothWays() throws {
        let pair = Pair.greeted()
        let lines = [":method: POST", ":scheme: http", ":path: /", ":authority: a.test", "te: trailers"]
        let stream = try #require(pair.client.request(lines, ends: false))
        #expect(pair.client.offer(stream, Array("body".utf8), ends: false) == 4)
        pair.client.session.offerTrailers(stream, Endpoint.lines(["x-sum: 1"]).span, &pair.client.pool)
        pair.talk()
        #expect(
            pair.server.news() == [
                "1 POST / HTTP/2.0|host: a.test|te: trailers", "1 data 4", "1 trailers x-sum: 1",
            ])
        pair.server.session.inform(stream, status: 103, Endpoint.lines(["link: </a>"]).span, &pair.server.pool)
        pair.server.respond(stream, 200, ends: false)
        _ = pair.server.offer(stream, Array("one".utf8), ends: false)
        pair.server.session.offerTrailers(stream, Endpoint.lines(["grpc-status: 0"]).span, &pair.server.pool)
        pair.talk()
        #expect(
            pair.client.news() == [
                "1 interim HTTP/1.1 103|link: </a>", "1 HTTP/1.1 200", "1 data 3", "1 trailers grpc-status: 0",
                "1 closed by both 0",
            ])
        #expect(pair.server.news() == ["1 closed by both 0"])
    }

    @Test func everyCutIsTheSame() throws {
        let (asked, answered) = try Self.exchangeOfBytes()
        let whole = try Self.replay(asked, answered, piece: .max)
        #expect(whole.contains { $0.contains("trailers x-sum: 1") } && whole.contains { $0.contains("data 3000") })
        for piece in [1, 2, 3, 7, 16, 100, 1000] {
            #expect(try Self.replay(asked, answered, piece: piece) == whole, "pieces of \(piece)")
        }
    }

    /// What a client and a server say to each other, without their greetings' order mattering.
    private static func exchangeOfBytes() throws -> (asked: [UInt8], answered: [UInt8]) {
        let pair = Pair()
        var (asked, answered) = (pair.client.send(), pair.server.send())
        pair.server.receive(asked)
        pair.client.receive(answered)
        let lines = [":method: POST", ":scheme: http", ":path: /p", ":authority: a.test", "cookie: a=1", "cookie: b=2"]
        let stream = try #require(pair.client.request(lines, ends: false))
        _ = pair.client.offer(stream, Array(repeating: 7, count: 3000), ends: false)
        pair.client.session.offerTrailers(stream, Endpoint.lines(["x-sum: 1"]).span, &pair.client.pool)
        asked += pair.client.send()
        pair.server.receive(asked.suffix(from: 24 + 9 + 12 + 13).map { $0 })
        pair.server.respond(stream, 200, ["x-a: b"], ends: false)
        _ = pair.server.offer(stream, Array(repeating: 8, count: 3000), ends: true)
        answered += pair.server.send()
        return (asked, answered)
    }

    private static func replay(_ asked: [UInt8], _ answered: [UInt8], piece: Int) throws -> [String] {
        let pair = Pair()
        _ = pair.client.get("/", exchange: 0)
        pair.server.receive(asked, piece: piece)
        pair.client.receive(answered, piece: piece)
        return pair.server.news() + pair.client.news()
    }

    @Test func extendedConnectIsToldAsUpgrade() throws {
        let pair = Pair.greeted()
        #expect(pair.client.peerAllowsExtendedConnect)
        let lines = [
            ":method: CONNECT", ":protocol: websocket", ":scheme: https", ":path: /chat", ":authority: a.test",
            "sec-websocket-version: 13",
        ]
        let stream = try #require(pair.client.request(lines, ends: false))
        pair.talk()
        #expect(
            pair.server.news() == [
                "1 GET /chat HTTP/2.0|host: a.test|connection: upgrade|upgrade: websocket|sec-websocket-version: 13"
            ])
        pair.server.respond(stream, 200, ends: false)
        #expect(pair.server.offer(stream, [1, 2], ends: false) == 2)
        #expect(pair.client.offer(stream, [3], ends: false) == 1)
        pair.talk()
        #expect(pair.client.news() == ["1 HTTP/1.1 200", "1 data 2"])
        #expect(pair.server.news() == ["1 data 1"])
    }

    @Test func answerToHeadHasNoBodyWhateverItSays() throws {
        let pair = Pair.greeted()
        let lines = [":method: HEAD", ":scheme: http", ":path: /", ":authority: a.test"]
        let stream = try #require(pair.client.request(lines, isHead: true))
        pair.talk()
        pair.server.respond(stream, 200, ["content-length: 10"], ends: true)
        pair.talk()
        #expect(pair.client.news() == ["1 HTTP/1.1 200|content-length: 10 end", "1 closed by both 0"])
    }

    @Test func drainTakesWhatIsOnItsWay() throws {
        let pair = Pair.greeted()
        _ = pair.client.get("/1")
        pair.talk()
        pair.server.session.beginDrain()
        // The client does not know yet.
        _ = pair.client.get("/2")
        let crossing = pair.client.send()
        pair.client.receive(pair.server.send())
        #expect(pair.client.capacity == 0 && pair.client.get("/3") == nil)
        pair.server.receive(crossing)
        pair.talk()
        let news = pair.server.news()
        #expect(news.filter { $0.contains("GET") }.count == 2)
        #expect(news.last == "pong \(HTTP2Session.drainPing)")
        pair.server.session.finishDrain()
        pair.talk()
        #expect(!pair.server.isOver)
        for stream in [Int32(1), 3] { pair.server.respond(stream, 200, ends: true) }
        pair.talk()
        #expect(pair.server.isOver && pair.server.failure == nil)
        #expect(pair.client.news().filter { $0.contains("closed by both") }.count == 2)
    }

    @Test func peersLimitIsTheCapacity() {
        var settings = SessionSettings()
        settings.streamLimit = 2
        let pair = Pair.greeted(server: settings)
        #expect(pair.client.capacity == 2)
        #expect(pair.client.get("/1") == 1 && pair.client.get("/2") == 3)
        #expect(pair.client.capacity == 0 && pair.client.get("/3") == nil)
        pair.talk()
        pair.server.respond(1, 204, ends: true)
        pair.talk()
        #expect(pair.client.capacity == 1)
    }

    @Test func cancelledStreamsLetTheOthersGoOn() {
        let pair = Pair.greeted()
        _ = (pair.client.get("/1"), pair.client.get("/2"))
        pair.talk()
        _ = pair.server.news()
        pair.client.session.reset(1, .cancel)
        pair.talk()
        #expect(pair.client.news() == ["1 closed by us 8"])
        #expect(pair.server.news() == ["1 closed by peer 8"])
        #expect(!pair.server.isOpen(1))
        pair.server.respond(1, 200, ends: true)
        #expect(pair.server.offer(1, [1], ends: true) == 0, "a stream that is gone is a normal miss")
        pair.server.respond(3, 200, ends: true)
        pair.talk()
        #expect(pair.client.news() == ["3 HTTP/1.1 200 end", "3 closed by both 0"])
    }
}
