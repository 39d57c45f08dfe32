import COpenSSL

/// Why a TLS session ended, or cannot be used: plain data, made once where it is seen.
package struct TLSFailure: Error, Equatable, Sendable {
    /// What happened.
    package let kind: Kind
    /// The call that failed.
    package let operation: Operation
    /// The alert's number (`alert`), the verify result's (the kinds about certificates), else 0.
    package let number: Int
    /// Whether nginx counts it among what peers do: then its line is `info` for clients and `error` for upstreams, else
    /// `crit`.
    package let isExpected: Bool
    /// What stands in nginx's line between `(SSL: ` and `)`; for a certificate the verify result's words, for a wrong
    /// name the name. At most 1,024 bytes.
    package let text: [UInt8]

    /// What happened, told apart as far as it can be.
    package enum Kind: UInt8, CaseIterable, Sendable {
        /// The input ended, or was reset, inside the handshake: `peer closed connection in SSL handshake`.
        case closed
        /// The input ended without close_notify after the handshake (RFC 8446 §6.1): what came may be cut short.
        case truncated
        /// `handshake rejected` (nginx: ssl_reject_handshake).
        case rejected
        /// The peer sent a fatal alert; `number` is its number (RFC 8446 §6.2).
        case alert
        /// The peer speaks HTTP without TLS.
        case plainHTTP
        /// What the peer sent is no TLS.
        case notTLS
        /// No version of TLS is spoken by both.
        case versionMismatch
        /// No cipher, group or signature is known to both.
        case cipherMismatch
        /// No application protocol is spoken by both (ALPN).
        case protocolMismatch
        /// A record that was changed, or made with other keys.
        case brokenRecord
        /// Another violation of TLS.
        case violation
        /// The handshake, or answers to key updates, went over their bound.
        case tooLong
        /// Something in this process: no memory, no certificate for the handshake.
        case local
        /// No certificate was shown where one is required.
        case certificateMissing
        case certificateExpired
        case certificateNotYetValid
        /// The certificate, or the last one of its chain, is its own issuer and is not trusted.
        case certificateSelfSigned
        /// The issuer is not known.
        case certificateUnknownIssuer
        case certificateRevoked
        /// The revocation list is missing, too old, or not to be used.
        case revocationUnknown
        case chainTooLong
        /// The certificate is for another name.
        case certificateWrongName
        /// The certificate does not serve for another cause, which the number and the words tell.
        case certificateUnfit
    }

    /// The call that failed; nginx names it in its line.
    package enum Operation: UInt8, Sendable {
        case handshake, read, write, shutdown

        /// `SSL_do_handshake`
        package var name: StaticString {
            switch self {
            case .handshake: "SSL_do_handshake"
            case .read: "SSL_read"
            case .write: "SSL_write"
            case .shutdown: "SSL_shutdown"
            }
        }
    }

    /// The error type of RFC 9209 that a failure with an upstream is.
    package enum ProxyError: Sendable {
        case protocolError, certificateError, alertReceived
    }

    init(_ kind: Kind, _ operation: Operation, number: Int = 0, isExpected: Bool = true, text: [UInt8] = []) {
        self.kind = kind
        self.operation = operation
        self.number = number
        self.isExpected = isExpected
        self.text = text
    }

    /// `tls_alert_received`, `tls_certificate_error` or `tls_protocol_error` (RFC 9209 §2.3.14–16).
    package var proxyError: ProxyError {
        if kind == .alert { return .alertReceived }
        return isAboutCertificate ? .certificateError : .protocolError
    }

    /// Whether the peer's certificate was found wanting: the handshake itself succeeded.
    package var isAboutCertificate: Bool { kind.rawValue >= Kind.certificateMissing.rawValue }
}

extension TLSFailure {
    /// What OpenSSL's queue says of a call that failed; empties it.
    init(draining operation: Operation, sink: TLSSink) {
        let contents = ErrorQueue.drain()
        let code = contents.lastCode
        var kind = Kind.local
        var number = 0
        for error in [contents.first, contents.last] where ErrorQueue.library(error) == ERR_LIB_SSL {
            let code = ErrorQueue.code(error)
            kind = Self.kind(code, sink)
            if kind == .alert { number = Int(code - SSL_AD_REASON_OFFSET) }
            if kind != .violation { break }
        }
        self.init(
            kind, operation, number: number, isExpected: ExpectedErrors.contains(code), text: contents.text)
    }

    private static func kind(_ code: Int32, _ sink: TLSSink) -> Kind {
        if code >= SSL_AD_REASON_OFFSET { return .alert }
        switch code {
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: return .plainHTTP
        case SSL_R_WRONG_VERSION_NUMBER: return sink.openingIsHTTP ? .plainHTTP : .notTLS
        case SSL_R_UNKNOWN_PROTOCOL, SSL_R_BAD_RECORD_TYPE: return .notTLS
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH, SSL_R_WRONG_SSL_VERSION,
            SSL_R_INAPPROPRIATE_FALLBACK, SSL_R_NO_PROTOCOLS_AVAILABLE:
            return .versionMismatch
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_SHARED_GROUPS, SSL_R_NO_SUITABLE_GROUPS,
            SSL_R_WRONG_CIPHER_RETURNED, SSL_R_UNKNOWN_CIPHER_RETURNED, SSL_R_NO_CIPHERS_AVAILABLE,
            SSL_R_WRONG_SIGNATURE_TYPE, SSL_R_WRONG_CURVE:
            return .cipherMismatch
        case SSL_R_NO_APPLICATION_PROTOCOL: return .protocolMismatch
        case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, SSL_R_DECRYPTION_FAILED, SSL_R_BLOCK_CIPHER_PAD_IS_WRONG:
            return .brokenRecord
        case SSL_R_NO_CERTIFICATE_SET: return .local
        default: return .violation
        }
    }
}
