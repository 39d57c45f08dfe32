import COpenSSL
import Foundation

@testable import TLS

/// A certificate that a test made, with its key.
///
/// Safe: OpenSSL's objects belong to this one and are only read once it is made.
@safe final class MadeCertificate: @unchecked Sendable {
    let certificate: OpaquePointer
    let key: OpaquePointer

    enum KeyKind {
        case elliptic, rsa
    }

    /// What a certificate says; by default it is good for a year for `a.example`.
    struct Words {
        var name = "a.example"
        var isAuthority = false
        /// Subject alternative names, OpenSSL's way.
        var names = "DNS:a.example"
        var startsInDays = -10
        var endsInDays = 365
        var serial = 4_660
        var keyKind = KeyKind.elliptic
    }

    /// Signed by `issuer`, or by itself.
    init(_ words: Words = Words(), issuer: MadeCertificate? = nil) {
        guard let made = unsafe X509_new(), let key = unsafe Self.makeKey(words.keyKind) else {
            preconditionFailure("OpenSSL makes no certificate")
        }
        unsafe X509_set_version(made, 2)
        unsafe ASN1_INTEGER_set(X509_get_serialNumber(made), words.serial)
        unsafe X509_gmtime_adj(X509_getm_notBefore(made), words.startsInDays * 86_400)
        unsafe X509_gmtime_adj(X509_getm_notAfter(made), words.endsInDays * 86_400)
        unsafe X509_set_pubkey(made, key)
        let subject = unsafe X509_get_subject_name(made)
        unsafe Self.add("O", "Postern, Ltd.", to: subject)
        unsafe Self.add("CN", words.name, to: subject)
        unsafe X509_set_issuer_name(made, issuer.map { unsafe X509_get_subject_name($0.certificate) } ?? subject)
        unsafe Self.extend(made, NID_basic_constraints, words.isAuthority ? "critical,CA:TRUE" : "CA:FALSE")
        if !words.names.isEmpty && !words.isAuthority { unsafe Self.extend(made, NID_subject_alt_name, words.names) }
        unsafe X509_sign(made, issuer?.key ?? key, EVP_sha256())
        unsafe certificate = made
        unsafe self.key = key
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe EVP_PKEY_free(key)
    }

    static func authority(_ name: String = "Test Authority") -> MadeCertificate {
        MadeCertificate(Words(name: name, isAuthority: true, serial: 1))
    }

    var certificatePEM: String { unsafe Self.text { unsafe PEM_write_bio_X509($0, certificate) } }
    var keyPEM: String {
        unsafe Self.text { unsafe PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    }

    func encryptedKeyPEM(password: String) -> String {
        unsafe Self.text { bio in
            var bytes = Array(password.utf8)
            return unsafe PEM_write_bio_PrivateKey(
                bio, key, EVP_aes_128_cbc(), &bytes, Int32(bytes.count), nil, nil)
        }
    }

    /// What settings take.
    func pair(chain: [MadeCertificate] = []) -> TLSPair {
        let texts = [self] + chain
        return TLSPair(
            certificate: "data:" + texts.map(\.certificatePEM).joined(), key: "data:" + keyPEM)
    }

    /// What an authority says is revoked, as settings take it.
    func revoking(_ serials: [Int], endsInDays: Int = 30) -> String {
        guard let list = unsafe X509_CRL_new() else { preconditionFailure("OpenSSL makes no list") }
        defer { unsafe X509_CRL_free(list) }
        unsafe X509_CRL_set_version(list, 1)
        unsafe X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
        let time = unsafe ASN1_TIME_new()
        defer { unsafe ASN1_TIME_free(time) }
        unsafe X509_gmtime_adj(time, -40 * 86_400)
        unsafe X509_CRL_set1_lastUpdate(list, time)
        for serial in serials {
            let revoked = unsafe X509_REVOKED_new()
            let number = unsafe ASN1_INTEGER_new()
            unsafe ASN1_INTEGER_set(number, serial)
            unsafe X509_REVOKED_set_serialNumber(revoked, number)
            unsafe X509_REVOKED_set_revocationDate(revoked, time)
            unsafe ASN1_INTEGER_free(number)
            unsafe X509_CRL_add0_revoked(list, revoked)
        }
        unsafe X509_gmtime_adj(time, endsInDays * 86_400)
        unsafe X509_CRL_set1_nextUpdate(list, time)
        unsafe X509_CRL_sort(list)
        unsafe X509_CRL_sign(list, key, EVP_sha256())
        return unsafe "data:" + Self.text { unsafe PEM_write_bio_X509_CRL($0, list) }
    }

    private static func makeKey(_ kind: KeyKind) -> OpaquePointer? {
        let context = unsafe EVP_PKEY_CTX_new_id(kind == .rsa ? EVP_PKEY_RSA : EVP_PKEY_EC, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe EVP_PKEY_keygen_init(context)
        if kind == .rsa {
            unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2_048)
        } else {
            unsafe EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1)
        }
        var key: OpaquePointer?
        unsafe EVP_PKEY_keygen(context, &key)
        return unsafe key
    }

    private static func add(_ field: String, _ value: String, to name: OpaquePointer?) {
        let bytes = Array(value.utf8)
        unsafe X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
    }

    private static func extend(_ certificate: OpaquePointer, _ kind: Int32, _ value: String) {
        let made = unsafe X509V3_EXT_conf_nid(nil, nil, kind, value)
        unsafe X509_add_ext(certificate, made, -1)
        unsafe X509_EXTENSION_free(made)
    }

    private static func text(_ body: (OpaquePointer?) -> Int32) -> String {
        let bio = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(bio) }
        precondition(unsafe body(bio) == 1, "OpenSSL writes no PEM")
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe postern_bio_contents(bio, &start)
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return String(decoding: unsafe Array(bytes), as: UTF8.self)
    }
}
