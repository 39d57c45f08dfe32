extension DirectiveTable {
    /// nginx: ngx_http_proxy_module.
    static let proxyRows: [Directive] = proxyRequestRows + proxyResponseRows + proxyBufferRows + proxyConnectionRows

    private static let proxyRequestRows: [Directive] = [
        Directive(
            "proxy_pass", in: [.location, .locationIf, .limitExcept], .one, .run("URL", Builder.proxyPass),
            "Hands requests to an upstream: an address, a name or a group."),
        Directive(
            "proxy_set_header", in: .levels, .two, inherits: .list, default: "Host $proxy_host",
            .run("field value", Builder.proxySetHeader), "Sets or, with an empty value, removes a request field."),
        Directive(
            "proxy_set_body", in: .levels, .one, inherits: .value, .value(\.location.proxy.setBody),
            "What is sent in the place of the request's body."),
        Directive(
            "proxy_method", in: .levels, .one, inherits: .value, .value(\.location.proxy.method, syntax: "method"),
            "The method of the request to the upstream."),
        Directive(
            "proxy_http_version", in: .levels, .one, inherits: .value, default: "1.1",
            .choice(\.location.proxy.version, [("1.0", .http10), ("1.1", .http11), ("2", .http2)]),
            "HTTP version spoken with the upstream."),
        Directive(
            "proxy_pass_request_headers", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.location.proxy.passRequestHeaders), "Whether the client's fields are sent on."),
        Directive(
            "proxy_pass_request_body", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.location.proxy.passRequestBody), "Whether the client's body is sent on."),
        Directive(
            "proxy_request_buffering", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.location.proxy.requestBuffering), "Whether the body is complete before the upstream is asked."),
    ]

    private static let proxyResponseRows: [Directive] = [
        Directive(
            "proxy_hide_header", in: .levels, .one, inherits: .list, .run("field", Builder.proxyHideHeader),
            "A response field that is not passed on."),
        Directive(
            "proxy_pass_header", in: .levels, .one, inherits: .list, .run("field", Builder.proxyPassHeader),
            "A response field that is passed on though nginx hides it."),
        Directive(
            "proxy_ignore_headers", in: .levels, .atLeast(1), inherits: .list,
            .set(\.location.proxy.ignoredFields, ignoredFieldWords), "Response fields that steer nothing."),
        Directive(
            "proxy_redirect", in: .levels, .range(1...2), inherits: .list, default: "default",
            .run("default | off | redirect replacement", Builder.proxyRedirect),
            "How Location and Refresh of the upstream are changed."),
        Directive(
            "proxy_cookie_domain", in: .levels, .range(1...2), inherits: .list, default: "off",
            .run("off | domain replacement", Builder.proxyCookieDomain), "How a cookie's domain is changed."),
        Directive(
            "proxy_cookie_path", in: .levels, .range(1...2), inherits: .list, default: "off",
            .run("off | path replacement", Builder.proxyCookiePath), "How a cookie's path is changed."),
        Directive(
            "proxy_cookie_flags", in: .levels, .range(1...4), inherits: .list, default: "off",
            .run("off | cookie flag …", Builder.proxyCookieFlags), "Flags that cookies gain or lose."),
        Directive(
            "proxy_intercept_errors", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.proxy.interceptErrors), "Whether error_page holds for the upstream's own statuses."),
        Directive(
            "proxy_pass_trailers", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.proxy.passTrailers), "Whether trailer fields are passed on."),
    ]

    private static let proxyBufferRows: [Directive] = [
        Directive(
            "proxy_buffering", in: .levels, .flag, inherits: .value, default: "on",
            .flag(\.location.proxy.buffering), "Whether the response may run ahead of the client."),
        Directive(
            "proxy_buffer_size", in: .levels, .one, inherits: .value, default: "4k",
            .size(\.location.proxy.headBufferBytes), "Bound of the response's head."),
        Directive(
            "proxy_buffers", in: .levels, .two, inherits: .value, default: "8 4k",
            .buffers(\.location.proxy.buffers), "How far the response may run ahead."),
        Directive(
            "proxy_busy_buffers_size", in: .levels, .one, inherits: .value, default: "8k",
            .optionalSize(\.raw.busyBytes), "How much of that may wait for the client."),
        Directive(
            "proxy_limit_rate", in: .levels, .one, inherits: .value, default: "0",
            .rate(\.location.proxy.limitRate), "Bytes a second that are read from the upstream; 0 for no limit."),
    ]

    private static let proxyConnectionRows: [Directive] = [
        Directive(
            "proxy_connect_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.location.proxy.connectTimeout), "How long a connection may take to be made."),
        Directive(
            "proxy_send_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.location.proxy.sendTimeout), "Longest pause in sending the request."),
        Directive(
            "proxy_read_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.location.proxy.readTimeout), "Time for the response's head, and longest pause in its body."),
        Directive(
            "proxy_next_upstream", in: .levels, .atLeast(1), inherits: .list, default: "error timeout",
            .set(\.location.proxy.nextUpstream, nextUpstreamWords), "Failures after which another peer is tried."),
        Directive(
            "proxy_next_upstream_tries", in: .levels, .one, inherits: .value, default: "0",
            .number(\.location.proxy.nextUpstreamTries), "Tries in all; 0 for no limit."),
        Directive(
            "proxy_next_upstream_timeout", in: .levels, .one, inherits: .value, default: "0",
            .time(\.location.proxy.nextUpstreamTimeout), "Time in which another try may begin; 0 for no limit."),
        Directive(
            "proxy_wait", in: .levels, .range(1...2), inherits: .value, default: "0",
            .once("time [limit=number]", Builder.proxyWait),
            "Time for which requests wait while the upstream refuses connections or its name has no address: it is "
                + "tried again every 50 ms. At most 256 requests of a worker, or limit, wait; others fail at once."),
        Directive(
            "proxy_ignore_client_abort", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.proxy.ignoreClientAbort), "Whether the upstream is heard out when the client left."),
        Directive(
            "proxy_bind", in: .levels, .range(1...2), inherits: .value,
            .once("address [transparent] | off", Builder.proxyBind), "Local address of connections to the upstream."),
        Directive(
            "proxy_socket_keepalive", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.proxy.socketKeepAlive), "Whether SO_KEEPALIVE is set on them."),
        Directive(
            "proxy_socket_rcvbuf", in: .levels, .one, inherits: .value,
            .optionalSize(\.location.proxy.receiveBufferBytes), "SO_RCVBUF of them."),
        Directive(
            "proxy_socket_sndbuf", in: .levels, .one, inherits: .value,
            .optionalSize(\.location.proxy.sendBufferBytes), "SO_SNDBUF of them."),
    ]

    static let ignoredFieldWords: [(String, IgnoredFields)] = [
        ("X-Accel-Redirect", .accelRedirect), ("X-Accel-Expires", .accelExpires),
        ("X-Accel-Limit-Rate", .accelLimitRate), ("X-Accel-Buffering", .accelBuffering),
        ("X-Accel-Charset", .accelCharset), ("Expires", .expires), ("Cache-Control", .cacheControl),
        ("Set-Cookie", .setCookie), ("Vary", .vary),
    ]

    static let nextUpstreamWords: [(String, NextUpstream)] = [
        ("error", .error), ("timeout", .timeout), ("invalid_header", .invalidHeader),
        ("non_idempotent", .nonIdempotent), ("http_500", .http500), ("http_502", .http502), ("http_503", .http503),
        ("http_504", .http504), ("http_403", .http403), ("http_404", .http404), ("http_429", .http429),
        // Of nginx's cache only.
        ("updating", []), ("off", .off),
    ]
}
