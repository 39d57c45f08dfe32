import Bytes
import COpenSSL

/// What is said of the client's certificate.
extension TLSSession {
    func appendCertificate(_ variable: TLSVariable, now: Int, to out: inout ByteBuffer) {
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return }
        defer {
            unsafe X509_free(certificate)
            ErrorQueue.clear()
        }
        switch variable {
        case .clientRawCertificate: unsafe Self.appendPEM(certificate, to: &out)
        case .clientCertificate: unsafe Self.appendTabbed(certificate, to: &out)
        case .clientEscapedCertificate: unsafe Self.appendEscaped(certificate, to: &out)
        case .clientSubject: unsafe Self.append(name: X509_get_subject_name(certificate), to: &out)
        case .clientIssuer: unsafe Self.append(name: X509_get_issuer_name(certificate), to: &out)
        case .clientSubjectLegacy: unsafe Self.append(legacyName: X509_get_subject_name(certificate), to: &out)
        case .clientIssuerLegacy: unsafe Self.append(legacyName: X509_get_issuer_name(certificate), to: &out)
        case .clientSerial:
            unsafe Self.printed(to: &out) { unsafe i2a_ASN1_INTEGER($0, X509_get_serialNumber(certificate)) }
        case .clientFingerprint:
            for byte in unsafe Digest.bytes({ unsafe X509_digest(certificate, EVP_sha1(), $0, $1) }) {
                Self.append(hexadecimal: byte, to: &out)
            }
        case .clientStart:
            unsafe Self.printed(to: &out) { unsafe ASN1_TIME_print($0, X509_get0_notBefore(certificate)) }
        case .clientEnd: unsafe Self.printed(to: &out) { unsafe ASN1_TIME_print($0, X509_get0_notAfter(certificate)) }
        case .clientRemaining:
            guard let days = unsafe Self.days(from: now, to: X509_get0_notAfter(certificate)) else { return }
            out.append(decimal: Int64(days))
        default: break
        }
    }

    /// Whole days from an instant to another, at least 0.
    private static func days(from now: Int, to end: UnsafePointer<ASN1_TIME>?) -> Int? {
        guard let start = unsafe ASN1_TIME_set(nil, now) else { return nil }
        defer { unsafe ASN1_TIME_free(start) }
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard unsafe ASN1_TIME_diff(&days, &seconds, start, end) == 1 else { return nil }
        return max(0, Int(days))
    }

    private static func appendPEM(_ certificate: OpaquePointer, to out: inout ByteBuffer) {
        unsafe printed(to: &out) { unsafe PEM_write_bio_X509($0, certificate) }
    }

    /// A field's value cannot have line feeds; a tab after each makes them continuations that some parsers take.
    private static func appendTabbed(_ certificate: OpaquePointer, to out: inout ByteBuffer) {
        var text = ByteBuffer()
        unsafe appendPEM(certificate, to: &text)
        for index in 0..<max(0, text.count - 1) {
            out.append(text[index])
            if text[index] == ASCII.lf { out.append(ASCII.tab) }
        }
    }

    /// nginx escapes all but letters, digits and `-._~`.
    private static func appendEscaped(_ certificate: OpaquePointer, to out: inout ByteBuffer) {
        var text = ByteBuffer()
        unsafe appendPEM(certificate, to: &text)
        for index in 0..<text.count {
            let byte = text[index]
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: out.append(byte)
            default:
                out.append(0x25)
                for digit in [byte >> 4, byte & 15] { out.append(digit < 10 ? digit + 0x30 : digit + 0x37) }
            }
        }
    }

    private static func append(name: OpaquePointer?, to out: inout ByteBuffer) {
        unsafe printed(to: &out) { unsafe X509_NAME_print_ex($0, name, 0, POSTERN_DN_RFC2253) }
    }

    private static func append(legacyName name: OpaquePointer?, to out: inout ByteBuffer) {
        guard let text = unsafe X509_NAME_oneline(name, nil, 0) else { return }
        unsafe append(UnsafePointer(text), to: &out)
        unsafe postern_openssl_free(text)
    }

    /// Appends what `body` prints.
    private static func printed(to out: inout ByteBuffer, _ body: (OpaquePointer?) -> Int32) {
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { return }
        defer { unsafe BIO_free(bio) }
        _ = unsafe body(bio)
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe postern_bio_contents(bio, &start)
        guard let start = unsafe start else { return }
        for index in 0..<count { unsafe out.append(UInt8(bitPattern: start[index])) }
    }
}
