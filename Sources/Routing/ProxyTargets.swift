import Bytes
import Configuration
import HTTP
import Platform

extension RoutingTable {
    /// Evaluates a `proxy_pass` with variables: a whole URL, whose host is a group's name, an address, or a name to be
    /// resolved (nginx: ngx_http_proxy_eval).
    func evaluateTarget(
        _ value: Value, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision {
        let url = keep(value, &record, moment, &pool)
        var route = ProxyRoute()
        let isGRPC = scopes[record.route.location].isGRPC
        let schemeCount = isGRPC ? Self.schemeCountOfGRPC(record.span(url)) : Self.schemeCount(record.span(url))
        if schemeCount == 0 && !isGRPC { return refuse(.invalidURLPrefix, url) }
        route.isTLS = schemeCount == 8
        let rest = url.dropping(schemeCount)
        if let trouble = readTarget(rest, &route, &record) { return refuse(trouble, rest) }
        record.route.proxy = route
        return .proxy
    }

    private func refuse(_ trouble: RouteTrouble, _ evidence: Piece) -> RouteDecision {
        .answer(OwnAnswer(status: 500, trouble: trouble, evidence: evidence))
    }

    /// 7 for `http://`, 8 for `https://`, 0 for anything else.
    private static func schemeCount(_ text: Span<UInt8>) -> Int {
        if text.count > 7, text.extracting(0..<7).equalsIgnoringCase("http://") { return 7 }
        return text.count > 8 && text.extracting(0..<8).equalsIgnoringCase("https://") ? 8 : 0
    }

    /// 7 for `grpc://`, 8 for `grpcs://`, 0 for none.
    private static func schemeCountOfGRPC(_ text: Span<UInt8>) -> Int {
        if text.count > 7, text.extracting(0..<7).equalsIgnoringCase("grpc://") { return 7 }
        return text.count > 8 && text.extracting(0..<8).equalsIgnoringCase("grpcs://") ? 8 : 0
    }

    private func readTarget(
        _ rest: Piece, _ route: inout ProxyRoute, _ record: inout ExchangeRecord
    ) -> RouteTrouble? {
        if rest.count >= 5, record.span(rest.part(ByteRange(0, 5))).equalsIgnoringCase("unix:") {
            return readUnix(rest, &route, &record)
        }
        let parts = TargetParts(record.span(rest), defaultPort: route.isTLS ? 443 : 80)
        if let trouble = parts.trouble { return trouble }
        // The scheme's own port is not part of `$proxy_host`.
        route.host = rest.part(ByteRange(0, parts.isDefaultPort ? parts.hostEnd : parts.uriStart))
        if parts.hasPort {
            route.port = rest.part(ByteRange(parts.hostEnd + 1, parts.uriStart))
        } else {
            route.port = record.keep(route.isTLS ? "443" : "80")
        }
        setURI(rest.dropping(parts.uriStart), &route, &record)
        choose(rest.part(ByteRange(0, parts.hostEnd)), parts.port, hasPort: parts.hasPort, &route, record)
        return nil
    }

    private func readUnix(_ rest: Piece, _ route: inout ProxyRoute, _ record: inout ExchangeRecord) -> RouteTrouble? {
        let end = record.span(rest).firstIndex(of: ASCII.colon, from: 5) ?? rest.count
        if end == 5 { return .noHost }
        route.destination = .unix(rest.part(ByteRange(5, end)))
        route.host = record.keep("localhost")
        route.port = Piece(.arena, .empty)
        setURI(rest.dropping(end + 1), &route, &record)
        return nil
    }

    private func setURI(_ uri: Piece, _ route: inout ProxyRoute, _ record: inout ExchangeRecord) {
        if uri.isEmpty { return }
        route.uri = uri
        if record.span(uri)[0] != 0x3f { return }
        let slash = record.keep("/")
        let whole = record.keepCopy(of: uri)
        route.uri = Piece(.arena, ByteRange(slash.range.start, whole.range.end))
    }

    /// A group of that name goes before everything; an explicit one only where no port, or its own, was written.
    private func choose(
        _ host: Piece, _ port: UInt16, hasPort: Bool, _ route: inout ProxyRoute, _ record: borrowing ExchangeRecord
    ) {
        let name = record.span(host)
        for group in groups where literals.has(group.name, equalIgnoringCaseTo: name) {
            if group.isImplicit ? group.port == port : !hasPort {
                route.destination = .group(Int(group.index))
                return
            }
        }
        if let address = SocketAddress(bytes: name, port: port) {
            route.destination = .address(address)
        } else {
            route.destination = .name(host, port: port)
        }
    }
}

/// Where host, port and URI stand in what follows a scheme.
private struct TargetParts {
    var hostEnd = 0
    var uriStart = 0
    var port: UInt16
    var hasPort = false
    var isDefaultPort = true
    var trouble: RouteTrouble?

    init(_ text: Span<UInt8>, defaultPort: UInt16) {
        port = defaultPort
        let isLiteral = !text.isEmpty && text[0] == 0x5b
        if isLiteral {
            guard let closing = text.firstIndex(of: 0x5d), closing > 1 else {
                trouble = .noHost
                return
            }
            hostEnd = closing + 1
        }
        uriStart = hostEnd
        while uriStart < text.count, text[uriStart] != 0x2f, text[uriStart] != 0x3f { uriStart += 1 }
        if let colon = text.extracting(0..<uriStart).firstIndex(of: ASCII.colon, from: hostEnd) {
            guard let number = text.extracting(colon + 1..<uriStart).decimal, (1...65535).contains(number) else {
                trouble = .invalidPort
                return
            }
            port = UInt16(number)
            hasPort = true
            isDefaultPort = port == defaultPort
            if isLiteral && colon != hostEnd { trouble = .noHost }
            hostEnd = colon
        } else if isLiteral {
            if hostEnd != uriStart { trouble = .noHost }
        } else {
            hostEnd = uriStart
        }
        if hostEnd == 0 { trouble = .noHost }
    }
}

/// A group, as a target with variables finds it.
struct GroupName: Sendable {
    var name: ByteRange
    var index: Int32
    var port: UInt16
    var isImplicit: Bool
    /// The value of `hash`.
    var key: Value
}

extension RoutingTable {
    /// Appends what the `hash` of a group, an index in the model's `groups`, makes of this exchange.
    package func appendBalancingKey(
        group: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        append(groups[group].key, &record, moment, to: &out)
    }
}
