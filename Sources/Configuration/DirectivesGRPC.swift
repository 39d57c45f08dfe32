/// nginx: ngx_http_grpc_module. What it has in common with proxying over HTTP/2 is that.
extension DirectiveTable {
    static let grpcRows: [Directive] = grpcRequestRows + grpcConnectionRows + grpcTLSRows

    private static let grpcRequestRows: [Directive] = [
        Directive(
            "grpc_pass", in: [.location, .locationIf], .one, .run("address", Builder.grpcPass),
            "Hands requests to a gRPC upstream: an address, a name or a group."),
        Directive(
            "grpc_set_header", in: .levels, .two, inherits: .list, default: "Content-Length $content_length",
            .run("field value") { (builder, node) throws(ConfigurationError) in
                try builder.setField(node, \.grpc.setFields)
            }, "Sets or, with an empty value, removes a request field."),
        Directive(
            "grpc_hide_header", in: .levels, .one, inherits: .list,
            .run("field") { (builder, node) throws(ConfigurationError) in
                builder.append(
                    Word.lowercased(node.words[1].bytes), to: \.raw.hiddenGRPCFields, named: node.name)
            }, "A response field that is not passed on."),
        Directive(
            "grpc_pass_header", in: .levels, .one, inherits: .list,
            .run("field") { (builder, node) throws(ConfigurationError) in
                builder.append(
                    Word.lowercased(node.words[1].bytes), to: \.raw.passedGRPCFields, named: node.name)
            }, "A response field that is passed on though nginx hides it."),
        Directive(
            "grpc_ignore_headers", in: .levels, .atLeast(1), inherits: .list,
            .set(\.grpc.ignoredFields, ignoredFieldWords), "Response fields that steer nothing."),
        Directive(
            "grpc_intercept_errors", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.grpc.interceptErrors), "Whether error_page holds for the upstream's own statuses."),
        Directive(
            "grpc_buffer_size", in: .levels, .one, inherits: .value, default: "4k",
            .size(\.grpc.headBufferBytes), "Bound of the response's head, and of what may wait for the client."),
    ]

    private static let grpcConnectionRows: [Directive] = [
        Directive(
            "grpc_connect_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.grpc.connectTimeout), "How long a connection may take to be made."),
        Directive(
            "grpc_send_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.grpc.sendTimeout), "Longest pause in sending the request."),
        Directive(
            "grpc_read_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.grpc.readTimeout), "Time for the response's head, and longest pause in its body."),
        Directive(
            "grpc_next_upstream", in: .levels, .atLeast(1), inherits: .list, default: "error timeout",
            .set(\.grpc.nextUpstream, nextUpstreamWords), "Failures after which another peer is tried."),
        Directive(
            "grpc_next_upstream_tries", in: .levels, .one, inherits: .value, default: "0",
            .number(\.grpc.nextUpstreamTries), "Tries in all; 0 for no limit."),
        Directive(
            "grpc_next_upstream_timeout", in: .levels, .one, inherits: .value, default: "0",
            .time(\.grpc.nextUpstreamTimeout), "Time in which another try may begin; 0 for no limit."),
        Directive(
            "grpc_bind", in: .levels, .range(1...2), inherits: .value,
            .once("address [transparent] | off") { (builder, node) throws(ConfigurationError) in
                try builder.bind(node, \.grpc.bind)
            }, "Local address of connections to the upstream."),
        Directive(
            "grpc_socket_keepalive", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.grpc.socketKeepAlive), "Whether SO_KEEPALIVE is set on them."),
        Directive(
            "grpc_socket_rcvbuf", in: .levels, .one, inherits: .value,
            .optionalSize(\.grpc.receiveBufferBytes), "SO_RCVBUF of them."),
        Directive(
            "grpc_socket_sndbuf", in: .levels, .one, inherits: .value,
            .optionalSize(\.grpc.sendBufferBytes), "SO_SNDBUF of them."),
    ]

    private static let grpcTLSRows: [Directive] = [
        Directive(
            "grpc_ssl_name", in: .levels, .one, inherits: .value, default: "host of grpc_pass",
            .value(\.grpc.tls.name, syntax: "name"), "Name that the certificate must have, sent by SNI."),
        Directive(
            "grpc_ssl_server_name", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.grpc.tls.sendsServerName), "Whether SNI is sent."),
        Directive(
            "grpc_ssl_verify", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.grpc.tls.verifies), "Whether the upstream's certificate is checked."),
        Directive(
            "grpc_ssl_verify_depth", in: .levels, .one, inherits: .value, default: "1",
            .number(\.grpc.tls.verifyDepth), "How long its chain may be."),
        Directive(
            "grpc_ssl_trusted_certificate", in: .levels, .one, inherits: .value,
            .fileBesideMain(\.grpc.tls.trustedCertificate), "File of trusted certificates."),
        Directive(
            "grpc_ssl_crl", in: .levels, .one, inherits: .value,
            .fileBesideMain(\.grpc.tls.revocationList), "File of revoked certificates."),
        Directive(
            "grpc_ssl_certificate", in: .levels, .one, inherits: .value,
            .once("file | data:value") { (builder, node) throws(ConfigurationError) in
                let certificate = try builder.certificate(node)
                builder.scope.assign { $0.grpc.tls.certificate = certificate }
            }, "Certificate shown to the upstream."),
        Directive(
            "grpc_ssl_certificate_key", in: .levels, .one, inherits: .value,
            .once("file | data:value") { (builder, node) throws(ConfigurationError) in
                let key = try builder.certificate(node)
                builder.scope.assign { $0.grpc.tls.certificateKey = key }
            }, "Its private key."),
        Directive(
            "grpc_ssl_password_file", in: .levels, .one, inherits: .value,
            .once("file") { (builder, node) throws(ConfigurationError) in
                let passwords = try builder.passwords(node)
                builder.scope.assign { $0.grpc.tls.passwords = passwords }
            }, "Passwords of the key, one a line."),
        Directive(
            "grpc_ssl_ciphers", in: .levels, .one, inherits: .value, default: "DEFAULT",
            .text(\.grpc.tls.ciphers), "Ciphers up to TLS 1.2."),
        Directive(
            "grpc_ssl_protocols", in: .levels, .atLeast(1), inherits: .list, default: "TLSv1.2 TLSv1.3",
            .set(\.grpc.tls.protocols, protocolWords), "TLS versions."),
        Directive(
            "grpc_ssl_conf_command", in: .levels, .two, inherits: .list,
            .tlsCommand(\.grpc.tls.commands), "A command of OpenSSL's own configuration."),
        Directive(
            "grpc_ssl_session_reuse", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.grpc.tls.reusesSessions), "Whether sessions are resumed."),
    ]
}

extension ProxySettings {
    /// What is proxied by `grpc_pass`: HTTP/2, passed on as it comes in both directions, with trailers.
    static var grpc: ProxySettings {
        var settings = ProxySettings()
        settings.isGRPC = true
        settings.version = .http2
        settings.passTrailers = true
        settings.requestBuffering = false
        settings.buffering = false
        return settings
    }
}

extension ScopeSettings {
    /// The scope as the data path has it: gRPC is proxying with settings of its own.
    var finished: LocationSettings {
        var finished = location
        if raw.isGRPC { finished.proxy = grpc }
        return finished
    }
}
