import Bytes

/// The whole error log line, in nginx's form.
///
///     2026/11/21 02:26:09 [error] 123#123: *5 connect() failed (111: Connection refused) while connecting to upstream,
///     client: 127.0.0.1, server: t, request: "GET /t HTTP/1.1", upstream: "http://127.0.0.1:81/t", host: "t"
///
/// The parts after the phase are written where they exist, in this order, whatever the cause. A line is at most
/// `limitBytes` long, its line feed included, and simply ends there, as nginx's do.
package enum ErrorLine {
    /// The longest line in bytes, its line feed included (nginx: 2,048).
    package static let limitBytes = 2048

    /// What stands before the text.
    package struct Stamp: Sendable {
        /// The process.
        package var processID: Int32
        /// The thread, as the kernel numbers it.
        package var threadID: Int32
        /// The number after `*`: one per connection that was accepted; 0 writes none.
        package var connection: UInt64

        /// What stands before the text.
        package init(processID: Int32, threadID: Int32, connection: UInt64 = 0) {
            self.processID = processID
            self.threadID = threadID
            self.connection = connection
        }
    }

    /// Appends one line for `cause`, its line feed included.
    ///
    /// - Parameters:
    ///   - time: 19 bytes of local time, `2026/11/21 02:26:09`; `appendTime` renders them.
    ///   - level: the verdict's.
    ///   - client: the client's address. Without it nothing of the rest is known and none is written.
    ///   - server: the server's name, which may be empty; before a request is known, the listening address.
    ///   - request: the request line.
    ///   - subrequest: the URI of the subrequest, if it is one.
    ///   - upstream: scheme, address and URI as `appendUpstream` writes them.
    ///   - host: the value of Host.
    ///   - referrer: the value of Referer.
    package static func append(
        _ cause: Cause, _ evidence: borrowing Evidence, while phase: Phase, level: LogLevel, time: Span<UInt8>,
        stamp: Stamp, client: Span<UInt8>? = nil, server: Span<UInt8>? = nil, request: Span<UInt8>? = nil,
        subrequest: Span<UInt8>? = nil, upstream: Span<UInt8>? = nil, host: Span<UInt8>? = nil,
        referrer: Span<UInt8>? = nil, to out: inout ByteBuffer
    ) {
        let end = out.count + limitBytes - 1
        append(time: time, level: level, stamp: stamp, to: &out)
        appendText(cause, evidence, while: phase, to: &out)
        if let client, !CauseText.standsAlone(cause) {
            part(", client: ", client, end, &out)
            if let server { part(", server: ", server, end, &out) }
            if let request { quoted(", request: \"", request, end, &out) }
            if let subrequest { quoted(", subrequest: \"", subrequest, end, &out) }
            if let upstream { quoted(", upstream: \"", upstream, end, &out) }
            if let host { quoted(", host: \"", host, end, &out) }
            if let referrer { quoted(", referrer: \"", referrer, end, &out) }
        }
        if out.count > end { out.truncate(to: end) }
        out.append(ASCII.lf)
    }

    /// Appends one line about a health check, its line feed included: what it found, at which peer.
    ///
    /// - Parameters:
    ///   - time: 19 bytes of local time; `appendTime` renders them.
    ///   - match: the check's name, that of its `match`; may be empty.
    ///   - peer: the peer's address.
    ///   - group: the upstream group's name.
    ///   - port: the port that is asked instead of the peer's own; 0 where it is its own.
    package static func append(
        _ cause: Cause, _ evidence: borrowing Evidence, while phase: Phase, level: LogLevel, time: Span<UInt8>,
        stamp: Stamp, match: Span<UInt8>, peer: Span<UInt8>, group: Span<UInt8>, port: UInt16,
        to out: inout ByteBuffer
    ) {
        let end = out.count + limitBytes - 1
        append(time: time, level: level, stamp: stamp, to: &out)
        appendText(cause, evidence, while: phase, to: &out)
        quoted(", health check \"", match, end, &out)
        part(" of peer ", peer, end, &out)
        quoted(" in upstream \"", group, end, &out)
        if port > 0 && out.count < end {
            out.append(", port ")
            out.append(decimal: port)
        }
        if out.count > end { out.truncate(to: end) }
        out.append(ASCII.lf)
    }

    /// Appends the words of `cause` and ` while …`: what a line says besides who and where.
    package static func appendText(
        _ cause: Cause, _ evidence: borrowing Evidence, while phase: Phase, to out: inout ByteBuffer
    ) {
        CauseText.append(cause, evidence, to: &out)
        if !CauseText.standsAlone(cause) { phase.append(to: &out) }
    }

    /// Appends `TIME [level] pid#tid: *N `, for lines that no cause made.
    package static func append(time: Span<UInt8>, level: LogLevel, stamp: Stamp, to out: inout ByteBuffer) {
        out.append(time)
        out.append(" [")
        out.append(level.name)
        out.append("] ")
        out.append(decimal: stamp.processID)
        out.append(0x23)
        out.append(decimal: stamp.threadID)
        out.append(": ")
        if stamp.connection == 0 { return }
        out.append(0x2a)
        out.append(decimal: stamp.connection)
        out.append(ASCII.space)
    }

    /// Appends the 19 bytes of a line's time; the caller gives local time.
    package static func appendTime(_ time: CivilTime, to out: inout ByteBuffer) {
        out.append(decimal: time.year, width: 4)
        out.append(0x2f)
        out.append(decimal: time.month, width: 2)
        out.append(0x2f)
        out.append(decimal: time.day, width: 2)
        out.append(ASCII.space)
        out.append(decimal: time.hour, width: 2)
        out.append(ASCII.colon)
        out.append(decimal: time.minute, width: 2)
        out.append(ASCII.colon)
        out.append(decimal: time.second, width: 2)
    }

    /// Appends what stands in `upstream: "…"`: `http://127.0.0.1:81/t`, with a colon after a Unix socket's path.
    ///
    /// - Parameters:
    ///   - scheme: `http://`, colon and slashes included.
    ///   - peer: the peer's address as text, or the group's name where no peer was chosen.
    ///   - uri: the target that is sent to it.
    package static func appendUpstream(
        scheme: Span<UInt8>, peer: Span<UInt8>, uri: Span<UInt8>, to out: inout ByteBuffer
    ) {
        out.append(scheme)
        out.append(peer)
        if peer.starts(with: "unix:") { out.append(ASCII.colon) }
        out.append(uri)
    }

    private static func part(_ name: StaticString, _ value: Span<UInt8>, _ end: Int, _ out: inout ByteBuffer) {
        if out.count >= end { return }
        out.append(name)
        CauseText.append(escaping: value, limit: limitBytes, to: &out)
    }

    private static func quoted(_ name: StaticString, _ value: Span<UInt8>, _ end: Int, _ out: inout ByteBuffer) {
        if out.count >= end { return }
        part(name, value, end, &out)
        out.append(0x22)
    }
}
