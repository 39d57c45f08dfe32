import Bytes

/// Reads a request's head: the request line and the field lines up to the empty line (RFC 9112 §3, §5).
///
/// Call `parse` with the bytes from the first one of the head on, and again with the same bytes and more as long as it
/// says `incomplete`. It goes on at the first line that was not whole, and refuses a byte that cannot stand where it
/// stands as soon as it is there. All ranges are offsets into those bytes. What it takes and refuses, and in which
/// order, is nginx's, but for what two parsers could read differently: that is always refused.
package struct RequestHeadParser: Sendable {
    /// How far the parser has come; the log's phase words follow it.
    package enum Phase: UInt8, Sendable {
        case requestLine, fields, complete
    }

    /// What shape the target has (RFC 9112 §3.2).
    package enum TargetForm: UInt8, Sendable {
        /// `/path?arguments`
        case origin
        /// `http://host:port/path`
        case absolute
        /// `*`, with OPTIONS only. nginx refuses it; whoever cannot answer it should too.
        case asterisk
        /// `host:port`, with CONNECT only, which is refused when the head is whole.
        case authority
    }

    package internal(set) var phase = Phase.requestLine
    package internal(set) var method = Method.other
    package internal(set) var targetForm = TargetForm.origin
    package internal(set) var version = Version.http11
    /// Whether the path needs no `TargetNormalizer`: no escape, no fragment, no `//`, no segment that begins with a
    /// dot.
    package internal(set) var isPathNormal = true
    /// From the method to the version, without the line's end.
    package internal(set) var requestLine = ByteRange.empty
    package internal(set) var methodName = ByteRange.empty
    /// The target as it was sent.
    package internal(set) var target = ByteRange.empty
    /// The target from the path on, with arguments and fragment (nginx: `$request_uri`).
    package internal(set) var requestURI = ByteRange.empty
    /// The path as it was sent, without arguments and fragment; never empty.
    package internal(set) var path = ByteRange.empty
    /// What follows the first `?`, without the fragment.
    package internal(set) var arguments = ByteRange.empty
    /// The scheme of an absolute target.
    package internal(set) var scheme = ByteRange.empty
    /// Host and port of an absolute or authority target.
    package internal(set) var authority = ByteRange.empty
    /// The version as it was sent (nginx: `$server_protocol`).
    package internal(set) var protocolName = ByteRange.empty

    /// The host asked for, from an absolute target or else the Host field; nil where there is none (HTTP/1.0).
    package internal(set) var host: HostName?
    /// What the fields say of the body; `framing` decides on it.
    package internal(set) var framingFields = FramingFields()
    /// What the Connection fields say.
    package internal(set) var connection = ConnectionOptions()
    /// Whether the client waits for `100 Continue` (RFC 9110 §10.1.1); HTTP/1.0 cannot.
    package internal(set) var expectsContinue = false
    /// Whether an Upgrade field and the option that goes with it are there. Over HTTP/2 that is how an extended CONNECT
    /// is told (RFC 8441); no client can send the fields themselves.
    package var asksForUpgrade: Bool { hasUpgrade && connection.hasUpgrade && version != .http10 }
    /// Fields that were ignored for their names; each has `FieldMarks.ignored` (nginx logs them at level info).
    package internal(set) var ignoredFieldCount = 0

    /// Start of the first line that is not whole.
    var position = 0
    var fieldsStart = 0
    var tableGeneration: UInt64 = 0
    /// One bit for each known field that was seen and may stand there once.
    var seen: UInt64 = 0
    var hasUpgrade = false

    /// Over HTTP/2: whether the stream ended with the head.
    private let endsStream: Bool

    /// A parser at the start of a head.
    package init() { endsStream = false }

    /// A parser of a head that came over HTTP/2 and was written down as HTTP/1 would have sent it, `HTTP/2.0` in its
    /// request line. Whoever wrote it down has checked its bytes and bounds already (RFC 9113 §8.2, §8.3): of
    /// the limits only that of the field lines' number counts.
    package init(http2EndingStream endsStream: Bool) {
        self.endsStream = endsStream
        version = .http2
    }

    /// How the body is framed; meaningful once the head is complete. A stream that goes on without saying how far is
    /// `chunked`, which is what it becomes towards HTTP/1.
    package var framing: BodyFraming {
        let framing = framingFields.ofRequest
        return version == .http2 && framing == .none && !endsStream ? .chunked : framing
    }

    /// Whether the connection may serve another request after this one (RFC 9112 §9.3).
    package var keepsAlive: Bool { connection.keepsAlive(version: version) }

    /// Reads on.
    ///
    /// - Parameters:
    ///   - bytes: the head from its first byte, as far as it arrived
    ///   - fields: gets the field lines; holds them for the last head it was given to
    ///   - limits: what the head may measure; the same at each call
    package mutating func parse(
        _ bytes: Span<UInt8>, fields: inout FieldTable, limits: borrowing RequestLimits
    ) -> RequestHeadProgress {
        if phase == .requestLine {
            switch parseRequestLine(bytes, limits: limits) {
            case .incomplete: return .incomplete
            case .refused(let refusal): return .refused(refusal, .none)
            case .whole:
                phase = .fields
                fieldsStart = position
                fields.clear()
                tableGeneration = fields.generation
            }
        } else if fields.generation != tableGeneration {
            forgetFields()
            fields.clear()
            tableGeneration = fields.generation
        }
        return parseFields(bytes, fields: &fields, limits: limits)
    }

    /// Another head was read into the table since: this one's fields are read again.
    private mutating func forgetFields() {
        position = fieldsStart
        framingFields = FramingFields()
        connection = ConnectionOptions()
        expectsContinue = false
        hasUpgrade = false
        ignoredFieldCount = 0
        seen = 0
        if authority.isEmpty { host = nil }
    }
}
