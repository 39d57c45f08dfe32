import Bytes
@testable import EventLoop
import Platform
@testable import ProxyCore

// What holds at the end of every turn, whatever clients and upstreams do.
extension Worker {
    /// The first invariant that does not hold; nil where all do.
    func brokenInvariant(_ limits: Limits) -> String? {
        var open = 0
        var overshoot = 0
        for index in 0..<downstreams.highWater {
            guard let id = downstreams.id(at: index) else { continue }
            // A stream is no connection of its own.
            if downstreams[id].stream.isNone { open += 1 }
            overshoot += Int(downstreams[id].overshoot)
            if let trouble = trouble(downstream: id) { return "downstream \(index): \(trouble)" }
        }
        for index in 0..<exchanges.highWater {
            guard let id = exchanges.id(at: index) else { continue }
            if let trouble = trouble(exchange: id) { return "exchange \(index): \(trouble)" }
        }
        for index in 0..<upstreams.highWater {
            guard let id = upstreams.id(at: index) else { continue }
            if upstreams[id].stream.isNone { open += 1 }
            if let trouble = trouble(upstream: id) { return "upstream \(index): \(trouble)" }
        }
        if let trouble = troubleOfIdleOrder ?? troubleOfChecks { return trouble }
        if let trouble = troubleOfWaiting ?? troubleOfGroups ?? troubleOfCarriers { return trouble }
        if open + connectionsLeft != limits.connections { return "\(open) connections, but \(connectionsLeft) left" }
        if overshoot + overshootLeft != limits.overshootBytes { return "the overshoot budget does not add up" }
        // What framing adds to the bytes that were read is not counted beforehand: some bytes for each connection.
        if overshootLeft < -2_048 * downstreams.count { return "the overshoot budget is overdrawn" }
        if bodyBudgetLeft < 0 { return "the budget for request bodies is overdrawn" }
        return nil
    }

    /// Every connection between requests is in the list once, in both directions.
    private var troubleOfIdleOrder: String? {
        var listed = 0
        var older = IdleLinks.end
        var place = idleOrder.oldest
        while place != IdleLinks.end {
            guard let id = downstreams.id(at: place), mayBeListed(id),
                downstreams[id].idle.isListed,
                downstreams[id].idle.older == older, listed < downstreams.count
            else { return "the list of idle connections is broken" }
            listed += 1
            older = place
            place = downstreams[id].idle.newer
        }
        var idle = 0
        for index in 0..<downstreams.highWater {
            if let id = downstreams.id(at: index), mayBeListed(id) { idle += 1 }
        }
        return listed == idle && older == idleOrder.latest ? nil : "\(listed) of \(idle) idle connections are listed"
    }

    private func mayBeListed(_ id: SlotID) -> Bool {
        let machine = downstreams[id].machine
        return machine.isBetweenRequests || machine.takesStreams && machine.streams == 0
    }

    private func trouble(downstream id: SlotID) -> String? {
        let exchange = downstreams[id].exchange
        switch downstreams[id].machine.state {
        case .closed: return "closed, but not swept"
        case .proxyHeader, .handshaking, .idle, .readingHead, .lingering:
            if !exchange.isNone { return "has an exchange that it does not know of" }
            if let late = late(.downstream, id.index, downstreams[id].machine.deadline) { return late }
        case .opening, .open, .draining:
            if !exchange.isNone { return "has an exchange that is not a stream's" }
            if sessions[downstreams[id].session].speaks { return "has something to say at the end of a turn" }
            if downstreams[id].machine.nextDeadline.isNever { break }
            if let late = late(.downstream, id.index, downstreams[id].machine.nextDeadline) { return late }
        case .exchanging:
            if !downstreams[id].stream.isNone, let strays = trouble(stream: downstreams[id].stream) { return strays }
            if !exchanges.contains(exchange) { return "exchanging without an exchange" }
            let bound = exchanges[exchange].heldLimit + Int(downstreams[id].overshoot)
            if downstreams[id].pendingCount > bound && !exchanges[exchange].machine.isTunnelling {
                return "holds \(downstreams[id].pendingCount) bytes of at most \(bound)"
            }
        }
        return nil
    }

    private func trouble(stream id: SlotID) -> String? {
        let carrier = streams[id].carrier
        if !downstreams.contains(carrier) || downstreams[carrier].machine.streams == 0 { return "carried by nobody" }
        return streams[id].received.count > 65_536 ? "a stream beyond its window" : nil
    }

    private func trouble(exchange id: SlotID) -> String? {
        if exchanges[id].isLogged { return "logged, but not swept" }
        if case .connection(let connection) = exchanges[id].client {
            if !downstreams.contains(connection) || downstreams[connection].exchange != id {
                return "its client forgot it"
            }
            if downstreams[connection].socket.contains(.posted) { return nil }
        }
        let upstream = exchanges[id].upstream
        if !upstream.isNone {
            if !upstreams.contains(upstream) || upstreams[upstream].exchange != id { return "its upstream forgot it" }
            if upstreams[upstream].socket.contains(.posted) { return nil }
        }
        if let large = troubleOfMemory(exchange: id) { return large }
        let machine = exchanges[id].machine
        let strays = RestingPlaces.include(machine) ? nil : "rests where docs/LIFECYCLE.md knows no place"
        guard let trouble = strays ?? late(.exchange, id.index, machine.nextDeadline) else { return nil }
        return "\(trouble); request \(machine.request), response \(machine.response), attempt \(machine.attempt)"
    }

    /// Buffers are looked at whole, with what of them has been sent already.
    private func troubleOfMemory(exchange id: SlotID) -> String? {
        let scope = settings(id)
        let body = exchanges[id].body.memory.count
        // One read of a head brings the beginning of a body, however small its buffer; sent bytes make room by halves.
        let bound =
            !scope.buffersRequest
            ? 2 * (max(scope.bodyBufferBytes, 16 << 10) + 64) : scope.bodyBufferBytes + exchanges[id].body.charged
        if body > bound { return "keeps \(body) bytes of a body in memory, of at most \(bound)" }
        let upstream = exchanges[id].upstream
        if upstream.isNone { return nil }
        if upstreams[upstream].input.count > scope.headBufferBytes {
            return "keeps \(upstreams[upstream].input.count) bytes of a response's head"
        }
        let pending = upstreams[upstream].pending.count
        let most = exchanges[id].machine.isTunnelling ? 2 * max(scope.headBufferBytes, 16 << 10) : 64 << 10
        return pending > most ? "keeps \(pending) bytes for its upstream" : nil
    }

    private func trouble(upstream id: SlotID) -> String? {
        switch upstreams[id].machine.state {
        case .closed: return "closed, but not swept"
        case .opening: return late(.upstream, id.index, upstreams[id].machine.deadline)
        case .idle:
            if let check = PeerCheck.index(location: upstreams[id].location), checks[check].idle != id {
                return "kept for a check that forgot it"
            }
            return late(.upstream, id.index, upstreams[id].machine.deadline)
        case .open, .draining: return upstreams[id].machine.leases > 0 ? nil : "open for nobody"
        case .connecting, .handshaking, .leased:
            let exchange = upstreams[id].exchange
            if !exchanges.contains(exchange) { return "leased to nobody" }
            return exchanges[exchange].upstream == id ? nil : "leased to an exchange that has another"
        }
    }

    /// What is wrong with the timer of a slot that has to move by `deadline`.
    private func late(_ kind: TokenKind, _ index: UInt32, _ deadline: Instant) -> String? {
        if deadline.isNever { return "waits without a deadline" }
        let tick = loop.wheel.armedTick(kind: Int(kind.rawValue), index: Int(index))
        if tick == 0 { return "its timer is not armed" }
        return tick > max((deadline.milliseconds + 15) >> 4, loop.wheel.tick + 1) ? "its timer is armed too late" : nil
    }

    /// What is left where nothing is open any more.
    func leftovers(_ limits: Limits) -> [String] {
        var all: [String] = []
        if downstreams.count > 0 { all.append("\(downstreams.count) downstream connections are left") }
        if exchanges.count > 0 { all.append("\(exchanges.count) exchanges are left") }
        if upstreams.count > 0 { all.append("\(upstreams.count) upstream connections are left") }
        if sessions.count > 0 { all.append("\(sessions.count) HTTP/2 sessions are left") }
        if streams.count > 0 { all.append("\(streams.count) HTTP/2 streams are left") }
        if proxied.count > 0 { all.append("\(proxied.count) PROXY protocol headers are left") }
        if secured.count > 0 { all.append("\(secured.count) TLS sessions are left") }
        if partials.count > 0 { all.append("\(partials.count) partial heads are left") }
        if connectionsLeft != limits.connections {
            all.append("\(limits.connections - connectionsLeft) connections are counted")
        }
        if overshootLeft != limits.overshootBytes { all.append("the overshoot budget is not whole") }
        if bodyBudgetLeft != limits.bodyBudgetBytes { all.append("the budget for request bodies is not whole") }
        if epochs.contains(where: { $0.users != 0 }) { all.append("an epoch has users") }
        if !lines.isEmpty { all.append("\(lines.count) lines are left") }
        if waitingCount != 0 { all.append("\(waitingCount) exchanges are counted as waiting") }
        for entry in resolvers where entry.resolver.lookupCount > 0 { all.append("a lookup is left") }
        if epochs.contains(where: { $0.dynamic.users.contains { $0 != 0 } }) { all.append("a dynamic group has users") }
        for kind in [TokenKind.downstream, .exchange, .upstream] {
            let armed = loop.wheel.armedCount(kind: Int(kind.rawValue))
            if armed > 0 { all.append("\(armed) timers of \(kind)s are armed") }
        }
        return all
    }
}
