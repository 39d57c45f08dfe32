import COpenSSL

/// A key for session tickets (nginx: ssl_session_ticket_key).
package struct TLSTicketKey: Equatable, Sendable {
    /// Tells which key a ticket was made with.
    let name: [UInt8]
    /// For HMAC with SHA-256: 16 or 32 bytes.
    let authentication: [UInt8]
    /// For AES-CBC: 16 or 32 bytes.
    let encryption: [UInt8]

    static let nameBytes = 16

    /// A key from a file's bytes: 80 (AES-256) or 48 (AES-128) of them; nil for any other count.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 80 || bytes.count == 48 else { return nil }
        name = Array(bytes[..<16])
        if bytes.count == 80 {
            authentication = Array(bytes[16..<48])
            encryption = Array(bytes[48...])
        } else {
            encryption = Array(bytes[16..<32])
            authentication = Array(bytes[32...])
        }
    }

    /// A key that nobody else has.
    package static func random() -> TLSTicketKey {
        var bytes = [UInt8](repeating: 0, count: 80)
        let result = unsafe bytes.withUnsafeMutableBufferPointer {
            unsafe RAND_bytes($0.baseAddress, Int32($0.count))
        }
        precondition(result == 1, "OpenSSL has no random bytes to give")
        guard let key = TLSTicketKey(bytes) else { preconditionFailure("a key of 80 bytes is one") }
        return key
    }
}

/// OpenSSL's question for the key of a ticket that is made or was shown.
///
/// Answers as it wants: 1 for a key, 2 for one after which the ticket is to be made anew, 0 for none, -1 for trouble.
enum TicketKeys {
    static let callback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?,
            Int32
        ) -> Int32 = { ssl, name, iv, cipher, mac, encrypts in
            guard let ssl = unsafe ssl, let name = unsafe name, let iv = unsafe iv, let sink = unsafe TLSSink.of(ssl)
            else {
                return -1
            }
            let keys = sink.first.ticketKeys
            if encrypts == 1 {
                guard let key = keys.first else { return -1 }
                let blockBytes: Int32 = 16
                guard unsafe RAND_bytes(iv, blockBytes) == 1 else { return -1 }
                for index in 0..<TLSTicketKey.nameBytes { unsafe name[index] = key.name[index] }
                return unsafe start(key, iv, cipher, mac, encrypts: true) ? 1 : -1
            }
            for index in keys.indices {
                var isSame = true
                for position in 0..<TLSTicketKey.nameBytes where unsafe name[position] != keys[index].name[position] {
                    isSame = false
                }
                if !isSame { continue }
                guard unsafe start(keys[index], iv, cipher, mac, encrypts: false) else { return -1 }
                // A ticket of TLS 1.3 is used once (RFC 8446 §C.4); one of an old key is replaced.
                return unsafe index > 0 || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1
            }
            return 0
        }

    private static func start(
        _ key: TLSTicketKey, _ iv: UnsafeMutablePointer<UInt8>, _ cipher: OpaquePointer?, _ mac: OpaquePointer?,
        encrypts: Bool
    ) -> Bool {
        let kind = unsafe key.encryption.count == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc()
        let isReady = unsafe key.encryption.withUnsafeBufferPointer {
            unsafe EVP_CipherInit_ex(cipher, kind, nil, $0.baseAddress, iv, encrypts ? 1 : 0)
        }
        guard isReady == 1 else { return false }
        return unsafe key.authentication.withUnsafeBufferPointer {
            unsafe postern_hmac_begin(mac, $0.baseAddress, $0.count)
        } == 1
    }
}
