import Platform

/// Where `proxy_pass` goes.
package enum ProxyTarget: Equatable, Sendable {
    /// A literal target.
    case group(ProxyDestination)
    /// A target with variables: a whole URL once it is evaluated, looked up among the groups, then resolved.
    case variable(ComplexValue)
}

/// A literal `proxy_pass`.
package struct ProxyDestination: Equatable, Sendable {
    /// Index in `groups`.
    package let group: Int
    /// Whether the scheme is https.
    package let isTLS: Bool
    /// `$proxy_host`: host with its port where it is not the scheme's, as written; `localhost` for a unix socket.
    package let host: [UInt8]
    /// `$proxy_port`: as written, else the scheme's.
    package let port: [UInt8]
    /// The URI that replaces the location's name; nil passes the request's URI as it came.
    package let uri: [UInt8]?
}

/// nginx: ngx_http_proxy_module.
package struct ProxySettings: Sendable {
    /// nginx: proxy_connect_timeout.
    package internal(set) var connectTimeout = 60_000
    /// nginx: proxy_send_timeout.
    package internal(set) var sendTimeout = 60_000
    /// nginx: proxy_read_timeout; one deadline for the head, then between two reads.
    package internal(set) var readTimeout = 60_000
    /// nginx: proxy_http_version.
    package internal(set) var version = ProxyVersion.http11
    /// Whether `grpc_pass` proxies: HTTP/2, `TE: trailers`, and grpc:// in log lines.
    package internal(set) var isGRPC = false
    /// nginx: proxy_method; nil sends the client's.
    package internal(set) var method: ComplexValue?
    /// nginx: proxy_set_body; nil sends the client's.
    package internal(set) var setBody: ComplexValue?
    /// nginx: proxy_set_header, names in the case written, without the defaults; an empty value means not sent.
    package internal(set) var setFields: [ProxyField] = []
    /// nginx: proxy_pass_request_headers.
    package internal(set) var passRequestHeaders = true
    /// nginx: proxy_pass_request_body.
    package internal(set) var passRequestBody = true
    /// nginx: proxy_request_buffering.
    package internal(set) var requestBuffering = true
    /// nginx: proxy_buffering.
    package internal(set) var buffering = true
    /// The response head's bound, and the first part of its body.
    package internal(set) var headBufferBytes = 4096
    /// nginx: proxy_buffers; at least 2.
    package internal(set) var buffers = BufferCount(count: 8, bytes: 4096)
    /// nginx: proxy_busy_buffers_size.
    package internal(set) var busyBytes = 8192
    /// Names in lower case: nginx's list without what is passed, and what is hidden besides.
    package internal(set) var hiddenFields: [[UInt8]] = []
    /// nginx: proxy_ignore_headers.
    package internal(set) var ignoredFields: IgnoredFields = []
    /// nginx: proxy_redirect, in the order of the file; the first that matches holds.
    package internal(set) var redirects: [ProxyRedirect] = []
    /// nginx: proxy_cookie_domain; the first that matches holds.
    package internal(set) var cookieDomains: [CookieRule] = []
    /// nginx: proxy_cookie_path; the first that matches holds.
    package internal(set) var cookiePaths: [CookieRule] = []
    /// nginx: proxy_cookie_flags.
    package internal(set) var cookieFlags: [CookieFlagRule] = []
    /// nginx: proxy_next_upstream.
    package internal(set) var nextUpstream: NextUpstream = [.error, .timeout]
    /// 0 for no limit.
    package internal(set) var nextUpstreamTries = 0
    /// nginx: proxy_next_upstream_timeout; 0 for no limit.
    package internal(set) var nextUpstreamTimeout = 0
    /// Postern: proxy_wait.
    package internal(set) var wait = ProxyWait()
    /// nginx: proxy_intercept_errors.
    package internal(set) var interceptErrors = false
    /// nginx: proxy_ignore_client_abort.
    package internal(set) var ignoreClientAbort = false
    /// nginx: proxy_pass_trailers.
    package internal(set) var passTrailers = false
    /// Bytes a second; 0 or nil for no limit.
    package internal(set) var limitRate: ComplexValue?
    /// nginx: proxy_socket_keepalive.
    package internal(set) var socketKeepAlive = false
    /// nginx: proxy_socket_rcvbuf; nil leaves the kernel's.
    package internal(set) var receiveBufferBytes: Int?
    /// nginx: proxy_socket_sndbuf; nil leaves the kernel's.
    package internal(set) var sendBufferBytes: Int?
    /// nginx: proxy_bind; nil binds nothing.
    package internal(set) var bind: ProxyBind?
    /// nginx: proxy_ssl_*.
    package internal(set) var tls = ProxyTLSSettings()
}

/// Postern: proxy_wait. How long a request waits while its upstream refuses connections or has no address.
package struct ProxyWait: Equatable, Sendable {
    /// In milliseconds; 0 answers at once.
    package internal(set) var timeout = 0
    /// How many requests of a worker may wait so at the same time.
    package internal(set) var limit = 256
}

/// nginx: proxy_http_version.
package enum ProxyVersion: Equatable, Sendable { case http10, http11, http2 }

/// One `proxy_set_header`.
package struct ProxyField: Equatable, Sendable {
    /// In the case written.
    package let name: [UInt8]
    /// Evaluates to what is sent; empty removes the field.
    package let value: ComplexValue
}

/// nginx: proxy_bind.
package struct ProxyBind: Equatable, Sendable {
    /// An address, or an address with a port; `off` or empty once evaluated binds nothing.
    package let value: ComplexValue
    /// The literal value's address; port 0 for any.
    package let endpoint: Endpoint?
    /// Whether the address need not be one of this machine (IP_TRANSPARENT).
    package let isTransparent: Bool
}

/// nginx: proxy_ignore_headers.
package struct IgnoredFields: OptionSet, Sendable {
    /// One bit a field.
    package let rawValue: UInt16
    /// The set of these bits.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// X-Accel-Redirect.
    package static let accelRedirect = IgnoredFields(rawValue: 1)
    /// X-Accel-Expires.
    package static let accelExpires = IgnoredFields(rawValue: 2)
    /// X-Accel-Limit-Rate.
    package static let accelLimitRate = IgnoredFields(rawValue: 4)
    /// X-Accel-Buffering.
    package static let accelBuffering = IgnoredFields(rawValue: 8)
    /// X-Accel-Charset.
    package static let accelCharset = IgnoredFields(rawValue: 16)
    /// Expires.
    package static let expires = IgnoredFields(rawValue: 32)
    /// Cache-Control.
    package static let cacheControl = IgnoredFields(rawValue: 64)
    /// Set-Cookie.
    package static let setCookie = IgnoredFields(rawValue: 128)
    /// Vary.
    package static let vary = IgnoredFields(rawValue: 256)
}

/// nginx: proxy_next_upstream.
package struct NextUpstream: OptionSet, Sendable {
    /// One bit a condition.
    package let rawValue: UInt16
    /// The set of these bits.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// No connection, or it broke before the head was complete.
    package static let error = NextUpstream(rawValue: 1)
    /// Time ran out before the head was complete.
    package static let timeout = NextUpstream(rawValue: 2)
    /// The response was empty or no HTTP.
    package static let invalidHeader = NextUpstream(rawValue: 4)
    /// Status 500.
    package static let http500 = NextUpstream(rawValue: 8)
    /// Status 502.
    package static let http502 = NextUpstream(rawValue: 16)
    /// Status 503.
    package static let http503 = NextUpstream(rawValue: 32)
    /// Status 504.
    package static let http504 = NextUpstream(rawValue: 64)
    /// Status 403.
    package static let http403 = NextUpstream(rawValue: 128)
    /// Status 404.
    package static let http404 = NextUpstream(rawValue: 256)
    /// Status 429.
    package static let http429 = NextUpstream(rawValue: 512)
    /// Also for requests whose method is not idempotent and that were sent.
    package static let nonIdempotent = NextUpstream(rawValue: 1024)
    /// Nothing is passed on, whatever else is written.
    package static let off = NextUpstream(rawValue: 2048)
}

/// One rule of `proxy_redirect`; none at all after `off`.
package struct ProxyRedirect: Equatable, Sendable {
    /// What the value of Location or Refresh begins with, or the pattern that it matches.
    package let match: RuleMatch
    /// What takes its place.
    package let replacement: ComplexValue
    /// Made from `proxy_pass` and the location.
    package let isDefault: Bool
}

/// How `proxy_redirect` and the cookie rules find what they replace.
package enum RuleMatch: Equatable, Sendable {
    /// A value's beginning (`proxy_redirect`, `proxy_cookie_path`), or all of it (`proxy_cookie_domain`, flags).
    case value(ComplexValue)
    /// An index in `patterns`.
    case pattern(Int)
}

/// nginx: proxy_cookie_domain, proxy_cookie_path.
package struct CookieRule: Equatable, Sendable {
    /// What the attribute's value must be or begin with.
    package let match: RuleMatch
    /// What takes its place.
    package let replacement: ComplexValue
}

/// nginx: proxy_cookie_flags.
package struct CookieFlagRule: Equatable, Sendable {
    /// Of the cookie's name.
    package let match: RuleMatch
    /// Words such as `secure`, `nohttponly`, `samesite=lax`, or variables that give one.
    package let flags: [ComplexValue]
}
