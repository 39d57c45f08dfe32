import Platform
import Synchronization

/// What the threads of one server share.
final class Core: Sendable {
    let options: FaultyUpstream.Options
    let places: Places
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
        var targets: [String: Int] = [:]
    }

    /// Most connections whose records are kept.
    static let recordLimit = 1024
    /// Most different targets with conditions that are counted.
    static let targetLimit = 1024

    /// Nil where no descriptor is left.
    init?(options: FaultyUpstream.Options, places: Places) {
        guard let threads = ThreadGroup() else { return nil }
        (self.options, self.places, self.threads) = (options, places, threads)
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

    /// The number of this request among those that match a rule or port, from 1.
    func countMatch(of key: String) -> Int {
        state.withLock { state in
            state.matched[key, default: 0] += 1
            return state.matched[key] ?? 1
        }
    }

    /// The same for a target that a client made up; nil where too many are counted already.
    func countTarget(_ target: String) -> Int? {
        state.withLock { state in
            if state.targets[target] == nil && state.targets.count >= Self.targetLimit { return nil }
            state.targets[target, default: 0] += 1
            return state.targets[target]
        }
    }

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
            state.targets = [:]
        }
    }
}
