import Bytes
import HTTP
import HTTP2Ends
import Platform

/// The front's connection to the upstream, which speaks HTTP/1: requests go out as they came, responses are read part
/// by part.
final class Near {
    let socket: BlockingSocket
    let token: UInt64
    /// The stream that it serves; nil while it is idle.
    var stream: Int32?
    /// What came of the upstream and was not read.
    var input: [UInt8] = []
    /// What the socket has not taken.
    var unsent: [UInt8] = []
    /// Body bytes for the gateway that its windows have not let through.
    var left: [UInt8] = []
    var saysEnd = false
    /// Lines of the trailer section.
    var trailers: [UInt8] = []
    /// The upstream has ended it.
    var isOver = false
    /// A write saw that the upstream had reset it.
    var isReset = false
    private var state = State.head
    private var chunks = ChunkedDecoder(trailerLimitBytes: 1 << 20)
    private var trailer = ByteBuffer()
    private var fields = FieldTable(limit: 4096)
    private var method = HTTP.Method.get
    private var sendsChunks = false
    private var hasSentAll = true
    private var keeps = true
    private var windowBytes = 0

    /// A head that is larger is sent as far as it has come: it is large enough to be refused.
    private static let headLimitBytes = 30_000

    private enum State: Equatable { case head, length(Int64), chunked, untilEnd, whole, odd }

    enum Part {
        case interim(Int, [UInt8])
        case head(Int, [UInt8], ends: Bool)
        /// A head that is wrong, as fields, and what is there of its body.
        case oddHead([(String, String)], body: [UInt8])
        /// More is in `left`, or the end.
        case body
        /// Bytes behind the end.
        case surplus([UInt8])
        /// What HTTP/2 has no form for.
        case nothing
    }

    enum End { case fin, reset }

    init(_ socket: consuming BlockingSocket, token: UInt64) {
        self.socket = socket
        self.token = token
    }

    /// Whether the response has been read to its end.
    var isWhole: Bool { state == .whole || state == .odd }
    /// Whether the upstream takes no more requests on it.
    var isLast: Bool { !keeps }
    var isReusable: Bool { state == .whole && hasSentAll && unsent.isEmpty && keeps && !isOver }

    // MARK: the request

    /// Begins a request: `text` is its head as HTTP/1 would have it, but for the version and the framing.
    func begin(_ stream: Int32, _ text: String, ends: Bool) {
        self.stream = stream
        (state, saysEnd, left, trailers, input) = (.head, false, [], [], [])
        (hasSentAll, keeps, windowBytes) = (ends, true, 0)
        chunks = ChunkedDecoder(trailerLimitBytes: 1 << 20)
        trailer.clear()
        method = text.hasPrefix("HEAD ") ? .head : .get
        let head = String(text.dropLast()).replacing(" HTTP/2.0\r\n", with: " HTTP/1.1\r\n", maxReplacements: 1)
        sendsChunks = !ends && !head.lowercased().contains("\r\ncontent-length:")
        unsent += Client.bytes(head + (sendsChunks ? "Transfer-Encoding: chunked\r\n" : "") + "\r\n")
    }

    func take(_ bytes: ArraySlice<UInt8>) {
        if bytes.isEmpty { return }
        if sendsChunks { unsent += Array((String(bytes.count, radix: 16) + "\r\n").utf8) }
        unsent += bytes
        if sendsChunks { unsent += Array("\r\n".utf8) }
        windowBytes += bytes.count
    }

    func takeEnd() {
        hasSentAll = true
        if sendsChunks { unsent += Array("0\r\n\r\n".utf8) }
    }

    /// Bytes that the gateway may send in their place: all, once all that came has left.
    func returnWindow() -> Int {
        if !unsent.isEmpty { return 0 }
        defer { windowBytes = 0 }
        return windowBytes
    }

    // MARK: the response

    /// The next part of what came; nil where it takes more.
    func next(isEnd: Bool) -> Part? {
        switch state {
        case .head: return nextHead(isEnd: isEnd)
        case .odd:
            input.removeAll()
            return nil
        case _ where input.isEmpty: return nil
        case .length(let count):
            let taken = Int(min(count, Int64(input.count)))
            left += input.prefix(taken)
            input.removeFirst(taken)
            return body(endsNow: Int64(taken) == count, else: .length(count - Int64(taken)))
        case .chunked: return nextChunks()
        case .untilEnd:
            left += input
            input.removeAll()
            return .body
        case .whole:
            defer { input.removeAll() }
            return .surplus(input)
        }
    }

    private func body(endsNow: Bool, else rest: State) -> Part {
        state = endsNow ? .whole : rest
        saysEnd = endsNow
        return .body
    }

    private func nextChunks() -> Part? {
        var used = 0
        while true {
            switch chunks.step(input.span, from: used, trailer: &trailer) {
            case .data(let range):
                left += input[range.start..<range.end]
                used = range.end
            case .needMore:
                input.removeAll()
                return left.isEmpty ? nil : .body
            case .end(let next):
                input.removeFirst(next)
                trailers = trailer.span.array
                return body(endsNow: true, else: .chunked)
            case .refused:
                state = .odd
                return .nothing
            }
        }
    }

    private func nextHead(isEnd: Bool) -> Part? {
        if input.isEmpty { return nil }
        var parser = ResponseHeadParser()
        switch parser.parse(input.span, fields: &fields, limits: ResponseLimits(headLimitBytes: Self.headLimitBytes)) {
        case .incomplete: return nil
        case .refused: return nextOddHead(isEnd: isEnd)
        case .complete(let end):
            defer { input.removeFirst(end) }
            if parser.status == 101 { return odd() }
            let lines = self.lines()
            if parser.isInterim { return .interim(parser.status, lines) }
            let framing = parser.framing(for: method)
            keeps = parser.keepsAlive(after: framing)
            switch framing {
            case .none: state = .whole
            case .length(let count): state = count == 0 ? .whole : .length(count)
            case .chunked: state = .chunked
            case .untilClose: state = .untilEnd
            }
            return .head(parser.status, lines, ends: state == .whole)
        }
    }

    /// Fields that are about a connection have no form in HTTP/2 (RFC 9113 §8.2.2).
    private func lines() -> [UInt8] {
        var lines: [UInt8] = []
        for index in 0..<fields.count where !fields[index].isHopByHop {
            lines += input[fields[index].name.start..<fields[index].name.end]
            lines += Array(": ".utf8)
            lines += input[fields[index].value.start..<fields[index].value.end]
            lines += Array("\r\n".utf8)
        }
        return lines
    }

    /// A head that HTTP/1 refuses: its fields as they stand, so that the gateway may refuse them.
    private func nextOddHead(isEnd: Bool) -> Part? {
        let text = Client.text(input)
        guard text.hasPrefix("HTTP/") else {
            state = .odd
            return .nothing
        }
        guard text.headEnd != nil || isEnd || input.count >= Self.headLimitBytes else { return nil }
        return odd()
    }

    private func odd() -> Part {
        state = .odd
        keeps = false
        let text = Client.text(Array(input.prefix(Self.headLimitBytes)))
        let head = text.headEnd.map { String(text.unicodeScalars.prefix($0)) } ?? text
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: true).map(String.init)
        // Of a head without end only whole lines are sent.
        if text.headEnd == nil { lines.removeLast() }
        let words = lines.removeFirst().split(separator: " ", maxSplits: 2).map(String.init)
        guard words.count > 1, lines.allSatisfy({ $0.contains(":") }) else { return .nothing }
        return .oddHead(
            [(":status", words[1])]
                + lines.map { line in
                    let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                    return (parts[0].lowercased(), String(parts[1].drop { $0 == " " }))
                }, body: Array(input.dropFirst(text.headEnd ?? input.count)))
    }

    /// Takes the upstream's end; whether everything is whole all the same.
    func hasEnded(by end: End) -> Bool {
        if stream == nil { return false }
        if state == .untilEnd, end == .fin {
            (state, saysEnd, keeps) = (.whole, true, false)
            return true
        }
        return isWhole
    }
}
