import Bytes
import Configuration
import HTTP
import Platform

/// How a response goes out, as the caller has decided it.
package struct Outgoing: Sendable {
    package var framing: BodyFraming
    /// Whether the client's connection stays: else `Connection: close`.
    package var keepsAlive: Bool
    /// HTTP/2 has no status line (the caller sends `:status`), lower-case names and no connection fields.
    package var isHTTP2 = false
    /// Media type of a response that Postern makes; nil for none.
    package var hasText = true

    package init(framing: BodyFraming, keepsAlive: Bool, isHTTP2: Bool = false) {
        self.framing = framing
        self.keepsAlive = keepsAlive
        self.isHTTP2 = isHTTP2
    }
}

extension RoutingTable {
    /// Appends the head of the request to an upstream.
    ///
    /// - Parameters:
    ///   - framing: how the body will be framed; `none` writes no field
    /// - Returns: what the head asks for
    package func appendUpstreamHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, framing: BodyFraming, _ pool: inout BufferPool,
        to out: inout ByteBuffer
    ) -> UpstreamHead {
        out.append(record.span(record.route.methodName))
        out.append(0x20)
        out.append(record.asked.head.span(record.asked.facts.requestURI))
        out.append(" HTTP/1.1\r\nHost: ")
        if case .proxy(.group(let target)) = model.locations[record.route.location].content { out.append(target.host) }
        out.append("\r\n\r\n")
        return UpstreamHead()
    }

    /// Appends the head of the response to the client, made from the upstream's (`record.answer.head`).
    ///
    /// - Parameters:
    ///   - extra: whole field lines to be added, such as `Proxy-Status`
    package func appendDownstreamHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing, extra: Span<UInt8>,
        to out: inout ByteBuffer
    ) {
        out.append("HTTP/1.1 ")
        out.append(record.answer.head.span(record.answer.facts.statusText))
        out.append("\r\n\r\n")
    }

    /// Appends the head of a response that Postern makes: status `record.answer.status`, `Location` from the record.
    ///
    /// - Parameters:
    ///   - contentType: empty for no `Content-Type`
    package func appendOwnHead(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ outgoing: Outgoing,
        contentType: Span<UInt8>, extra: Span<UInt8>, to out: inout ByteBuffer
    ) {
        out.append("HTTP/1.1 ")
        out.append(decimal: record.answer.status)
        out.append("\r\n\r\n")
    }

    /// Appends an interim head (100, 102, 103 …) of the upstream for the client: its end-to-end fields only.
    package func appendInterimHead(
        status: Int, _ head: borrowing FieldBlock, isHTTP2: Bool, to out: inout ByteBuffer
    ) {}

    /// What the upstream's final head (`record.answer`) tells the proxy itself to do.
    package func orders(_ record: borrowing ExchangeRecord) -> AccelOrders { AccelOrders() }
}

/// What the head of a request to an upstream came to.
package struct UpstreamHead: Equatable, Sendable {
    /// Whether the upstream is asked to change the protocol, so that a 101 is welcome.
    package var asksForUpgrade = false
    /// Whether the response has no body: HEAD, also by `proxy_method`.
    package var isHead = false
    /// The method as the upstream sees it, for the response's framing.
    package var method = Method.other
    /// `zero length URI to proxy` and its like: nothing was appended.
    package var trouble: RouteTrouble?
    package init() {}
}

/// The X-Accel fields of an upstream's head, but for those that `proxy_ignore_headers` names.
package struct AccelOrders: Equatable, Sendable {
    /// X-Accel-Redirect: where the request goes instead; a URI or `@name`. Absent where there is none.
    package var redirect = Piece.absent
    /// X-Accel-Buffering.
    package var buffering: Bool?
    /// X-Accel-Limit-Rate: bytes a second, 0 for no limit.
    package var limitRate: Int?
    package init() {}
}
