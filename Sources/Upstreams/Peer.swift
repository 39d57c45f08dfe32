import Platform
import Synchronization

/// What the configuration says of one server of a group (nginx: `server` in `upstream`).
package struct PeerSettings: Sendable, Equatable {
    package var endpoint: Endpoint
    /// As nginx prints it in logs and `$upstream_addr`: `127.0.0.1:80`, `[::1]:80`, `unix:/path`.
    package var name: String
    package var weight: Int
    /// 0: the peer is never disabled.
    package var maxFailures: Int
    package var failTimeoutMilliseconds: Int64
    /// 0: no bound.
    package var maxConnections: Int
    package var isBackup: Bool
    package var isDown: Bool

    package init(
        endpoint: Endpoint, name: String? = nil, weight: Int = 1, maxFailures: Int = 1,
        failTimeoutMilliseconds: Int64 = 10_000,
        maxConnections: Int = 0, isBackup: Bool = false, isDown: Bool = false
    ) {
        self.endpoint = endpoint
        self.name = name ?? endpoint.text
        self.weight = weight
        self.maxFailures = maxFailures
        self.failTimeoutMilliseconds = failTimeoutMilliseconds
        self.maxConnections = maxConnections
        self.isBackup = isBackup
        self.isDown = isDown
    }
}

/// One address of a group, shared by all workers: what it failed and how busy it is, in atomics.
package final class Peer: Sendable {
    package let settings: PeerSettings
    /// The name's bytes, for lines and variables.
    package let nameBytes: [UInt8]
    let active: Atomic<Int>
    /// failures (15 bits) · probing (1) · checked at, monotonic milliseconds (48).
    let word: Atomic<UInt64>

    package init(_ settings: PeerSettings) {
        self.settings = settings
        nameBytes = Array(settings.name.utf8)
        active = Atomic(0)
        word = Atomic(0)
    }

    /// Exchanges now on this peer, over all workers.
    package var activeCount: Int { active.load(ordering: .relaxed) }

    struct Health {
        var failures: Int
        var probing: Bool
        var checked: Int64

        init(_ word: UInt64) {
            failures = Int(word >> 49)
            probing = (word >> 48) & 1 == 1
            checked = Int64(word & 0xffff_ffff_ffff)
        }

        var word: UInt64 {
            UInt64(min(failures, 0x7fff)) << 49 | (probing ? 1 << 48 : 0) | UInt64(checked) & 0xffff_ffff_ffff
        }
    }

    /// Whether an exchange may go to this peer now.
    func isAvailable(now: Instant) -> Bool {
        if settings.isDown { return false }
        if settings.maxConnections > 0 && activeCount >= settings.maxConnections { return false }
        return !isDisabled(now: now)
    }

    /// Whether the peer is out of use for its `fail_timeout`.
    package func isDisabled(now: Instant) -> Bool {
        if settings.maxFailures == 0 { return false }
        let health = Health(word.load(ordering: .relaxed))
        return health.failures >= settings.maxFailures
            && now.milliseconds - health.checked <= settings.failTimeoutMilliseconds
    }

    /// Whether the connections in use are what keeps the peer from being chosen.
    package var isAtConnectionLimit: Bool {
        settings.maxConnections > 0 && activeCount >= settings.maxConnections
    }

    /// Counts an exchange in; after `fail_timeout` this one is the probe.
    func enter(now: Instant) {
        active.add(1, ordering: .relaxed)
        var old = word.load(ordering: .relaxed)
        while true {
            var health = Health(old)
            if health.failures == 0 || now.milliseconds - health.checked <= settings.failTimeoutMilliseconds { return }
            health.checked = now.milliseconds
            health.probing = true
            let (done, seen) = word.compareExchange(expected: old, desired: health.word, ordering: .relaxed)
            if done { return }
            old = seen
        }
    }

    /// Counts an exchange out.
    func leave() { active.subtract(1, ordering: .relaxed) }

    /// A probe that went well forgives all failures (nginx: round robin's `fails = 0`).
    func succeeded() {
        let old = word.load(ordering: .relaxed)
        if !Health(old).probing { return }
        _ = word.compareExchange(expected: old, desired: 0, ordering: .relaxed)
    }

    /// Counts a failure; true where this one disables the peer.
    func failed(now: Instant) -> Bool {
        var old = word.load(ordering: .relaxed)
        while true {
            var health = Health(old)
            health.failures += 1
            health.checked = now.milliseconds
            health.probing = false
            let (done, seen) = word.compareExchange(expected: old, desired: health.word, ordering: .relaxed)
            if done { return settings.maxFailures > 0 && health.failures >= settings.maxFailures }
            old = seen
        }
    }
}
