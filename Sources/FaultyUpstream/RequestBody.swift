/// How much of a request's body is still to be read, and how.
struct RequestBody: Sendable {
    private enum Part: Equatable {
        case over
        case length(Int)
        case chunkSize
        case chunkData(Int)
        case trailers
    }

    private var part: Part

    /// No body.
    init() { part = .over }

    /// The framing by the request's fields (RFC 9112 §6.3), read leniently: chunked goes first.
    init(of request: Request) {
        if request.lists("chunked", in: "transfer-encoding") {
            part = .chunkSize
        } else if let text = request.field("content-length"), let count = Int(text), count > 0 {
            part = .length(count)
        } else {
            part = .over
        }
    }

    var isOver: Bool { part == .over }

    /// Takes some of the body from the wire, at most `limit` bytes without the framing; no bytes mean that it is over.
    mutating func read(from wire: inout Wire, limit: Int) throws(ConnectionEnd) -> [UInt8] {
        while limit > 0 {
            switch part {
            case .over: return []
            case .length(let left):
                let bytes = try wire.take(atMost: min(left, limit))
                part = bytes.count == left ? .over : .length(left - bytes.count)
                return bytes
            case .chunkSize:
                let line = try Self.line(from: &wire)
                let digits = line.prefix { $0 != 0x3b && $0 != 0x20 }
                guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size >= 0 else {
                    throw .malformed
                }
                part = size == 0 ? .trailers : .chunkData(size)
            case .chunkData(0):
                if try !Self.line(from: &wire).isEmpty { throw .malformed }
                part = .chunkSize
            case .chunkData(let left):
                let bytes = try wire.take(atMost: min(left, limit))
                part = .chunkData(left - bytes.count)
                return bytes
            case .trailers:
                if try Self.line(from: &wire).isEmpty { part = .over }
            }
        }
        return []
    }

    /// A line without its end, taken.
    private static func line(from wire: inout Wire) throws(ConnectionEnd) -> ArraySlice<UInt8> {
        let bytes = try wire.look(limit: 16 << 10) { bytes in bytes.firstIndex(of: 0x0a).map { $0 + 1 } }
        _ = try wire.take(bytes.count)
        let line = bytes.dropLast()
        return line.last == 0x0d ? line.dropLast() : line
    }
}
