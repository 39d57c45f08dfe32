import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing

extension FieldBlock {
    /// The first field of that name that counts.
    func first(_ field: KnownField) -> FieldEntry? {
        for index in 0..<fieldCount where self[index].knownField == field && !self[index].isIgnored {
            return self[index]
        }
        return nil
    }
}

extension ExchangeRecord {
    /// Appends a piece's bytes.
    func append(_ piece: Piece, to out: inout ByteBuffer) { out.append(span(piece)) }
}

extension Worker {
    /// What stands below the rule of a page: `postern`, or with its version.
    mutating func appendSignature(_ id: SlotID) {
        let tokens: Failures.ServerTokens
        switch epochs[Int(exchanges[id].epoch)].model.locations[exchanges[id].record.route.location].response
            .serverTokens
        {
        case .off: tokens = .off
        case .on: tokens = .on
        case .build: tokens = .build
        }
        let version = Product.version
        FailurePage.appendSignature(tokens, version: version.span, build: version.span.extracting(0..<0), to: &text)
    }

    /// The URI as the upstream gets it; worked out where no head was made for it yet.
    mutating func appendProxyURI(_ id: SlotID) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        if exchanges[id].record.route.proxy.sentURI.isAbsent {
            var unused = ByteBuffer()
            _ = routing.appendUpstreamHead(&exchanges[id].record, moment, framing: .none, &pool, to: &unused)
        }
        exchanges[id].record.append(exchanges[id].record.route.proxy.sentURI, to: &text)
    }

    /// The head of a 101 goes into `output`: its end-to-end fields, and those that make the upgrade.
    mutating func appendUpgradeHead(_ id: SlotID) {
        let isStream = isOnStream(id)
        if !isStream { output.append("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n") }
        for index in 0..<exchanges[id].record.answer.head.fieldCount {
            let entry = exchanges[id].record.answer.head[index]
            if entry.isHopByHop && entry.knownField != .upgrade || entry.isIgnored { continue }
            let name = exchanges[id].record.answer.head.span(entry.name)
            // RFC 8441 §5: neither the upgrade's fields nor the key's answer.
            if isStream && (entry.isHopByHop || name.equalsIgnoringCase("sec-websocket-accept")) { continue }
            output.append(name: name, lowercased: isStream)
            output.append(exchanges[id].record.answer.head.span(entry.value))
            output.append("\r\n")
        }
        if !isStream { output.append("\r\n") }
    }

    /// A connection's own address, asked of the kernel where routing depends on it.
    func localAddress(_ connection: SlotID) -> SocketAddress {
        let listener = Int(downstreams[connection].listener)
        if epochs[Int(downstreams[connection].epoch)].needsLocalAddress(listener: listener) {
            return kernel.localAddress(downstreams[connection].descriptor)
        }
        if case .ip(let address) = listeners[listener].endpoint { return address }
        return .unix
    }

    /// Writes the access line of a request that never became an exchange.
    mutating func logUnfinishedRequest(_ connection: SlotID, status: UInt16) {
        let facts = ConnectionFacts(
            serial: downstreams[connection].serial, peer: downstreams[connection].peer, local: localAddress(connection),
            listener: epochs[Int(downstreams[connection].epoch)].listenerIndex(Int(downstreams[connection].listener)),
            openedAt: downstreams[connection].accepted)
        var record = ExchangeRecord(connection: facts, startedAt: loop.now, wall: loop.wallTime)
        let epoch = epochs[Int(downstreams[connection].epoch)]
        if !downstreams[connection].proxied.isNone { tellProxied(connection, &record) }
        tellSecure(connection, &record)
        record.route.server = epoch.defaultServerIndex(listener: Int(downstreams[connection].listener))
        record.route.location = epoch.model.servers[record.route.server].location
        record.answer.status = Int(status)
        let sinks = epoch.accessSinks[record.route.location]
        for index in 0..<sinks.count where sinks[index] >= 0 {
            line.clear()
            if epoch.routing.appendAccessLine(index, &record, moment, to: &line) {
                logs.sinks[sinks[index]].append(line.span)
            }
        }
        record.release(to: &pool)
    }
}

/// What this program calls itself.
package enum Product {
    package static let versionText = "0.1.0"
    static let version = Array(versionText.utf8)
}
