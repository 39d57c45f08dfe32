import Bytes
import COpenSSL

/// How certificates signed the handshake (nginx: `$ssl_sigalg`, `$ssl_sigalgs`, `$ssl_client_sigalg`).
extension TLSSession {
    func appendSignature(to out: inout ByteBuffer) {
        var type: Int32 = 0
        var digest: Int32 = 0
        guard unsafe SSL_get_signature_type_nid(ssl, &type) == 1 else { return }
        if unsafe postern_tls_signature_digest(ssl, &digest) != 1 { digest = NID_undef }
        unsafe append(signature: type, digest: digest, of: SSL_get_certificate(ssl), to: &out)
    }

    func appendClientSignature(to out: inout ByteBuffer) {
        var type: Int32 = 0
        var digest: Int32 = 0
        let certificate = unsafe SSL_get0_peer_certificate(ssl)
        guard unsafe certificate != nil, unsafe SSL_get_peer_signature_type_nid(ssl, &type) == 1 else { return }
        if unsafe postern_tls_peer_signature_digest(ssl, &digest) != 1 { digest = NID_undef }
        unsafe append(signature: type, digest: digest, of: certificate, to: &out)
    }

    /// As nginx has them with an OpenSSL that knows no names: `0x0403:0x0804`.
    func appendSignatures(to out: inout ByteBuffer) {
        let count = unsafe SSL_get_sigalgs(ssl, -1, nil, nil, nil, nil, nil)
        for index in 0..<max(count, 0) {
            var low: UInt8 = 0
            var high: UInt8 = 0
            _ = unsafe SSL_get_sigalgs(ssl, index, nil, nil, nil, &low, &high)
            out.append(index > 0 ? ":0x" : "0x")
            Self.append(hexadecimal: high, to: &out)
            Self.append(hexadecimal: low, to: &out)
        }
    }

    /// OpenSSL 3.0 tells the key's type and the digest; TLS's name is made of both (RFC 8446 §4.2.3).
    private func append(
        signature type: Int32, digest: Int32, of certificate: OpaquePointer?, to out: inout ByteBuffer
    ) {
        switch type {
        case EVP_PKEY_RSA: out.append("rsa_pkcs1")
        case EVP_PKEY_RSA_PSS: out.append(unsafe Self.isOfPSSKey(certificate) ? "rsa_pss_pss" : "rsa_pss_rsae")
        case EVP_PKEY_EC:
            out.append("ecdsa")
            switch digest {
            case NID_sha256: out.append("_secp256r1")
            case NID_sha384: out.append("_secp384r1")
            case NID_sha512: out.append("_secp521r1")
            default: break
            }
        default:
            for byte in unsafe ErrorQueue.bytes(OBJ_nid2sn(type)) { out.append(byte | 0x20) }
            return
        }
        if digest == NID_undef { return }
        out.append(0x5f)
        for byte in unsafe ErrorQueue.bytes(OBJ_nid2sn(digest)) { out.append(byte | 0x20) }
    }

    /// Whether the certificate's key may only sign by PSS.
    private static func isOfPSSKey(_ certificate: OpaquePointer?) -> Bool {
        guard let certificate = unsafe certificate, let key = unsafe X509_get0_pubkey(certificate) else { return false }
        return unsafe EVP_PKEY_get_id(key) == EVP_PKEY_RSA_PSS
    }
}
