import Platform
import Synchronization

/// What the threads of one server share.
final class Core: Sendable {
    let options: FaultyUpstream.Options
    let threads: ThreadGroup
    private let state = Mutex(State())

    private struct State {
        var accepted = 0
        var open = 0
        var refused = 0
        /// The last `recordLimit` connections; the first of them has the number `accepted - records.count`.
        var records: [ConnectionRecord] = []
        var played: [String: Int] = [:]
        var matched: [String: Int] = [:]
    }

    /// Most connections whose records are kept.
    static let recordLimit = 1024
    /// Most different targets with conditions that are counted.
    static let matchLimit = 1024

    /// Nil where no descriptor is left.
    init?(options: FaultyUpstream.Options) {
        guard let threads = ThreadGroup() else { return nil }
        (self.options, self.threads) = (options, threads)
    }

    var stop: StopSignal { threads.stop }
    var waitLimitMilliseconds: Int { options.waitLimitSeconds * 1000 }

    // MARK: connections

    /// Counts a connection in; nil where the limit is reached.
    func admit() -> Int? {
        state.withLock { state in
            if state.open >= options.connectionLimit {
                state.refused += 1
                return nil
            }
            let number = state.accepted
            state.accepted += 1
            state.open += 1
            if state.records.count == Self.recordLimit { state.records.removeFirst() }
            state.records.append(ConnectionRecord(number: number))
            return number
        }
    }

    func update(_ record: ConnectionRecord) {
        state.withLock { state in
            let index = record.number - (state.accepted - state.records.count)
            if index >= 0 { state.records[index] = record }
        }
    }

    func end(_ record: ConnectionRecord) {
        update(record)
        state.withLock { $0.open -= 1 }
    }

    var records: [ConnectionRecord] { state.withLock { $0.records } }
    var accepted: Int { state.withLock { $0.accepted } }
    var refused: Int { state.withLock { $0.refused } }

    // MARK: counts

    /// The number of this request among those that match `key`, from 1; nil where too many keys are counted already.
    func countMatch(of key: String) -> Int? {
        state.withLock { state in
            if state.matched[key] == nil && state.matched.count >= Self.matchLimit { return nil }
            state.matched[key, default: 0] += 1
            return state.matched[key]
        }
    }

    /// The same for a port of one fault.
    func countPlaying(of fault: String) -> Int { countMatch(of: " " + fault) ?? 1 }

    func note(_ fault: Fault, on record: ConnectionRecord, request: Request?) {
        state.withLock { $0.played[fault.name, default: 0] += 1 }
        update(record)
        guard let report = options.report else { return }
        let what = request.map { ": \($0.method) \($0.target)" } ?? ""
        report("fault \(fault.name) on connection \(record.number)\(what)")
    }

    var played: [String: Int] { state.withLock { $0.played } }

    /// Forgets how often faults were played and conditions matched.
    func resetCounts() {
        state.withLock { state in
            state.played = [:]
            state.matched = [:]
        }
    }
}
