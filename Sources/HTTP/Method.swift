import Bytes

/// A request's method, as far as the proxy tells methods apart (nginx's list; RFC 9110 §9.3, RFC 4918, RFC 5789).
package enum Method: UInt8, CaseIterable, Sendable {
    /// Any other method; its name stands in the head.
    case other
    case get, head, post, put, delete, options, trace, connect, patch
    case mkcol, copy, move, propfind, proppatch, lock, unlock

    /// The method that `name` is; methods are case-sensitive (RFC 9110 §9.1).
    package init(_ name: Span<UInt8>) {
        switch name.count {
        case 3: self = name.equals("GET") ? .get : name.equals("PUT") ? .put : .other
        case 4:
            switch name[0] {
            case 0x48: self = name.equals("HEAD") ? .head : .other
            case 0x50: self = name.equals("POST") ? .post : .other
            case 0x43: self = name.equals("COPY") ? .copy : .other
            case 0x4d: self = name.equals("MOVE") ? .move : .other
            default: self = name.equals("LOCK") ? .lock : .other
            }
        case 5:
            switch name[0] {
            case 0x50: self = name.equals("PATCH") ? .patch : .other
            case 0x54: self = name.equals("TRACE") ? .trace : .other
            default: self = name.equals("MKCOL") ? .mkcol : .other
            }
        case 6: self = name.equals("DELETE") ? .delete : name.equals("UNLOCK") ? .unlock : .other
        case 7: self = name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
        case 8: self = name.equals("PROPFIND") ? .propfind : .other
        case 9: self = name.equals("PROPPATCH") ? .proppatch : .other
        default: self = .other
        }
    }

    /// Whether a proxy may send the request again on its own (nginx: all but POST, LOCK and PATCH; others are unknown
    /// and count as idempotent there too).
    package var mayBeRepeated: Bool {
        switch self {
        case .post, .lock, .patch: false
        default: true
        }
    }
}

/// The protocol version of a message, as far as HTTP/1 rules tell versions apart.
package enum Version: UInt8, Comparable, Sendable {
    case http10, http11, http2

    package static func < (one: Version, other: Version) -> Bool { one.rawValue < other.rawValue }

    /// As it is written in a request line or a log line.
    package var text: StaticString {
        switch self {
        case .http10: "HTTP/1.0"
        case .http11: "HTTP/1.1"
        case .http2: "HTTP/2.0"
        }
    }
}
