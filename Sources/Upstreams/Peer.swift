import Platform
import Synchronization

/// What the configuration says of one server of a group (nginx: `server` in `upstream`).
package struct PeerSettings: Sendable, Equatable {
    package var endpoint: Endpoint
    /// As nginx prints it in logs and `$upstream_addr`: `127.0.0.1:80`, `[::1]:80`, `unix:/path`.
    package var name: String
    /// As the configuration has it, which `hash … consistent` places on its ring.
    package var server: String
    package var weight: Int
    /// 0: the peer is never disabled.
    package var maxFailures: Int
    package var failTimeoutMilliseconds: Int64
    /// 0: no bound.
    package var maxConnections: Int
    package var isBackup: Bool
    package var isDown: Bool
    /// Down because it is being taken out of use (nginx: drain).
    package var isDraining = false
    /// nginx: slow_start; 0 gives a peer that came back its whole weight at once.
    package var slowStartMilliseconds: Int64
    /// Which of its group's servers it is an address of.
    package var serverIndex: Int
    /// The health checks without whose word it gets no requests, by `HealthCheck.number` one bit each.
    package var awaitedChecks: UInt32

    /// nginx's defaults; without a name the address is what logs say.
    package init(
        endpoint: Endpoint, name: String? = nil, server: String? = nil, weight: Int = 1, maxFailures: Int = 1,
        failTimeoutMilliseconds: Int64 = 10_000, maxConnections: Int = 0, isBackup: Bool = false, isDown: Bool = false,
        slowStartMilliseconds: Int64 = 0, serverIndex: Int = 0, awaitedChecks: UInt32 = 0
    ) {
        self.endpoint = endpoint
        self.name = name ?? endpoint.text
        self.server = server ?? self.name
        self.weight = weight
        self.maxFailures = maxFailures
        self.failTimeoutMilliseconds = failTimeoutMilliseconds
        self.maxConnections = maxConnections
        self.isBackup = isBackup
        self.isDown = isDown
        self.slowStartMilliseconds = slowStartMilliseconds
        self.serverIndex = serverIndex
        self.awaitedChecks = awaitedChecks
    }
}

/// How a peer stands, in the words of nginx's upstream status.
package enum PeerState: UInt8, CaseIterable, Sendable {
    /// May be chosen, also where `max_conns` keeps it from being chosen this moment.
    case up
    /// Never chosen: marked `down`.
    case down
    /// Never chosen for a new exchange: marked `drain`.
    case draining
    /// Out of use for `fail_timeout`: it failed `max_fails` times.
    case unavailable
    /// Not chosen before its first health check has ended.
    case checking
    /// Not chosen: health checks failed.
    case unhealthy
}

/// One address of a group, shared by all workers: what it failed and how busy it is, in atomics.
package final class Peer: Sendable {
    package let settings: PeerSettings
    /// The name's bytes, for lines and variables.
    package let nameBytes: [UInt8]
    /// What is counted of it.
    package let tally: PeerTally
    let active: Atomic<Int>
    /// failures (15 bits) · probing (1) · refused (1) · checked at, monotonic milliseconds (47).
    let word: Atomic<UInt64>
    /// When its last failures were forgiven, monotonic milliseconds; 0 where none ever was. For `slow_start`.
    private let recovered: Atomic<Int64>
    /// What health checks found out.
    package let checks: PeerHealth

    /// A peer that nobody uses yet and nothing is held against; `tally`: what was counted of it before.
    package init(_ settings: PeerSettings, tally: PeerTally = PeerTally()) {
        self.settings = settings
        self.tally = tally
        nameBytes = Array(settings.name.utf8)
        active = Atomic(0)
        word = Atomic(0)
        recovered = Atomic(0)
        checks = PeerHealth(awaited: settings.awaitedChecks)
    }

    /// Exchanges now on this peer, over all workers.
    package var activeCount: Int { active.load(ordering: .relaxed) }

    struct Health {
        var failures: Int
        var probing: Bool
        /// The last failure was a refused connection.
        var refused: Bool
        var checked: Int64

        init(_ word: UInt64) {
            failures = Int(word >> 49)
            probing = (word >> 48) & 1 == 1
            refused = (word >> 47) & 1 == 1
            checked = Int64(word & 0x7fff_ffff_ffff)
        }

        var word: UInt64 {
            let marks: UInt64 = (probing ? 1 << 48 : 0) | (refused ? 1 << 47 : 0)
            return UInt64(min(failures, 0x7fff)) << 49 | marks | UInt64(checked) & 0x7fff_ffff_ffff
        }
    }

    /// Whether an exchange may go to this peer now; one that waits until somebody listens again may also where the peer
    /// is disabled for having refused connections.
    func isAvailable(now: Instant, toWaiting waits: Bool = false) -> Bool {
        if isOut || isAtConnectionLimit { return false }
        return !isDisabled(now: now) || waits && Health(word.load(ordering: .relaxed)).refused
    }

    /// Whether nothing but refused connections keeps the peer from being chosen.
    func isOnlyRefusing(now: Instant) -> Bool {
        isAvailable(now: now, toWaiting: true) && !isAvailable(now: now)
    }

    /// Whether the configuration or a health check keeps every request away.
    var isOut: Bool { settings.isDown || !checks.isUsable }

    /// Whether the peer is out of use for its `fail_timeout`, which is over once more than so many whole seconds have
    /// passed (nginx, whose clock of whole seconds makes it so at the latest).
    package func isDisabled(now: Instant) -> Bool {
        if settings.maxFailures == 0 { return false }
        let health = Health(word.load(ordering: .relaxed))
        return health.failures >= settings.maxFailures && !isOver(health, now)
    }

    /// Whether `fail_timeout` has passed since the last failure or probe.
    private func isOver(_ health: Health, _ now: Instant) -> Bool {
        (now.milliseconds - health.checked) / 1000 > settings.failTimeoutMilliseconds / 1000
    }

    /// Failures that count now, up to `max_fails`.
    package var failureCount: Int { Health(word.load(ordering: .relaxed)).failures }

    /// When a peer that is out of use for its `fail_timeout` alone is tried again; nil where it is not.
    package func nextTry(now: Instant) -> Instant? {
        if isOut || !isDisabled(now: now) { return nil }
        let checked = Health(word.load(ordering: .relaxed)).checked
        return Instant(milliseconds: checked + (settings.failTimeoutMilliseconds / 1000 + 1) * 1000)
    }

    /// How it stands now.
    package func state(now: Instant) -> PeerState {
        if settings.isDraining { return .draining }
        if settings.isDown { return .down }
        switch checks.report.standing {
        case .healthy: break
        case .checking: return .checking
        case .unhealthy: return .unhealthy
        }
        return isDisabled(now: now) ? .unavailable : .up
    }

    /// Whether the connections in use are as many as may be.
    package var isAtConnectionLimit: Bool {
        settings.maxConnections > 0 && activeCount >= settings.maxConnections
    }

    /// Whether nothing but the connections in use keeps the peer from being chosen.
    func isOnlyBusy(now: Instant) -> Bool {
        isAtConnectionLimit && !isOut && !isDisabled(now: now)
    }

    /// Counts an exchange in; false where the last connection was taken meanwhile. After `fail_timeout` this one is
    /// the probe, and so is one that waited.
    func enter(now: Instant, afterWaiting waited: Bool = false) -> Bool {
        if settings.maxConnections > 0 {
            var count = active.load(ordering: .relaxed)
            while true {
                if count >= settings.maxConnections { return false }
                let (done, seen) = active.compareExchange(expected: count, desired: count + 1, ordering: .relaxed)
                if done { break }
                count = seen
            }
        } else {
            active.add(1, ordering: .relaxed)
        }
        markProbe(now, early: waited)
        return true
    }

    private func markProbe(_ now: Instant, early: Bool) {
        var old = word.load(ordering: .relaxed)
        while true {
            var health = Health(old)
            let isDue = isOver(health, now)
            if health.failures == 0 || !isDue && !(early && health.refused) { return }
            // One that comes early leaves the peer disabled for all others.
            if isDue { health.checked = now.milliseconds }
            health.probing = true
            let (done, seen) = word.compareExchange(expected: old, desired: health.word, ordering: .relaxed)
            if done { return }
            old = seen
        }
    }

    /// Counts an exchange out.
    func leave() { active.subtract(1, ordering: .relaxed) }

    /// A probe that went well forgives all failures (nginx: round robin's `fails = 0`).
    func succeeded(now: Instant) {
        let old = word.load(ordering: .relaxed)
        let health = Health(old)
        if !health.probing { return }
        let (done, _) = word.compareExchange(expected: old, desired: 0, ordering: .relaxed)
        if done && settings.maxFailures > 0 && health.failures >= settings.maxFailures { startSlowly(now) }
    }

    /// From now on its weight grows to the whole.
    func startSlowly(_ now: Instant) { recovered.store(now.milliseconds, ordering: .relaxed) }

    /// Counts a failure; true where this one disables the peer. Those that were on their way when it was disabled
    /// prolong that without another notice. `refused`: nobody listened.
    func failed(now: Instant, refused: Bool = false) -> Bool {
        var old = word.load(ordering: .relaxed)
        while true {
            var health = Health(old)
            let wasDisabled = health.failures >= settings.maxFailures && !health.probing
            health.failures += 1
            health.checked = now.milliseconds
            health.probing = false
            health.refused = refused
            let (done, seen) = word.compareExchange(expected: old, desired: health.word, ordering: .relaxed)
            if done { return settings.maxFailures > 0 && health.failures >= settings.maxFailures && !wasDisabled }
            old = seen
        }
    }

    /// How much of its weight a peer has, in percent: from 1 when it came back to 100 after `slow_start`.
    func startedPercent(now: Instant) -> Int {
        let since = recovered.load(ordering: .relaxed)
        if since == 0 || settings.slowStartMilliseconds == 0 { return 100 }
        let elapsed = now.milliseconds - since
        return max(1, min(100, Int(elapsed * 100 / settings.slowStartMilliseconds)))
    }
}
