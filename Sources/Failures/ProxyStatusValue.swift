import Bytes
import HTTP

/// The value of `Proxy-Status` (RFC 9209) for a failure.
package enum ProxyStatusValue {
    /// The most bytes of the cause's words that `details` has.
    static var detailsLimitBytes: Int { 512 }

    /// Appends `postern; error=connection_refused`, for strangers; nothing where the verdict has no error type.
    package static func append(_ verdict: Verdict, to out: inout ByteBuffer) {
        guard let error = verdict.error else { return }
        out.append("postern")
        ProxyStatus.append(error, to: &out)
    }

    /// The same with what the type's parameters are, the next hop and the log's words, for those who may see it.
    ///
    /// - Parameters:
    ///   - nextHop: the peer's address; empty where none was chosen.
    ///   - text: the cause's words (`CauseText`).
    package static func append(
        _ verdict: Verdict, cause: Cause, nextHop: Span<UInt8>, text: Span<UInt8>, to out: inout ByteBuffer
    ) {
        guard let error = verdict.error else { return }
        append(verdict, to: &out)
        if error == .dnsError { ProxyStatus.append(.rcode, answerName(cause.number), to: &out) }
        if error == .tlsAlertReceived {
            ProxyStatus.append(.alertID, cause.number, to: &out)
            if let name = TLSAlert.name(cause.number) { ProxyStatus.append(.alertMessage, name, to: &out) }
        }
        if !nextHop.isEmpty { ProxyStatus.append(.nextHop, nextHop, to: &out) }
        if text.isEmpty { return }
        ProxyStatus.append(.details, text.extracting(0..<min(text.count, detailsLimitBytes)), to: &out)
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
}
