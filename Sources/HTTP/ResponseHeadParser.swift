import Bytes

/// Reads a response's head: the status line and the field lines up to the empty line (RFC 9112 §4, §5).
///
/// Call `parse` as with `RequestHeadParser`. Interim heads (1xx) are heads like others: give the next one to a new
/// parser. The status line is judged byte by byte, so that an upstream that speaks something else is known at once.
package struct ResponseHeadParser: Sendable {
    /// Whether the status line is whole.
    package internal(set) var hasStatusLine = false
    package internal(set) var version = Version.http11
    /// 100 … 999.
    package internal(set) var status = 0
    /// Status and reason phrase: `404 Not Found`.
    package internal(set) var statusText = ByteRange.empty
    /// What the fields say of the body; use `framing(for:)`.
    package internal(set) var framingFields = FramingFields()
    /// What the Connection fields say.
    package internal(set) var connection = ConnectionOptions()
    /// Fields that repeat one that may stand once; each has `FieldMarks.ignored`. nginx warns of them:
    /// `upstream sent duplicate header line: …, ignored`. `duplicate(at:in:)` tells what it quotes.
    package internal(set) var duplicateCount = 0
    /// Whether fields are there that tell the proxy itself something: X-Accel-Redirect, -Buffering, -Limit-Rate.
    package var hasAccelFields: Bool {
        seen & (KnownField.xAccelRedirect.bit | KnownField.xAccelBuffering.bit | KnownField.xAccelLimitRate.bit) != 0
    }
    /// Whether an Upgrade field is there.
    package internal(set) var hasUpgrade = false

    var position = 0
    var fieldsStart = 0
    var tableGeneration: UInt64 = 0
    var seen: UInt64 = 0

    /// A parser at the start of a head.
    package init() {}

    /// Whether another head follows this one (RFC 9110 §15.2); 101 is the last one.
    package var isInterim: Bool { status < 200 && status != 101 }

    /// How the body is framed, once the head is complete.
    package func framing(for method: Method) -> BodyFraming {
        framingFields.ofResponse(status: status, to: method)
    }

    /// Whether the connection may be used again once a body framed like that has ended (RFC 9112 §9.3). As with nginx,
    /// HTTP/1.0 never lets it.
    package func keepsAlive(after framing: BodyFraming) -> Bool {
        version != .http10 && !connection.hasClose && framing != .untilClose && status != 101
    }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - bytes: the head from its first byte, as far as it arrived
    ///   - fields: gets the field lines; holds them for the last head it was given to
    ///   - limits: what the head may measure; the same at each call
    package mutating func parse(
        _ bytes: Span<UInt8>, fields: inout FieldTable, limits: borrowing ResponseLimits
    ) -> ResponseHeadProgress {
        let end = min(bytes.count, limits.headLimitBytes)
        let ranOut: ResponseHeadProgress =
            end < limits.headLimitBytes ? .incomplete : .refused(.tooBigHead, .none)
        if !hasStatusLine {
            var line = StatusLineReader(end: end)
            if !line.read(bytes, into: &self) { return line.isRefused ? .refused(.noStatusLine, .none) : ranOut }
            if status == 103 && version == .http10 { return .refused(.earlyHintsInHTTP10, .none) }
            hasStatusLine = true
            position = line.index
            fieldsStart = position
            fields.clear()
            tableGeneration = fields.generation
        } else if fields.generation != tableGeneration {
            forgetFields()
            fields.clear()
            tableGeneration = fields.generation
        }
        return parseFields(
            bytes.extracting(0..<end), ranOut: ranOut, fields: &fields, fieldLimit: limits.fieldLimit)
    }

    /// What nginx's warning quotes of an ignored duplicate; nil for a field that is none.
    package func duplicate(at index: Int, in fields: borrowing FieldTable) -> Evidence? {
        let entry = fields[index]
        guard entry.isIgnored, let first = fields.firstIndex(of: entry.knownField) else { return nil }
        return .fields(index, previous: first)
    }

    /// Another head was read into the table since: this one's fields are read again.
    private mutating func forgetFields() {
        position = fieldsStart
        framingFields = FramingFields()
        connection = ConnectionOptions()
        hasUpgrade = false
        duplicateCount = 0
        seen = 0
    }
}

/// A walk over one status line: `HTTP/1.` digit, a space, three digits, then the end or a space and the reason phrase.
struct StatusLineReader {
    var index = 0
    /// No byte at or after it is looked at.
    let end: Int
    /// Whether a byte was found that no status line can have there.
    var isRefused = false

    init(end: Int) { self.end = end }

    mutating func read(_ bytes: Span<UInt8>, into head: inout ResponseHeadParser) -> Bool {
        let isProtocol =
            accept(bytes, 0x48) && accept(bytes, 0x54) && accept(bytes, 0x54) && accept(bytes, 0x50)
            && accept(bytes, 0x2f) && accept(bytes, 0x31) && accept(bytes, 0x2e)
        guard isProtocol, let minor = digit(bytes, from: 0x30), accept(bytes, ASCII.space) else { return false }
        let start = index
        guard let hundreds = digit(bytes, from: 0x31), let tens = digit(bytes, from: 0x30),
            let ones = digit(bytes, from: 0x30)
        else { return false }
        if index < end, bytes[index] == ASCII.space {
            index &+= 1
            while index < end, ASCII.isFieldValueByte(bytes[index]) { index &+= 1 }
        }
        let textEnd = index
        if index < end, bytes[index] == ASCII.cr { index &+= 1 }
        if !accept(bytes, ASCII.lf) { return false }
        head.version = minor == 0 ? .http10 : .http11
        head.status = hundreds * 100 + tens * 10 + ones
        head.statusText = ByteRange(start, textEnd)
        return true
    }

    private mutating func accept(_ bytes: Span<UInt8>, _ wanted: UInt8) -> Bool {
        if index == end { return false }
        if bytes[index] != wanted {
            isRefused = true
            return false
        }
        index &+= 1
        return true
    }

    private mutating func digit(_ bytes: Span<UInt8>, from smallest: UInt8) -> Int? {
        if index == end { return nil }
        let byte = bytes[index]
        if byte < smallest || byte > 0x39 {
            isRefused = true
            return nil
        }
        index &+= 1
        return Int(byte &- 0x30)
    }
}
