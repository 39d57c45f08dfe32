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
            guard let value = NumericAddress.ipv4(bytes) else { return nil }
            self.init(family: .ipv4, low: UInt64(value), port: port)
        }
    }

    /// The same with a port behind it: `192.0.2.1:80`, `[::1]:80`. Port 0 where there is none.
    package init?(bytesWithPort bytes: Span<UInt8>) {
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

    private init?(ipv6 bytes: Span<UInt8>, port: UInt16) {
        guard let halves = NumericAddress.ipv6(bytes) else { return nil }
        self.init(family: .ipv6, high: halves.high, low: halves.low, port: port)
    }
}
