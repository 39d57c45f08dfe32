import Bytes

/// What a header of the PROXY protocol says, version 1 or 2 (haproxy.org: proxy-protocol.txt).
///
/// A load balancer sends one in front of everything else on a connection, to say whose connection it passes on.
package struct ProxyHeader: Equatable, Sendable {
    /// The client of the one who sent the header; nil where the header does not say (`UNKNOWN`, a health check of the
    /// load balancer's own, an address family without ports).
    package internal(set) var source: ProxyAddress?
    /// Where that client connected to; nil exactly where `source` is.
    package internal(set) var destination: ProxyAddress?
    /// Where the type-length-values of version 2 stand in the bytes. Each lies whole within.
    package internal(set) var values = ByteRange.empty

    /// The longest line of version 1 in bytes, its line end included (§2.1).
    static var lineLimitBytes: Int { 107 }
    /// The longest header of version 2 in bytes that is taken, type-length-values included (nginx: 4096).
    package static var limitBytes: Int { 4096 }

    /// Reads the header at the start of a connection. Call it again with the same bytes and more as long as it says
    /// `incomplete`; a byte that no header begins with is refused as soon as it is there.
    ///
    /// - Parameters:
    ///   - bytes: all that arrived so far
    package static func parse(_ bytes: Span<UInt8>) -> ProxyHeaderProgress {
        if bytes.isEmpty { return .incomplete }
        switch bytes[0] {
        case UInt8(ascii: "P"): return parseLine(bytes)
        case ASCII.cr: return parseBinary(bytes)
        default: return .refused(.broken(quoted(bytes)))
        }
    }

    // MARK: version 1

    private static func parseLine(_ bytes: Span<UInt8>) -> ProxyHeaderProgress {
        if !begins(bytes, with: "PROXY ") { return .refused(.broken(quoted(bytes))) }
        var end = 0
        while end < bytes.count && bytes[end] != ASCII.cr {
            if bytes[end] == ASCII.lf || end + 2 == lineLimitBytes { return .refused(.broken(quoted(bytes))) }
            end += 1
        }
        if end + 1 >= bytes.count { return .incomplete }
        var line = ProxyLine(end: end)
        guard bytes[end + 1] == ASCII.lf, let header = line.header(bytes) else {
            return .refused(.broken(quoted(bytes)))
        }
        return .complete(header, end: end + 2)
    }

    /// What nginx quotes of a broken header: the first line, as far as it arrived.
    private static func quoted(_ bytes: Span<UInt8>) -> ByteRange {
        var end = 0
        while end < bytes.count && bytes[end] != ASCII.cr && bytes[end] != ASCII.lf { end += 1 }
        return ByteRange(0, end)
    }

    /// Whether the bytes begin with a literal, or are the beginning of it.
    private static func begins(_ bytes: Span<UInt8>, with literal: StaticString) -> Bool {
        if bytes.count >= literal.utf8CodeUnitCount { return bytes.starts(with: literal) }
        var whole = ByteBuffer()
        whole.append(literal)
        return whole.span.extracting(0..<bytes.count).equals(bytes)
    }

    // MARK: version 2

    /// Signature, version and command, family and transport, length of the rest.
    private static var fixedBytes: Int { 16 }

    private static func parseBinary(_ bytes: Span<UInt8>) -> ProxyHeaderProgress {
        let start = ByteRange(0, min(bytes.count, fixedBytes))
        if !begins(bytes, with: "\r\n\r\n\0\r\nQUIT\n") { return .refused(.broken(start)) }
        if bytes.count > 12, bytes[12] >> 4 != 2 { return .refused(.unknownVersion(bytes[12] >> 4)) }
        if bytes.count > 12, bytes[12] & 15 > 1 { return .refused(.broken(start)) }
        if bytes.count < fixedBytes { return .incomplete }
        let count = Int(bytes[14]) << 8 | Int(bytes[15])
        if fixedBytes + count > limitBytes { return .refused(.tooLarge) }
        let end = fixedBytes + count
        if bytes.count < end { return .incomplete }
        var header = ProxyHeader()
        // LOCAL says nothing, whatever follows; of the rest only TCP has what is asked for here.
        if bytes[12] & 15 == 0 || bytes[13] & 15 != 1 { return .complete(header, end: end) }
        let addressBytes: Int
        switch bytes[13] >> 4 {
        case 1: addressBytes = 4
        case 2: addressBytes = 16
        default: return .complete(header, end: end)
        }
        let values = ByteRange(fixedBytes + 2 * addressBytes + 4, max(end, fixedBytes + 2 * addressBytes + 4))
        guard values.end == end, areWhole(bytes.part(values)) else { return .refused(.broken(start)) }
        let ports = fixedBytes + 2 * addressBytes
        header.source = address(bytes, at: fixedBytes, addressBytes, portAt: ports)
        header.destination = address(bytes, at: fixedBytes + addressBytes, addressBytes, portAt: ports + 2)
        header.values = values
        return .complete(header, end: end)
    }

    private static func address(_ bytes: Span<UInt8>, at start: Int, _ count: Int, portAt port: Int) -> ProxyAddress {
        ProxyAddress(
            isIPv6: count == 16, high: count == 16 ? number(bytes, start, 8) : 0,
            low: number(bytes, start + count - min(count, 8), min(count, 8)), port: UInt16(number(bytes, port, 2)))
    }

    /// `count` bytes as a number, the highest first.
    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in start..<start + count { value = value << 8 | UInt64(bytes[index]) }
        return value
    }

    /// Whether the type-length-values end where the header does.
    private static func areWhole(_ values: Span<UInt8>) -> Bool {
        var index = 0
        while index + 3 <= values.count { index += 3 + (Int(values[index + 1]) << 8 | Int(values[index + 2])) }
        return index == values.count
    }
}

/// An address with its port.
package struct ProxyAddress: Equatable, Sendable {
    package let isIPv6: Bool
    /// The first eight bytes of an IPv6 address, the highest first; 0 for IPv4.
    package let high: UInt64
    /// The last eight bytes, or the four of an IPv4 address.
    package let low: UInt64
    package let port: UInt16
}

/// What one call of `ProxyHeader.parse` came to.
package enum ProxyHeaderProgress: Equatable, Sendable {
    /// More bytes are needed.
    case incomplete
    /// The header ends before that offset; what the client itself sent begins there.
    case complete(ProxyHeader, end: Int)
    /// These bytes are no header. The sender is not the load balancer that `listen` promises, or is out of order.
    case refused(ProxyHeaderRefusal)
}

/// Why a PROXY protocol header is refused; nginx tells the same three apart.
package enum ProxyHeaderRefusal: Equatable, Sendable {
    /// `broken header: "…"`, with these bytes.
    case broken(ByteRange)
    /// `unknown PROXY protocol version: N`
    case unknownVersion(UInt8)
    /// `header is too large`
    case tooLarge
}

/// The line of version 1, of which the words are taken one after the other.
private struct ProxyLine {
    /// Where its line end begins.
    let end: Int
    private var position = 6

    init(end: Int) { self.end = end }

    mutating func header(_ bytes: Span<UInt8>) -> ProxyHeader? {
        let family = word(bytes)
        if bytes.part(family).equals("UNKNOWN") { return ProxyHeader() }
        let isIPv6 = bytes.part(family).equals("TCP6")
        guard isIPv6 || bytes.part(family).equals("TCP4") else { return nil }
        let source = word(bytes)
        let destination = word(bytes)
        let sourcePort = word(bytes)
        let destinationPort = word(bytes)
        guard position == end + 1, let from = address(bytes, source, sourcePort, isIPv6),
            let to = address(bytes, destination, destinationPort, isIPv6)
        else { return nil }
        var header = ProxyHeader()
        header.source = from
        header.destination = to
        return header
    }

    /// The bytes up to the next space or the line's end; none where the line is used up.
    private mutating func word(_ bytes: Span<UInt8>) -> ByteRange {
        if position > end { return .empty }
        let start = position
        while position < end && bytes[position] != ASCII.space { position += 1 }
        position += 1
        return ByteRange(start, position - 1)
    }

    private func address(_ bytes: Span<UInt8>, _ host: ByteRange, _ port: ByteRange, _ isIPv6: Bool) -> ProxyAddress? {
        // A number with a leading zero could be taken for an octal one (§2.1).
        if port.count > 1 && bytes[port.start] == 0x30 { return nil }
        guard let number = bytes.part(port).decimal, number < 65536 else { return nil }
        if isIPv6 {
            guard let halves = NumericAddress.ipv6(bytes.part(host)) else { return nil }
            return ProxyAddress(isIPv6: true, high: halves.high, low: halves.low, port: UInt16(number))
        }
        guard let value = NumericAddress.ipv4(bytes.part(host)) else { return nil }
        return ProxyAddress(isIPv6: false, high: 0, low: UInt64(value), port: UInt16(number))
    }
}
