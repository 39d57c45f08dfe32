import Bytes
import HTTP
import HTTP2
import SimulatedKernel

/// HTTP/2 for a client whose script speaks HTTP/1: each request becomes a stream, and the responses come back in the
/// order of the requests, in chunks where they say no length.
final class HTTP2Coat: FarCoat {
    var output = ByteBuffer()
    private var session: HTTP2Session
    private var pool = BufferPool()
    /// What lies between HTTP/2 and the wire.
    private let inner: (any FarCoat)?
    /// Bytes of the script that are no whole head or body yet.
    private var said = ByteBuffer()
    private var fields = FieldTable(limit: 256)
    private var body = Body.none
    private var chunks = ChunkedDecoder(trailerLimitBytes: 4096)
    private var trailer = ByteBuffer()
    private var asked: Int32 = 0
    private var order: [Int32] = []
    private var streams: [Int32: Stream] = [:]
    private var isCut = false
    private var hasParted = false
    /// The gateway has said that it takes no more requests.
    private(set) var isGoing = false

    private enum Body { case none, length(Int), chunked }

    private struct Stream {
        var isHead: Bool
        /// Body bytes that the session has not taken.
        var unsent: [UInt8] = []
        var saysEnd = false
        /// The response as HTTP/1 has it.
        var shown: [UInt8] = []
        var hasHead = false
        var isChunked = false
        var isWhole = false
        var isCut = false
    }

    init(over inner: (any FarCoat)?) {
        self.inner = inner
        session = HTTP2Session(isServer: false, settings: SessionSettings(), &pool)
    }

    var isOpen: Bool { inner?.isOpen ?? true }

    func begin() {
        inner?.begin()
        takeInner()
        if isOpen { speak() }
    }

    func sayGoodbye() {
        if isOpen { speak() }
        hasParted = true
        inner?.sayGoodbye()
        takeInner()
    }

    // MARK: asking

    func say(_ bytes: Span<UInt8>) {
        said.append(bytes)
        while sayMore() {}
        speak()
    }

    /// Takes one head, or what there is of a body, out of what was said; false where nothing more can be taken.
    private func sayMore() -> Bool {
        if said.isEmpty { return false }
        switch body {
        case .none: return ask()
        case .length(let left):
            let count = min(left, said.count)
            streams[asked]?.unsent += said.span.extracting(0..<count).array
            said.removeFirst(count)
            finishBody(at: count == left, else: .length(left - count))
        case .chunked:
            var used = 0
            steps: while true {
                switch chunks.step(said.span, from: used, trailer: &trailer) {
                case .data(let range):
                    streams[asked]?.unsent += said.span.part(range).array
                    used = range.end
                case .needMore:
                    used = said.count
                    break steps
                case .end(let next):
                    used = next
                    body = .none
                    break steps
                case .refused: preconditionFailure("a client's script has broken chunks")
                }
            }
            said.removeFirst(used)
            if case .none = body { finishBody(at: true, else: .none) }
        }
        offer(asked)
        return true
    }

    private func finishBody(at end: Bool, else rest: Body) {
        body = end ? .none : rest
        if end { streams[asked]?.saysEnd = true }
    }

    private func ask() -> Bool {
        var parser = RequestHeadParser()
        guard case .complete(let end) = parser.parse(said.span, fields: &fields, limits: RequestLimits()) else {
            return false
        }
        var lines = ByteBuffer()
        let isHead = parser.method == .head
        lines.append(":method: ")
        lines.append(said.span.part(parser.methodName))
        lines.append("\r\n:scheme: http\r\n:path: ")
        lines.append(said.span.part(parser.target))
        lines.append("\r\n:authority: sim\r\n")
        for index in 0..<fields.count {
            let isForConnection = fields[index].isHopByHop && fields[index].knownField != .te
            if isForConnection || fields[index].knownField == .host { continue }
            lines.append(lowercased: said.span.part(fields[index].name))
            lines.append(": ")
            lines.append(said.span.part(fields[index].value))
            lines.append("\r\n")
        }
        said.removeFirst(end)
        switch parser.framing {
        case .length(let count) where count > 0: body = .length(Int(count))
        case .chunked: body = .chunked
        default: body = .none
        }
        chunks = ChunkedDecoder(trailerLimitBytes: 4096)
        let ends = if case .none = body { true } else { false }
        // Where the gateway takes no more (GOAWAY), the client sees its connection end.
        guard let stream = session.request(lines.span, isHead: isHead, ends: ends, exchange: 1, &pool) else {
            return false
        }
        asked = stream
        order.append(stream)
        streams[stream] = Stream(isHead: isHead)
        return true
    }

    private func offer(_ stream: Int32) {
        guard let state = streams[stream], !state.unsent.isEmpty || state.saysEnd else { return }
        let taken = session.offer(stream, state.unsent.span, ends: state.saysEnd, &pool)
        streams[stream]?.unsent.removeFirst(taken)
        let isWhole = taken == state.unsent.count && !session.isWaiting(stream)
        if state.saysEnd && isWhole { streams[stream]?.saysEnd = false }
    }

    private func speak() {
        while !hasParted {
            session.flush()
            while let key = session.nextWritable() { offer(key.stream) }
            if !session.hasUnsent { return }
            let bytes = session.unsent.array
            session.sent(bytes.count, &pool)
            if let inner {
                if !inner.isOpen { preconditionFailure("HTTP/2 speaks before TLS is there") }
                inner.say(bytes.span)
            } else {
                output.append(bytes.span)
            }
            takeInner()
        }
    }

    private func takeInner() {
        guard let inner else { return }
        output.append(inner.output.span)
        inner.output.clear()
    }

    // MARK: hearing

    func take(_ wire: Span<UInt8>, into input: inout ByteBuffer) -> FarCoatState {
        var plain = ByteBuffer()
        var state = FarCoatState.open
        if let inner {
            state = inner.take(wire, into: &plain)
            takeInner()
            if !inner.isOpen { return state }
        } else {
            plain.append(wire)
        }
        var used = 0
        repeat {
            let piece = plain.span.extracting(droppingFirst: used).array
            used += session.feed(piece.span, second: 0)
            hear(piece)
        } while used < plain.count || session.isPaused
        speak()
        show(&input)
        if session.failure != nil || isCut { return .broken }
        return isGoing && session.openStreamCount == 0 ? .finished : state
    }

    private func hear(_ bytes: [UInt8]) {
        while let event = session.nextEvent() {
            switch event {
            case .head(let key, let head): hear(key.stream, head)
            case .data(let key, let range):
                if range.isEmpty { break }
                if streams[key.stream]?.isChunked == true {
                    var size = ByteBuffer()
                    ChunkedEncoder.appendHeader(byteCount: range.count, to: &size)
                    streams[key.stream]?.shown += size.span.array
                }
                streams[key.stream]?.shown += bytes[range.start..<range.end]
                if streams[key.stream]?.isChunked == true { streams[key.stream]?.shown += Array("\r\n".utf8) }
                session.consumed(key.stream, range.count)
            case .ended(let key): end(key.stream, trailers: nil)
            case .closed(let key, _):
                if streams[key.stream]?.isWhole == false { streams[key.stream]?.isCut = true }
            case .goAway: isGoing = true
            case .fault(let key, _): streams[key.stream]?.isCut = true
            case .refused, .settings, .pong: break
            }
        }
    }

    private func hear(_ stream: Int32, _ head: HeadEvent) {
        guard var state = streams[stream] else { return }
        let lines = session.heads.part(head.text).array
        if head.section == .trailers {
            return end(stream, trailers: lines)
        }
        // `HTTP/1.1 200`, then the lines, then an empty one.
        var shown = Array(lines[..<12]) + Array(" X".utf8) + Array(lines[12..<lines.count - 2])
        let hasBody = !state.isHead && head.status >= 200 && head.status != 204 && head.status != 304
        if head.status >= 200 {
            state.hasHead = true
            let hasLength = Self.has(lines, "\r\ncontent-length:")
            state.isChunked = hasBody && !hasLength
            if state.isChunked { shown += Array("transfer-encoding: chunked\r\n".utf8) }
        }
        state.shown += shown + Array("\r\n".utf8)
        streams[stream] = state
        if head.ends { end(stream, trailers: nil) }
    }

    private func end(_ stream: Int32, trailers: [UInt8]?) {
        guard streams[stream]?.isWhole == false else { return }
        streams[stream]?.isWhole = true
        if streams[stream]?.isChunked != true { return }
        streams[stream]?.shown += Array("0\r\n".utf8)
        if let trailers {
            // The name as the scripts write it.
            var lines = trailers
            if Self.has(lines, "x-trailer: ") { lines.replaceSubrange(0..<9, with: Array("X-Trailer".utf8)) }
            streams[stream]?.shown += lines
        }
        streams[stream]?.shown += Array("\r\n".utf8)
    }

    private static func has(_ bytes: [UInt8], _ text: String) -> Bool {
        let wanted = Array(text.utf8)
        if bytes.count < wanted.count { return false }
        return (0...bytes.count - wanted.count).contains { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }

    /// Shows what has come, in the order of the requests; behind a response that was cut nothing more is shown.
    private func show(_ input: inout ByteBuffer) {
        while let stream = order.first, let state = streams[stream] {
            input.append(state.shown.span)
            streams[stream]?.shown = []
            if state.isCut {
                isCut = true
                return
            }
            if !state.isWhole { return }
            order.removeFirst()
            streams[stream] = nil
        }
    }
}
