import Bytes
import HTTP

/// One part of `bytes`, for reading.
func show(_ range: ByteRange, of bytes: [UInt8]) -> String { Escapes.show(Array(bytes[range.start..<range.end])) }

/// What an evidence quotes.
func quoted(_ evidence: Evidence, head: [UInt8], fields: borrowing FieldTable) -> String {
    var out = ByteBuffer()
    evidence.append(head: head.span, fields: fields, to: &out)
    return evidence == .none ? "" : "\"\(Escapes.show(out.span.array))\""
}

/// The ways in which bytes may arrive: whole, byte by byte, and in two parts at each place.
/// Each way is the rising list of how many bytes are there at each reading.
func arrivals(of count: Int) -> [[Int]] {
    let places = count < 700 ? Array(0...count) : Array(stride(from: 0, through: count, by: count / 300)) + [count]
    return [[count], places] + places.map { [$0, count] }
}

extension FieldTable {
    /// The fields as lines: name, known name and marks, value.
    func lines(_ bytes: [UInt8]) -> [String] {
        (0..<count).map { index in
            let entry = self[index]
            var notes: [String] = []
            if entry.knownField != .none { notes.append("\(entry.knownField)") }
            if entry.isHopByHop { notes.append("hop-by-hop") }
            if entry.isIgnored { notes.append("ignored") }
            let list = notes.isEmpty ? "" : " [\(notes.joined(separator: ", "))]"
            return "\(show(entry.name, of: bytes))\(list): \(show(entry.value, of: bytes))"
        }
    }
}

extension BodyFraming {
    var words: String {
        switch self {
        case .none: "no body"
        case .length(let count): "body of \(count) bytes"
        case .chunked: "chunked body"
        case .untilClose: "body until close"
        }
    }
}
