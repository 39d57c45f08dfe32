import Bytes

/// One line of a field section, found by `init`; heads and trailers are read with it.
///
/// A line ends in LF, with or without a CR before it, as nginx has it. What two parsers could read differently is
/// invalid: no colon, no name, a space in or after the name, a line that begins with a space (obs-fold, RFC 9112
/// §5.2), NUL anywhere, a CR that no LF follows.
///
/// It is made to stay in registers: nothing that is not inlined takes a whole one.
struct FieldLine: ~Copyable {
    enum Outcome: UInt8 {
        case field
        /// The empty line after the last field.
        case sectionEnd
        /// The bytes ran out before the line ended.
        case ranOut
        case invalid
        /// A name over 65,535 bytes.
        case tooLongName
    }

    let outcome: Outcome
    /// Classes that all bytes of the name share (`NameClass`).
    let classes: UInt8
    let nameStart: Int
    let nameEnd: Int
    let valueStart: Int
    /// The first byte after the value, spaces and tabs behind it left out.
    let valueEnd: Int
    /// The LF that ends the line, or the CR before it. For an invalid line: the byte where nginx's log cuts it.
    let lineEnd: Int
    /// The first byte after the line.
    let next: Int

    var name: ByteRange { ByteRange(nameStart, nameEnd) }
    var value: ByteRange { ByteRange(valueStart, valueEnd) }
    var evidence: Evidence { .before(ByteRange(nameStart, lineEnd)) }

    /// Reads the line that begins at `start`.
    @inline(__always)
    init(_ bytes: Span<UInt8>, from start: Int) {
        // Nearly all names are of letters and hyphens, which are found eight at a time.
        var index = bytes.firstNeitherLetterNorHyphen(from: start)
        var classes: UInt8 = 0xff
        while index < bytes.count, bytes[index] != ASCII.colon {
            let byteClasses = nameClasses[Int(bytes[index])]
            if byteClasses == 0 { break }
            classes &= byteClasses
            index &+= 1
        }
        self.classes = classes
        nameStart = start
        nameEnd = index
        if index >= bytes.count || bytes[index] != ASCII.colon || index == start || index &- start > 0xffff {
            (outcome, next) = Self.endName(bytes, from: start, at: index)
            (valueStart, valueEnd, lineEnd) = (index, index, index)
            return
        }
        index &+= 1
        while index < bytes.count, bytes[index] == ASCII.space || bytes[index] == ASCII.tab { index &+= 1 }
        valueStart = index
        index = bytes.firstControl(from: index)
        while index < bytes.count, bytes[index] != ASCII.lf {
            let byte = bytes[index]
            if byte == ASCII.cr {
                if index &+ 1 >= bytes.count || bytes[index &+ 1] == ASCII.lf { break }
            }
            if byte == ASCII.cr || byte == 0 {
                outcome = .invalid
                lineEnd = Self.cut(bytes, at: index, valueStart: valueStart)
                (valueEnd, next) = (index, index)
                return
            }
            index = bytes.firstControl(from: index &+ 1)
        }
        lineEnd = index
        if index < bytes.count, bytes[index] == ASCII.cr { index &+= 1 }
        next = index &+ 1
        outcome = index < bytes.count ? .field : .ranOut
        index = lineEnd
        while index > valueStart, bytes[index &- 1] == ASCII.space || bytes[index &- 1] == ASCII.tab { index &-= 1 }
        valueEnd = index
    }

    /// What it means that the name ends at `index` without a colon: the section's end, or a fault.
    private static func endName(_ bytes: Span<UInt8>, from start: Int, at index: Int) -> (Outcome, Int) {
        if index >= bytes.count { return (.ranOut, index) }
        if index &- start > 0xffff && bytes[index] == ASCII.colon { return (.tooLongName, index) }
        if index != start { return (.invalid, index) }
        switch bytes[index] {
        case ASCII.lf: return (.sectionEnd, index &+ 1)
        case ASCII.cr:
            if index &+ 1 >= bytes.count { return (.ranOut, index) }
            return bytes[index &+ 1] == ASCII.lf ? (.sectionEnd, index &+ 2) : (.invalid, index)
        default: return (.invalid, index)
        }
    }

    /// Where nginx cuts a line at a NUL or a bare CR: at a CR's spaces, where a value stands before them.
    private static func cut(_ bytes: Span<UInt8>, at index: Int, valueStart: Int) -> Int {
        if bytes[index] == 0 { return index }
        var cut = index
        while cut > valueStart, bytes[cut &- 1] == ASCII.space { cut &-= 1 }
        return cut == valueStart ? index : cut
    }

    /// The line's entry.
    @inline(__always)
    func entry(_ known: KnownField, _ bytes: Span<UInt8>) -> FieldEntry {
        let isFraming = known == .contentLength || known == .transferEncoding
        return FieldEntry(
            name: name, value: isFraming ? Self.valueWithTabs(bytes, after: nameEnd, before: lineEnd) : value,
            known: known.rawValue, marks: known.isHopByHop ? FieldMarks.hopByHop : 0)
    }

    /// The value with the tabs around it. They are legal there (RFC 9110 §5.5), but some parsers, nginx's among them,
    /// take them as part of the value; what framing depends on must not be read in two ways.
    private static func valueWithTabs(_ bytes: Span<UInt8>, after colon: Int, before lineEnd: Int) -> ByteRange {
        var start = colon &+ 1
        var end = lineEnd
        while start < end, bytes[start] == ASCII.space { start &+= 1 }
        while end > start, bytes[end &- 1] == ASCII.space { end &-= 1 }
        return ByteRange(start, end)
    }
}
