/// TLS versions that may be spoken; the bits are those of `ssl_protocols` in the checked model.
package struct TLSVersions: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SSL 3, which Debian's OpenSSL is built without.
    package static let ssl3 = TLSVersions(rawValue: 2)
    /// TLS 1.0; OpenSSL asks for `@SECLEVEL=0` in the ciphers besides.
    package static let tls10 = TLSVersions(rawValue: 4)
    /// TLS 1.1, as 1.0.
    package static let tls11 = TLSVersions(rawValue: 8)
    /// TLS 1.2 (RFC 5246).
    package static let tls12 = TLSVersions(rawValue: 16)
    /// TLS 1.3 (RFC 8446).
    package static let tls13 = TLSVersions(rawValue: 32)
    /// nginx's default.
    package static let standard: TLSVersions = [.tls12, .tls13]
}

/// A certificate with its key: paths as OpenSSL opens them, or `data:` and the PEM text itself.
package struct TLSPair: Equatable, Hashable, Sendable {
    /// nginx: ssl_certificate. The first certificate is the own one, the others are its chain.
    package let certificate: String
    /// nginx: ssl_certificate_key.
    package let key: String

    /// Both may name the same file.
    package init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// A command of OpenSSL's own configuration (nginx: ssl_conf_command, proxy_ssl_conf_command).
package struct TLSCommand: Equatable, Sendable {
    package let name: String
    package let value: String

    /// A command; paths in its value are absolute already.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// What both sides have in common.
package struct TLSCommonSettings: Sendable {
    /// nginx: ssl_protocols, proxy_ssl_protocols.
    package var versions = TLSVersions.standard
    /// nginx: ssl_ciphers, proxy_ssl_ciphers: up to TLS 1.2.
    package var ciphers: String
    /// nginx: ssl_conf_command; applied last, in this order.
    package var commands: [TLSCommand] = []
    /// nginx: ssl_trusted_certificate, proxy_ssl_trusted_certificate; empty for none.
    package var trusted = ""
    /// nginx: ssl_crl, proxy_ssl_crl; empty for none.
    package var revoked = ""
    /// The most certificates between the peer's and a trusted one (nginx: ssl_verify_depth, proxy_ssl_verify_depth).
    package var verifyDepth = 1
    /// Lines of nginx's ssl_password_file, tried in order.
    package var passwords: [[UInt8]] = []
    /// Protocols for ALPN (RFC 7301), the preferred one first; empty for no ALPN. At most 255 bytes each.
    package var protocols: [String] = []

    /// What nginx has by itself, with these ciphers up to TLS 1.2.
    package init(ciphers: String) { self.ciphers = ciphers }
}

/// Whether clients are asked for a certificate (nginx: ssl_verify_client).
package enum TLSClientVerification: Sendable {
    case off
    /// Asked for; whoever shows none, or a bad one, gets 495 or 496.
    case on
    /// Asked for; whoever shows a bad one gets 495.
    case optional
    /// Asked for; one that only lacks a known issuer is let through.
    case optionalWithoutIssuer
}

/// Where a server keeps sessions that can be resumed by their id (nginx: ssl_session_cache).
package enum TLSSessionCache: Equatable, Sendable {
    /// Resumption by id is refused, in words.
    case off
    /// Offered but never kept: nginx's default.
    case none
    /// At most so many, shared by all threads. nginx's `shared:` and `builtin:` are this.
    case entries(Int)
}

/// What a context for connections of clients is built from.
package struct TLSServerSettings: Sendable {
    package var common = TLSCommonSettings(ciphers: "HIGH:!aNULL:!MD5")
    /// At most one of each type of key. May be empty where handshakes are rejected or certificates come later.
    package var pairs: [TLSPair] = []
    /// nginx: ssl_ecdh_curve: names with colons between them, or `auto`.
    package var curves = "auto"
    /// nginx: ssl_dhparam; empty for none.
    package var dhParameters = ""
    /// nginx: ssl_prefer_server_ciphers.
    package var prefersServerCiphers = false
    /// nginx: ssl_session_cache.
    package var sessionCache = TLSSessionCache.none
    /// nginx: ssl_session_timeout, in seconds.
    package var sessionTimeoutSeconds = 300
    /// nginx: ssl_session_tickets.
    package var usesTickets = true
    /// nginx: ssl_session_ticket_key; the first one encrypts. Empty: OpenSSL makes one that dies with the context, so a
    /// server that wants tickets to outlive a reload hands on a `TLSTicketKey.random()`.
    package var ticketKeys: [TLSTicketKey] = []
    /// nginx: ssl_verify_client.
    package var verifiesClient = TLSClientVerification.off
    /// nginx: ssl_client_certificate: trusted, and named to clients. Empty for none.
    package var clientAuthorities = ""
    /// nginx: ssl_reject_handshake.
    package var rejectsHandshake = false
    /// Sessions are resumed only where this, the certificates and the client's authorities are the same; nginx: `HTTP`.
    package var sessionDomain = "HTTP"

    /// nginx's defaults.
    package init() {}
}

/// What a context for connections to upstreams is built from.
package struct TLSClientSettings: Sendable {
    package var common = TLSCommonSettings(ciphers: "DEFAULT")
    /// nginx: proxy_ssl_certificate and proxy_ssl_certificate_key, where they have no variables.
    package var pair: TLSPair?
    /// nginx: proxy_ssl_verify.
    package var verifies = false

    /// nginx's defaults.
    package init() {}
}
