import Bytes
import EventLoop
import HTTP
import Platform
import Routing

/// What a worker has told of its connections so far; the difference is added when it tells again.
struct ToldCounts: BitwiseCopyable {
    var reading = 0
    var writing = 0
    init() {}
}

extension Worker {
    /// Tells how many connections are in which state: at the end of each turn, and before somebody here asks.
    mutating func tellCounts() {
        let reading = partials.count
        let writing = exchanges.count - endedExchanges.count - checksAsking
        if reading != told.reading { counters.reading.wrappingAdd(reading - told.reading, ordering: .relaxed) }
        if writing != told.writing { counters.writing.wrappingAdd(writing - told.writing, ordering: .relaxed) }
        told.reading = reading
        told.writing = writing
    }

    /// The counts for `$connections_active` and its like.
    mutating func refreshCounts() {
        tellCounts()
        shared.look(&known)
        let counts = ConnectionCounts(known.all)
        moment.connectionsActive = counts.active
        moment.connectionsReading = counts.reading
        moment.connectionsWriting = counts.writing
        moment.connectionsWaiting = counts.waiting
    }

    /// Brings up to date what variables know beside the exchange.
    mutating func tellMoment(_ id: SlotID) {
        moment.update(now: loop.now, wall: loop.wallTime)
        guard epochs[Int(exchanges[id].epoch)].routing.usesTransport else { return }
        moment.transport = nil
        guard case .connection(let connection) = exchanges[id].client else { return }
        moment.transport = kernel.transport(downstreams[connection].descriptor)
    }

    /// nginx: stub_status.
    mutating func answerStatus(_ id: SlotID) {
        let method = exchanges[id].record.route.method
        if method != .get && method != .head { return answer(id, status: 405) }
        if !discardBody(id) { return refuseBody(id) }
        if isNoTunnel(id, status: 200) { return refuseTunnel(id) }
        exchanges[id].record.answer.status = 200
        refreshCounts()
        let counts = ConnectionCounts(known.all)
        scratch.clear()
        scratch.append("Active connections: ", decimal: counts.active)
        scratch.append(" \nserver accepts handled requests\n ", decimal: counts.accepted)
        scratch.append(" ", decimal: counts.accepted)
        scratch.append(" ", decimal: counts.requests)
        scratch.append(" \nReading: ", decimal: counts.reading)
        scratch.append(" Writing: ", decimal: counts.writing)
        scratch.append(" Waiting: ", decimal: counts.waiting)
        scratch.append(" \n")
        decideKeepAlive(id)
        sendOwn(id, .plain)
    }
}
