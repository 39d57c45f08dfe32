import Bytes
import Platform

extension SocketAddress {
    /// Reads a numeric address from bytes: dotted IPv4, or IPv6 with or without brackets; nil for anything else.
    init?(bytes: Span<UInt8>, port: UInt16) {
        if bytes.count > 1, bytes[0] == 0x5b, bytes[bytes.count - 1] == 0x5d {
            self.init(ipv6: bytes.extracting(1..<bytes.count - 1), port: port)
        } else if bytes.firstIndex(of: ASCII.colon) != nil {
            self.init(ipv6: bytes, port: port)
        } else {
            guard let value = Self.ipv4(bytes) else { return nil }
            self.init(family: .ipv4, low: UInt64(value), port: port)
        }
    }

    /// The same with a port behind it: `192.0.2.1:80`, `[::1]:80`. Port 0 where there is none.
    init?(bytesWithPort bytes: Span<UInt8>) {
        var hostEnd = bytes.count
        var port: UInt16 = 0
        let from = bytes.isEmpty || bytes[0] != 0x5b ? 0 : bytes.firstIndex(of: 0x5d) ?? bytes.count
        if let colon = bytes.firstIndex(of: ASCII.colon, from: from),
            from > 0 || bytes.firstIndex(of: ASCII.colon, from: colon + 1) == nil
        {
            guard let number = bytes.extracting(colon + 1..<bytes.count).decimal, (1...65535).contains(number) else {
                return nil
            }
            hostEnd = colon
            port = UInt16(number)
        }
        self.init(bytes: bytes.extracting(0..<hostEnd), port: port)
    }

    private static func ipv4(_ bytes: Span<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var octet: UInt32 = 0
        var digits = 0
        var dots = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if ASCII.isDigit(byte) {
                octet = octet * 10 + UInt32(byte - 0x30)
                digits += 1
                if digits > 3 || octet > 255 { return nil }
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

    /// Groups of four hexadecimal digits, `::` once for the missing ones, perhaps with an IPv4 address at the end
    /// (RFC 4291 §2.2).
    private init?(ipv6 bytes: Span<UInt8>, port: UInt16) {
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
            if end == bytes.count, count <= 6, let tail = Self.ipv4(bytes.extracting(index..<end)) {
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
        self.init(family: .ipv6, high: halves.high, low: halves.low, port: port)
    }
}
