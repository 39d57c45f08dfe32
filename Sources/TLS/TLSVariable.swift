import Bytes
import COpenSSL

/// What can be said of a session in a log line or a field (nginx: the variables `$ssl_…` of its ssl module).
package enum TLSVariable: CaseIterable, Sendable {
    /// `TLSv1.3`
    case version
    /// OpenSSL's name of the cipher.
    case cipher
    /// What the client offered, with colons between; numbers where OpenSSL has no name.
    case ciphers
    /// The group of the key exchange.
    case curve
    /// What the client offered, with colons between.
    case curves
    /// How the server signed, by TLS's name: `rsa_pss_rsae_sha256`; nothing where a session was resumed.
    case signature
    /// What the client offered to check signatures by, as numbers of TLS with colons between: `0x0403:0x0804`.
    case signatures
    /// The name in the client's hello.
    case serverName
    /// In hexadecimal.
    case sessionID
    /// `r` or `.`
    case sessionReused
    /// What ALPN chose.
    case protocolName
    /// `1` while the handshake is not complete.
    case earlyData
    /// `NONE`, `SUCCESS`, or `FAILED:` and the words.
    case clientVerify
    /// PEM, each line but the first with a tab before it.
    case clientCertificate
    /// PEM.
    case clientRawCertificate
    /// PEM, escaped as a part of a URI.
    case clientEscapedCertificate
    /// Subject and issuer by RFC 2253, and in OpenSSL's older form.
    case clientSubject, clientIssuer, clientSubjectLegacy, clientIssuerLegacy
    /// In hexadecimal.
    case clientSerial
    /// SHA-1 in hexadecimal.
    case clientFingerprint
    /// When the certificate is valid: `Nov 26 17:00:00 2026 GMT`.
    case clientStart, clientEnd
    /// Whole days until it is not, at least 0.
    case clientRemaining
    /// How the client signed with it, by TLS's name.
    case clientSignature
}

extension TLSSession {
    /// Appends a variable's value; nothing where it has none, which nginx shows as `-`.
    ///
    /// - Parameter now: seconds since 1970, for `clientRemaining`.
    package func append(_ variable: TLSVariable, now: Int, to out: inout ByteBuffer) {
        switch variable {
        case .version: unsafe Self.append(SSL_get_version(ssl), to: &out)
        case .cipher: unsafe Self.append(SSL_CIPHER_get_name(SSL_get_current_cipher(ssl)), to: &out)
        case .ciphers: appendCiphers(to: &out)
        case .curve: appendCurve(unsafe postern_tls_group(ssl), to: &out)
        case .curves: appendCurves(to: &out)
        case .signature: appendSignature(to: &out)
        case .signatures: appendSignatures(to: &out)
        case .clientSignature: appendClientSignature(to: &out)
        case .serverName: out.append(sink.serverName)
        case .sessionID:
            guard let session = unsafe SSL_get_session(ssl) else { return }
            var count: UInt32 = 0
            let start = unsafe SSL_SESSION_get_id(session, &count)
            unsafe Self.append(hexadecimal: UnsafeBufferPointer(start: start, count: Int(count)), to: &out)
        case .sessionReused: out.append(isResumed ? "r" : ".")
        case .protocolName: out.append(protocolName)
        case .earlyData: if !isOpen { out.append("1") }
        case .clientVerify:
            switch verification {
            case .missing: out.append("NONE")
            case .trusted: out.append("SUCCESS")
            case .refused(_, let words):
                out.append("FAILED:")
                out.append(words)
            }
        default: appendCertificate(variable, now: now, to: &out)
        }
    }

    /// Whether an earlier session was resumed.
    package var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    /// What ALPN chose; empty where it chose nothing.
    package var protocolName: [UInt8] {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        return unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
    }

    /// Whether ALPN chose HTTP/2 (RFC 9113 §3.2).
    package var isHTTP2: Bool { protocolName == [0x68, 0x32] }

    // MARK: lists

    private func appendCiphers(to out: inout ByteBuffer) {
        let width = unsafe postern_tls_cipher_list(ssl, nil)
        var start: UnsafePointer<UInt8>?
        let count = unsafe postern_tls_cipher_list(ssl, &start)
        guard width > 0, count > 0, let start = unsafe start else { return }
        for index in 0..<count / width {
            if index > 0 { out.append(ASCII.colon) }
            let number = unsafe start + index * width
            if let cipher = unsafe SSL_CIPHER_find(ssl, number) {
                unsafe Self.append(SSL_CIPHER_get_name(cipher), to: &out)
            } else {
                out.append("0x")
                unsafe Self.append(hexadecimal: UnsafeBufferPointer(start: number, count: width), to: &out)
            }
        }
    }

    private func appendCurves(to out: inout ByteBuffer) {
        let count = unsafe postern_tls_client_groups(ssl, nil)
        if count <= 0 { return }
        var groups = [Int32](repeating: 0, count: count)
        _ = unsafe groups.withUnsafeMutableBufferPointer { unsafe postern_tls_client_groups(ssl, $0.baseAddress) }
        for index in groups.indices {
            if index > 0 { out.append(ASCII.colon) }
            appendCurve(groups[index], to: &out)
        }
    }

    private func appendCurve(_ number: Int32, to out: inout ByteBuffer) {
        if number == NID_undef { return }
        if number & TLSEXT_nid_unknown == 0 {
            unsafe Self.append(OBJ_nid2sn(number), to: &out)
        } else if let name = unsafe SSL_group_to_name(ssl, number) {
            unsafe Self.append(name, to: &out)
        } else {
            out.append("0x")
            Self.append(hexadecimal: UInt8(truncatingIfNeeded: number >> 8), to: &out)
            Self.append(hexadecimal: UInt8(truncatingIfNeeded: number), to: &out)
        }
    }

    // MARK: bytes

    static func append(_ text: UnsafePointer<CChar>?, to out: inout ByteBuffer) {
        guard let text = unsafe text else { return }
        var position = 0
        while unsafe text[position] != 0 {
            unsafe out.append(UInt8(bitPattern: text[position]))
            position += 1
        }
    }

    static func append(hexadecimal bytes: UnsafeBufferPointer<UInt8>, to out: inout ByteBuffer) {
        for index in 0..<bytes.count { unsafe append(hexadecimal: bytes[index], to: &out) }
    }

    static func append(hexadecimal byte: UInt8, to out: inout ByteBuffer) {
        for digit in [byte >> 4, byte & 15] { out.append(digit < 10 ? digit + 0x30 : digit + 0x57) }
    }
}
