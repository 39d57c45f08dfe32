/// TLS is read into the model so that configurations can be checked; what needs it is refused elsewhere.
extension DirectiveTable {
    static let protocolWords: [(String, TLSProtocols)] = [
        ("SSLv2", .sslv2), ("SSLv3", .sslv3), ("TLSv1", .tls10), ("TLSv1.1", .tls11), ("TLSv1.2", .tls12),
        ("TLSv1.3", .tls13),
    ]

    static let tlsRows: [Directive] = [
        Directive(
            "ssl_certificate", in: [.http, .server], .one, inherits: .list,
            .run("file") { (builder, node) throws(ConfigurationError) in
                builder.append(node.words[1].text, to: \.tls.certificates, named: node.name)
            }, "Certificate of the server."),
        Directive(
            "ssl_certificate_key", in: [.http, .server], .one, inherits: .list,
            .run("file") { (builder, node) throws(ConfigurationError) in
                builder.append(node.words[1].text, to: \.tls.certificateKeys, named: node.name)
            }, "Its private key."),
        Directive(
            "ssl_protocols", in: [.http, .server], .atLeast(1), inherits: .list, default: "TLSv1.2 TLSv1.3",
            .set(\.tls.protocols, protocolWords), "TLS versions."),
        Directive(
            "ssl_ciphers", in: [.http, .server], .one, inherits: .value, default: "HIGH:!aNULL:!MD5",
            .text(\.tls.ciphers), "Ciphers up to TLS 1.2."),
        Directive(
            "ssl_prefer_server_ciphers", in: [.http, .server], .flag, inherits: .value, default: "off",
            .flag(\.tls.preferServerCiphers), "Whether the server's order of ciphers counts."),
        Directive(
            "ssl_session_timeout", in: [.http, .server], .one, inherits: .value, default: "5m",
            .once("time") { (builder, node) throws(ConfigurationError) in
                let timeout = try node.seconds(1) * 1000
                builder.scope.assign { $0.tls.sessionTimeout = timeout }
            }, "How long a session can be resumed."),
        Directive(
            "ssl_session_tickets", in: [.http, .server], .flag, inherits: .value, default: "on",
            .flag(\.tls.sessionTickets), "Whether sessions are resumed by tickets."),
        Directive(
            "ssl_reject_handshake", in: [.http, .server], .flag, inherits: .value, default: "off",
            .flag(\.tls.rejectHandshake), "Whether handshakes for unknown names fail."),
    ]

    static let proxyTLSRows: [Directive] = [
        Directive(
            "proxy_ssl_name", in: .levels, .one, inherits: .value, default: "$proxy_host",
            .value(\.location.proxy.tls.name, syntax: "name"), "Name that the certificate must have, sent by SNI."),
        Directive(
            "proxy_ssl_server_name", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.proxy.tls.sendsServerName), "Whether SNI is sent."),
        Directive(
            "proxy_ssl_verify", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.proxy.tls.verifies), "Whether the upstream's certificate is checked."),
        Directive(
            "proxy_ssl_verify_depth", in: .levels, .one, inherits: .value, default: "1",
            .number(\.location.proxy.tls.verifyDepth), "How long its chain may be."),
        Directive(
            "proxy_ssl_trusted_certificate", in: .levels, .one, inherits: .value,
            .text(\.location.proxy.tls.trustedCertificate), "File of trusted certificates."),
        Directive(
            "proxy_ssl_crl", in: .levels, .one, inherits: .value,
            .text(\.location.proxy.tls.revocationList), "File of revoked certificates."),
        Directive(
            "proxy_ssl_certificate", in: .levels, .one, inherits: .value,
            .value(\.location.proxy.tls.certificate, syntax: "file"), "Certificate shown to the upstream."),
        Directive(
            "proxy_ssl_certificate_key", in: .levels, .one, inherits: .value,
            .value(\.location.proxy.tls.certificateKey, syntax: "file"), "Its private key."),
        Directive(
            "proxy_ssl_ciphers", in: .levels, .one, inherits: .value, default: "DEFAULT",
            .text(\.location.proxy.tls.ciphers), "Ciphers up to TLS 1.2."),
        Directive(
            "proxy_ssl_protocols", in: .levels, .atLeast(1), inherits: .list, default: "TLSv1.2 TLSv1.3",
            .set(\.location.proxy.tls.protocols, protocolWords), "TLS versions."),
        Directive(
            "proxy_ssl_session_reuse", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.location.proxy.tls.reusesSessions), "Whether sessions are resumed."),
    ]
}
