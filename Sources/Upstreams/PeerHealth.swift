import Platform
import Synchronization

/// What health checks found out about a peer. One worker of the process checks and writes; all workers, and whoever
/// reports on the process, read.
///
/// A peer may have several checks, by `HealthCheck.number`: it gets requests while none of them says no. Every
/// value is an atomic of its own: a reader may see one check's outcome a moment before the count that goes with it.
package struct PeerHealth: ~Copyable, Sendable {
    /// The checks that found the peer unhealthy (low half) and those whose first outcome is awaited (high half).
    private let against: Atomic<UInt64>
    private let checked = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let turned = Atomic<Int>(0)
    /// Milliseconds of the monotonic clock (48 bits) · status (15) · passed (1); 0 before the first check.
    private let last = Atomic<UInt64>(0)

    /// A peer that is not checked yet; `awaited`: the checks without whose word it gets no requests, one bit each.
    init(awaited: UInt32) { against = Atomic(UInt64(awaited) << 32) }

    // MARK: reading

    /// Whether the peer may get requests, as far as health checks are concerned.
    package var isUsable: Bool { against.load(ordering: .relaxed) == 0 }

    /// All that is known.
    package var report: HealthReport {
        let against = against.load(ordering: .relaxed)
        let last = last.load(ordering: .relaxed)
        return HealthReport(
            standing: against == 0 ? .healthy : UInt32(truncatingIfNeeded: against) == 0 ? .checking : .unhealthy,
            checks: checked.load(ordering: .relaxed), failures: failed.load(ordering: .relaxed),
            unhealthyTurns: turned.load(ordering: .relaxed), hasPassed: last == 0 ? nil : last & 1 == 1,
            status: Int(last >> 1 & 0x7fff), checkedAt: last == 0 ? .never : Instant(milliseconds: Int64(last >> 16)))
    }

    /// What one check says.
    package func standing(of check: Int) -> HealthReport.Standing {
        let against = against.load(ordering: .relaxed) >> UInt64(check)
        return against & 1 == 1 ? .unhealthy : against >> 32 & 1 == 1 ? .checking : .healthy
    }

    // MARK: writing: the worker that checks

    /// A check ended; `status`: of its response, 0 where there was none.
    package func noteCheck(passed: Bool, status: Int, now: Instant) {
        checked.wrappingAdd(1, ordering: .relaxed)
        if !passed { failed.wrappingAdd(1, ordering: .relaxed) }
        let time = UInt64(max(1, now.milliseconds)) << 16
        last.store(time | UInt64(status & 0x7fff) << 1 | (passed ? 1 : 0), ordering: .relaxed)
    }

    /// A check has something against the peer from now on, or no more. True where that changes what the peer gets.
    func set(_ check: Int, isHealthy: Bool) -> Bool {
        let bit = UInt64(1) << UInt64(check)
        let both = bit | bit << 32
        if isHealthy {
            let change = against.bitwiseAnd(~both, ordering: .relaxed)
            return change.oldValue != 0 && change.newValue == 0
        }
        let before = against.bitwiseOr(bit, ordering: .relaxed).oldValue
        against.bitwiseAnd(~(bit << 32), ordering: .relaxed)
        if before & 0xffff_ffff == 0 { turned.wrappingAdd(1, ordering: .relaxed) }
        return before == 0
    }

    /// What a reload knows already: these checks are not waited for.
    func forgive(_ checks: UInt32) { against.bitwiseAnd(~(UInt64(checks) << 32), ordering: .relaxed) }
}

/// What health checks found out about a peer, at one moment.
package struct HealthReport: Sendable, Equatable {
    /// Whether the peer gets requests: only `healthy` ones do. A peer without checks is healthy.
    package let standing: Standing
    /// Checks made; where a group has several, of all together. A check that could not be made for want of something
    /// here does not count.
    package let checks: Int
    /// Those of them that failed.
    package let failures: Int
    /// How often the peer became unhealthy.
    package let unhealthyTurns: Int
    /// Whether the last check was passed; nil before the first.
    package let hasPassed: Bool?
    /// The status of the last check's response; 0 where there was none.
    package let status: Int
    /// When the last check ended, by the monotonic clock; `never` before the first.
    package let checkedAt: Instant

    /// How a peer stands (nginx's API has the same words but for `up`, which is `healthy` here).
    package enum Standing: Sendable, Equatable { case healthy, checking, unhealthy }
}

extension Peer {
    /// One of its checks changed its mind (nginx: fails, passes, mandatory). A peer that gets requests again starts
    /// slowly, where `slow_start` is written.
    package func turn(_ check: Int, isHealthy: Bool, now: Instant) {
        if checks.set(check, isHealthy: isHealthy) && isHealthy { startSlowly(now) }
    }

    /// The same peer of the configuration before was healthy: these checks of this one are not waited for (nginx:
    /// mandatory persistent).
    package func keepHealth(_ kept: UInt32) { checks.forgive(kept) }
}
