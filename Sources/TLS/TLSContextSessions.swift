import COpenSSL

/// Names of authorities, each once.
///
/// Safe: the copies belong to the list until `makeStack` gives them away, which whoever adds to it calls.
@safe struct NameList {
    /// SHA-1 of each name, in order.
    private(set) var digests: [[UInt8]] = []
    private var copies: [OpaquePointer] = unsafe []

    init() {}

    /// Adds a copy of the name, where it is not there already.
    mutating func add(_ name: OpaquePointer) {
        let digest = unsafe Digest.bytes { unsafe X509_NAME_digest(name, EVP_sha1(), $0, $1) }
        if digests.contains(digest) { return }
        guard let copy = unsafe X509_NAME_dup(name) else { preconditionFailure("no memory is left for a name") }
        digests.append(digest)
        unsafe copies.append(copy)
    }

    /// Moves the names into a list for OpenSSL, which frees it.
    mutating func makeStack() -> OpaquePointer? {
        let stack = unsafe OPENSSL_sk_new_null()
        unsafe copies.forEach { unsafe OPENSSL_sk_push(stack, UnsafeRawPointer($0)) }
        unsafe copies = []
        return unsafe stack
    }
}

/// Digests as OpenSSL's functions write them.
enum Digest {
    /// What `body` wrote into the room it was given.
    static func bytes(_ body: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt32>) -> Int32) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let result = unsafe digest.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return Int32(0) }
            return unsafe body(start, &count)
        }
        return result == 1 ? Array(digest.prefix(Int(count))) : []
    }
}

extension TLSContext {
    /// Cache, tickets, and what must be equal for a session to be resumed.
    func applySessions(_ settings: TLSServerSettings, identities: [TLSIdentity], names: NameList) {
        let timeout = max(1, settings.sessionTimeoutSeconds)
        unsafe SSL_CTX_set_timeout(context, timeout)
        switch settings.sessionCache {
        case .off: unsafe postern_tls_set_session_cache(context, Int(SSL_SESS_CACHE_OFF), 0)
        case .none:
            unsafe postern_tls_set_session_cache(
                context, Int(SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_AUTO_CLEAR | SSL_SESS_CACHE_NO_INTERNAL_STORE), 1
            )
        case .entries(let count):
            unsafe postern_tls_set_session_cache(context, Int(SSL_SESS_CACHE_SERVER), max(1, count))
        }
        if !settings.usesTickets { unsafe SSL_CTX_set_options(context, POSTERN_OP_NO_TICKET) }
        if !settings.ticketKeys.isEmpty {
            unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(context, TicketKeys.callback)
        }
        var identity = Array(settings.sessionDomain.utf8)
        for own in identities { identity += own.digest }
        for digest in names.digests { identity += digest }
        let short = unsafe Digest.bytes { target, count in
            unsafe identity.withUnsafeBufferPointer {
                unsafe EVP_Digest($0.baseAddress, $0.count, target, count, EVP_sha1(), nil)
            }
        }
        _ = unsafe short.withUnsafeBufferPointer {
            unsafe SSL_CTX_set_session_id_context(context, $0.baseAddress, UInt32($0.count))
        }
    }
}

/// Keeps a resumed session of TLS 1.3 from living for ever: OpenSSL dates each new ticket from its own making, so that
/// a client that came back in time would never have to show its certificate again.
enum SessionAge {
    static let callback: @convention(c) (OpaquePointer?, Int32, Int32) -> Void = { ssl, place, _ in
        guard let ssl = unsafe ssl, place & SSL_CB_HANDSHAKE_START == 0, place & SSL_CB_LOOP != 0,
            place & Int32(SSL_ST_ACCEPT) != 0, unsafe SSL_version(ssl) == TLS1_3_VERSION,
            unsafe SSL_session_reused(ssl) == 1, let sink = unsafe TLSSink.of(ssl), !sink.isAged,
            let session = unsafe SSL_get_session(ssl)
        else { return }
        sink.isAged = true
        let now = SessionAge.now
        let age = unsafe now - SSL_SESSION_get_time(session)
        let timeout = unsafe min(SSL_SESSION_get_timeout(session), SSL_CTX_get_timeout(sink.first.context))
        if age >= timeout {
            unsafe SSL_SESSION_set1_id_context(session, nil, 0)
        } else {
            unsafe SSL_SESSION_set_time(session, now)
            unsafe SSL_SESSION_set_timeout(session, timeout - age)
        }
    }

    /// OpenSSL's own clock, in seconds since 1970: the time of a session made now.
    private static var now: Int {
        guard let session = unsafe SSL_SESSION_new() else { return 0 }
        defer { unsafe SSL_SESSION_free(session) }
        return unsafe SSL_SESSION_get_time(session)
    }
}
