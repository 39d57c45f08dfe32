import Bytes
import HTTP

/// Copies field lines that go on unchanged: those that stand in a row, written as they are to be sent, as one piece.
struct FieldRun {
    private var start = 0
    private var end = 0

    /// Takes a line, and copies those before it where it does not follow them.
    mutating func append(_ field: FieldEntry, of head: borrowing FieldBlock, to out: inout ByteBuffer) {
        let (name, value) = (field.name, field.value)
        let bytes = head.buffer.span
        let isPlain =
            value.start == name.end &+ 2 && value.end &+ 2 <= bytes.count && bytes[name.end] == ASCII.colon
            && bytes[name.end &+ 1] == ASCII.space && bytes[value.end] == ASCII.cr && bytes[value.end &+ 1] == ASCII.lf
        if isPlain && name.start == end {
            end = value.end &+ 2
            return
        }
        flush(head, to: &out)
        if isPlain {
            (start, end) = (name.start, value.end &+ 2)
            return
        }
        out.append(head.span(name))
        out.append(": ")
        out.append(head.span(value))
        out.append("\r\n")
    }

    /// Copies what was taken. Call it before anything else is written, and at the end.
    mutating func flush(_ head: borrowing FieldBlock, to out: inout ByteBuffer) {
        if end > start { out.append(head.span(ByteRange(start, end))) }
        (start, end) = (0, 0)
    }
}
