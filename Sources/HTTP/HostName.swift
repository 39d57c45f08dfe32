import Bytes

/// A host and port as a Host field or an absolute target has them, checked (RFC 3986 §3.2.2, RFC 9110 §7.2).
package struct HostName: Equatable, Sendable {
    /// The name without port and final dot, brackets of an IPv6 address included; not empty. Compare it in any case.
    package let name: ByteRange
    /// The port; 0 where none was sent.
    package let port: UInt16
    /// Whether the name has upper-case letters.
    package let hasUppercase: Bool

    /// Checks the host that stands at `range`. nil for what nginx (from 1.29.4) calls invalid: an empty name, `..`,
    /// characters that RFC 3986 has not, text beside the brackets, a port over 65,535 or with other characters than
    /// digits.
    package init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        var index = range.start
        let end = range.end
        let isLiteral = index < end && bytes[index] == 0x5b
        if isLiteral { index &+= 1 }
        let wanted = isLiteral ? HostClass.literal : HostClass.name
        var seen: UInt8 = 0
        var lastDot = -2
        while index < end {
            let classes = hostClasses[Int(bytes[index])]
            if classes & wanted == 0 { break }
            if classes & HostClass.dot != 0 {
                if lastDot == index &- 1 { return nil }
                lastDot = index
            }
            seen |= classes
            index &+= 1
        }
        if isLiteral {
            if index == end || bytes[index] != 0x5d || index == range.start &+ 1 { return nil }
            index &+= 1
            lastDot = -2
        }
        let nameEnd = lastDot == index &- 1 ? index &- 1 : index
        if nameEnd == range.start { return nil }
        guard let port = Self.port(bytes, ByteRange(index, end)) else { return nil }
        name = ByteRange(range.start, nameEnd)
        self.port = port
        hasUppercase = seen & HostClass.uppercase != 0
    }

    /// The port that `range` holds with the colon before it; 0 for nothing or a colon alone.
    private static func port(_ bytes: Span<UInt8>, _ range: ByteRange) -> UInt16? {
        if range.isEmpty { return 0 }
        if bytes[range.start] != ASCII.colon { return nil }
        var number = 0
        for index in range.start + 1..<range.end {
            if !ASCII.isDigit(bytes[index]) { return nil }
            number = number * 10 + Int(bytes[index] &- 0x30)
            if number > 65535 { return nil }
        }
        return UInt16(number)
    }
}

extension ByteBuffer {
    /// Appends a copy of `bytes` with ASCII letters in lower case.
    package mutating func append(lowercased bytes: Span<UInt8>) {
        reserve(bytes.count)
        for index in bytes.indices { append(ASCII.lowercased(bytes[index])) }
    }
}
