import Bytes
import HTTP2

/// What an endpoint has seen of one event, its bytes copied.
enum Seen: Equatable, CustomStringConvertible {
    case head(Int32, String, ends: Bool)
    case interim(Int32, String)
    case trailers(Int32, String)
    case malformed(Int32, String)
    case data(Int32, [UInt8])
    case ended(Int32)
    case fault(Int32, StreamFault)
    case closed(Int32, StreamEnd.Closer, ErrorCode, isUnprocessed: Bool)
    case refused(Int32)
    case settings
    case pong(UInt64)
    case goAway(Int32, ErrorCode)

    var description: String {
        switch self {
        case .head(let stream, let text, let ends): "\(stream) \(text)\(ends ? " end" : "")"
        case .interim(let stream, let text): "\(stream) interim \(text)"
        case .trailers(let stream, let text): "\(stream) trailers \(text)"
        case .malformed(let stream, let text): "\(stream) malformed \(text)"
        case .data(let stream, let bytes): "\(stream) data \(bytes.count)"
        case .ended(let stream): "\(stream) ended"
        case .fault(let stream, let fault): "\(stream) \(fault)"
        case .closed(let stream, let closer, let code, let isUnprocessed):
            "\(stream) closed by \(closer) \(code.rawValue)\(isUnprocessed ? " unprocessed" : "")"
        case .refused(let stream): "\(stream) refused"
        case .settings: "settings"
        case .pong(let number): "pong \(number)"
        case .goAway(let stream, let code): "goaway \(stream) \(code.rawValue)"
        }
    }
}

/// A session with a driver that does what a test says.
final class Endpoint {
    var session: HTTP2Session
    var pool = BufferPool()
    var seen: [Seen] = []
    /// The exchange that each event of a stream carried last.
    var exchanges: [Int32: UInt64] = [:]
    var second: Int64 = 0
    /// Returns window as soon as bytes arrive.
    var consumes = true
    var largestHeads = 0
    var largestOutput = 0

    init(isServer: Bool, _ settings: SessionSettings = SessionSettings()) {
        session = HTTP2Session(isServer: isServer, settings: settings, &pool)
    }

    /// Feeds bytes in pieces of at most `piece`.
    func receive(_ bytes: [UInt8], piece: Int = .max) {
        readEvents()
        var offset = 0
        repeat {
            let end = min(bytes.count, offset + min(piece, bytes.count))
            let part = Array(bytes[offset..<end])
            offset += session.feed(part.span, second: second)
            largestHeads = max(largestHeads, Self.heads(session))
            readEvents(part)
            largestOutput = max(largestOutput, session.unsentCount)
        } while offset < bytes.count || session.isPaused
    }

    func readEvents(_ bytes: [UInt8] = []) {
        while let event = session.nextEvent() {
            switch event {
            case .head(let key, let head): note(key, head)
            case .data(let key, let range):
                exchanges[key.stream] = key.exchange
                let part = Array(bytes[range.start..<range.end])
                if case .data(key.stream, let before) = seen.last {
                    seen[seen.count - 1] = .data(key.stream, before + part)
                } else {
                    seen.append(.data(key.stream, part))
                }
                if consumes { session.consumed(key.stream, range.count) }
            case .ended(let key): seen.append(.ended(key.stream))
            case .fault(let key, let fault): seen.append(.fault(key.stream, fault))
            case .closed(let key, let end):
                exchanges[key.stream] = key.exchange
                seen.append(.closed(key.stream, end.closer, end.code, isUnprocessed: end.isUnprocessed))
            case .refused(let stream): seen.append(.refused(stream))
            case .settings: seen.append(.settings)
            case .pong(let number): seen.append(.pong(number))
            case .goAway(let stream, let code): seen.append(.goAway(stream, code))
            }
        }
    }

    private func note(_ key: StreamKey, _ head: HeadEvent) {
        if let fault = head.fault {
            return seen.append(.malformed(key.stream, Self.text(of: fault, head, session)))
        }
        let text = Self.text(head.text, session).split(separator: "\r\n").joined(separator: "|")
        switch head.section {
        case .request: seen.append(.head(key.stream, text, ends: head.ends))
        case .response:
            seen.append(head.status < 200 ? .interim(key.stream, text) : .head(key.stream, text, ends: head.ends))
        case .trailers: seen.append(.trailers(key.stream, text))
        }
    }

    private static func heads(_ session: borrowing HTTP2Session) -> Int { session.heads.count }

    private static func text(_ range: ByteRange, _ session: borrowing HTTP2Session) -> String {
        session.heads.part(range).text
    }

    private static func text(of fault: HeadFault, _ head: HeadEvent, _ session: borrowing HTTP2Session) -> String {
        var text = ByteBuffer()
        fault.append(name: session.heads.part(head.faultName), value: session.heads.part(head.faultValue), to: &text)
        return text.span.text
    }

    /// All that is to be sent, taken by the socket at once.
    func send() -> [UInt8] {
        session.flush()
        let bytes = unsent
        largestOutput = max(largestOutput, bytes.count)
        session.sent(bytes.count, &pool)
        return bytes
    }

    /// What was seen since the last call.
    func news() -> [String] {
        readEvents()
        defer { seen = [] }
        return seen.map(\.description)
    }

    var isOver: Bool { session.isOver }
    var failure: SessionFailure? { session.failure }
    var openStreamCount: Int { session.openStreamCount }
    var capacity: Int { session.capacity }
    var peerAllowsExtendedConnect: Bool { session.peerAllowsExtendedConnect }
    /// A copy of what waits to be sent.
    var unsent: [UInt8] { Self.unsent(session) }
    private static func unsent(_ session: borrowing HTTP2Session) -> [UInt8] { session.unsent.array }
    var hasUnsent: Bool { session.hasUnsent }
    var isWaitingForWindow: Bool { session.isWaitingForWindow }
    func nextWritable() -> Int32? { session.nextWritable()?.stream }
    func isWaiting(_ stream: Int32) -> Bool { session.isWaiting(stream) }
    func capacity(of stream: Int32) -> Int { session.capacity(of: stream) }
    func isOpen(_ stream: Int32) -> Bool { session.isOpen(stream) }

    /// What the failure's log line would quote.
    var failureText: String {
        var text = ByteBuffer()
        session.appendFailureText(to: &text)
        return text.span.text
    }

    func offer(_ stream: Int32, _ bytes: [UInt8], ends: Bool) -> Int {
        session.offer(stream, bytes.span, ends: ends, &pool)
    }

    func respond(_ stream: Int32, _ status: Int, _ lines: [String] = [], ends: Bool) {
        session.respond(stream, status: status, Self.lines(lines).span, ends: ends, &pool)
    }

    func request(_ lines: [String], isHead: Bool = false, ends: Bool = true, exchange: UInt64 = 0) -> Int32? {
        session.request(Self.lines(lines).span, isHead: isHead, ends: ends, exchange: exchange, &pool)
    }

    func get(_ path: String, exchange: UInt64 = 0) -> Int32? {
        request([":method: GET", ":scheme: http", ":path: \(path)", ":authority: a.test"], exchange: exchange)
    }

    static func lines(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\r\n" }.joined().utf8) }
}

/// A client and a server session that talk to each other.
struct Pair {
    let client: Endpoint
    let server: Endpoint
    var piece = Int.max

    init(server settings: SessionSettings = SessionSettings(), client own: SessionSettings = SessionSettings()) {
        client = Endpoint(isServer: false, own)
        server = Endpoint(isServer: true, settings)
    }

    /// Carries bytes both ways until nobody has anything to say.
    func talk() {
        for _ in 0..<10_000 {
            let asked = client.send()
            if !asked.isEmpty { server.receive(asked, piece: piece) }
            let answered = server.send()
            if !answered.isEmpty { client.receive(answered, piece: piece) }
            if asked.isEmpty && answered.isEmpty { return }
        }
        preconditionFailure("two sessions talk without end")
    }

    /// The same, after the greetings.
    static func greeted(
        server settings: SessionSettings = SessionSettings(), client own: SessionSettings = SessionSettings()
    ) -> Pair {
        let pair = Pair(server: settings, client: own)
        pair.talk()
        _ = (pair.client.news(), pair.server.news())
        return pair
    }
}
