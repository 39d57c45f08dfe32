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
        let text = record.span(url)
        let schemeCount: Int
        if text.count > 7, text.extracting(0..<7).equalsIgnoringCase("http://") {
            schemeCount = 7
        } else if text.count > 8, text.extracting(0..<8).equalsIgnoringCase("https://") {
            schemeCount = 8
            route.isTLS = true
        } else {
            return refuse(.invalidURLPrefix, url)
        }
        let rest = url.dropping(schemeCount)
        let defaultPort: UInt16 = route.isTLS ? 443 : 80
        if let trouble = readTarget(rest, defaultPort, &route, &record) { return refuse(trouble, rest) }
        record.route.proxy = route
        return .proxy
    }

    private func refuse(_ trouble: RouteTrouble, _ evidence: Piece) -> RouteDecision {
        .answer(OwnAnswer(status: 500, trouble: trouble, evidence: evidence))
    }

    private func readTarget(
        _ rest: Piece, _ defaultPort: UInt16, _ route: inout ProxyRoute, _ record: inout ExchangeRecord
    ) -> RouteTrouble? {
        let text = record.span(rest)
        if text.count >= 5, text.extracting(0..<5).equalsIgnoringCase("unix:") {
            return readUnix(rest, &route, &record)
        }
        let isLiteral = !text.isEmpty && text[0] == 0x5b
        var hostEnd = 0
        if isLiteral {
            guard let closing = text.firstIndex(of: 0x5d) else { return .noHost }
            if closing == 1 { return .noHost }
            hostEnd = closing + 1
        }
        var uriStart = hostEnd
        while uriStart < text.count, text[uriStart] != 0x2f, text[uriStart] != 0x3f { uriStart += 1 }
        var port = defaultPort
        var authorityEnd = uriStart
        let colon = text.extracting(0..<uriStart).firstIndex(of: ASCII.colon, from: hostEnd)
        if let colon {
            guard let number = text.extracting(colon + 1..<uriStart).decimal, (1...65535).contains(number) else {
                return .invalidPort
            }
            port = UInt16(number)
            hostEnd = colon
            // The scheme's own port is not part of `$proxy_host`.
            if port == defaultPort { authorityEnd = colon }
        } else if !isLiteral {
            hostEnd = uriStart
        } else if hostEnd != uriStart {
            return .noHost
        }
        if hostEnd == 0 { return .noHost }
        route.host = rest.part(ByteRange(0, authorityEnd))
        if let colon {
            route.port = rest.part(ByteRange(colon + 1, uriStart))
        } else {
            route.port = record.keep(route.isTLS ? "443" : "80")
        }
        setURI(rest.dropping(uriStart), &route, &record)
        return choose(rest.part(ByteRange(0, hostEnd)), port, hasPort: colon != nil, &route, record)
    }

    private func readUnix(_ rest: Piece, _ route: inout ProxyRoute, _ record: inout ExchangeRecord) -> RouteTrouble? {
        let text = record.span(rest)
        let end = text.firstIndex(of: ASCII.colon, from: 5) ?? text.count
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
    ) -> RouteTrouble? {
        let name = record.span(host)
        for group in groups where literals.span(group.name).equalsIgnoringCase(name) {
            if group.isImplicit ? group.port == port : !hasPort {
                route.destination = .group(Int(group.index))
                return nil
            }
        }
        if let address = SocketAddress(bytes: name, port: port) {
            route.destination = .address(address)
        } else {
            route.destination = .name(host, port: port)
        }
        return nil
    }
}

/// A group, as a target with variables finds it.
struct GroupName: Sendable {
    var name: ByteRange
    var index: Int32
    var port: UInt16
    var isImplicit: Bool
}
