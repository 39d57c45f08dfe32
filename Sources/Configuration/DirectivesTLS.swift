/// nginx: ngx_http_ssl_module, and the `proxy_ssl_*` of ngx_http_proxy_module.
extension DirectiveTable {
    static let protocolWords: [(String, TLSProtocols)] = [
        ("SSLv2", .sslv2), ("SSLv3", .sslv3), ("TLSv1", .tls10), ("TLSv1.1", .tls11), ("TLSv1.2", .tls12),
        ("TLSv1.3", .tls13),
    ]

    static let tlsRows: [Directive] = certificateRows + cipherRows + sessionRows + clientCertificateRows

    private static let certificateRows: [Directive] = [
        Directive(
            "ssl_certificate", in: [.http, .server], .one, inherits: .list,
            .run("file | data:value") { (builder, node) throws(ConfigurationError) in
                builder.append(try builder.certificate(node), to: \.tls.certificates, named: node.name)
            }, "Certificate of the server with its chain; several where their keys are of different types."),
        Directive(
            "ssl_certificate_key", in: [.http, .server], .one, inherits: .list,
            .run("file | data:value") { (builder, node) throws(ConfigurationError) in
                builder.append(try builder.certificate(node), to: \.tls.certificateKeys, named: node.name)
            }, "Its private key."),
        Directive(
            "ssl_password_file", in: [.http, .server], .one, inherits: .value,
            .once("file") { (builder, node) throws(ConfigurationError) in
                let passwords = try builder.passwords(node)
                builder.scope.assign { $0.tls.passwords = passwords }
            }, "Passwords of the keys, one a line."),
        Directive(
            "ssl_reject_handshake", in: [.http, .server], .flag, inherits: .value, default: "off",
            .flag(\.tls.rejectHandshake), "Whether handshakes for the server's names are refused."),
    ]

    private static let cipherRows: [Directive] = [
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
            "ssl_ecdh_curve", in: [.http, .server], .one, inherits: .value, default: "auto", .text(\.tls.curves),
            "Groups for the exchange of keys."),
        Directive(
            "ssl_dhparam", in: [.http, .server], .one, inherits: .value, .fileBesideMain(\.tls.dhParameters),
            "Parameters for Diffie-Hellman ciphers."),
        Directive(
            "ssl_conf_command", in: [.http, .server], .two, inherits: .list, .tlsCommand(\.tls.commands),
            "A command of OpenSSL's own configuration."),
    ]

    private static let sessionRows: [Directive] = [
        Directive(
            "ssl_session_cache", in: [.http, .server], .range(1...2), inherits: .value, default: "none",
            .once("off | none | builtin[:size] | shared:name:size", Builder.sessionCache),
            "Sessions kept to be resumed, by all workers alike."),
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
            "ssl_session_ticket_key", in: [.http, .server], .one, inherits: .list,
            .run("file") { (builder, node) throws(ConfigurationError) in
                let path = builder.besideMain(node.words[1].text)
                builder.append(path, to: \.tls.ticketKeys, named: node.name)
            }, "Key of the tickets, 48 or 80 bytes; the first one encrypts."),
    ]

    private static let clientCertificateRows: [Directive] = [
        Directive(
            "ssl_verify_client", in: [.http, .server], .one, inherits: .value, default: "off",
            .choice(
                \.tls.clientVerification,
                [("off", .off), ("on", .on), ("optional", .optional), ("optional_no_ca", .optionalWithoutIssuer)]),
            "Whether clients are asked for a certificate."),
        Directive(
            "ssl_verify_depth", in: [.http, .server], .one, inherits: .value, default: "1",
            .number(\.tls.verifyDepth), "How long its chain may be."),
        Directive(
            "ssl_client_certificate", in: [.http, .server], .one, inherits: .value,
            .fileBesideMain(\.tls.clientAuthorities), "Trusted authorities, whose names clients are told."),
        Directive(
            "ssl_trusted_certificate", in: [.http, .server], .one, inherits: .value,
            .fileBesideMain(\.tls.trustedCertificate), "Trusted authorities that clients are not told of."),
        Directive(
            "ssl_crl", in: [.http, .server], .one, inherits: .value, .fileBesideMain(\.tls.revocationList),
            "File of revoked certificates."),
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
            .fileBesideMain(\.location.proxy.tls.trustedCertificate), "File of trusted certificates."),
        Directive(
            "proxy_ssl_crl", in: .levels, .one, inherits: .value,
            .fileBesideMain(\.location.proxy.tls.revocationList), "File of revoked certificates."),
        Directive(
            "proxy_ssl_certificate", in: .levels, .one, inherits: .value,
            .once("file | data:value") { (builder, node) throws(ConfigurationError) in
                let certificate = try builder.certificate(node)
                builder.scope.assign { $0.location.proxy.tls.certificate = certificate }
            }, "Certificate shown to the upstream."),
        Directive(
            "proxy_ssl_certificate_key", in: .levels, .one, inherits: .value,
            .once("file | data:value") { (builder, node) throws(ConfigurationError) in
                let key = try builder.certificate(node)
                builder.scope.assign { $0.location.proxy.tls.certificateKey = key }
            }, "Its private key."),
        Directive(
            "proxy_ssl_password_file", in: .levels, .one, inherits: .value,
            .once("file") { (builder, node) throws(ConfigurationError) in
                let passwords = try builder.passwords(node)
                builder.scope.assign { $0.location.proxy.tls.passwords = passwords }
            }, "Passwords of the key, one a line."),
        Directive(
            "proxy_ssl_ciphers", in: .levels, .one, inherits: .value, default: "DEFAULT",
            .text(\.location.proxy.tls.ciphers), "Ciphers up to TLS 1.2."),
        Directive(
            "proxy_ssl_protocols", in: .levels, .atLeast(1), inherits: .list, default: "TLSv1.2 TLSv1.3",
            .set(\.location.proxy.tls.protocols, protocolWords), "TLS versions."),
        Directive(
            "proxy_ssl_conf_command", in: .levels, .two, inherits: .list,
            .tlsCommand(\.location.proxy.tls.commands), "A command of OpenSSL's own configuration."),
        Directive(
            "proxy_ssl_session_reuse", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.location.proxy.tls.reusesSessions), "Whether sessions are resumed."),
    ]
}
