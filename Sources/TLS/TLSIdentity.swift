import COpenSSL

/// A certificate with its chain and its key, read and ready to be shown.
///
/// Never changes once read. Safe to share: OpenSSL counts the references to its objects under its own locks.
@safe package final class TLSIdentity: @unchecked Sendable {
    let certificate: OpaquePointer
    let chain: OpaquePointer
    let key: OpaquePointer
    private let names: TLSPair

    /// Reads both.
    ///
    /// - Parameter passwords: tried in order where the key is encrypted.
    /// - Throws: nginx's words, `cannot load certificate "…"` or `cannot load certificate key "…"`.
    package init(_ pair: TLSPair, passwords: [[UInt8]] = []) throws(TLSSetupError) {
        ErrorQueue.clear()
        var certificates = try unsafe PEM.certificates(in: pair.certificate, what: "certificate")
        do throws(TLSSetupError) {
            unsafe key = try PEM.key(in: pair.key, passwords: passwords)
        } catch {
            unsafe certificates.forEach { unsafe X509_free($0) }
            throw error
        }
        unsafe certificate = unsafe certificates.removeFirst()
        guard let stack = unsafe OPENSSL_sk_new_null() else {
            preconditionFailure("no memory is left for certificates")
        }
        unsafe certificates.forEach { unsafe OPENSSL_sk_push(stack, UnsafeRawPointer($0)) }
        unsafe chain = stack
        names = pair
    }

    deinit {
        unsafe X509_free(certificate)
        unsafe OPENSSL_sk_pop_free(chain) { unsafe X509_free(OpaquePointer($0)) }
        unsafe EVP_PKEY_free(key)
    }

    /// Makes a context show it, beside those of other types of keys.
    func use(in context: OpaquePointer) throws(TLSSetupError) {
        ErrorQueue.clear()
        guard unsafe SSL_CTX_use_certificate(context, certificate) == 1 else {
            throw TLSSetupError(draining: "SSL_CTX_use_certificate(\"\(names.certificate)\") failed")
        }
        let copy = unsafe chainCopy()
        guard unsafe postern_tls_context_set_chain(context, copy) == 1 else {
            unsafe OPENSSL_sk_pop_free(copy) { unsafe X509_free(OpaquePointer($0)) }
            throw TLSSetupError(draining: "SSL_CTX_set0_chain(\"\(names.certificate)\") failed")
        }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1 else {
            throw TLSSetupError(draining: "SSL_CTX_use_PrivateKey(\"\(names.key)\") failed")
        }
    }

    /// Makes one session show it.
    func use(session: OpaquePointer) throws(TLSSetupError) {
        ErrorQueue.clear()
        guard unsafe SSL_use_certificate(session, certificate) == 1 else {
            throw TLSSetupError(draining: "SSL_use_certificate(\"\(names.certificate)\") failed")
        }
        let copy = unsafe chainCopy()
        guard unsafe postern_tls_set_chain(session, copy) == 1 else {
            unsafe OPENSSL_sk_pop_free(copy) { unsafe X509_free(OpaquePointer($0)) }
            throw TLSSetupError(draining: "SSL_set0_chain(\"\(names.certificate)\") failed")
        }
        guard unsafe SSL_use_PrivateKey(session, key) == 1 else {
            throw TLSSetupError(draining: "SSL_use_PrivateKey(\"\(names.key)\") failed")
        }
    }

    /// Whether key and certificate belong together: not so while a pair of files is being replaced.
    var matches: Bool {
        let result = unsafe X509_check_private_key(certificate, key)
        ErrorQueue.clear()
        return result == 1
    }

    /// SHA-1 of the certificate.
    var digest: [UInt8] { unsafe Digest.bytes { unsafe X509_digest(certificate, EVP_sha1(), $0, $1) } }

    /// OpenSSL takes a chain over, with one reference to each certificate.
    private func chainCopy() -> OpaquePointer? {
        let copy = unsafe OPENSSL_sk_dup(chain)
        let count = unsafe OPENSSL_sk_num(chain)
        for index in 0..<count {
            unsafe X509_up_ref(OpaquePointer(OPENSSL_sk_value(chain, index)))
        }
        return unsafe copy
    }
}
