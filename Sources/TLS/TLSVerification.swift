import COpenSSL

/// How a peer's certificate was found.
package enum TLSVerification: Equatable, Sendable {
    /// None was shown.
    case missing
    case trusted
    /// The verify result's number and OpenSSL's words for it.
    case refused(Int, [UInt8])
}

extension TLSSession {
    /// What verifying the peer's certificate came to, once the handshake is complete.
    package var verification: TLSVerification {
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return .missing }
        unsafe X509_free(certificate)
        let result = unsafe SSL_get_verify_result(ssl)
        if result == Int(X509_V_OK) { return .trusted }
        return .refused(result, unsafe ErrorQueue.bytes(X509_verify_cert_error_string(result)))
    }

    /// Why the client's requests are to be refused; nil where they are not.
    ///
    /// nginx: ssl_verify_client; 496 for `certificateMissing`, else 495.
    package var clientFailure: TLSFailure? {
        let mode = sink.current.verifiesClient
        if mode == .off { return nil }
        switch verification {
        case .trusted: return nil
        case .missing: return mode == .on ? TLSFailure(.certificateMissing, .handshake) : nil
        case .refused(let number, let words):
            if mode == .optionalWithoutIssuer && Self.lacksOnlyIssuer(number) { return nil }
            return TLSFailure(Self.kind(ofVerifyResult: number), .handshake, number: number, text: words)
        }
    }

    /// Why the upstream is not to be talked to: asked once, when the handshake is complete.
    var upstreamFailure: TLSFailure? {
        if !sink.first.verifiesUpstream { return nil }
        switch verification {
        case .missing: return TLSFailure(.certificateMissing, .handshake)
        case .refused(let number, let words):
            return TLSFailure(Self.kind(ofVerifyResult: number), .handshake, number: number, text: words)
        case .trusted:
            if unsafe ServerIdentity.matches(ssl, verifiedName) { return nil }
            return TLSFailure(.certificateWrongName, .handshake, text: verifiedName)
        }
    }

    private static func lacksOnlyIssuer(_ result: Int) -> Bool {
        switch Int32(clamping: result) {
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_CERT_UNTRUSTED,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            true
        default: false
        }
    }

    static func kind(ofVerifyResult result: Int) -> TLSFailure.Kind {
        switch Int32(clamping: result) {
        case X509_V_ERR_CERT_HAS_EXPIRED: .certificateExpired
        case X509_V_ERR_CERT_NOT_YET_VALID: .certificateNotYetValid
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: .certificateSelfSigned
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
            .certificateUnknownIssuer
        case X509_V_ERR_CERT_REVOKED: .certificateRevoked
        case X509_V_ERR_UNABLE_TO_GET_CRL, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, X509_V_ERR_CRL_HAS_EXPIRED,
            X509_V_ERR_CRL_NOT_YET_VALID, X509_V_ERR_CRL_SIGNATURE_FAILURE,
            X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD,
            X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE:
            .revocationUnknown
        case X509_V_ERR_CERT_CHAIN_TOO_LONG: .chainTooLong
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: .certificateWrongName
        default: .certificateUnfit
        }
    }
}

/// Whether a certificate is for a name or an address (RFC 9110 §4.3.4, §4.3.5).
enum ServerIdentity {
    /// Whether a name is an IPv4 address, or an IPv6 address with or without brackets.
    static func isAddress(_ name: String) -> Bool {
        guard let address = unsafe a2i_IPADDRESS(bare(name)) else {
            ErrorQueue.clear()
            return false
        }
        unsafe ASN1_OCTET_STRING_free(address)
        return true
    }

    static func matches(_ ssl: OpaquePointer, _ name: [UInt8]) -> Bool {
        guard !name.isEmpty, let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return false }
        defer {
            unsafe X509_free(certificate)
            ErrorQueue.clear()
        }
        let text = String(decoding: name, as: UTF8.self)
        if isAddress(text), unsafe X509_check_ip_asc(certificate, bare(text), 0) == 1 { return true }
        return unsafe name.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe X509_check_host(certificate, $0.baseAddress, $0.count, 0, nil)
            }
        } == 1
    }

    private static func bare(_ name: String) -> String {
        name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
    }
}
