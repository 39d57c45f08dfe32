import Bytes

/// Writes one member of a Proxy-Status field (RFC 9209, in the syntax of RFC 9651): begin it, then append parameters.
///
///     postern; error=connection_refused; next-hop="192.0.2.1:80"; details="connect() failed"
package enum ProxyStatus {
    /// The largest integer of a structured field, in magnitude (RFC 9651 §3.3.1).
    static var integerLimit: Int64 { 999_999_999_999_999 }

    /// Begins a member with the proxy's name, as a token where it can be one. Members are separated by `, `, which is
    /// the caller's to write.
    package static func begin(_ proxy: Span<UInt8>, to out: inout ByteBuffer) {
        appendTokenOrString(proxy, to: &out)
    }

    /// Appends the error type.
    package static func append(_ type: ProxyErrorType, to out: inout ByteBuffer) {
        appendKey(.error, to: &out)
        out.append(type.token)
    }

    /// Appends a parameter whose value is a number; one beyond ±999,999,999,999,999 becomes that.
    package static func append(_ parameter: ProxyStatusParameter, _ number: Int64, to out: inout ByteBuffer) {
        appendKey(parameter, to: &out)
        out.append(decimal: min(max(number, -integerLimit), integerLimit))
    }

    /// Appends a parameter whose value is text. `next-protocol` and `coding` become tokens where they can be; the rest
    /// are strings.
    package static func append(_ parameter: ProxyStatusParameter, _ text: Span<UInt8>, to out: inout ByteBuffer) {
        appendKey(parameter, to: &out)
        switch parameter {
        case .nextProtocol, .coding: appendTokenOrString(text, to: &out)
        default: appendString(text, to: &out)
        }
    }

    /// The same for a literal.
    package static func append(_ parameter: ProxyStatusParameter, _ text: StaticString, to out: inout ByteBuffer) {
        var bytes = ByteBuffer()
        bytes.append(text)
        append(parameter, bytes.span, to: &out)
    }

    /// Appends a string in quotes. A string holds printable ASCII only (RFC 9651 §3.3.3): a quote and a backslash get
    /// a backslash, and any other byte is written as the log writes it, `\xHH`.
    static func appendString(_ text: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(0x22)
        for index in text.indices {
            let byte = text[index]
            if byte < 0x20 || byte >= 0x7f {
                out.append("\\\\x")
                out.append(hexDigit: byte &>> 4)
                out.append(hexDigit: byte & 15)
            } else {
                if byte == 0x22 || byte == 0x5c { out.append(0x5c) }
                out.append(byte)
            }
        }
        out.append(0x22)
    }

    /// Whether the text can be a token: a letter or `*`, then token characters, colons and slashes (RFC 9651 §3.3.4).
    static func isToken(_ text: Span<UInt8>) -> Bool {
        if text.isEmpty || !(ASCII.isLetter(text[0]) || text[0] == 0x2a) { return false }
        for index in text.indices {
            let byte = text[index]
            if !ASCII.isTokenByte(byte) && byte != ASCII.colon && byte != 0x2f { return false }
        }
        return true
    }

    private static func appendTokenOrString(_ text: Span<UInt8>, to out: inout ByteBuffer) {
        if isToken(text) { out.append(text) } else { appendString(text, to: &out) }
    }

    private static func appendKey(_ parameter: ProxyStatusParameter, to out: inout ByteBuffer) {
        out.append("; ")
        out.append(parameter.key)
        out.append(0x3d)
    }
}
