import Bytes
import HTTP

extension RoutingTable {
    /// Appends the head of a request to an upstream that speaks HTTP/2 (RFC 9113 §8.3.1): the same as in HTTP/1, as
    /// lines `name: value`, those of `:method`, `:scheme`, `:authority` and `:path` first, without the fields of one
    /// connection. With `proxy_set_body` that body follows.
    ///
    /// - Parameters:
    ///   - framing: how the body is framed; a length is announced, chunks are not
    /// - Returns: where the lines end, as `linesEnd`; names are in the case written
    package func appendStreamHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, framing: BodyFraming, _ pool: inout BufferPool,
        to out: inout ByteBuffer
    ) -> UpstreamHead {
        let start = out.count
        var head = appendUpstreamHead(&record, moment, framing: framing, &pool, to: &out)
        if head.trouble != nil { return head }
        // An upgrade is of HTTP/1 (RFC 9113 §8.6).
        head.asksForUpgrade = false
        var plain = pool.take(atLeast: out.count - start)
        plain.append(out.span.extracting(droppingFirst: start))
        out.truncate(to: start)
        let isGRPC = scopes[record.route.location].isGRPC
        let rest = Self.translate(plain.span, isTLS: record.route.proxy.isTLS, keepsTE: !isGRPC, to: &out)
        if isGRPC { out.append("te: trailers\r\n") }
        head.linesEnd = out.count
        out.append(plain.span.extracting(droppingFirst: rest))
        pool.give(plain)
        return head
    }

    /// Writes a head of HTTP/1 as HTTP/2 has it; where it ends.
    private static func translate(
        _ head: Span<UInt8>, isTLS: Bool, keepsTE: Bool, to out: inout ByteBuffer
    ) -> Int {
        let lineEnd = head.firstIndex(of: ASCII.cr) ?? head.count
        let methodEnd = head.firstIndex(of: ASCII.space) ?? lineEnd
        // The version has no space, and the URI none that is not escaped.
        let uriEnd = head.firstIndex(of: ASCII.space, from: methodEnd + 1) ?? lineEnd
        out.append(":method: ")
        out.append(head.extracting(0..<methodEnd))
        out.append(isTLS ? "\r\n:scheme: https\r\n" : "\r\n:scheme: http\r\n")
        var isFirst = true
        var position = lineEnd + 2
        while position < head.count, head[position] != ASCII.cr {
            let colon = head.firstIndex(of: ASCII.colon, from: position) ?? head.count
            let end = (head.firstIndex(of: ASCII.cr, from: colon) ?? head.count) + 2
            let name = head.extracting(position..<colon)
            // Host stands first, where there is one.
            let isHost = name.equalsIgnoringCase("host")
            if isFirst {
                if isHost {
                    out.append(":authority")
                    out.append(head.extracting(colon..<end))
                }
                appendPath(head.extracting(methodEnd + 1..<uriEnd), to: &out)
            }
            isFirst = false
            let value = head.extracting(min(colon + 2, end - 2)..<end - 2)
            if !isHost && isKept(name, value, keepsTE: keepsTE) {
                out.append(head.extracting(position..<end))
            }
            position = end
        }
        if isFirst { appendPath(head.extracting(methodEnd + 1..<uriEnd), to: &out) }
        return min(position + 2, head.count)
    }

    private static func appendPath(_ uri: Span<UInt8>, to out: inout ByteBuffer) {
        out.append(":path: ")
        out.append(uri)
        out.append("\r\n")
    }

    /// Whether a field may stand in a request of HTTP/2 (RFC 9113 §8.2.2).
    private static func isKept(_ name: Span<UInt8>, _ value: Span<UInt8>, keepsTE: Bool) -> Bool {
        switch KnownField(name: name) {
        case .connection, .keepAlive, .proxyConnection, .transferEncoding, .upgrade: false
        case .te: keepsTE && value.equalsIgnoringCase("trailers")
        default: !name.equalsIgnoringCase("http2-settings")
        }
    }
}
