import Bytes

extension ByteBuffer {
    /// Appends what `text` encodes (RFC 4648 §4); false, and nothing appended, where it is no Base64.
    mutating func append(base64 text: Span<UInt8>) -> Bool {
        let start = count
        var end = text.count
        while end > 0 && text[end - 1] == 0x3d { end -= 1 }
        var bits: UInt32 = 0
        var bitCount = 0
        for index in 0..<end {
            guard let value = Self.base64Value(text[index]) else {
                truncate(to: start)
                return false
            }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return true
    }

    private static func base64Value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5a: byte - 0x41
        case 0x61...0x7a: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2b: 62
        case 0x2f: 63
        default: nil
        }
    }
}
