/// Server-side TLS settings (nginx: ngx_http_ssl_module).
package struct TLSSettings: Sendable {
    /// nginx: ssl_certificate.
    package internal(set) var certificates: [CertificateName] = []
    /// nginx: ssl_certificate_key, in the order of the certificates; at least as many where they are used.
    package internal(set) var certificateKeys: [CertificateName] = []
    /// nginx: ssl_password_file, its lines.
    package internal(set) var passwords: [[UInt8]] = []
    /// nginx: ssl_protocols.
    package internal(set) var protocols = TLSProtocols.standard
    /// nginx: ssl_ciphers.
    package internal(set) var ciphers = "HIGH:!aNULL:!MD5"
    /// nginx: ssl_prefer_server_ciphers.
    package internal(set) var preferServerCiphers = false
    /// nginx: ssl_ecdh_curve.
    package internal(set) var curves = "auto"
    /// nginx: ssl_dhparam, a full path; empty for none.
    package internal(set) var dhParameters = ""
    /// nginx: ssl_conf_command, in the order of the file.
    package internal(set) var commands: [TLSCommandSetting] = []
    /// nginx: ssl_session_cache.
    package internal(set) var sessionCache = SessionCacheSetting.none
    /// nginx: ssl_session_timeout, in milliseconds.
    package internal(set) var sessionTimeout = 300_000
    /// nginx: ssl_session_tickets.
    package internal(set) var sessionTickets = true
    /// nginx: ssl_session_ticket_key, full paths; the first one encrypts.
    package internal(set) var ticketKeys: [String] = []
    /// nginx: ssl_verify_client.
    package internal(set) var clientVerification = ClientVerification.off
    /// nginx: ssl_verify_depth.
    package internal(set) var verifyDepth = 1
    /// nginx: ssl_client_certificate, a full path; empty for none.
    package internal(set) var clientAuthorities = ""
    /// nginx: ssl_trusted_certificate, a full path; empty for none.
    package internal(set) var trustedCertificate = ""
    /// nginx: ssl_crl, a full path; empty for none.
    package internal(set) var revocationList = ""
    /// nginx: ssl_reject_handshake.
    package internal(set) var rejectHandshake = false

    /// Whether handshakes can be made, or are to be refused.
    package var isUsable: Bool { !certificates.isEmpty || rejectHandshake }
}

/// A certificate or a key.
package struct CertificateName: Equatable, Sendable {
    /// As it stands in the file.
    package let written: String
    /// A full path, or `data:` and PEM text; with variables relative paths lie in the directory of the main file.
    package let value: ComplexValue
}

/// nginx: ssl_conf_command, proxy_ssl_conf_command.
package struct TLSCommandSetting: Equatable, Sendable {
    /// A command of OpenSSL's SSL_CONF_cmd.
    package let name: String
    /// Its argument.
    package let value: String
}

/// nginx: ssl_session_cache.
package enum SessionCacheSetting: Equatable, Sendable {
    /// Resumption by id is refused.
    case off
    /// Said to be possible, and never done.
    case none
    /// At most so many sessions, shared by all workers.
    case sessions(Int)
}

/// nginx: ssl_verify_client.
package enum ClientVerification: Equatable, Sendable {
    case off
    case on
    case optional
    /// `optional_no_ca`.
    case optionalWithoutIssuer
}

/// A set of TLS versions.
package struct TLSProtocols: OptionSet, Equatable, Sendable {
    /// One bit a version.
    package let rawValue: UInt8
    /// The set of these bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SSL 2, which OpenSSL no longer has.
    package static let sslv2 = TLSProtocols(rawValue: 1)
    /// SSL 3.
    package static let sslv3 = TLSProtocols(rawValue: 2)
    /// TLS 1.0.
    package static let tls10 = TLSProtocols(rawValue: 4)
    /// TLS 1.1.
    package static let tls11 = TLSProtocols(rawValue: 8)
    /// TLS 1.2.
    package static let tls12 = TLSProtocols(rawValue: 16)
    /// TLS 1.3.
    package static let tls13 = TLSProtocols(rawValue: 32)
    /// nginx's default since 1.27.3.
    package static let standard: TLSProtocols = [.tls12, .tls13]
}

/// nginx: proxy_ssl_*.
package struct ProxyTLSSettings: Equatable, Sendable {
    /// nginx: proxy_ssl_name; nil for `$proxy_host`.
    package internal(set) var name: ComplexValue?
    /// nginx: proxy_ssl_server_name.
    package internal(set) var sendsServerName = false
    /// nginx: proxy_ssl_verify.
    package internal(set) var verifies = false
    /// nginx: proxy_ssl_verify_depth.
    package internal(set) var verifyDepth = 1
    /// nginx: proxy_ssl_trusted_certificate, a full path; empty for none.
    package internal(set) var trustedCertificate = ""
    /// nginx: proxy_ssl_crl, a full path; empty for none.
    package internal(set) var revocationList = ""
    /// nginx: proxy_ssl_certificate; an empty value means none.
    package internal(set) var certificate: CertificateName?
    /// nginx: proxy_ssl_certificate_key.
    package internal(set) var certificateKey: CertificateName?
    /// nginx: proxy_ssl_password_file, its lines.
    package internal(set) var passwords: [[UInt8]] = []
    /// nginx: proxy_ssl_ciphers.
    package internal(set) var ciphers = "DEFAULT"
    /// nginx: proxy_ssl_protocols.
    package internal(set) var protocols = TLSProtocols.standard
    /// nginx: proxy_ssl_conf_command, in the order of the file.
    package internal(set) var commands: [TLSCommandSetting] = []
    /// nginx: proxy_ssl_session_reuse.
    package internal(set) var reusesSessions = true
}
