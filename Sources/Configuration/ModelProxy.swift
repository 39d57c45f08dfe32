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
    package internal(set) var connectTimeout = 60_000
    package internal(set) var sendTimeout = 60_000
    package internal(set) var readTimeout = 60_000
    package internal(set) var version = ProxyVersion.http11
    package internal(set) var method: ComplexValue?
    package internal(set) var setBody: ComplexValue?
    /// nginx: proxy_set_header, names in the case written, without the defaults; an empty value means not sent.
    package internal(set) var setFields: [ProxyField] = []
    package internal(set) var passRequestHeaders = true
    package internal(set) var passRequestBody = true
    package internal(set) var requestBuffering = true
    package internal(set) var buffering = true
    /// The response head's bound, and the first part of its body.
    package internal(set) var headBufferBytes = 4096
    package internal(set) var buffers = BufferCount(count: 8, bytes: 4096)
    package internal(set) var busyBytes = 8192
    /// Names in lower case: nginx's list without what is passed, and what is hidden besides.
    package internal(set) var hiddenFields: [[UInt8]] = []
    package internal(set) var ignoredFields: IgnoredFields = []
    package internal(set) var redirects: [ProxyRedirect] = []
    package internal(set) var cookieDomains: [CookieRule] = []
    package internal(set) var cookiePaths: [CookieRule] = []
    package internal(set) var cookieFlags: [CookieFlagRule] = []
    package internal(set) var nextUpstream: NextUpstream = [.error, .timeout]
    /// 0 for no limit.
    package internal(set) var nextUpstreamTries = 0
    package internal(set) var nextUpstreamTimeout = 0
    package internal(set) var interceptErrors = false
    package internal(set) var ignoreClientAbort = false
    package internal(set) var passTrailers = false
    package internal(set) var forceRanges = false
    /// Bytes a second; 0 or nil for no limit.
    package internal(set) var limitRate: ComplexValue?
    package internal(set) var socketKeepAlive = false
    package internal(set) var receiveBufferBytes: Int?
    package internal(set) var sendBufferBytes: Int?
    package internal(set) var bind: ProxyBind?
    package internal(set) var tls = ProxyTLSSettings()
}

/// nginx: proxy_http_version.
package enum ProxyVersion: Equatable, Sendable { case http10, http11, http2 }

/// One `proxy_set_header`.
package struct ProxyField: Equatable, Sendable {
    package let name: [UInt8]
    package let value: ComplexValue
}

/// nginx: proxy_bind.
package struct ProxyBind: Equatable, Sendable {
    /// An address, or an address with a port; `off` or empty once evaluated binds nothing.
    package let value: ComplexValue
    /// The literal value's address; port 0 for any.
    package let endpoint: Endpoint?
    package let isTransparent: Bool
}

/// nginx: proxy_ignore_headers.
package struct IgnoredFields: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let accelRedirect = IgnoredFields(rawValue: 1)
    package static let accelExpires = IgnoredFields(rawValue: 2)
    package static let accelLimitRate = IgnoredFields(rawValue: 4)
    package static let accelBuffering = IgnoredFields(rawValue: 8)
    package static let accelCharset = IgnoredFields(rawValue: 16)
    package static let expires = IgnoredFields(rawValue: 32)
    package static let cacheControl = IgnoredFields(rawValue: 64)
    package static let setCookie = IgnoredFields(rawValue: 128)
    package static let vary = IgnoredFields(rawValue: 256)
}

/// nginx: proxy_next_upstream.
package struct NextUpstream: OptionSet, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static let error = NextUpstream(rawValue: 1)
    package static let timeout = NextUpstream(rawValue: 2)
    package static let invalidHeader = NextUpstream(rawValue: 4)
    package static let http500 = NextUpstream(rawValue: 8)
    package static let http502 = NextUpstream(rawValue: 16)
    package static let http503 = NextUpstream(rawValue: 32)
    package static let http504 = NextUpstream(rawValue: 64)
    package static let http403 = NextUpstream(rawValue: 128)
    package static let http404 = NextUpstream(rawValue: 256)
    package static let http429 = NextUpstream(rawValue: 512)
    package static let nonIdempotent = NextUpstream(rawValue: 1024)
    /// Nothing is passed on, whatever else is written.
    package static let off = NextUpstream(rawValue: 2048)
}

/// One rule of `proxy_redirect`; none at all after `off`.
package struct ProxyRedirect: Equatable, Sendable {
    package let match: RuleMatch
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
    package let match: RuleMatch
    package let replacement: ComplexValue
}

/// nginx: proxy_cookie_flags.
package struct CookieFlagRule: Equatable, Sendable {
    /// Of the cookie's name.
    package let match: RuleMatch
    /// Words such as `secure`, `nohttponly`, `samesite=lax`, or variables that give one.
    package let flags: [ComplexValue]
}

/// nginx: proxy_ssl_*.
package struct ProxyTLSSettings: Sendable {
    package internal(set) var name: ComplexValue?
    package internal(set) var sendsServerName = false
    package internal(set) var verifies = false
    package internal(set) var verifyDepth = 1
    package internal(set) var trustedCertificate = ""
    package internal(set) var revocationList = ""
    package internal(set) var certificate: ComplexValue?
    package internal(set) var certificateKey: ComplexValue?
    package internal(set) var ciphers = "DEFAULT"
    package internal(set) var protocols = TLSProtocols.standard
    package internal(set) var reusesSessions = true
}
