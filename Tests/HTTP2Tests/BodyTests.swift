import Bytes
import HTTP2
import HTTP2Frames
import Testing

/// Bodies: lengths, windows and backpressure.
@Suite struct BodyTests {
    static func server(_ frames: [UInt8]) -> Endpoint {
        let server = Endpoint(isServer: true)
        server.receive(Frames.preface + Frames.settings() + Frames.settingsAck + frames)
        return server
    }

    @Test func moreBodyThanTheLengthIsAFault() {
        let head = Frames.headers(1, Frames.post([("content-length", "3")]), ends: false)
        let server = Self.server(head + Frames.data(1, [1, 2]) + Frames.data(1, [3, 4]) + Frames.data(1, [5]))
        #expect(server.news().suffix(2) == ["1 data 3", "1 bodyBeyondLength"])
        server.session.reset(1, .protocolError)
        #expect(server.news() == ["1 closed by us 1"])
    }

    /// A window grows once, and never shrinks.
    @Test func aWindowIsWidened() {
        let server = Self.server(Frames.headers(1, Frames.post(), ends: false))
        server.session.flush()
        server.session.sent(server.session.unsentCount, &server.pool)
        server.session.widen(1, to: 100_000)
        server.session.widen(1, to: 100_000)
        server.session.widen(1, to: 70_000)
        server.session.widen(3, to: 100_000)
        server.session.flush()
        #expect(server.session.unsent.array == Frames.window(1, 100_000 - 65_536))
    }

    /// Before a client has acknowledged what streams begin with, 65,535 holds, and is changed by that afterwards.
    @Test func aWindowIsWidenedFromWhatTheClientKnows() {
        var settings = SessionSettings()
        settings.streamWindowBytes = 1
        let server = Endpoint(isServer: true, settings)
        server.receive(Frames.preface + Frames.settings() + Frames.headers(1, Frames.post(), ends: false))
        server.session.flush()
        server.session.sent(server.session.unsentCount, &server.pool)
        server.session.widen(1, to: 16_384)
        server.session.flush()
        #expect(server.session.unsent.array == Frames.window(1, 16_383))
    }

    @Test func lessBodyThanTheLengthIsAFault() {
        let head = Frames.headers(1, Frames.post([("content-length", "3")]), ends: false)
        let server = Self.server(head + Frames.data(1, [1, 2], ends: true))
        #expect(server.news().suffix(2) == ["1 data 2", "1 bodyTooShort(received: 2, length: 3)"])
        let none = Self.server(Frames.headers(1, Frames.post([("content-length", "3")])))
        #expect(none.news().last == "1 bodyTooShort(received: 0, length: 3)")
        let trailers = Frames.headers(1, [("x", "1")])
        let cut = Self.server(head + Frames.data(1, [1, 2]) + trailers)
        #expect(cut.news().last == "1 bodyTooShort(received: 2, length: 3)")
        let exact = Self.server(head + Frames.data(1, [1, 2, 3], ends: true))
        #expect(exact.news().last == "1 ended")
    }

    @Test func trailersEndTheStreamAndHaveNoPseudoHeaders() {
        let head = Frames.headers(1, Frames.post(), ends: false)
        let open = Self.server(head + Frames.headers(1, [("x", "1")], ends: false))
        #expect(open.news().suffix(2) == ["1 trailers x: 1", "1 trailersWithoutEnd"])
        let pseudo = Self.server(head + Frames.headers(1, [(":path", "/")]))
        #expect(pseudo.news().last == "1 malformed out of order pseudo-headers")
    }

    @Test func answerMustBeginWithAFinalHead() {
        let client = Endpoint(isServer: false)
        _ = (client.get("/1"), client.get("/2"), client.get("/3"))
        client.receive(
            Frames.settings() + Frames.headers(1, [(":status", "103")], ends: false) + Frames.data(1, [1])
                + Frames.headers(3, [(":status", "103")], ends: true)
                + Frames.headers(5, [(":status", "204")], ends: false) + Frames.data(5, [1]))
        #expect(
            client.news() == [
                "settings", "1 interim HTTP/1.1 103", "1 bodyBeforeHead", "3 interim HTTP/1.1 103", "3 noResponse",
                "3 closed by both 0", "5 HTTP/1.1 204",
                "5 bodyBeyondLength",
            ])
    }

    @Test func tenMegabytesBothWaysOverSeveralStreams() throws {
        let pair = Pair.greeted()
        let total = 10 << 20
        let count = 4
        let lines = [":method: POST", ":scheme: http", ":path: /", ":authority: a.test"]
        var streams: [Int32] = []
        for number in 0..<count {
            streams.append(try #require(pair.client.request(lines, ends: false, exchange: UInt64(number))))
        }
        pair.talk()
        _ = pair.server.news()
        for (index, stream) in streams.enumerated() {
            pair.server.session.bind(stream, to: UInt64(index))
            pair.server.respond(stream, 200, ends: false)
        }
        let up = Transfer(pair.client, pair.server, streams, bytes: total / count)
        let down = Transfer(pair.server, pair.client, streams, bytes: total / count)
        var turns = 0
        while !up.isDone || !down.isDone {
            up.push()
            down.push()
            up.carry()
            down.carry()
            turns += 1
            try #require(turns < 20_000, "a transfer stands still")
        }
        #expect(up.received == Array(repeating: total / count, count: count))
        #expect(down.received == Array(repeating: total / count, count: count))
        #expect(up.isWell && down.isWell)
        #expect(pair.client.largestOutput <= 65536 + 1024 && pair.server.largestOutput <= 65536 + 1024)
        #expect(pair.client.openStreamCount == 0 && pair.server.openStreamCount == 0)
    }

    @Test func slowStreamStopsNeitherTheOthersNorTheConnection() {
        let pair = Pair.greeted()
        for path in ["/1", "/2"] { _ = pair.client.get(path) }
        pair.talk()
        pair.client.consumes = false
        for stream in [Int32(1), 3] { pair.server.respond(stream, 200, ends: false) }
        let bytes = [UInt8](repeating: 1, count: 100_000)
        var taken = pair.server.offer(1, bytes, ends: false)
        pair.talk()
        while pair.server.nextWritable() != nil {
            taken += pair.server.offer(1, bytes, ends: false)
            pair.talk()
        }
        #expect(taken == 65536, "its window, to the byte")
        #expect(pair.server.isWaitingForWindow)
        #expect(pair.server.offer(3, [1, 2], ends: true) == 2)
        pair.talk()
        #expect(pair.client.news().suffix(3) == ["3 data 2", "3 ended", "3 closed by both 0"])
        pair.client.session.consumed(1, 40_000)
        pair.talk()
        #expect(pair.server.nextWritable() == 1)
        #expect(pair.server.capacity(of: 1) == 40_000)
    }

    @Test func emptyWindowIsWaitedForAndOpens() {
        let server = Self.server(
            Frames.settings([(4, 0)]) + Frames.headers(1, Frames.get("/")) + Frames.headers(3, Frames.get("/")))
        for stream in [Int32(1), 3] { server.respond(stream, 200, ends: false) }
        #expect(server.offer(1, [1, 2, 3], ends: true) == 0)
        #expect(server.offer(3, [4], ends: true) == 0)
        _ = server.send()
        #expect(server.nextWritable() == nil)
        #expect(server.isWaitingForWindow)
        server.receive(Frames.window(3, 100) + Frames.window(1, 2))
        #expect(server.nextWritable() == 1, "first come, first served")
        #expect(server.offer(1, [1, 2, 3], ends: true) == 2)
        #expect(server.nextWritable() == 3)
        #expect(server.offer(3, [4], ends: true) == 1)
        #expect(server.nextWritable() == nil)
        #expect(
            Frame.all(server.send()).map(\.description) == ["DATA 1 2", "DATA 3 1 end"])
        server.receive(Frames.settings([(4, 10)]))
        #expect(server.nextWritable() == 1, "SETTINGS opens windows, too")
        #expect(server.offer(1, [3], ends: true) == 1)
        #expect(server.openStreamCount == 0)
    }

    @Test func endAloneWaitsForWindowToo() {
        let server = Self.server(Frames.settings([(4, 3)]) + Frames.headers(1, Frames.get("/")))
        server.respond(1, 200, ends: false)
        #expect(server.offer(1, [1, 2, 3], ends: false) == 3)
        #expect(server.offer(1, [], ends: true) == 0)
        #expect(server.isWaiting(1) && server.nextWritable() == nil)
        server.receive(Frames.window(1, 1))
        #expect(server.nextWritable() == 1 && server.offer(1, [], ends: true) == 0 && !server.isWaiting(1))
        #expect(Frame.all(server.send()).last?.description == "DATA 1 0 end")
    }

    @Test func nothingIsFramedWhileBytesAreUnsent() {
        let server = Self.server(Frames.window(0, 1 << 20) + Frames.headers(1, Frames.get("/")))
        server.receive(Frames.window(1, 1 << 20))
        server.respond(1, 200, ends: false)
        let bytes = [UInt8](repeating: 1, count: 200_000)
        let first = server.offer(1, bytes, ends: false)
        #expect(first > 60_000 && first <= 65_536)
        server.session.sent(50_000, &server.pool)
        #expect(server.nextWritable() == nil && server.offer(1, bytes, ends: false) == 0)
        _ = server.send()
        #expect(!server.hasUnsent && server.nextWritable() == 1)
        #expect(server.offer(1, bytes, ends: false) > 60_000)
    }

    /// What a stream may send grows only by what was taken; what the connection may send grows by what arrived.
    @Test func windowsAreReturnedExactly() {
        let client = Endpoint(isServer: false)
        _ = client.get("/")
        _ = client.send()
        client.consumes = false
        let chunk = [UInt8](repeating: 0, count: 16384)
        client.receive(
            Frames.settings() + Frames.settingsAck + Frames.headers(1, [(":status", "200")], ends: false))
        var connection = 0
        var stream = 0
        for _ in 0..<4 {
            client.receive(Frames.data(1, chunk))
            for frame in Frame.all(client.send()) where frame.type == 8 {
                connection += frame.stream == 0 ? Int(frame.number(at: 0)) : 0
                stream += frame.stream == 1 ? Int(frame.number(at: 0)) : 0
            }
        }
        #expect(stream == 0, "nothing was taken")
        client.session.consumed(1, 40_000)
        for frame in Frame.all(client.send()) where frame.type == 8 && frame.stream == 1 {
            stream += Int(frame.number(at: 0))
        }
        #expect(stream == 40_000)
        client.receive(Frames.data(1, [UInt8](repeating: 0, count: 16000)))
        #expect(client.failure == nil && client.news().last == "1 data \(65536 + 16000)")
        client.receive(Frames.data(1, chunk) + Frames.data(1, chunk))
        #expect(client.news().contains { $0.contains("closed by us 3") }, "beyond its window: FLOW_CONTROL_ERROR")
    }
}

/// One direction of several streams.
final class Transfer {
    let from: Endpoint
    let to: Endpoint
    private let streams: [Int32]
    private let bytes: Int
    private var sent: [Int]
    private(set) var received: [Int]
    private(set) var isWell = true
    private var ended = 0

    init(_ from: Endpoint, _ to: Endpoint, _ streams: [Int32], bytes: Int) {
        (self.from, self.to, self.streams, self.bytes) = (from, to, streams, bytes)
        sent = Array(repeating: 0, count: streams.count)
        received = sent
        for index in streams.indices { offer(index) }
    }

    var isDone: Bool { ended == streams.count }

    private func offer(_ index: Int) {
        let count = min(50_000, bytes - sent[index])
        let part = (0..<count).map { UInt8(truncatingIfNeeded: (sent[index] + $0) / 7 + index) }
        let isLast = sent[index] + count == bytes
        let taken = from.offer(streams[index], part, ends: isLast)
        sent[index] += taken
        // All were taken: there is more, unless that was the end.
        if taken == count && !isLast { offer(index) }
    }

    /// Offers what windows and room let through.
    func push() {
        while let key = from.session.nextWritable() { offer(Int(key.exchange)) }
    }

    func carry() {
        let output = from.send()
        if !output.isEmpty { to.receive(output) }
        for event in to.seen {
            switch event {
            case .data(let stream, let part):
                guard let index = streams.firstIndex(of: stream) else { continue }
                for (offset, byte) in part.enumerated()
                where byte != UInt8(truncatingIfNeeded: (received[index] + offset) / 7 + index) { isWell = false }
                received[index] += part.count
            case .ended: ended += 1
            default: break
            }
        }
        to.seen = []
    }
}
