import Bytes
import Configuration
import HTTP
import Platform

extension RoutingTable {
    /// Index of the server for a connection to `local` on that listener, by the host asked for (lower case or not);
    /// without a host, or where it matches no name, the address's default one (nginx: server_name).
    package func server(listener: Int, local: SocketAddress, host: Span<UInt8>) -> Int {
        let address = addresses[addressIndex(listener: listener, local: local)]
        let named = server(named: host, at: address)
        if named >= 0 { return named }
        if !host.isEmpty {
            for choice in address.patterns.indices
            where matcher.match(patterns[Int(serverPatterns[choice].pattern)], host) == .matched {
                return Int(serverPatterns[choice].number)
            }
        }
        return Int(address.defaultServer)
    }

    /// Puts a request whose head is parsed at its starting place: server, normalised URI and arguments, effective
    /// client.
    /// False where the path climbs above the root or has an invalid escape: 400, the client's fault.
    package func begin(_ record: inout ExchangeRecord, _ pool: inout BufferPool) -> Bool {
        record.openArena(&pool)
        enterServer(chooseServer(&record), &record)
        let facts = record.asked.facts
        record.route.method = facts.method
        record.route.methodName = Piece(.head, facts.methodName)
        let hasMark = facts.requestURI.count > facts.path.count
        record.route.arguments = facts.arguments.isEmpty && !hasMark ? .absent : Piece(.head, facts.arguments)
        if !facts.isPathNormal {
            var arena = record.takeArena()
            let start = arena.count
            let merges = servers[record.route.server].mergesSlashes
            let valid = TargetNormalizer.append(record.asked.head.span(facts.path), mergesSlashes: merges, to: &arena)
            record.arena = arena
            record.route.uri = Piece(.arena, ByteRange(start, record.arena.count))
            if !valid { return false }
        } else {
            record.route.uri = Piece(.head, facts.path)
        }
        setEffectiveClient(&record)
        return true
    }

    /// Puts a request at a server without looking at its head: for one that is refused before its head is whole.
    package func enterServer(_ server: Int, _ record: inout ExchangeRecord) {
        record.route.server = server
        record.route.location = Int(servers[server].scope)
        if record.asked.head.isEmpty || record.asked.facts.methodName.isEmpty { return }
        record.route.method = record.asked.facts.method
        record.route.methodName = Piece(.head, record.asked.facts.methodName)
    }

    // MARK: the choice

    private func chooseServer(_ record: inout ExchangeRecord) -> Int {
        let address = addresses[
            addressIndex(listener: record.asked.connection.listener, local: record.asked.connection.local)]
        guard let host = record.asked.facts.host else {
            let unnamed = lookUp(record.asked.head.span(.empty), in: address.exact)
            return unnamed >= 0 ? unnamed : Int(address.defaultServer)
        }
        let named = server(named: record.asked.head.span(host.name), at: address)
        if named >= 0 { return named }
        if address.patterns.isEmpty { return Int(address.defaultServer) }
        // Groups of the pattern are pieces of its subject, which is the host in lower case.
        var subject = Piece(.head, host.name)
        if host.hasUppercase {
            var arena = record.takeArena()
            let start = arena.count
            arena.append(lowercased: record.asked.head.span(host.name))
            record.arena = arena
            subject = Piece(.arena, ByteRange(start, record.arena.count))
        }
        for choice in address.patterns.indices
        where match(Int(serverPatterns[choice].pattern), subject, &record) == .matched {
            return Int(serverPatterns[choice].number)
        }
        return Int(address.defaultServer)
    }

    private func addressIndex(listener: Int, local: SocketAddress) -> Int {
        let run = listenerAddresses[listener].indices
        if run.count > 1 {
            for index in run where addresses[index].address == local { return index }
        }
        return run.upperBound - 1
    }

    /// By whole name, then the longest `*.name`, then the longest `name.*`; −1 for none.
    private func server(named host: Span<UInt8>, at address: AddressEntry) -> Int {
        let exact = lookUp(host, in: address.exact)
        if exact >= 0 { return exact }
        return lookUpWildcard(host, suffixes: address.suffixes, starts: address.starts)
    }
}
