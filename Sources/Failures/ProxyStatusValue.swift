import Bytes

/// The value of `Proxy-Status` (RFC 9209) for a failure.
package enum ProxyStatusValue {
    /// Appends `postern; error=connection_refused`, for strangers; nothing where the verdict has no error type.
    package static func append(_ verdict: Verdict, to out: inout ByteBuffer) {
        if verdict.error == .none { return }
        out.append("postern; error=")
        out.append(verdict.error.token)
    }

    /// The same with what the type's parameters are, the next hop and the log's words, for those who may see it.
    ///
    /// - Parameters:
    ///   - nextHop: the peer's address; empty where none was chosen.
    ///   - text: the cause's words (`CauseText`); at most 512 bytes of them are written.
    package static func append(
        _ verdict: Verdict, cause: Cause, nextHop: Span<UInt8>, text: Span<UInt8>, to out: inout ByteBuffer
    ) {
        if verdict.error == .none { return }
        append(verdict, to: &out)
        parameters(verdict.error, cause, &out)
        if !nextHop.isEmpty { string("; next-hop=", nextHop, &out) }
        if !text.isEmpty { string("; details=", text, &out) }
    }

    private static func parameters(_ error: ProxyError, _ cause: Cause, _ out: inout ByteBuffer) {
        switch error {
        case .dnsError:
            out.append("; rcode=\"")
            out.append(answerName(cause.number))
            out.append(0x22)
        case .tlsAlertReceived:
            out.append("; alert-id=")
            out.append(decimal: cause.number)
        case .none, .dnsTimeout, .destinationUnavailable, .destinationUnroutable, .connectionRefused,
            .connectionTerminated, .connectionTimeout, .connectionReadTimeout, .connectionWriteTimeout,
            .connectionLimitReached, .tlsProtocolError, .tlsCertificateError, .requestError, .requestDenied,
            .responseIncomplete, .responseHeadSize, .responseTrailersSize, .responseTransferCoding, .responseTimeout,
            .upgradeFailed, .protocolError, .internalError, .configurationError:
            break
        }
    }

    /// The mnemonic of a DNS answer code (RFC 2136 §2.2).
    private static func answerName(_ code: Int64) -> StaticString {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 3: "NXDOMAIN"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        default: "OTHER"
        }
    }

    /// Appends a parameter with a string (RFC 9651 §3.3.3): visible ASCII only, `?` for all else.
    private static func string(_ name: StaticString, _ value: Span<UInt8>, _ out: inout ByteBuffer) {
        out.append(name)
        out.append(0x22)
        for index in 0..<min(value.count, 512) {
            let byte = value[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
            out.append(byte >= 0x20 && byte < 0x7f ? byte : UInt8(ascii: "?"))
        }
        out.append(0x22)
    }
}
