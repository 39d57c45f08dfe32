import Bytes

extension KnownField {
    /// Which known name `name` is, in any case; `none` where it is no known one.
    ///
    /// Each length has one byte that leaves at most one candidate, which is then compared whole.
    package init(name: Span<UInt8>) {
        self = name.count < 10 ? Self.short(name) : name.count < 16 ? Self.middle(name) : Self.long(name)
    }

    @inline(__always)
    private static func check(_ field: KnownField, _ spelling: StaticString, _ name: Span<UInt8>) -> KnownField {
        name.equalsIgnoringCase(spelling) ? field : .none
    }

    private static func short(_ name: Span<UInt8>) -> KnownField {
        switch name.count {
        case 2: return check(.te, "te", name)
        case 3: return name[0] | 0x20 == 0x76 ? check(.via, "via", name) : check(.age, "age", name)
        case 4:
            switch name[0] | 0x20 {
            case 0x68: return check(.host, "host", name)
            case 0x64: return check(.date, "date", name)
            case 0x65: return check(.etag, "etag", name)
            case 0x6c: return check(.link, "link", name)
            default: return check(.vary, "vary", name)
            }
        case 5:
            switch name[0] | 0x20 {
            case 0x64: return check(.depth, "depth", name)
            case 0x72: return check(.range, "range", name)
            default: return check(.allow, "allow", name)
            }
        case 6:
            switch name[0] | 0x20 {
            case 0x61: return check(.accept, "accept", name)
            case 0x63: return check(.cookie, "cookie", name)
            case 0x65: return check(.expect, "expect", name)
            case 0x6f: return check(.origin, "origin", name)
            case 0x70: return check(.pragma, "pragma", name)
            default: return name[1] | 0x20 == 0x65 ? check(.server, "server", name) : check(.status, "status", name)
            }
        case 7:
            switch name[0] | 0x20 {
            case 0x65: return check(.expires, "expires", name)
            case 0x74: return check(.trailer, "trailer", name)
            case 0x75: return check(.upgrade, "upgrade", name)
            default: return name[3] | 0x20 == 0x65 ? check(.referer, "referer", name) : check(.refresh, "refresh", name)
            }
        case 8:
            switch name[3] | 0x20 {
            case 0x6d: return check(.ifMatch, "if-match", name)
            case 0x72: return check(.ifRange, "if-range", name)
            default: return check(.location, "location", name)
            }
        case 9:
            switch name[0] | 0x20 {
            case 0x66: return check(.forwarded, "forwarded", name)
            case 0x6f: return check(.overwrite, "overwrite", name)
            default: return check(.xRealIP, "x-real-ip", name)
            }
        default: return .none
        }
    }

    private static func middle(_ name: Span<UInt8>) -> KnownField {
        switch name.count {
        case 10:
            switch name[0] | 0x20 {
            case 0x63: return check(.connection, "connection", name)
            case 0x6b: return check(.keepAlive, "keep-alive", name)
            case 0x75: return check(.userAgent, "user-agent", name)
            default: return check(.setCookie, "set-cookie", name)
            }
        case 11:
            return name[0] | 0x20 == 0x64
                ? check(.destination, "destination", name) : check(.retryAfter, "retry-after", name)
        case 12:
            switch name[0] | 0x20 {
            case 0x63: return check(.contentType, "content-type", name)
            case 0x78: return check(.xRequestID, "x-request-id", name)
            default: return check(.proxyStatus, "proxy-status", name)
            }
        case 13:
            switch name[6] | 0x20 {
            case 0x69: return check(.authorization, "authorization", name)
            case 0x65: return check(.ifNoneMatch, "if-none-match", name)
            case 0x2d: return check(.acceptRanges, "accept-ranges", name)
            case 0x63: return check(.cacheControl, "cache-control", name)
            case 0x74: return check(.contentRange, "content-range", name)
            default: return check(.lastModified, "last-modified", name)
            }
        case 14:
            return name[0] | 0x20 == 0x63
                ? check(.contentLength, "content-length", name) : check(.http2Settings, "http2-settings", name)
        default:
            switch name[8] | 0x20 {
            case 0x6e: return check(.acceptEncoding, "accept-encoding", name)
            case 0x61: return check(.acceptLanguage, "accept-language", name)
            case 0x64: return check(.xForwardedFor, "x-forwarded-for", name)
            case 0x63: return check(.xAccelCharset, "x-accel-charset", name)
            default: return check(.xAccelExpires, "x-accel-expires", name)
            }
        }
    }

    private static func long(_ name: Span<UInt8>) -> KnownField {
        switch name.count {
        case 16:
            switch name[12] | 0x20 {
            case 0x74: return check(.proxyConnection, "proxy-connection", name)
            case 0x68: return check(.xForwardedHost, "x-forwarded-host", name)
            case 0x70: return check(.xForwardedPort, "x-forwarded-port", name)
            case 0x64: return check(.contentEncoding, "content-encoding", name)
            case 0x63: return check(.wwwAuthenticate, "www-authenticate", name)
            default: return check(.xAccelRedirect, "x-accel-redirect", name)
            }
        case 17:
            switch name[3] | 0x20 {
            case 0x6e: return check(.transferEncoding, "transfer-encoding", name)
            case 0x6d: return check(.ifModifiedSince, "if-modified-since", name)
            case 0x6f: return check(.xForwardedProto, "x-forwarded-proto", name)
            default: return check(.xAccelBuffering, "x-accel-buffering", name)
            }
        case 18:
            return name[0] | 0x20 == 0x70
                ? check(.proxyAuthenticate, "proxy-authenticate", name)
                : check(.xAccelLimitRate, "x-accel-limit-rate", name)
        case 19:
            switch name[0] | 0x20 {
            case 0x69: return check(.ifUnmodifiedSince, "if-unmodified-since", name)
            case 0x70: return check(.proxyAuthorization, "proxy-authorization", name)
            default: return check(.contentDisposition, "content-disposition", name)
            }
        default: return .none
        }
    }
}
