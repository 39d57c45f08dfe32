import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Upstreams

// Postern: proxy_wait. While an upstream refuses connections, or its name has no address, the exchange waits and tries
// again every 50 ms. Nothing of the request has been sent then, so that any request may wait.
extension Worker {
    /// Whether an attempt failed as one does while an app is being started.
    func isRefusal(_ id: SlotID, _ cause: Cause) -> Bool {
        switch cause.kind {
        case .connection(.connectFailed):
            return cause.errno == Errno.connectionRefused.rawValue
                || cause.errno == Errno.notFound.rawValue && cause.marks.contains(.unixSocket)
        case .choice(.nameNotResolved), .choice(.lookupTimedOut), .choice(.noResolver): return true
        case .choice(.noLivePeers):
            if exchanges[id].machine.triesRefused > 0 { return true }
            return epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)].isRefusing(now: loop.now)
        default: return false
        }
    }

    /// Lets the exchange wait after such a failure; false where it may not, or waited long enough.
    mutating func waitOut(_ id: SlotID, _ cause: Cause, phase: Phase) -> Bool {
        let wait = settings(id).wait
        if wait.timeout == 0 { return false }
        let waited = exchanges[id].machine.waits
        let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
        let step = Limits.waitStepMilliseconds
        let rules = WaitRules(
            mayBegin: waitingCount < wait.limit, hasOther: group.hasOther(exchanges[id].tried, now: loop.now),
            now: loop.now,
            // All that wait try at the same moments, so that they ask for a name once.
            next: Instant(milliseconds: (loop.now.milliseconds / step + 1) * step),
            end: loop.now.after(Int64(wait.timeout)))
        let place = Place(phase, headCommitted: false, wire: .http1)
        guard
            let actions = exchanges[id].machine.attemptRefused(
                FailureTable.verdict(cause, at: place), rules: retryRules(id), wait: rules)
        else { return false }
        if !waited { beginWait(id, cause, phase: phase) }
        evidence.clear()
        if group.isUnresolved { hastenNames() }
        exchanges[id].pausedAt = loop.now
        resetResponse(id)
        perform(actions, exchange: id)
        return true
    }

    /// One line says that it waits, and why.
    private mutating func beginWait(_ id: SlotID, _ cause: Cause, phase: Phase) {
        exchanges[id].isCountedWaiting = true
        waitingCount += 1
        exchanges[id].tried.waitBegan()
        text.clear()
        CauseText.append(cause, evidence, to: &text)
        evidence.set(text.span)
        logExchange(id, .choice(.awaited), phase: phase)
    }

    /// While somebody waits, the name of a group is looked up every half second, whichever worker does that.
    private mutating func hastenNames() {
        if loop.now.since(namesHastened) < Limits.namesHastenedMilliseconds { return }
        namesHastened = loop.now
        if keepsNames { return lookUpMissingNames() }
        shared.hastenNames(from: mailbox)
    }

    /// The upstream took the connection, or failed in another way, or nobody waits any more.
    mutating func endWait(_ id: SlotID) {
        exchanges[id].isCountedWaiting = false
        waitingCount -= 1
    }

    /// All peers are tried once more, and a name is looked up anew.
    mutating func pauseEnded(_ id: SlotID) {
        countPause(id)
        exchanges[id].tried.waitGoesOn()
        exchanges[id].isResolved = false
        perform(exchanges[id].machine.pauseEnded(), exchange: id)
    }

    /// What an attempt waited for, in a queue or between tries, is told by `$upstream_queue_time`, and does not count
    /// for `proxy_next_upstream_timeout`.
    mutating func countPause(_ id: SlotID) {
        let pause = loop.now.since(exchanges[id].pausedAt)
        exchanges[id].waitedMilliseconds = max(0, exchanges[id].waitedMilliseconds) + pause
        exchanges[id].firstAttempt = exchanges[id].firstAttempt.after(pause)
        if !exchanges[id].restarted && !exchanges[id].record.attempts.isEmpty {
            exchanges[id].record.attempts.current.queueTime = Int(exchanges[id].waitedMilliseconds)
        }
    }

    /// Begins the account of an attempt. The tries of one wait share one: `$upstream_addr` and the others tell of the
    /// last.
    mutating func beginAttemptRecord(_ id: SlotID) {
        if exchanges[id].machine.waits && !exchanges[id].restarted {
            exchanges[id].record.attempts.beginAgain(group: Int(exchanges[id].group))
        } else {
            if !exchanges[id].machine.waits { exchanges[id].waitedMilliseconds = -1 }
            exchanges[id].record.attempts.begin(
                group: Int(exchanges[id].group), restarted: exchanges[id].restarted)
        }
        exchanges[id].record.attempts.current.queueTime = Int(exchanges[id].waitedMilliseconds)
        exchanges[id].restarted = false
    }
}
