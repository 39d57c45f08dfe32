import COpenSSL

/// Reads certificates, keys and revocation lists: from a file, or from a name of `data:` and the text itself.
///
/// The files are opened by OpenSSL, so that its words are those of nginx. What is returned belongs to the caller.
enum PEM {
    /// A whole file; at least one certificate.
    static func certificates(in name: String, what: String) throws(TLSSetupError) -> [OpaquePointer] {
        let words = "cannot load \(what) \"\(name)\": "
        return try unsafe read(name, words) { (bio) throws(TLSSetupError) -> [OpaquePointer] in
            var found: [OpaquePointer] = unsafe []
            while true {
                // The first may be a trusted one, with rules of its own.
                let isFirst = unsafe found.isEmpty
                let next =
                    unsafe isFirst ? PEM_read_bio_X509_AUX(bio, nil, nil, nil) : PEM_read_bio_X509(bio, nil, nil, nil)
                if let next = unsafe next {
                    unsafe found.append(next)
                    continue
                }
                if !isFirst && isAtEnd { break }
                unsafe found.forEach { unsafe X509_free($0) }
                throw TLSSetupError(draining: words + "PEM_read_bio_X509\(isFirst ? "_AUX" : "")() failed")
            }
            ErrorQueue.clear()
            return unsafe found
        }
    }

    /// A whole file; at least one list.
    static func revocationLists(in name: String) throws(TLSSetupError) -> [OpaquePointer] {
        let words = "cannot load CRL \"\(name)\": "
        return try unsafe read(name, words) { (bio) throws(TLSSetupError) -> [OpaquePointer] in
            var found: [OpaquePointer] = unsafe []
            while let next = unsafe PEM_read_bio_X509_CRL(bio, nil, nil, nil) { unsafe found.append(next) }
            guard unsafe isAtEnd && !found.isEmpty else {
                unsafe found.forEach { unsafe X509_CRL_free($0) }
                throw TLSSetupError(draining: words + "PEM_read_bio_X509_CRL() failed")
            }
            ErrorQueue.clear()
            return unsafe found
        }
    }

    /// A private key; each password is tried where it is encrypted, and OpenSSL never asks at a terminal.
    static func key(in name: String, passwords: [[UInt8]]) throws(TLSSetupError) -> OpaquePointer {
        let words = "cannot load certificate key \"\(name)\": "
        for scheme in ["engine", "store"] where name.hasPrefix(scheme + ":") {
            throw TLSSetupError(words: words + "loading \"\(scheme):...\" certificate keys is not supported")
        }
        return try unsafe read(name, words) { (bio) throws(TLSSetupError) -> OpaquePointer in
            for password in passwords.isEmpty ? [[]] : passwords {
                ErrorQueue.clear()
                unsafe postern_bio_rewind(bio)
                let box = Password(password)
                let user = unsafe Unmanaged.passUnretained(box).toOpaque()
                let key = unsafe withExtendedLifetime(box) {
                    unsafe PEM_read_bio_PrivateKey(bio, nil, Password.callback, user)
                }
                guard let key = unsafe key else { continue }
                ErrorQueue.clear()
                return unsafe key
            }
            throw TLSSetupError(draining: words + "PEM_read_bio_PrivateKey() failed")
        }
    }

    /// Parameters for finite-field Diffie-Hellman (nginx: ssl_dhparam).
    static func parameters(in name: String) throws(TLSSetupError) -> OpaquePointer {
        ErrorQueue.clear()
        guard let bio = unsafe BIO_new_file(name, "r") else {
            throw TLSSetupError(draining: "BIO_new_file(\"\(name)\") failed")
        }
        defer { unsafe BIO_free(bio) }
        guard let key = unsafe PEM_read_bio_Parameters(bio, nil) else {
            throw TLSSetupError(draining: "PEM_read_bio_DHparams(\"\(name)\") failed")
        }
        return unsafe key
    }

    /// Lends a reader of the file, or of the text itself.
    private static func read<Result>(
        _ name: String, _ words: String, _ body: (OpaquePointer) throws(TLSSetupError) -> Result
    ) throws(TLSSetupError) -> Result {
        ErrorQueue.clear()
        if !name.hasPrefix("data:") {
            guard let bio = unsafe BIO_new_file(name, "r") else {
                throw TLSSetupError(draining: words + "BIO_new_file() failed")
            }
            defer { unsafe BIO_free(bio) }
            return try unsafe body(bio)
        }
        let text = Array(name.utf8.dropFirst(5))
        return try unsafe text.withUnsafeBufferPointer { (bytes) throws(TLSSetupError) -> Result in
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else {
                throw TLSSetupError(draining: words + "BIO_new_mem_buf() failed")
            }
            defer { unsafe BIO_free(bio) }
            return try unsafe body(bio)
        }
    }

    /// Whether the last thing that OpenSSL found is that nothing more begins.
    private static var isAtEnd: Bool {
        let last = ERR_peek_last_error()
        return ErrorQueue.library(last) == ERR_LIB_PEM && ErrorQueue.code(last) == PEM_R_NO_START_LINE
    }
}

/// A password for OpenSSL's question.
///
/// Safe: lent to the callback for one call, during which the caller holds it.
@safe private final class Password {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static let callback:
        @convention(c) @Sendable (
            UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
        ) -> Int32 = { buffer, room, encrypts, user in
            guard let user = unsafe user, let buffer = unsafe buffer, encrypts == 0 else { return 0 }
            let bytes = unsafe Unmanaged<Password>.fromOpaque(user).takeUnretainedValue().bytes
            let count = min(bytes.count, Int(room))
            for index in 0..<count { unsafe buffer[index] = CChar(bitPattern: bytes[index]) }
            return Int32(count)
        }
}
