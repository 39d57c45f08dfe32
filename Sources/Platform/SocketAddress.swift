import Bytes
import Glibc

/// Which of the three families an address is of.
package enum AddressFamily: UInt8, Sendable {
    case none, ipv4, ipv6, unix
}

/// A peer's or listener's address as a plain value of 24 bytes. A unix socket's path is not in it: see `Endpoint`.
package struct SocketAddress: Equatable, Hashable, Sendable {
    /// The first eight bytes of an IPv6 address in network order; 0 for IPv4.
    package var high: UInt64
    /// The last eight bytes, or the four of an IPv4 address in the low half; most significant first.
    package var low: UInt64
    /// An IPv6 zone, else 0.
    package var scope: UInt32
    package var port: UInt16
    package var family: AddressFamily

    package init(family: AddressFamily, high: UInt64 = 0, low: UInt64 = 0, scope: UInt32 = 0, port: UInt16 = 0) {
        self.family = family
        self.high = high
        self.low = low
        self.scope = scope
        self.port = port
    }

    /// No address at all.
    package static var none: SocketAddress { SocketAddress(family: .none) }
    /// Any unix socket.
    package static var unix: SocketAddress { SocketAddress(family: .unix) }

    /// 127.0.0.0/8 or ::1 (or the first mapped into IPv6).
    package var isLoopback: Bool {
        switch family {
        case .ipv4: return low >> 24 == 127
        case .ipv6: return high == 0 && (low == 1 || low >> 24 == 0xffff_7f)
        case .unix, .none: return family == .unix
        }
    }

    /// The address without its port, as nginx prints `$remote_addr`: `127.0.0.1`, `::1`, `unix:`.
    package func appendHost(to out: inout ByteBuffer) {
        switch family {
        case .none: break
        case .unix: out.append("unix:")
        case .ipv4: appendIPv4(UInt32(truncatingIfNeeded: low), to: &out)
        case .ipv6: appendIPv6(to: &out)
        }
    }

    /// Address and port: `127.0.0.1:80`, `[::1]:80`; a unix socket is `unix:`.
    package func append(to out: inout ByteBuffer) {
        if family == .ipv6 { out.append(0x5b) }
        appendHost(to: &out)
        if family == .ipv6 { out.append(0x5d) }
        if family == .ipv4 || family == .ipv6 {
            out.append(0x3a)
            out.append(decimal: port)
        }
    }

    func appendIPv4(_ value: UInt32, to out: inout ByteBuffer) {
        out.append(decimal: value >> 24)
        out.append(0x2e)
        out.append(decimal: value >> 16 & 255)
        out.append(0x2e)
        out.append(decimal: value >> 8 & 255)
        out.append(0x2e)
        out.append(decimal: value & 255)
    }

    /// RFC 5952: lower case, the longest run of two or more zero groups as `::`, mapped IPv4 in dots.
    func appendIPv6(to out: inout ByteBuffer) {
        if high == 0 && low >> 32 == 0xffff {
            out.append("::ffff:")
            return appendIPv4(UInt32(truncatingIfNeeded: low), to: &out)
        }
        var bestStart = -1, bestCount = 1, start = -1
        for index in 0...8 {
            if index < 8 && group(index) == 0 {
                if start < 0 { start = index }
            } else if start >= 0 {
                if index - start > bestCount { (bestStart, bestCount) = (start, index - start) }
                start = -1
            }
        }
        var index = 0
        while index < 8 {
            if index == bestStart {
                out.append("::")
                index += bestCount
                continue
            }
            if index > 0 && index != bestStart + bestCount { out.append(0x3a) }
            out.append(hex: UInt64(group(index)))
            index += 1
        }
    }

    func group(_ index: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3)))
    }
}

extension SocketAddress {
    /// Reads a numeric address: dotted IPv4, or IPv6 with or without brackets; nil for anything else.
    package init?(numeric text: String, port: UInt16) {
        var bare = text
        if bare.hasPrefix("[") && bare.hasSuffix("]") { bare = String(bare.dropFirst().dropLast()) }
        var four = in_addr()
        if unsafe inet_pton(AF_INET, bare, &four) == 1 {
            self.init(family: .ipv4, low: UInt64(UInt32(bigEndian: four.s_addr)), port: port)
            return
        }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, bare, &six) == 1 else { return nil }
        let halves = unsafe withUnsafeBytes(of: &six) { bytes in
            unsafe (bytes.load(as: UInt64.self), bytes.load(fromByteOffset: 8, as: UInt64.self))
        }
        self.init(family: .ipv6, high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1), port: port)
    }

    /// Address and port as text. For cold code.
    package var text: String {
        var out = ByteBuffer()
        append(to: &out)
        return out.span.text
    }

    /// The address without its port as text. For cold code.
    package var hostText: String {
        var out = ByteBuffer()
        appendHost(to: &out)
        return out.span.text
    }
}

/// Where one can listen or connect.
package enum Endpoint: Equatable, Hashable, Sendable {
    case ip(SocketAddress)
    /// A unix socket by its path (at most 107 bytes).
    case unix(path: String)

    /// `127.0.0.1:80`, `[::1]:80` or `unix:/path`.
    package var text: String {
        switch self {
        case .ip(let address): return address.text
        case .unix(let path): return "unix:" + path
        }
    }
}
