/// A field name that the proxy treats specially; looked up once per field line and kept in `FieldEntry.known`.
///
/// The raw value 0 means any other name. Values are stable within one build only.
package enum KnownField: UInt8, CaseIterable, Sendable {
    case none = 0

    // Framing, routing and connection control.
    case host, connection, contentLength, transferEncoding, keepAlive, proxyConnection, te, trailer, upgrade, expect
    case http2Settings

    // Asked of a resource.
    case accept, acceptEncoding, acceptLanguage, authorization, cookie, depth, destination, forwarded, ifMatch
    case ifModifiedSince, ifNoneMatch, ifRange, ifUnmodifiedSince, origin, overwrite, proxyAuthorization, range
    case referer, userAgent, via, xForwardedFor, xForwardedHost, xForwardedPort, xForwardedProto, xRealIP, xRequestID

    // Said of an answer. What may stand once comes first: one bit each tells whether it was seen.
    case contentRange, contentType, date, etag, expires, lastModified, location, refresh, server, status
    case xAccelBuffering, xAccelExpires, xAccelLimitRate, xAccelRedirect
    case acceptRanges, age, allow, cacheControl, contentDisposition, contentEncoding, link, pragma, proxyAuthenticate
    case proxyStatus, retryAfter, setCookie, vary, wwwAuthenticate, xAccelCharset

    /// The name as it is usually written; empty for `none`.
    package var name: StaticString {
        switch self {
        case .none: ""
        case .host: "Host"
        case .connection: "Connection"
        case .contentLength: "Content-Length"
        case .transferEncoding: "Transfer-Encoding"
        case .keepAlive: "Keep-Alive"
        case .proxyConnection: "Proxy-Connection"
        case .te: "TE"
        case .trailer: "Trailer"
        case .upgrade: "Upgrade"
        case .expect: "Expect"
        case .http2Settings: "HTTP2-Settings"
        case .accept, .acceptEncoding, .acceptLanguage, .authorization, .cookie, .depth, .destination, .forwarded,
            .ifMatch, .ifModifiedSince, .ifNoneMatch, .ifRange, .ifUnmodifiedSince, .origin, .overwrite,
            .proxyAuthorization, .range, .referer, .userAgent, .via, .xForwardedFor, .xForwardedHost, .xForwardedPort,
            .xForwardedProto, .xRealIP, .xRequestID:
            requestName
        default: responseName
        }
    }

    private var requestName: StaticString {
        switch self {
        case .accept: "Accept"
        case .acceptEncoding: "Accept-Encoding"
        case .acceptLanguage: "Accept-Language"
        case .authorization: "Authorization"
        case .cookie: "Cookie"
        case .depth: "Depth"
        case .destination: "Destination"
        case .forwarded: "Forwarded"
        case .ifMatch: "If-Match"
        case .ifModifiedSince: "If-Modified-Since"
        case .ifNoneMatch: "If-None-Match"
        case .ifRange: "If-Range"
        case .ifUnmodifiedSince: "If-Unmodified-Since"
        case .origin: "Origin"
        case .overwrite: "Overwrite"
        case .proxyAuthorization: "Proxy-Authorization"
        case .range: "Range"
        case .referer: "Referer"
        case .userAgent: "User-Agent"
        case .via: "Via"
        case .xForwardedFor: "X-Forwarded-For"
        case .xForwardedHost: "X-Forwarded-Host"
        case .xForwardedPort: "X-Forwarded-Port"
        case .xForwardedProto: "X-Forwarded-Proto"
        case .xRealIP: "X-Real-IP"
        case .xRequestID: "X-Request-ID"
        default: ""
        }
    }

    private var responseName: StaticString {
        switch self {
        case .acceptRanges: "Accept-Ranges"
        case .age: "Age"
        case .allow: "Allow"
        case .cacheControl: "Cache-Control"
        case .contentDisposition: "Content-Disposition"
        case .contentEncoding: "Content-Encoding"
        case .contentRange: "Content-Range"
        case .contentType: "Content-Type"
        case .date: "Date"
        case .etag: "ETag"
        case .expires: "Expires"
        case .lastModified: "Last-Modified"
        case .link: "Link"
        case .location: "Location"
        case .pragma: "Pragma"
        case .proxyAuthenticate: "Proxy-Authenticate"
        case .proxyStatus: "Proxy-Status"
        case .refresh: "Refresh"
        case .retryAfter: "Retry-After"
        case .server: "Server"
        case .setCookie: "Set-Cookie"
        case .status: "Status"
        case .vary: "Vary"
        case .wwwAuthenticate: "WWW-Authenticate"
        case .xAccelBuffering: "X-Accel-Buffering"
        case .xAccelCharset: "X-Accel-Charset"
        case .xAccelExpires: "X-Accel-Expires"
        case .xAccelLimitRate: "X-Accel-Limit-Rate"
        case .xAccelRedirect: "X-Accel-Redirect"
        default: ""
        }
    }
}
