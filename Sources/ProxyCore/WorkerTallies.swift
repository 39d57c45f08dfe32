import Bytes
import EventLoop
import Failures
import Platform
import Routing
import Upstreams

// What the locations of `upstream_status` and `metrics` tell is counted here: on the data path in cells that only this
// worker writes to, of failures in books that are locked.
extension Worker {
    /// A turn of the loop is over.
    func countTurn() {
        counters.turns.add(microseconds: Int((kernel.nanoseconds() - loop.wokeAtNanoseconds) / 1_000))
    }

    /// An exchange is over.
    func countExchange(_ id: SlotID) {
        let (status, time) = exchanges[id].result(now: loop.now)
        // nginx's 444 is no answer.
        counters.answers[status == 444 ? 0 : min(status / 100, 5)].add()
        counters.requestTimes.add(milliseconds: time)
    }

    /// Counts what an attempt came to, as it lets go of its peer.
    func countAttempt(_ id: SlotID, _ group: Group, _ outcome: AttemptOutcome) {
        let upstream = exchanges[id].upstream
        let isFresh = !upstream.isNone && !upstreams[upstream].machine.isReused
        group.count(exchanges[id].attemptFigures(outcome, isFresh: isFresh), Int(exchanges[id].peer))
    }

    /// A line says that something failed.
    func count(_ cause: Cause, _ verdict: Verdict) {
        if verdict.ending != .notice { counters.failures[Int(cause.kind.code)].add() }
    }

    /// Which peer the exchange counts as busy; −1 for none.
    func holdingPeer(_ id: SlotID) -> Int { exchanges[id].holdsPeer ? Int(exchanges[id].peer) : -1 }

    /// An attempt failed, and its line lies in `line`: into its peer's book, or its group's where there is none (−1).
    ///
    /// A cause that lies here is nobody's but this process's.
    func countFailure(_ id: SlotID, peer: Int, _ cause: Cause, _ verdict: Verdict) {
        let index = Int(exchanges[id].group)
        guard cause.kind.family == .upstream, index >= 0, let error = verdict.error else { return }
        let epoch = epochs[Int(exchanges[id].epoch)]
        let group = epoch.groups[index]
        var book = group.tally.failures
        if peer >= 0 {
            if cause.marks.contains(.stale) { group.countStale(peer) }
            if index < epoch.model.groups.count { book = group.peers[peer].tally.failures }
        }
        book.note(Int(error.rawValue), at: loop.wallTime, line: line.span)
    }
}

extension Exchange {
    /// The status that its client got, and how long it took in milliseconds.
    func result(now: Instant) -> (status: Int, milliseconds: Int) {
        (record.answer.status, Int(now.since(record.asked.startedAt)))
    }

    /// What its last attempt came to; `isFresh`: on a connection that was made for it.
    func attemptFigures(_ outcome: AttemptOutcome, isFresh: Bool) -> AttemptFigures {
        var figures = AttemptFigures()
        if isFresh { figures.connectTime = record.attempts.current.connectTime }
        figures.headTime = record.attempts.current.headTime
        figures.status = record.answer.facts.status
        if case .succeeded = outcome { figures.responseTime = record.attempts.current.responseTime }
        figures.bytesReceived = Int(record.attempts.current.bytesReceived)
        return figures
    }
}
