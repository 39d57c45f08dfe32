import Bytes
import HTTP
import SimulatedKernel

/// One stream of an upstream: the request as HTTP/1 has it, and the answer that a script says in HTTP/1.
final class HTTP2ServerStream {
    /// What the answer comes to next.
    enum Step {
        case interim(Int, lines: [UInt8])
        case head(Int, lines: [UInt8], ends: Bool)
        /// `unsent`, `saysEnd` or `trailers` have more.
        case body
        /// A head that no peer may send.
        case malformed([(String, String)])
        /// The body's coding is broken.
        case broken
        /// No HTTP.
        case noise([UInt8])
    }

    private enum Place { case head, counted(Int), chunked, untilClose, over }

    /// Bytes of the request that its script has not taken.
    var heard: [UInt8]
    /// How many of those the window counts.
    var unconsumed = 0
    /// How it stands.
    var ending = FarEnding.open
    private(set) var hasHeardAll: Bool
    private let isChunked: Bool
    private let isHead: Bool
    private let number: Int32

    private var said: [UInt8] = []
    private var place = Place.head
    private var chunks = ChunkedDecoder(trailerLimitBytes: 4096)
    private var trailer = ByteBuffer()
    /// Body bytes that the session has not taken.
    var unsent: [UInt8] = []
    /// The body ends behind them.
    var saysEnd = false
    /// Field lines behind it.
    var trailers: [UInt8] = []
    private(set) var hasHead = false
    /// The answer says that the connection ends with it.
    private(set) var saysClose = false

    /// `head` is the request's, as HTTP/1 has it.
    init(_ number: Int32, _ head: [UInt8], ends: Bool) {
        self.number = number
        hasHeardAll = ends
        isHead = head.starts(with: Array("HEAD ".utf8))
        isChunked = !ends && !String(decoding: head, as: UTF8.self).contains("\r\ncontent-length:")
        heard = isChunked ? head.dropLast(2) + Array("transfer-encoding: chunked\r\n\r\n".utf8) : head
    }

    /// All that was said is with the session.
    var isSaid: Bool { unsent.isEmpty && !saysEnd && trailers.isEmpty }
    var isWhole: Bool { if case .over = place { hasHead } else { false } }
    var endsWithConnection: Bool { if case .untilClose = place { true } else { false } }

    func hear(_ bytes: ArraySlice<UInt8>) {
        unconsumed += bytes.count
        if bytes.isEmpty { return }
        if isChunked { heard += Array((String(bytes.count, radix: 16) + "\r\n").utf8) }
        heard += bytes
        if isChunked { heard += [13, 10] }
    }

    func hearEnd() {
        if hasHeardAll { return }
        hasHeardAll = true
        if isChunked { heard += Array("0\r\n\r\n".utf8) }
    }

    func say(_ bytes: Span<UInt8>) { said += bytes.array }

    /// The body that ends with the connection ends.
    func endBody() {
        saysEnd = true
        place = .over
    }

    /// Takes the next thing out of what was said; nil where that is used up.
    func next() -> Step? {
        if said.isEmpty { return nil }
        switch place {
        case .head: return nextHead()
        case .counted(let left):
            let count = min(left, said.count)
            unsent += said.prefix(count)
            said.removeFirst(count)
            place = .counted(left - count)
            if count == left { endBody() }
            return .body
        case .chunked: return nextChunks()
        case .untilClose:
            unsent += said
            said = []
            return .body
        case .over:
            // HTTP/2 has no place for what comes behind the end.
            said = []
            return nil
        }
    }

    private func nextChunks() -> Step {
        var used = 0
        while true {
            switch chunks.step(said.span, from: used, trailer: &trailer) {
            case .data(let range):
                unsent += said[range.start..<range.end]
                used = range.end
            case .needMore:
                said = []
                return .body
            case .end:
                said = []
                endBody()
                var section = ByteBuffer()
                swap(&section, &trailer)
                trailers = section.span.array
                return .body
            case .refused:
                said = []
                place = .over
                hasHead = false
                return .broken
            }
        }
    }

    private func nextHead() -> Step? {
        guard let end = said.indices.first(where: { said[$0...].starts(with: [13, 10, 13, 10]) }) else { return nil }
        let text = String(decoding: said[..<end], as: UTF8.self)
        let whole = Array(said[..<(end + 4)])
        said.removeFirst(end + 4)
        let lines = text.split(separator: "\r\n")
        guard let start = lines.first, start.hasPrefix("HTTP/1.1 "), let status = Int(start.dropFirst(9).prefix(3))
        else {
            return .noise(whole)
        }
        // No answer but a tunnel is to come behind it.
        if status == 101 { return .malformed([(":status", "101")]) }
        var kept = ""
        var next = Place.untilClose
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return .malformed(malformed) }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "connection": saysClose = value == "close"
            case "transfer-encoding": next = .chunked
            case "content-length":
                next = .counted(Int(value) ?? 0)
                kept += line + "\r\n"
            default: kept += line + "\r\n"
            }
        }
        if status < 200 { return .interim(status, lines: Array(kept.utf8)) }
        hasHead = true
        var ends = isHead || status == 204 || status == 304
        if case .counted(0) = next { ends = true }
        place = ends ? .over : next
        return .head(status, lines: Array(kept.utf8), ends: ends)
    }

    /// A head that breaks one rule of RFC 9113 §8 or another.
    private var malformed: [(String, String)] {
        let all: [[(String, String)]] = [
            [(":status", "200"), ("Upper", "case")], [(":status", "200"), ("connection", "close")],
            [("server", "sim")], [(":status", "200"), ("a", "b"), (":status", "200")], [(":status", "2000")],
            [(":status", "200"), ("a b", "c")], [(":status", "200"), ("a", "b\r\nc: d")], [(":path", "/")],
        ]
        return all[Int(number / 2) % all.count]
    }
}
