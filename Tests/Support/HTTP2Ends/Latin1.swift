/// Bytes as text in which each scalar is a byte.
package enum Latin1 {
    package static func text(_ bytes: [UInt8]) -> String {
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    package static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }
}

extension String {
    /// How many bytes (scalars) the head has, its blank line included; nil where it is not whole.
    package var headEnd: Int? {
        var (count, run) = (0, 0)
        for scalar in unicodeScalars {
            count += 1
            run = scalar == (run % 2 == 0 ? "\r" : "\n") ? run + 1 : scalar == "\r" ? 1 : 0
            if run == 4 { return count }
        }
        return nil
    }
}
