import Bytes

/// What a fuzzer calls: any bytes, into a server session and into a client session with open streams. What must hold
/// for all of them is checked on the way; a violation traps.
///
/// The driver is a small one: it answers each request, offers bodies, returns window for half of what it gets, resets
/// some streams, and never sends faster than the bytes let it.
public enum FuzzEntry {
    /// A client's bytes; the preface and SETTINGS are put before them, so that the fuzzer need not find them.
    public static func server(_ input: Span<UInt8>) {
        var bytes = ByteBuffer()
        bytes.append(Preface.text)
        bytes.append([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0])
        bytes.append(input)
        run(isServer: true, bytes.span)
    }

    /// A server's bytes, in answer to three requests, one of them with a body that has not ended.
    public static func client(_ input: Span<UInt8>) {
        var bytes = ByteBuffer()
        bytes.append([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0])
        bytes.append(input)
        run(isServer: false, bytes.span)
    }

    private static func run(isServer: Bool, _ bytes: Span<UInt8>) {
        let piece = 1 + bytes.count % 13
        _ = FuzzDriver.run(isServer: isServer, bytes, piece: .max, acts: true)
        _ = FuzzDriver.run(isServer: isServer, bytes, piece: piece, acts: true)
        // What a driver does between two pieces changes what the next one means: only who listens hears the same.
        let whole = FuzzDriver.run(isServer: isServer, bytes, piece: .max, acts: false)
        let cut = FuzzDriver.run(isServer: isServer, bytes, piece: piece, acts: false)
        precondition(whole == cut, "a connection that was cut is read differently")
    }

    /// A head's fields: pairs of a length byte each and that many bytes.
    public static func fields(_ input: Span<UInt8>) {
        var out = ByteBuffer()
        for section in [HeadBuilder.Section.request, .response, .trailers] {
            var builder = HeadBuilder(headLimitBytes: 512, fieldLimitBytes: 256)
            builder.begin(section, in: out)
            var index = 0
            while index + 2 <= input.count {
                let (name, value) = (Int(input[index]), Int(input[index + 1]))
                index += 2
                if index + name + value > input.count { break }
                builder.add(
                    name: input.extracting(index..<index + name),
                    value: input.extracting(index + name..<index + name + value), to: &out)
                index += name + value
            }
            builder.finish(to: &out)
            check(out.span.extracting(builder.start..<out.count), section, isFaulty: builder.fault != nil)
        }
    }

    /// A head that is let through has lines that nobody can read in two ways.
    private static func check(_ text: Span<UInt8>, _ section: HeadBuilder.Section, isFaulty: Bool) {
        if isFaulty { return }
        precondition(text.count < 2048, "a head is beyond its bound")
        var lines = 0
        var lineStart = 0
        for index in text.indices {
            precondition(text[index] != 0, "NUL in a head")
            if text[index] == ASCII.cr { precondition(text[index + 1] == ASCII.lf, "a bare CR in a head") }
            if text[index] != ASCII.lf { continue }
            precondition(index > 0 && text[index - 1] == ASCII.cr, "a bare LF in a head")
            let isEmpty = index - 1 == lineStart
            precondition(!isEmpty || section != .trailers && index == text.count - 1, "an empty line within a head")
            lineStart = index + 1
            lines += 1
        }
        precondition(lineStart == text.count, "a head ends within a line")
        precondition(section == .trailers || lines >= 2, "a head without its start line")
    }
}

/// Drives one session over one input.
private struct FuzzDriver: ~Copyable {
    private var session: HTTP2Session
    private var pool = BufferPool()
    private var open: [Int32] = []
    /// What was seen, without what depends on where the cuts are.
    private var seen: UInt64 = 0xcbf2_9ce4_8422_2325
    /// The peer said GOAWAY: whether the library reads on depends on what is open, and so on the cuts.
    private var isDeaf = false
    private let isServer: Bool
    /// Whether it does more than to listen.
    private let acts: Bool

    static func run(isServer: Bool, _ bytes: Span<UInt8>, piece: Int, acts: Bool) -> UInt64 {
        var driver = FuzzDriver(isServer: isServer, acts: acts)
        return driver.feed(bytes, piece: piece)
    }

    private init(isServer: Bool, acts: Bool) {
        var settings = SessionSettings()
        settings.streamLimit = acts ? 8 : 200
        settings.headLimitBytes = 2048
        settings.fieldLimitBytes = 1024
        self.isServer = isServer
        self.acts = acts
        session = HTTP2Session(isServer: isServer, settings: settings, &pool)
        if isServer { return }
        for (index, method) in ["GET", "HEAD", "POST"].enumerated() {
            var lines = ByteBuffer()
            lines.append(text: ":method: \(method)\r\n:scheme: http\r\n:path: /\r\n:authority: a\r\n")
            let stream = session.request(
                lines.span, isHead: index == 1, ends: index < 2, exchange: UInt64(index), &pool)
            precondition(stream == Int32(2 * index + 1), "a fresh session takes three requests")
            open.append(stream ?? 0)
        }
    }

    private mutating func feed(_ bytes: Span<UInt8>, piece: Int) -> UInt64 {
        var offset = 0
        var rounds = 0
        repeat {
            let end = piece == .max ? bytes.count : min(bytes.count, offset + piece)
            let part = bytes.extracting(offset..<end)
            // What came of what was said since the last feed.
            readEvents(bytes.extracting(0..<0))
            let taken = session.feed(part, second: 0)
            precondition(taken >= 0 && taken <= part.count, "more taken than fed")
            offset += taken
            readEvents(part)
            speak()
            rounds += 1
            precondition(rounds <= 4 * bytes.count + 100, "a session does not go on")
        } while offset < bytes.count || session.isPaused
        let failure = session.failure
        session.end()
        readEvents(bytes.extracting(0..<0))
        speak()
        precondition(open.isEmpty && session.openStreamCount == 0, "a stream was never told as closed")
        note(UInt64(failure.map { UInt32($0.kind.rawValue) << 8 | $0.code.rawValue } ?? .max))
        session.sent(session.unsentCount, &pool)
        return seen
    }

    private mutating func note(_ number: UInt64) {
        if !isDeaf { seen = (seen ^ number) &* 0x100_0000_01b3 }
    }

    private func mix(_ bytes: Span<UInt8>) -> UInt64 {
        if isDeaf { return seen }
        var hash = seen
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
        return hash
    }

    private mutating func readEvents(_ part: Span<UInt8>) {
        while let event = session.nextEvent() {
            switch event {
            case .head(let key, let head):
                if head.section == .request { open.append(key.stream) }
                precondition(open.contains(key.stream), "a head on a stream that is not open")
                let hash = mix(session.heads.part(head.text))
                seen = hash
                if head.section == .request, acts { answer(key.stream, head.fault != nil) }
            case .data(let key, let range):
                precondition(open.contains(key.stream) && !range.isEmpty, "a body on a stream that is not open")
                seen = mix(part.part(range))
                if acts { session.consumed(key.stream, range.count) }
            case .ended(let key), .fault(let key, _):
                precondition(open.contains(key.stream), "an end on a stream that is not open")
                note(UInt64(key.stream))
            case .closed(let key, _):
                precondition(open.contains(key.stream), "a stream is closed twice")
                open.removeAll { $0 == key.stream }
            case .goAway: isDeaf = true
            case .refused, .settings, .pong: break
            }
            precondition(session.unsentCount < 65536 + 65536, "output beyond its bound")
        }
    }

    private mutating func speak() {
        while let key = session.nextWritable() { _ = session.offer(key.stream, Self.body.span, ends: true, &pool) }
        session.flush()
        session.sent(session.unsentCount, &pool)
    }

    private static let body = [UInt8](repeating: 0x61, count: 100)

    private mutating func answer(_ stream: Int32, _ isFaulty: Bool) {
        let none = ByteBuffer()
        session.respond(stream, status: isFaulty ? 400 : 200, none.span, ends: false, &pool)
        _ = session.offer(stream, Self.body.span, ends: true, &pool)
        if isFaulty { session.refuse(stream, .protocolError) }
    }
}
