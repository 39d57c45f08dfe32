import Bytes

extension RequestHeadParser {
    enum LineProgress {
        case incomplete, whole
        case refused(RequestRefusal)
    }

    /// Reads the request line (RFC 9112 §3) from `position`, line ends before it skipped. More than one space between
    /// the parts, and spaces at the end, are let through as nginx does.
    mutating func parseRequestLine(_ bytes: Span<UInt8>, limits: borrowing RequestLimits) -> LineProgress {
        if version == .http2 { return parseComposedLine(bytes) }
        let available = min(bytes.count, limits.headLimitBytes)
        while position < available, bytes[position] == ASCII.cr || bytes[position] == ASCII.lf { position &+= 1 }
        if position == limits.headLimitBytes { return .refused(.tooLargeHead) }
        let limit = min(position &+ limits.requestLineLimitBytes, limits.headLimitBytes)
        var line = RequestLineReader(index: position, end: min(bytes.count, limit))
        if line.read(bytes, into: &self) {
            position = line.index
            return .whole
        }
        if line.refusal == nil && line.end < limit { return .incomplete }
        requestLine = restOfLine(bytes)
        return .refused(line.refusal ?? .tooLongTarget)
    }

    /// What a refused line is in logs: all that came of it.
    private func restOfLine(_ bytes: Span<UInt8>) -> ByteRange {
        var end = position
        while end < bytes.count, bytes[end] != ASCII.cr, bytes[end] != ASCII.lf { end &+= 1 }
        return ByteRange(position, end)
    }

    /// Reads the line that stands for HTTP/2's pseudo-headers.
    private mutating func parseComposedLine(_ bytes: Span<UInt8>) -> LineProgress {
        var line = RequestLineReader(index: 0, end: bytes.count)
        if line.read(bytes, into: &self) {
            position = line.index
            return .whole
        }
        return line.refusal.map { .refused($0) } ?? .incomplete
    }
}

/// A walk over one request line. Each step answers whether it went well; if not, there is a refusal, or the bytes ran
/// out.
struct RequestLineReader {
    var index: Int
    /// No byte at or after it is looked at.
    let end: Int
    var refusal: RequestRefusal?

    init(index: Int, end: Int) {
        self.index = index
        self.end = end
    }

    mutating func read(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        let start = index
        if !readMethod(bytes, into: &head) || !skipSpaces(bytes) { return false }
        let targetStart = index
        if !readTarget(bytes, into: &head) { return false }
        head.target = ByteRange(targetStart, index)
        if !skipSpaces(bytes) || !readVersion(bytes, into: &head) { return false }
        head.requestLine = ByteRange(start, index)
        head.protocolName = ByteRange(head.protocolName.start, index)
        if !skipSpaces(bytes) { return false }
        return readLineEnd(bytes) && finish(bytes, head: &head)
    }

    mutating func fail(_ why: RequestRefusal) -> Bool {
        refusal = why
        return false
    }

    /// Steps over `wanted`.
    mutating func accept(_ bytes: Span<UInt8>, _ wanted: UInt8) -> Bool {
        if index == end { return false }
        if bytes[index] != wanted { return fail(.invalidRequest) }
        index &+= 1
        return true
    }

    private mutating func readMethod(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        let start = index
        while index < end {
            let byte = bytes[index]
            if byte == ASCII.space && index > start { break }
            if byte &- 0x41 >= 26 && byte != 0x5f && byte != 0x2d { return fail(.invalidMethod) }
            index &+= 1
        }
        if index == end { return false }
        head.methodName = ByteRange(start, index)
        head.method = Method(bytes.part(head.methodName))
        return true
    }

    /// Stops at the first byte that is no space, which must be there.
    private mutating func skipSpaces(_ bytes: Span<UInt8>) -> Bool {
        while index < end, bytes[index] == ASCII.space { index &+= 1 }
        return index < end
    }

    /// `HTTP/1.0` or `HTTP/1.` and another digit.
    private mutating func readVersion(_ bytes: Span<UInt8>, into head: inout RequestHeadParser) -> Bool {
        if bytes[index] == ASCII.cr || bytes[index] == ASCII.lf { return readMissingVersion(bytes, head: head) }
        head.protocolName = ByteRange(start: index, count: 0)
        let isProtocol =
            accept(bytes, 0x48) && accept(bytes, 0x54) && accept(bytes, 0x54) && accept(bytes, 0x50)
            && accept(bytes, 0x2f)
        if !isProtocol || index == end { return false }
        let major = bytes[index]
        if head.version == .http2 {
            return accept(bytes, 0x32) && accept(bytes, 0x2e) && accept(bytes, 0x30) && index < end
        }
        if major != 0x31 {
            return fail(ASCII.isDigit(major) && major != 0x30 ? .unsupportedVersion : .invalidRequest)
        }
        index &+= 1
        if index == end { return false }
        if bytes[index] != 0x2e { return fail(ASCII.isDigit(bytes[index]) ? .unsupportedVersion : .invalidRequest) }
        index &+= 1
        if index == end { return false }
        if !ASCII.isDigit(bytes[index]) { return fail(.invalidRequest) }
        head.version = bytes[index] == 0x30 ? .http10 : .http11
        index &+= 1
        return index < end
    }

    /// HTTP/0.9 lets the line end after the target. Refused, once the line is whole.
    private mutating func readMissingVersion(_ bytes: Span<UInt8>, head: borrowing RequestHeadParser) -> Bool {
        if !readLineEnd(bytes) { return false }
        return fail(head.method == .get ? .noVersion : .noVersionAndNotGet)
    }

    private mutating func readLineEnd(_ bytes: Span<UInt8>) -> Bool {
        if bytes[index] == ASCII.cr {
            index &+= 1
            if index == end { return false }
        }
        if bytes[index] != ASCII.lf { return fail(.invalidRequest) }
        index &+= 1
        return true
    }

    /// Checks the host of an absolute target.
    private mutating func finish(_ bytes: Span<UInt8>, head: inout RequestHeadParser) -> Bool {
        head.host = nil
        if head.targetForm == .absolute || head.targetForm == .authority {
            guard let host = HostName(bytes, head.authority) else { return fail(.invalidHostInTarget) }
            head.host = host
        }
        return true
    }
}
