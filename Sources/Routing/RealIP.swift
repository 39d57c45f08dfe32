import Bytes
import HTTP
import Platform

extension RoutingTable {
    /// Replaces the client's address by the one that a trusted peer names, by the settings of where the record stands
    /// (nginx: ngx_http_realip_module). Once at the most for each request.
    func setEffectiveClient(_ record: inout ExchangeRecord) {
        if record.route.hasEffectiveClient || entries[record.route.location].trusted.isEmpty { return }
        let entry = entries[record.route.location]
        if entry.realIPHeader.isEmpty { return setClientOfProxyProtocol(&record, trusted: entry.trusted) }
        let literals = literals
        let name = literals.span.part(entry.realIPHeader)
        let severalLines = name.equals("x-forwarded-for")
        var client = record.asked.client
        var found = false
        var index = severalLines ? record.asked.head.fieldCount : 0
        // Of X-Forwarded-For the last line comes first; of any other field the first one counts.
        while severalLines ? index > 0 : index < record.asked.head.fieldCount {
            if severalLines { index -= 1 }
            let field = record.asked.head[index]
            if !severalLines { index += 1 }
            if field.isIgnored || !record.asked.head.span(field.name).equalsIgnoringCase(name) { continue }
            let outcome = walk(
                record.asked.head.span(field.value), from: &client, trusted: entry.trusted,
                recursive: entry.realIPIsRecursive)
            if outcome != .nothing { found = true }
            if !severalLines || !entry.realIPIsRecursive || outcome != .exhausted { break }
        }
        if !found { return }
        record.asked.client = client
        record.route.hasEffectiveClient = true
    }

    private func setClientOfProxyProtocol(_ record: inout ExchangeRecord, trusted run: Run) {
        let named = record.asked.connection.proxyClient
        if named.family == .none || !trusts(record.asked.client, run) { return }
        record.asked.client = named
        record.route.hasEffectiveClient = true
    }

    private func trusts(_ address: SocketAddress, _ run: Run) -> Bool {
        for index in run.indices where trusted[index].contains(address) { return true }
        return false
    }

    private enum Walk {
        /// No address was taken.
        case nothing
        /// The list is used up, and its first address may be trusted too.
        case exhausted
        case done
    }

    /// Walks a list of addresses from its end as long as what names them is trusted.
    private func walk(
        _ list: Span<UInt8>, from client: inout SocketAddress, trusted run: Run, recursive: Bool
    ) -> Walk {
        var end = list.count
        var taken = false
        repeat {
            if !trusts(client, run) { return taken ? .done : .nothing }
            while end > 0, Self.separates(list[end - 1]) { end -= 1 }
            var start = end
            while start > 0, !Self.separates(list[start - 1]) { start -= 1 }
            guard let address = SocketAddress(bytesWithPort: list.extracting(start..<end)) else {
                return taken ? .done : .nothing
            }
            client = address
            taken = true
            end = max(0, start - 1)
        } while recursive && end > 0
        return .exhausted
    }

    private static func separates(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == 0x2c }
}
