import Bytes
import EventLoop
import Platform
import Routing

// Rates (nginx: limit_rate, limit_rate_after, proxy_limit_rate, X-Accel-Limit-Rate): what may be sent or read at once
// is cut to what the rate allows, and the exchange's timer goes on where it allows more.
extension Worker {
    /// The head is committed: from now on the response goes at the location's rate.
    mutating func setSendRate(_ id: SlotID) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        let (rate, after) = routing.downstreamRate(&exchanges[id].record, moment, &pool)
        if rate > 0 { exchanges[id].sendRate = Rate(bytesPerSecond: rate, free: after, now: loop.now) }
    }

    /// The head has come: from now on its body is read at the location's rate, where it may run ahead of the client.
    mutating func setReadRate(_ id: SlotID, alreadyRead: Int) {
        if !exchanges[id].isBuffering { return }
        let rate = epochs[Int(exchanges[id].epoch)].routing.upstreamRate(&exchanges[id].record, moment, &pool)
        if rate == 0 { return }
        exchanges[id].readRate = Rate(bytesPerSecond: rate, now: loop.now)
        exchanges[id].readRate.took(alreadyRead)
    }

    /// What may go to a client now.
    func sendAllowance(_ connection: SlotID) -> Int {
        let id = downstreams[connection].exchange
        return id.isNone ? .max : exchanges[id].sendRate.allowance(now: loop.now)
    }

    func noteSent(_ connection: SlotID, _ count: Int) {
        let id = downstreams[connection].exchange
        if !id.isNone { exchanges[id].sendRate.took(count) }
    }

    /// When more may go to the client; nil where its rate does not hold it up now, but its socket or nothing.
    func paceEnd(_ id: SlotID) -> Instant? {
        guard exchanges[id].sendRate.isLimited, case .connection(let connection) = exchanges[id].client,
            downstreams[connection].socket.contains(.writable), downstreams[connection].pendingCount > 0
        else { return nil }
        return exchanges[id].sendRate.next(downstreams[connection].pendingCount)
    }

    /// The rate allows no byte more of the upstream's body now.
    mutating func paceReading(_ id: SlotID, _ wanted: Int) {
        exchanges[id].machine.readingPaced(until: exchanges[id].readRate.next(wanted))
        arm(id)
    }

    /// A rate allows more.
    mutating func paceEnded(_ id: SlotID) {
        if exchanges[id].machine.sendPace <= loop.now {
            guard case .connection(let connection) = exchanges[id].client else {
                return exchanges[id].machine.clientAwaited(until: .never)
            }
            return flushToClient(id, connection)
        }
        exchanges[id].machine.bodyAwaitedFromUpstream(until: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        arm(id)
        relayResponse(id)
    }
}
