import Bytes
import HTTP2
import HTTP2Frames
import Testing

/// What peers send that do not mean well: bounded memory and work, and an end.
@Suite struct AbuseTests {
    static let greeting = Frames.preface + Frames.settings() + Frames.settingsAck

    /// A server that has read `count` times the same frames, in as many reads as it takes; it may be at its end sooner.
    static func flooded(
        by frames: [UInt8], _ count: Int, after begin: [UInt8] = [], sends: Bool = true,
        _ settings: SessionSettings = SessionSettings()
    ) -> Endpoint {
        let server = Endpoint(isServer: true, settings)
        server.receive(greeting + begin)
        let perRead = max(1, 16000 / frames.count)
        var left = count
        while left > 0, !server.isOver {
            let now = min(left, perRead)
            server.receive(Array(repeating: frames, count: now).flatMap { $0 })
            if sends { _ = server.send() }
            left -= now
        }
        return server
    }

    static let calm = SessionFailure(kind: .flood, code: .enhanceYourCalm)

    @Test(arguments: [
        ("ping", Frames.ping), ("settings", Frames.settings()),
        ("priority", Frames.frame(2, stream: 1, [0, 0, 0, 0, 1])), ("empty data", Frames.data(1, [])),
    ])
    func controlFlood(_ name: String, _ frame: [UInt8]) {
        let open = Frames.headers(1, Frames.post(), ends: false)
        #expect(Self.flooded(by: frame, 900, after: open).failure == nil, "\(name)")
        let server = Self.flooded(by: frame, 5000, after: open)
        #expect(server.failure == Self.calm, "\(name)")
        #expect(server.isOver && server.openStreamCount == 0)
        #expect(server.unsent.isEmpty, "what there was to say was sent")
        #expect(server.largestOutput < 70_000, "\(name)")
    }

    @Test func floodIsAnsweredWithGoAway() {
        let server = Self.flooded(by: Frames.ping, 5000, sends: false)
        #expect(server.failure == Self.calm && server.failureText == "flood detected")
        #expect(Frame.all(server.send()).last?.description == "GOAWAY 0 11")
    }

    @Test func patienceComesBackWithTime() {
        let server = Endpoint(isServer: true)
        server.receive(Self.greeting)
        for second in 0..<60 {
            server.second = Int64(second)
            server.receive(Array(repeating: Frames.ping, count: 90).flatMap { $0 })
            _ = server.send()
        }
        #expect(server.failure == nil)
    }

    @Test func acknowledgementsAreBoundedWhileNobodyReads() {
        var settings = SessionSettings()
        settings.flood.controlBurst = 1_000_000
        let server = Self.flooded(by: Frames.ping, 5000, sends: false, settings)
        #expect(server.failure == Self.calm)
        #expect(server.largestOutput < 17 * 2100 + 200)
    }

    @Test func rapidResetEndsTheConnection() {
        let server = Endpoint(isServer: true)
        server.receive(Self.greeting)
        var stream: Int32 = 1
        while !server.isOver, stream < 10_000 {
            server.receive(Frames.headers(stream, Frames.get()) + Frames.reset(stream, 8))
            _ = server.send()
            stream += 2
        }
        #expect(server.failure == Self.calm)
        #expect(stream > 2000 && stream < 2100, "the burst of 1,000")
        #expect(server.openStreamCount == 0)
    }

    @Test func streamsThatEndWellMakeUpForResets() {
        let server = Endpoint(isServer: true)
        server.receive(Self.greeting)
        for number in 0..<3000 {
            let stream = Int32(4 * number + 1)
            server.receive(
                Frames.headers(stream, Frames.get()) + Frames.reset(stream, 8)
                    + Frames.headers(stream + 2, Frames.get()))
            server.respond(stream + 2, 204, ends: true)
            server.readEvents()
            _ = server.send()
        }
        #expect(server.failure == nil)
    }

    /// The peer makes the server reset streams, by frames that are errors of a stream.
    @Test func provokedResetsCountAsWell() {
        let server = Endpoint(isServer: true)
        server.receive(Self.greeting)
        var stream: Int32 = 1
        while !server.isOver, stream < 10_000 {
            server.receive(Frames.headers(stream, Frames.get()) + Frames.window(stream, 0x7fff_ffff))
            _ = server.send()
            stream += 2
        }
        #expect(server.failure == Self.calm && stream < 2100)
    }

    @Test func streamsBeyondTheLimitAreRefusedOneByOne() {
        var settings = SessionSettings()
        settings.streamLimit = 2
        let server = Endpoint(isServer: true, settings)
        server.receive(Self.greeting)
        #expect(Frame.all(server.send())[0].payload[2...5] == [0, 0, 0, 2])
        for stream in [Int32(1), 3, 5] { server.receive(Frames.headers(stream, Frames.get(), ends: false)) }
        #expect(server.news().last == "5 refused")
        #expect(Frame.all(server.send()).last?.description == "RST_STREAM 5 7")
        server.receive(Frames.data(5, [1]) + Frames.data(1, [1]))
        #expect(server.news() == ["1 data 1"], "the others go on")
        let flood = (0..<400).flatMap { Frames.headers(Int32(7 + 2 * $0), Frames.get()) }
        server.receive(flood)
        #expect(server.failure != nil)
    }

    @Test func continuationsAreBounded() {
        var bytes = Frames.headers(1, Frames.get(), isWhole: false)
        for _ in 0..<10 { bytes += Frames.frame(9, stream: 1) }
        let few = Endpoint(isServer: true)
        few.receive(Self.greeting + bytes + Frames.frame(9, flags: 4, stream: 1))
        #expect(few.news().last == "1 GET / HTTP/2.0|host: a.test end")
        for _ in 0..<1000 { bytes += Frames.frame(9, stream: 1) }
        let many = Endpoint(isServer: true)
        many.receive(Self.greeting + bytes)
        #expect(many.failure == Self.calm)
    }

    /// One entry of the table, asked for again and again by one byte each.
    @Test func headThatUnfoldsIsStopped() {
        let big = String(repeating: "x", count: 4000)
        // A literal with indexing (RFC 7541 §6.2.1), then its index.
        let entry = [0x40] + Frames.text(Array("x-a".utf8)) + Frames.text(Array(big.utf8))
        let block = Frames.block(Frames.get()) + entry + [UInt8](repeating: 0xbe, count: 10_000)
        let server = Endpoint(isServer: true)
        server.receive(Self.greeting + Frames.frame(1, flags: 5, stream: 1, block))
        #expect(server.failure?.kind == .tooLargeHead && server.failure?.code == .enhanceYourCalm)
        #expect(server.largestHeads < 40_000)
        #expect(server.news() == ["settings"], "a head that was never whole is not told as closed")
        let client = Endpoint(isServer: false)
        _ = client.get("/")
        let answer = Frames.block([(":status", "200")]) + entry + [UInt8](repeating: 0xbe, count: 10_000)
        client.receive(Frames.settings() + Frames.frame(1, flags: 5, stream: 1, answer))
        #expect(client.failure?.kind == .tooLargeHead)
        #expect(client.largestHeads < 40_000)
    }

    /// Many heads in one piece: reading pauses, so that those that wait to be read stay few.
    @Test func headsOfOnePieceAreBounded() {
        var settings = SessionSettings()
        settings.streamLimit = 1000
        let big = String(repeating: "x", count: 3000)
        let entry = [0x40] + Frames.text(Array("x-a".utf8)) + Frames.text(Array(big.utf8))
        let first = Frames.frame(1, flags: 5, stream: 1, Frames.block(Frames.get()) + entry)
        let block = Frames.block(Frames.get()) + [UInt8](repeating: 0xbe, count: 9)
        let more = (1..<200).flatMap { Frames.frame(1, flags: 5, stream: Int32(2 * $0 + 1), block) }
        for piece in [Int.max, 100, 1] {
            let server = Endpoint(isServer: true, settings)
            server.receive(Self.greeting + first + more, piece: piece)
            #expect(server.news().filter { $0.hasSuffix(" end") }.count == 200, "pieces of \(piece)")
            #expect(server.largestHeads < 65536 + 30_000 + 1000)
        }
    }

    @Test(arguments: [Frames.window(0, 1), Frames.frame(99, stream: 1, [1])])
    func overheadIsBoundedWhateverItIs(_ frame: [UInt8]) {
        let open = Frames.headers(1, Frames.post(), ends: false)
        #expect(Self.flooded(by: frame, 10_000, after: open).failure == nil)
        #expect(Self.flooded(by: frame, 1_200_000, after: open).failure == Self.calm)
    }

    @Test func bodiesInSmallPiecesAreNoOverhead() {
        let open = Frames.headers(1, Frames.post(), ends: false)
        #expect(Self.flooded(by: Frames.data(1, [1, 2, 3]), 100_000, after: open).failure == nil)
    }
}
