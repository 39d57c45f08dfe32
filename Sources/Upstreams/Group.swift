import Bytes
import Configuration
import Platform

/// Which peers of a group an exchange has tried: one bit a peer.
package struct TriedPeers: Sendable {
    var first: UInt64 = 0
    var more: [UInt64] = []

    package init() {}

    package func contains(_ index: Int) -> Bool {
        if index < 64 { return first >> UInt64(index) & 1 == 1 }
        let word = index / 64 - 1
        return word < more.count && more[word] >> UInt64(index & 63) & 1 == 1
    }

    package mutating func insert(_ index: Int) {
        if index < 64 {
            first |= 1 << UInt64(index)
            return
        }
        let word = index / 64 - 1
        while more.count <= word { more.append(0) }
        more[word] |= 1 << UInt64(index & 63)
    }

    /// Lets a peer be chosen again.
    package mutating func remove(_ index: Int) {
        if index < 64 {
            first &= ~(1 << UInt64(max(0, index)))
        } else if index / 64 - 1 < more.count {
            more[index / 64 - 1] &= ~(1 << UInt64(index & 63))
        }
    }

    package mutating func removeAll() { self = TriedPeers() }
}

/// Who an exchange goes to next.
package enum PeerChoice: Equatable, Sendable {
    case peer(Int)
    /// No peer can be had; `busy` where a connection limit is what keeps at least one of them away.
    case noneLive(busy: Bool)
}

/// How an attempt ended for its peer.
package enum AttemptOutcome: Sendable {
    case succeeded
    /// Counts against the peer.
    case failed
    /// Says nothing about the peer (a stale connection, a client that left).
    case neutral
}

/// One worker's view of an upstream group: the shared peers, its own round-robin weights and its own idle connections.
///
/// Data without sockets: the worker opens and closes what this chooses and forgets.
package final class Group {
    /// The group's name, or `host:port` of a literal `proxy_pass`.
    package let nameBytes: [UInt8]
    package let peers: [Peer]
    /// nginx: keepalive and its companions.
    package let keepAlive: UpstreamKeepAlive
    /// Connections that may lie idle; 0 where none is pooled.
    package let idleLimit: Int
    /// Idle connections, the latest used last.
    package private(set) var idle: [IdleConnection] = []
    let hasBackups: Bool
    let isSingle: Bool
    var currentWeights: [Int]
    var effectiveWeights: [Int]

    /// A group with its shared peers.
    package init(name: [UInt8], peers: [Peer], keepAlive: UpstreamKeepAlive = UpstreamKeepAlive(), pools: Bool = true) {
        nameBytes = name
        self.peers = peers
        self.keepAlive = keepAlive
        idleLimit = pools ? keepAlive.connections : 0
        hasBackups = peers.contains { $0.settings.isBackup }
        isSingle = peers.count == 1
        tryLimit = max(1, peers.count { !$0.settings.isDown })
        currentWeights = Array(repeating: 0, count: peers.count)
        effectiveWeights = peers.map { $0.settings.weight }
    }

    /// Whether its name has not resolved to any address yet.
    package var isUnresolved: Bool { peers.isEmpty }

    /// How many tries an exchange has at the most, before `proxy_next_upstream_tries` cuts it.
    /// Peers that are marked down do not count (nginx).
    package let tryLimit: Int

    /// Chooses a peer by smooth weighted round robin, marks it tried and counts the exchange in.
    package func choose(tried: inout TriedPeers, now: Instant) -> PeerChoice {
        if isSingle {
            let peer = peers[0]
            if peer.settings.isDown || peer.isAtConnectionLimit {
                return .noneLive(busy: !peer.settings.isDown)
            }
            peer.enter(now: now)
            return .peer(0)
        }
        if let index = choose(backups: false, tried: &tried, now: now) { return .peer(index) }
        if hasBackups, let index = choose(backups: true, tried: &tried, now: now) { return .peer(index) }
        return .noneLive(busy: peers.contains { $0.isAtConnectionLimit })
    }

    func choose(backups: Bool, tried: inout TriedPeers, now: Instant) -> Int? {
        var best = -1
        var total = 0
        for index in peers.indices {
            let peer = peers[index]
            if peer.settings.isBackup != backups || tried.contains(index) || !peer.isAvailable(now: now) { continue }
            currentWeights[index] += effectiveWeights[index]
            total += effectiveWeights[index]
            if effectiveWeights[index] < peer.settings.weight { effectiveWeights[index] += 1 }
            if best < 0 || currentWeights[index] > currentWeights[best] { best = index }
        }
        if best < 0 { return nil }
        currentWeights[best] -= total
        tried.insert(best)
        peers[best].enter(now: now)
        return best
    }

    /// Counts an exchange out of a peer. True where this failure disables the peer: the notice is due.
    package func release(_ index: Int, _ outcome: AttemptOutcome, now: Instant) -> Bool {
        let peer = peers[index]
        peer.leave()
        switch outcome {
        case .neutral: return false
        case .succeeded:
            peer.succeeded()
            return false
        case .failed:
            if isSingle { return false }
            let disabled = peer.failed(now: now)
            if peer.settings.maxFailures > 0 {
                effectiveWeights[index] = max(
                    0, effectiveWeights[index] - peer.settings.weight / peer.settings.maxFailures)
            }
            return disabled
        }
    }

    // MARK: idle connections

    /// Takes the latest idle connection to that peer with that transport profile.
    package func takeIdle(peer: Int, profile: UInt32) -> SlotID? {
        var position = idle.count - 1
        while position >= 0 {
            if idle[position].peer == peer && idle[position].profile == profile {
                return idle.remove(at: position).connection
            }
            position -= 1
        }
        return nil
    }

    /// Keeps a connection for later; answers the one to close instead where the limit is reached.
    package func keepIdle(_ connection: IdleConnection) -> SlotID? {
        if idleLimit == 0 { return connection.connection }
        idle.append(connection)
        return idle.count > idleLimit ? idle.removeFirst().connection : nil
    }

    /// Forgets an idle connection that ended.
    package func removeIdle(_ connection: SlotID) {
        idle.removeAll { $0.connection == connection }
    }
}

/// A connection that lies idle, and what it may be used for.
package struct IdleConnection: Sendable {
    package var connection: SlotID
    package var peer: Int
    /// TLS context, names, bind address, version: connections of different profiles are never mixed.
    package var profile: UInt32

    package init(connection: SlotID, peer: Int, profile: UInt32) {
        self.connection = connection
        self.peer = peer
        self.profile = profile
    }
}
