import Bytes
import Configuration
import HTTP
import Platform

extension RoutingTable {
    /// Index of the server for a connection to `local` on that listener, by the host asked for (lower case or not);
    /// without a host, or where it matches no name, the address's default one.
    package func server(listener: Int, local: SocketAddress, host: Span<UInt8>) -> Int {
        model.listeners[listener].addresses[0].defaultServer
    }

    /// Whether the variables of the table ask for TLS facts: else they need not be filled in.
    package var usesTLSFacts: Bool { false }

    /// Puts a request whose head is parsed at its starting place: server, normalised URI and arguments, effective client.
    /// False where the path climbs above the root or has an invalid escape: 400, the client's fault.
    package func begin(_ record: inout ExchangeRecord, _ pool: inout BufferPool) -> Bool {
        let host = record.asked.facts.host?.name ?? .empty
        record.route.server = server(
            listener: record.asked.connection.listener, local: record.asked.connection.local,
            host: record.asked.head.span(host))
        record.route.location = model.servers[record.route.server].location
        record.route.method = record.asked.facts.method
        record.route.methodName = Piece(.head, record.asked.facts.methodName)
        record.route.uri = Piece(.head, record.asked.facts.path)
        record.route.arguments = Piece(.head, record.asked.facts.arguments)
        return true
    }

    /// Walks the phases from the server's rewrite steps to the content, and says what is to be done.
    /// Also goes on after a restart (`redirectInternally`, `enterNamed`, `errorPage`).
    package func route(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision {
        var best = -1, length = -1
        for location in model.locations[model.servers[record.route.server].location].children.prefixes {
            let name = model.locations[location].match.name
            let uri = record.span(record.route.uri)
            if name.count > length, uri.count >= name.count, uri.extracting(0..<name.count).equals(name.span) {
                (best, length) = (location, name.count)
            }
        }
        if best >= 0 { record.route.location = best }
        guard case .proxy(.group(let target)) = model.locations[record.route.location].content else { return .files }
        record.route.proxy.destination = .group(target.group)
        record.route.proxy.isTLS = target.isTLS
        return .proxy
    }

    /// Sends the request to another URI of its server (nginx: internal redirect). Then `route` goes on.
    ///
    /// False after ten changes: 500, `rewrite or internal redirection cycle while internally redirecting to "URI"`.
    package func redirectInternally(_ record: inout ExchangeRecord, uri: Piece, arguments: Piece) -> Bool { true }

    /// Sends the request to a named location; `name` has its `@`. Then `route` goes on.
    ///
    /// The trouble is `namedLocationCycle` or `namedLocationMissing`, 500 both.
    package func enterNamed(_ record: inout ExchangeRecord, _ name: Span<UInt8>) -> RouteTrouble? { nil }

    /// What `error_page` makes of a status that the response would have (300 … 599, as `$status` knows it).
    ///
    /// Sets `record.route.errorStatus` to what the client gets in the end; `record.answer.status` is the caller's.
    package func errorPage(
        _ record: inout ExchangeRecord, status: Int, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> ErrorPageDecision { .none }
}
