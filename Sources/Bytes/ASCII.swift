/// ASCII facts that every parser needs. Bytes 0x80–0xff are obs-text (RFC 9110 §5.5) and never tokens.
public enum ASCII {
    @inlinable public static var tab: UInt8 { 0x09 }
    @inlinable public static var lf: UInt8 { 0x0a }
    @inlinable public static var cr: UInt8 { 0x0d }
    @inlinable public static var space: UInt8 { 0x20 }
    @inlinable public static var colon: UInt8 { 0x3a }

    /// `byte` in lower case, if it is a letter of ASCII.
    @inlinable public static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// `byte` in upper case, if it is a letter of ASCII.
    @inlinable public static func uppercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x61 < 26 ? byte & 0xdf : byte
    }

    @inlinable public static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    @inlinable public static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// The value of a hexadecimal digit, or nil.
    @inlinable public static func hexValue(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    /// Whether `byte` may stand in a token (RFC 9110 §5.6.2: tchar).
    @inlinable public static func isTokenByte(_ byte: UInt8) -> Bool {
        // One bit for each byte of 0x00–0x3f and 0x40–0x7f: letters, digits and !#$%&'*+-.^_`|~
        let low: UInt64 = 0x03ff_6cfa_0000_0000
        let high: UInt64 = 0x57ff_ffff_c7ff_fffe
        if byte >= 0x80 { return false }
        return ((byte < 0x40 ? low : high) &>> UInt64(byte & 0x3f)) & 1 == 1
    }

    /// Whether `byte` may stand in a field value (RFC 9110 §5.5): HTAB, SP, VCHAR, obs-text.
    @inlinable public static func isFieldValueByte(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7f : byte == tab
    }
}
