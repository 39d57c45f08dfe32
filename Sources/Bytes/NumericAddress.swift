/// Numeric addresses as they stand in text. Whatever two readers could take for different addresses is none.
public enum NumericAddress {
    /// The four bytes of `192.0.2.1` as one number, the first one highest; nil for anything else. An octet with a
    /// leading
    /// zero is refused: some read it as octal.
    public static func ipv4(_ bytes: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if ASCII.isDigit(byte) {
                if digits > 0 && octet == 0 { return nil }
                octet = octet * 10 + UInt32(byte - 0x30)
                digits += 1
                if octet > 255 { return nil }
            } else if byte == 0x2e, digits > 0, dots < 3 {
                value = value << 8 | octet
                (octet, digits) = (0, 0)
                dots += 1
            } else {
                return nil
            }
        }
        return dots == 3 && digits > 0 ? value << 8 | octet : nil
    }

    /// The two halves of an IPv6 address: groups of four hexadecimal digits, `::` once for the missing ones, perhaps
    /// with
    /// an IPv4 address at the end (RFC 4291 §2.2). Nil for anything else; there are no brackets and no zone.
    public static func ipv6(_ bytes: Span<UInt8>) -> (high: UInt64, low: UInt64)? {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var count = 0
        var gap = -1
        var index = 0
        if bytes.count >= 2, bytes[0] == ASCII.colon {
            guard bytes[1] == ASCII.colon else { return nil }
            (gap, index) = (0, 2)
        }
        while index < bytes.count {
            if count == 8 { return nil }
            let end = bytes.firstIndex(of: ASCII.colon, from: index) ?? bytes.count
            if end == bytes.count, count <= 6, let tail = ipv4(bytes.extracting(index..<end)) {
                groups[count] = UInt16(truncatingIfNeeded: tail >> 16)
                groups[count + 1] = UInt16(truncatingIfNeeded: tail)
                count += 2
                break
            }
            guard (1...4).contains(end - index) else { return nil }
            for place in index..<end {
                guard let digit = ASCII.hexValue(bytes[place]) else { return nil }
                groups[count] = groups[count] << 4 | UInt16(digit)
            }
            count += 1
            if end == bytes.count { break }
            index = end + 1
            if index == bytes.count { return nil }
            if bytes[index] == ASCII.colon {
                if gap >= 0 { return nil }
                (gap, index) = (count, index + 1)
            }
        }
        if gap < 0 ? count != 8 : count > 7 { return nil }
        return halves(groups, count: count, gap: gap)
    }

    /// Puts the groups behind the gap, if there is one, at the end.
    private static func halves(_ groups: InlineArray<8, UInt16>, count: Int, gap: Int) -> (high: UInt64, low: UInt64) {
        var halves = (high: UInt64(0), low: UInt64(0))
        for place in 0..<8 {
            var group: UInt16 = 0
            if gap < 0 || place < gap {
                group = groups[place]
            } else if place >= 8 - (count - gap) {
                group = groups[place - 8 + count]
            }
            if place < 4 {
                halves.high = halves.high << 16 | UInt64(group)
            } else {
                halves.low = halves.low << 16 | UInt64(group)
            }
        }
        return halves
    }
}
