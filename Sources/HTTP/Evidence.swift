import Bytes

/// What nginx's log line quotes of a head that was refused.
package enum Evidence: Equatable, Sendable {
    /// Nothing is quoted.
    case none
    /// These bytes of the head.
    case bytes(ByteRange)
    /// These bytes of the head, followed by the byte that cannot stand after them: `X-A\x20...`.
    case before(ByteRange)
    /// The value of the field at that index.
    case value(Int)
    /// The field at that index: `Content-Length: 3, 3`.
    case field(Int)
    /// A field and an earlier one of the same name.
    case fields(Int, previous: Int)

    /// Appends the quoted text, without the outer quotes. For a pair that is everything between the first and the
    /// last quote: `B: 2", previous value: "B: 1`.
    ///
    /// - Parameters:
    ///   - head: the bytes that were parsed, at least up to the refused place
    ///   - fields: the table of that parse, unchanged since
    ///   - out: gets the bytes as they came; the log escapes them
    package func append(head: Span<UInt8>, fields: borrowing FieldTable, to out: inout ByteBuffer) {
        switch self {
        case .none: break
        case .bytes(let range): out.append(head.part(range))
        case .before(let range):
            out.append(head.part(range))
            out.append("\\x")
            out.append(hexDigit: head[range.end] &>> 4)
            out.append(hexDigit: head[range.end] & 15)
            out.append("...")
        case .value(let index): out.append(head.part(fields[index].value))
        case .field(let index): Self.append(fields[index], head: head, to: &out)
        case .fields(let index, let previous):
            Self.append(fields[index], head: head, to: &out)
            out.append("\", previous value: \"")
            Self.append(fields[previous], head: head, to: &out)
        }
    }

    private static func append(_ entry: FieldEntry, head: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(head.part(entry.name))
        out.append(": ")
        out.append(head.part(entry.value))
    }
}
