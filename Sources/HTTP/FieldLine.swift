import Bytes

/// One line of a field section, found by `scan`; both heads and trailers are read with it.
///
/// A line ends in LF, with or without a CR before it, as nginx has it. What two parsers could read differently is
/// invalid: no colon, no name, a space in or after the name, a line that begins with a space (obs-fold, RFC 9112
/// §5.2), NUL anywhere, a CR that no LF follows.
struct FieldLine {
    enum Outcome: UInt8 {
        case field
        /// The empty line after the last field.
        case sectionEnd
        /// The bytes ran out, or the limit was reached, before the line ended.
        case ranOut
        case invalid
        /// A name over 65,535 bytes.
        case tooLongName
    }

    var nameStart = 0
    var nameEnd = 0
    var valueStart = 0
    /// The first byte after the value, trailing spaces left out.
    var valueEnd = 0
    /// The first byte after the line.
    var next = 0
    /// For an invalid line: the byte where nginx's log cuts it.
    var cut = 0
    /// Classes that all bytes of the name share (`NameClass`).
    var classes: UInt8 = 0
    /// Whether LF ended the line without a CR.
    var endsInBareLF = false

    var name: ByteRange { ByteRange(nameStart, nameEnd) }
    var value: ByteRange { ByteRange(valueStart, valueEnd) }

    /// The line's entry, with the name looked up.
    @inline(__always)
    func entry(_ bytes: Span<UInt8>) -> FieldEntry {
        let known = KnownField(name: bytes.part(name))
        let isFraming = known == .contentLength || known == .transferEncoding
        return FieldEntry(
            name: name, value: isFraming ? valueWithTabs(bytes) : value, known: known.rawValue,
            marks: known.isHopByHop ? FieldMarks.hopByHop : 0)
    }

    /// The value with the tabs around it. They are legal there (RFC 9110 §5.5), but some parsers, nginx's among them, take
    /// them as part of the value; what framing depends on must not be read in two ways.
    func valueWithTabs(_ bytes: Span<UInt8>) -> ByteRange {
        var start = nameEnd &+ 1
        var end = next &- (endsInBareLF ? 1 : 2)
        while start < end, bytes[start] == ASCII.space { start &+= 1 }
        while end > start, bytes[end &- 1] == ASCII.space { end &-= 1 }
        return ByteRange(start, end)
    }

    var evidence: Evidence { .before(ByteRange(nameStart, cut)) }

    /// Reads the line that begins at `start`; no byte at or after `end` is looked at.
    @inline(__always)
    mutating func scan(_ bytes: Span<UInt8>, from start: Int, before end: Int) -> Outcome {
        nameStart = start
        var index = start
        var shared: UInt8 = 0xff
        while index < end {
            let byteClasses = nameClasses[Int(bytes[index])]
            if byteClasses == 0 { break }
            shared &= byteClasses
            index &+= 1
        }
        nameEnd = index
        classes = shared
        if index == end { return .ranOut }
        if bytes[index] != ASCII.colon || index == start { return endWithoutColon(bytes, at: index, before: end) }
        if index &- start > 0xffff { return .tooLongName }
        index &+= 1
        while index < end, bytes[index] == ASCII.space || bytes[index] == ASCII.tab { index &+= 1 }
        valueStart = index
        return scanValue(bytes, before: end)
    }

    /// The empty line, or a fault: a byte that cannot stand in a name, or the end of a line that has no colon.
    private mutating func endWithoutColon(_ bytes: Span<UInt8>, at index: Int, before end: Int) -> Outcome {
        cut = index
        if index != nameStart { return .invalid }
        switch bytes[index] {
        case ASCII.lf:
            endsInBareLF = true
            next = index &+ 1
            return .sectionEnd
        case ASCII.cr:
            if index &+ 1 == end { return .ranOut }
            next = index &+ 2
            return bytes[index &+ 1] == ASCII.lf ? .sectionEnd : .invalid
        default: return .invalid
        }
    }

    @inline(__always)
    private mutating func scanValue(_ bytes: Span<UInt8>, before end: Int) -> Outcome {
        var index = valueStart
        while true {
            index = bytes.firstControl(from: index, before: end)
            if index == end { return .ranOut }
            let byte = bytes[index]
            if byte == ASCII.cr {
                if index &+ 1 == end { return .ranOut }
                if bytes[index &+ 1] == ASCII.lf {
                    next = index &+ 2
                    endsInBareLF = false
                    break
                }
                cut = cutBefore(bytes, cr: index)
                return .invalid
            }
            if byte == ASCII.lf {
                next = index &+ 1
                endsInBareLF = true
                break
            }
            if byte == 0 {
                cut = index
                return .invalid
            }
            index &+= 1
        }
        while index > valueStart, bytes[index &- 1] == ASCII.space || bytes[index &- 1] == ASCII.tab { index &-= 1 }
        valueEnd = index
        return .field
    }

    /// Where nginx cuts a line at a bare CR: at the spaces before it, where a value stands before them.
    private func cutBefore(_ bytes: Span<UInt8>, cr: Int) -> Int {
        var index = cr
        while index > valueStart, bytes[index &- 1] == ASCII.space { index &-= 1 }
        return index == valueStart ? cr : index
    }
}
