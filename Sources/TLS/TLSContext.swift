import COpenSSL

/// What the sessions of one side share: certificates, versions, ciphers, trust and resumable sessions.
///
/// Built from plain data and never changed afterwards. Safe to share between threads: OpenSSL counts the references to
/// its context and keeps the cache of sessions under its own locks. Sessions hold the contexts that they use.
@safe package final class TLSContext: @unchecked Sendable {
    let context: OpaquePointer
    let isServer: Bool
    /// nginx: ssl_reject_handshake.
    let rejectsHandshake: Bool
    /// nginx: ssl_verify_client.
    package let verifiesClient: TLSClientVerification
    /// nginx: proxy_ssl_verify.
    let verifiesUpstream: Bool
    let ticketKeys: [TLSTicketKey]
    /// The protocols as ALPN sends them: each with its length before it.
    let protocols: [UInt8]

    /// A context for connections of clients.
    ///
    /// - Throws: nginx's words for what was refused. Nothing is kept of it then.
    package convenience init(server settings: TLSServerSettings) throws(TLSSetupError) {
        self.init(
            isServer: true, rejectsHandshake: settings.rejectsHandshake, verifiesClient: settings.verifiesClient,
            verifiesUpstream: false, ticketKeys: settings.ticketKeys, protocols: settings.common.protocols)
        try apply(settings)
    }

    /// A context for connections to upstreams.
    ///
    /// - Throws: nginx's words for what was refused. Nothing is kept of it then.
    package convenience init(client settings: TLSClientSettings) throws(TLSSetupError) {
        self.init(
            isServer: false, rejectsHandshake: false, verifiesClient: .off, verifiesUpstream: settings.verifies,
            ticketKeys: [], protocols: settings.common.protocols)
        try apply(settings)
    }

    private init(
        isServer: Bool, rejectsHandshake: Bool, verifiesClient: TLSClientVerification, verifiesUpstream: Bool,
        ticketKeys: [TLSTicketKey], protocols: [String]
    ) {
        ErrorQueue.clear()
        guard let context = unsafe SSL_CTX_new(isServer ? TLS_server_method() : TLS_client_method()) else {
            preconditionFailure("OpenSSL could not be initialised")
        }
        unsafe self.context = context
        self.isServer = isServer
        self.rejectsHandshake = rejectsHandshake
        self.verifiesClient = verifiesClient
        self.verifiesUpstream = verifiesUpstream
        self.ticketKeys = ticketKeys
        self.protocols = protocols.reduce(into: []) { list, name in
            precondition((1...255).contains(name.utf8.count), "a protocol's name has 1 to 255 bytes")
            list.append(UInt8(name.utf8.count))
            list += Array(name.utf8)
        }
    }

    deinit { unsafe SSL_CTX_free(context) }

    /// Sessions that this context's cache holds now.
    package var cachedSessionCount: Int { unsafe SSL_CTX_ctrl(context, SSL_CTRL_SESS_NUMBER, 0, nil) }
}

extension TLSContext {
    private func apply(_ settings: TLSServerSettings) throws(TLSSetupError) {
        try applyBasics(settings.common.versions)
        var identities: [TLSIdentity] = []
        for pair in settings.pairs {
            let identity = try TLSIdentity(pair, passwords: settings.common.passwords)
            try unsafe identity.use(in: context)
            identities.append(identity)
        }
        try applyCiphers(settings.common.ciphers)
        if settings.prefersServerCiphers { unsafe SSL_CTX_set_options(context, POSTERN_OP_CIPHER_SERVER_PREFERENCE) }
        var names = NameList()
        if settings.verifiesClient != .off {
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, Self.acceptsForNow)
            unsafe SSL_CTX_set_verify_depth(context, Int32(clamping: settings.common.verifyDepth))
            names = try trust(settings.clientAuthorities, namesThem: true)
        }
        try applyTrust(settings.common)
        if !settings.dhParameters.isEmpty {
            let parameters = try unsafe PEM.parameters(in: settings.dhParameters)
            guard unsafe SSL_CTX_set0_tmp_dh_pkey(context, parameters) == 1 else {
                unsafe EVP_PKEY_free(parameters)
                throw TLSSetupError(draining: "SSL_CTX_set0_tmp_dh_pkey(\"\(settings.dhParameters)\") failed")
            }
        }
        if settings.curves != "auto", unsafe postern_tls_set_groups(context, settings.curves) != 1 {
            throw TLSSetupError(draining: "SSL_CTX_set1_curves_list(\"\(settings.curves)\") failed")
        }
        applySessions(settings, identities: identities, names: names)
        unsafe SSL_CTX_set_client_hello_cb(context, ClientHello.callback, nil)
        unsafe SSL_CTX_set_info_callback(context, SessionAge.callback)
        if !protocols.isEmpty { unsafe SSL_CTX_set_alpn_select_cb(context, ClientHello.chooseProtocol, nil) }
        try apply(settings.common.commands)
        ErrorQueue.clear()
    }

    private func apply(_ settings: TLSClientSettings) throws(TLSSetupError) {
        try applyBasics(settings.common.versions)
        if let pair = settings.pair {
            try unsafe TLSIdentity(pair, passwords: settings.common.passwords).use(in: context)
        }
        try applyCiphers(settings.common.ciphers)
        // The chain is judged once it is whole, so that the failure can be told in words; nginx does the same.
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, Self.acceptsForNow)
        unsafe SSL_CTX_set_verify_depth(context, Int32(clamping: settings.common.verifyDepth))
        try applyTrust(settings.common)
        unsafe postern_tls_set_session_cache(context, Int(SSL_SESS_CACHE_OFF), 0)
        if !protocols.isEmpty {
            _ = unsafe protocols.withUnsafeBufferPointer {
                unsafe SSL_CTX_set_alpn_protos(context, $0.baseAddress, UInt32($0.count))
            }
        }
        try apply(settings.common.commands)
        ErrorQueue.clear()
    }

    /// The answer of the peer's certificate is looked at after the handshake (`TLSSession.verification`).
    private static let acceptsForNow: SSL_verify_cb = { _, _ in 1 }

    /// The bounds of the versions are lifted, whatever OpenSSL's own file says; then each version is allowed or not.
    private func applyBasics(_ versions: TLSVersions) throws(TLSSetupError) {
        guard unsafe postern_tls_set_versions(context, 0, TLS1_3_VERSION) == 1 else {
            throw TLSSetupError(draining: "SSL_CTX_set_min_proto_version() failed")
        }
        let switches: [(TLSVersions, UInt64)] = [
            (.ssl3, POSTERN_OP_NO_SSLv3), (.tls10, POSTERN_OP_NO_TLSv1), (.tls11, POSTERN_OP_NO_TLSv1_1),
            (.tls12, POSTERN_OP_NO_TLSv1_2), (.tls13, POSTERN_OP_NO_TLSv1_3),
        ]
        for (version, option) in switches {
            if versions.contains(version) {
                unsafe SSL_CTX_clear_options(context, option)
            } else {
                unsafe SSL_CTX_set_options(context, option)
            }
        }
        // Renegotiation is refused on both sides: OpenSSL answers it with an alert and goes on.
        unsafe SSL_CTX_set_options(
            context, POSTERN_OP_NO_COMPRESSION | POSTERN_OP_NO_RENEGOTIATION | POSTERN_OP_DONT_INSERT_EMPTY_FRAGMENTS)
        unsafe postern_tls_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN))
    }

    private func applyCiphers(_ ciphers: String) throws(TLSSetupError) {
        guard unsafe SSL_CTX_set_cipher_list(context, ciphers) == 1 else {
            throw TLSSetupError(draining: "SSL_CTX_set_cipher_list(\"\(ciphers)\") failed")
        }
    }

    private func applyTrust(_ settings: TLSCommonSettings) throws(TLSSetupError) {
        _ = try trust(settings.trusted, namesThem: false)
        if settings.revoked.isEmpty { return }
        guard let store = unsafe SSL_CTX_get_cert_store(context) else { return }
        let lists = try unsafe PEM.revocationLists(in: settings.revoked)
        defer { unsafe lists.forEach { unsafe X509_CRL_free($0) } }
        let count = unsafe lists.count
        for index in 0..<count where unsafe X509_STORE_add_crl(store, lists[index]) != 1 {
            throw TLSSetupError(draining: "X509_STORE_add_crl(\"\(settings.revoked)\") failed")
        }
        unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    }

    /// Trusts the certificates of a file; `namesThem`: and tells clients their names, which are returned.
    private func trust(_ file: String, namesThem: Bool) throws(TLSSetupError) -> NameList {
        var names = NameList()
        guard !file.isEmpty, let store = unsafe SSL_CTX_get_cert_store(context) else { return names }
        let certificates = try unsafe PEM.certificates(in: file, what: "certificate")
        defer { unsafe certificates.forEach { unsafe X509_free($0) } }
        let count = unsafe certificates.count
        for index in 0..<count {
            let certificate = unsafe certificates[index]
            guard unsafe X509_STORE_add_cert(store, certificate) == 1 else {
                throw TLSSetupError(draining: "X509_STORE_add_cert(\"\(file)\") failed")
            }
            if namesThem, let name = unsafe X509_get_subject_name(certificate) { unsafe names.add(name) }
        }
        if namesThem { unsafe SSL_CTX_set_client_CA_list(context, names.makeStack()) }
        return names
    }

    private func apply(_ commands: [TLSCommand]) throws(TLSSetupError) {
        if commands.isEmpty { return }
        guard let applying = unsafe SSL_CONF_CTX_new() else {
            throw TLSSetupError(draining: "SSL_CONF_CTX_new() failed")
        }
        defer { unsafe SSL_CONF_CTX_free(applying) }
        let flags =
            SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CLIENT | SSL_CONF_FLAG_CERTIFICATE
            | SSL_CONF_FLAG_SHOW_ERRORS
        unsafe SSL_CONF_CTX_set_flags(applying, UInt32(flags))
        unsafe SSL_CONF_CTX_set_ssl_ctx(applying, context)
        for command in commands where unsafe SSL_CONF_cmd(applying, command.name, command.value) <= 0 {
            throw TLSSetupError(draining: "SSL_CONF_cmd(\"\(command.name)\", \"\(command.value)\") failed")
        }
        if unsafe SSL_CONF_CTX_finish(applying) != 1 { throw TLSSetupError(draining: "SSL_CONF_finish() failed") }
    }
}
