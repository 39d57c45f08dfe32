import Bytes

/// How bytes are written into a URI again (nginx's escaping; RFC 3986 §2.1).
package enum URIEscape: Sendable {
    /// A path: controls, DEL, bytes from 0x80 on, and ``space " # % < > ? \ ^ ` { | }``.
    case path
    /// One argument: those of a path, and `& + ;`.
    case argument
    /// Anything but letters, digits and `- . _ ~`.
    case component

    /// Whether `byte` is written as `%XX`.
    package func escapes(_ byte: UInt8) -> Bool {
        if ASCII.isLetter(byte) || ASCII.isDigit(byte) { return false }
        switch byte {
        case 0x2d, 0x2e, 0x5f, 0x7e: return false
        case 0x20, 0x22, 0x23, 0x25, 0x3c, 0x3e, 0x3f, 0x5c, 0x5e, 0x60, 0x7b, 0x7c, 0x7d: return true
        case 0x26, 0x2b, 0x3b: return self != .path
        default: return self == .component || byte < 0x20 || byte >= 0x7f
        }
    }
}

extension ByteBuffer {
    /// Appends `bytes`, those that need it as `%XX` in upper case. Used where a decoded URI goes on the wire.
    package mutating func append(_ bytes: Span<UInt8>, escapedAs kind: URIEscape) {
        reserve(bytes.count)
        for index in bytes.indices {
            let byte = bytes[index]
            if kind.escapes(byte) {
                append(0x25)
                append(hexDigit: byte &>> 4, upper: true)
                append(hexDigit: byte & 15, upper: true)
            } else {
                append(byte)
            }
        }
    }

    /// Appends `bytes` with each `%XX` decoded. A `%` that two digits do not follow is left out, as nginx does.
    package mutating func append(unescaping bytes: Span<UInt8>) {
        reserve(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte != 0x25 {
                append(byte)
                continue
            }
            guard index < bytes.count else { return }
            guard let high = ASCII.hexValue(bytes[index]) else {
                append(bytes[index])
                index += 1
                continue
            }
            index += 1
            guard index < bytes.count else { return }
            if let low = ASCII.hexValue(bytes[index]) { append(high &<< 4 | low) }
            index += 1
        }
    }
}
