import Bytes
import HTTP
import HTTP2

/// HTTP/2 for a client whose test says and reads HTTP/1: each request that is said becomes a stream, and responses are
/// shown in the order of the requests, in chunks where they say no length.
///
/// Nothing is judged here: a head that HTTP/2 can carry is carried, however wrong it is. A request to upgrade becomes
/// an extended CONNECT (RFC 8441), and a tunnel is the stream's data. What cannot be said at all is `trouble`.
package struct HTTP2Speech: ~Copyable {
    private var session: HTTP2Session
    private var pool = BufferPool()
    private let isLenient: Bool
    /// What was said and is no whole head or body yet.
    private var said: [UInt8] = []
    private var body = Body.none
    private var chunks = ChunkedDecoder(trailerLimitBytes: 4096)
    private var trailer = ByteBuffer()
    /// The stream of the request that was said last.
    private var asked: Int32 = 0
    private var order: [Int32] = []
    private var streams: [Int32: Stream] = [:]
    /// What the test said that has no form in HTTP/2.
    package private(set) var trouble: String?
    /// The other side takes no more requests.
    package private(set) var isGoing = false
    /// The response that was shown last ended too early; nothing is shown behind it until more is said.
    package private(set) var isCut = false
    /// The tunnel that was shown last has ended well.
    package private(set) var isTunnelOver = false

    private enum Body { case none, length(Int), chunked, untilEnd }

    private struct Stream {
        var isHead = false
        /// An upgrade was asked for.
        var asksForTunnel = false
        var isTunnel = false
        /// Body bytes that the windows have not let through.
        var unsent: [UInt8] = []
        var saysEnd = false
        /// The response as HTTP/1 has it.
        var shown: [UInt8] = []
        var isChunked = false
        var isWhole = false
        var isCut = false
    }

    /// A session whose preface is in `output()`. Where `isLenient`, whatever follows a head that could be framed in two
    /// ways is its body; else such a head has none.
    package init(isLenient: Bool = true) {
        self.isLenient = isLenient
        var settings = SessionSettings()
        settings.headLimitBytes = 1 << 20
        settings.fieldLimitBytes = 1 << 20
        session = HTTP2Session(isServer: false, settings: settings, &pool)
    }

    /// Whether all that was said is on its way, or for nobody any more.
    package var hasSaidAll: Bool { streams.values.allSatisfy { $0.unsent.isEmpty && !$0.saysEnd } }
    /// Whether every response has been shown.
    package var isQuiet: Bool { order.isEmpty }
    /// Whether the other side takes no more requests, and all streams have ended.
    package var isDone: Bool { isGoing && session.openStreamCount == 0 }
    /// Whether what came cannot be read.
    package var hasFailed: Bool { session.failure != nil }

    // MARK: asking

    /// Takes what HTTP/1 would send.
    package mutating func say(_ bytes: Span<UInt8>) {
        (isCut, isTunnelOver) = (false, false)
        said += bytes.array
        while trouble == nil, sayMore() {}
    }

    /// Takes one head, or what there is of a body, out of what was said; false where nothing more can be taken.
    private mutating func sayMore() -> Bool {
        if said.isEmpty { return false }
        switch body {
        case .none: return ask()
        case .length(let left):
            let count = min(left, said.count)
            add(Array(said.prefix(count)))
            said.removeFirst(count)
            endBody(count == left, else: .length(left - count))
        case .chunked: sayChunks()
        case .untilEnd:
            add(said)
            said.removeAll()
        }
        offer(asked)
        return true
    }

    private mutating func add(_ bytes: [UInt8]) { streams[asked]?.unsent += bytes }

    private mutating func endBody(_ isEnd: Bool, else rest: Body) {
        body = isEnd ? .none : rest
        if isEnd { streams[asked]?.saysEnd = true }
    }

    private mutating func sayChunks() {
        var used = 0
        var isEnd = false
        let said = self.said
        steps: while true {
            switch chunks.step(said.span, from: used, trailer: &trailer) {
            case .data(let range):
                add(Array(said[range.start..<range.end]))
                used = range.end
            case .needMore:
                used = said.count
                break steps
            case .end(let next):
                (used, isEnd) = (next, true)
                break steps
            case .refused:
                trouble = "HTTP/2 has no chunks that could be wrong"
                return
            }
        }
        self.said.removeFirst(used)
        endBody(isEnd, else: .chunked)
    }

    private mutating func ask() -> Bool {
        let text = Latin1.text(said)
        guard let head = RequestText(text) else { return false }
        said.removeFirst(head.byteCount)
        switch head.framing {
        case .length(let count) where count > 0: body = .length(count)
        case .chunked: (body, chunks) = (.chunked, ChunkedDecoder(trailerLimitBytes: 4096))
        case .none where head.isTunnel: body = .untilEnd
        case .unclear where isLenient: body = .untilEnd
        default: body = .none
        }
        let ends = if case .none = body { true } else { false }
        let lines = Latin1.bytes(head.lines)
        guard
            let stream = session.request(
                lines.span, isHead: head.method == "HEAD", ends: ends, exchange: 1, &pool)
        else {
            trouble = "the connection takes no more streams"
            return false
        }
        asked = stream
        order.append(stream)
        streams[stream] = Stream(isHead: head.method == "HEAD", asksForTunnel: head.isTunnel)
        return true
    }

    private mutating func offer(_ stream: Int32) {
        guard let state = streams[stream], !state.unsent.isEmpty || state.saysEnd else { return }
        if state.isWhole || state.isCut {
            streams[stream]?.unsent = []
            streams[stream]?.saysEnd = false
            return
        }
        let taken = session.offer(stream, state.unsent.span, ends: state.saysEnd, &pool)
        streams[stream]?.unsent.removeFirst(taken)
        if state.saysEnd, taken == state.unsent.count, !session.isWaiting(stream) { streams[stream]?.saysEnd = false }
    }

    /// Bytes for the wire; empty where nothing is to be sent now.
    package mutating func output() -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            session.flush()
            while let key = session.nextWritable() { offer(key.stream) }
            if !session.hasUnsent { return bytes }
            bytes += session.unsent.array
            session.sent(session.unsentCount, &pool)
        }
    }

    // MARK: hearing

    /// Takes bytes from the wire, and appends what they mean to `shown`.
    package mutating func hear(_ wire: Span<UInt8>, into shown: inout ByteBuffer) {
        var bytes = WireBytes(wire)
        while let event = session.nextEvent(of: &bytes) {
            switch event {
            case .head(let key, let head): hear(key.stream, head)
            case .data(let key, let range):
                if range.isEmpty { break }
                hear(key.stream, bytes[range])
                session.consumed(key.stream, range.count)
            case .ended(let key): end(key.stream, trailers: [])
            case .closed(let key, _):
                if streams[key.stream]?.isWhole == false { streams[key.stream]?.isCut = true }
                offer(key.stream)
            case .goAway: isGoing = true
            case .fault(let key, let fault):
                trouble = "stream \(key.stream) is malformed: \(fault)"
                streams[key.stream]?.isCut = true
            case .refused, .settings, .pong: break
            }
        }
        if hasFailed { trouble = "the session failed" }
        show(&shown)
    }

    private mutating func hear(_ stream: Int32, _ bytes: ArraySlice<UInt8>) {
        guard var state = streams.removeValue(forKey: stream) else { return }
        if state.isChunked { state.shown += Array((String(bytes.count, radix: 16) + "\r\n").utf8) }
        state.shown += bytes
        if state.isChunked { state.shown += Array("\r\n".utf8) }
        streams[stream] = state
    }

    private mutating func hear(_ stream: Int32, _ head: HeadEvent) {
        guard var state = streams[stream] else { return }
        if let fault = head.fault { trouble = "the head on stream \(stream) is malformed: \(fault)" }
        let lines = Latin1.text(session.heads.part(head.text).array)
        if head.section == .trailers { return end(stream, trailers: Array(lines.utf8)) }
        state.isTunnel = state.asksForTunnel && (200...299).contains(head.status)
        let status = state.isTunnel ? 101 : head.status
        // The status line has no phrase in HTTP/2; field lines follow it.
        let fields = lines.split(separator: "\r\n", omittingEmptySubsequences: true).dropFirst()
        var shown = "HTTP/1.1 \(status) \r\n" + fields.map { $0 + "\r\n" }.joined()
        let isFinal = status >= 200
        let hasLength = fields.contains { $0.lowercased().hasPrefix("content-length:") }
        if isFinal, !state.isHead, status != 204, status != 304, !hasLength {
            state.isChunked = true
            shown += Marker.chunks + "\r\n"
        }
        state.shown += Latin1.bytes(shown + "\r\n")
        streams[stream] = state
        if head.ends { end(stream, trailers: []) }
    }

    /// The field line by which chunks of this making are known.
    enum Marker { static let chunks = "transfer-encoding: chunked" }

    private mutating func end(_ stream: Int32, trailers: [UInt8]) {
        guard streams[stream]?.isWhole == false else { return }
        streams[stream]?.isWhole = true
        if streams[stream]?.isChunked != true { return }
        streams[stream]?.shown += Array("0\r\n".utf8) + trailers + Array("\r\n".utf8)
    }

    private mutating func show(_ shown: inout ByteBuffer) {
        while !isCut, !isTunnelOver, let stream = order.first, let state = streams[stream] {
            shown.append(state.shown.span)
            streams[stream]?.shown = []
            if !state.isCut && !state.isWhole { return }
            (isCut, isTunnelOver) = (state.isCut, state.isTunnel && state.isWhole)
            order.removeFirst()
            if state.unsent.isEmpty && !state.saysEnd || state.isCut { streams[stream] = nil }
        }
    }
}
