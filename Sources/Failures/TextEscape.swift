import Bytes

/// Bytes that others chose, made harmless for HTML or JSON. What is no UTF-8, and control bytes, become U+FFFD or an
/// escape.
package enum TextEscape {
    /// Appends `bytes` as text or attribute of an HTML page in UTF-8.
    package static func append(html bytes: Span<UInt8>, to out: inout ByteBuffer) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "<"): out.append("&lt;")
            case UInt8(ascii: ">"): out.append("&gt;")
            case UInt8(ascii: "&"): out.append("&amp;")
            case UInt8(ascii: "\""): out.append("&quot;")
            case UInt8(ascii: "'"): out.append("&#39;")
            case 0x20..<0x7f, 0x09, 0x0a: out.append(byte)
            case 0x80...: index += character(bytes, at: index, &out)
            default: out.append(replacement)
            }
            index += 1
        }
    }

    /// Appends `bytes` as the inside of a JSON string (RFC 8259 §7).
    package static func append(json bytes: Span<UInt8>, to out: inout ByteBuffer) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x20..<0x7f: out.append(byte)
            case 0x80...: index += character(bytes, at: index, &out)
            default:
                out.append("\\u00")
                out.append(hexDigit: byte >> 4)
                out.append(hexDigit: byte & 15)
            }
            index += 1
        }
    }

    private static var replacement: StaticString { "\u{fffd}" }

    /// Appends the character that begins at `index` with a byte of 0x80 or more, and says how many bytes follow its
    /// first; U+FFFD for a byte that begins none (RFC 3629 §4).
    private static func character(_ bytes: Span<UInt8>, at index: Int, _ out: inout ByteBuffer) -> Int {
        let first = bytes[index]
        let more: Int
        var lowest: UInt8 = 0x80
        var highest: UInt8 = 0xbf
        switch first {
        case 0xc2...0xdf: more = 1
        case 0xe0...0xef:
            more = 2
            if first == 0xe0 { lowest = 0xa0 }
            if first == 0xed { highest = 0x9f }
        case 0xf0...0xf4:
            more = 3
            if first == 0xf0 { lowest = 0x90 }
            if first == 0xf4 { highest = 0x8f }
        default: more = 0
        }
        var valid = more > 0 && index + more < bytes.count
        if valid { valid = bytes[index + 1] >= lowest && bytes[index + 1] <= highest }
        var next = index + 2
        while valid && next <= index + more {
            valid = bytes[next] & 0xc0 == 0x80
            next += 1
        }
        if !valid {
            out.append(replacement)
            return 0
        }
        out.append(bytes.extracting(index..<(index + more + 1)))
        return more
    }
}
