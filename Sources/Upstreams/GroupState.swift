import Bytes

/// What changes of a group.
///
/// In a place of its own, not in the class: the runtime would guard each look at a property that can change
/// (SE-0176), twenty times a request.
struct GroupState {
    var peers: [Peer] = []
    var idle: [IdleConnection] = []
    var carriers: [IdleConnection] = []
    var primaries: [Int] = []
    var backups: [Int] = []
    var isSingle: Bool = false
    var totalWeight: Int = 0
    var hasSlowStart: Bool = false
    var ring: HashRing = HashRing()
    var ringMembers: [[Int]] = []
    var currentWeights: [Int] = []
    var effectiveWeights: [Int] = []
    var holders: [Int] = []
    var lanes: [PeerLane] = []
    var randomState: UInt64
    var tryLimit: Int = 1
    var lookupCode: Int = 3

    init(randomState: UInt64) { self.randomState = randomState }
}

extension Group {
    /// By index; some may be listed no more.
    package internal(set) var peers: [Peer] {
        _read { yield state.value.peers }
        _modify { yield &state.value.peers }
    }

    /// Idle connections, the latest used last.
    package internal(set) var idle: [IdleConnection] {
        _read { yield state.value.idle }
        _modify { yield &state.value.idle }
    }

    /// HTTP/2 connections of which exchanges have streams.
    package internal(set) var carriers: [IdleConnection] {
        _read { yield state.value.carriers }
        _modify { yield &state.value.carriers }
    }

    /// Indices of the listed peers that are no backups, in the configuration's order.
    var primaries: [Int] {
        _read { yield state.value.primaries }
        _modify { yield &state.value.primaries }
    }

    /// Indices of those that are backups.
    var backups: [Int] {
        _read { yield state.value.backups }
        _modify { yield &state.value.backups }
    }

    /// Whether there is but one peer, which is then never disabled.
    var isSingle: Bool {
        _read { yield state.value.isSingle }
        _modify { yield &state.value.isSingle }
    }

    /// Of all primaries.
    var totalWeight: Int {
        _read { yield state.value.totalWeight }
        _modify { yield &state.value.totalWeight }
    }

    /// Whether any peer starts slowly.
    var hasSlowStart: Bool {
        _read { yield state.value.hasSlowStart }
        _modify { yield &state.value.hasSlowStart }
    }

    /// For `hash … consistent`.
    var ring: HashRing {
        _read { yield state.value.ring }
        _modify { yield &state.value.ring }
    }

    /// By the ring's servers: the peers that are written so.
    var ringMembers: [[Int]] {
        _read { yield state.value.ringMembers }
        _modify { yield &state.value.ringMembers }
    }

    /// By peer: where round robin stands.
    var currentWeights: [Int] {
        _read { yield state.value.currentWeights }
        _modify { yield &state.value.currentWeights }
    }

    /// By peer: its weight, less for failures.
    var effectiveWeights: [Int] {
        _read { yield state.value.effectiveWeights }
        _modify { yield &state.value.effectiveWeights }
    }

    /// By peer: exchanges of this worker on it.
    var holders: [Int] {
        _read { yield state.value.holders }
        _modify { yield &state.value.holders }
    }

    /// By peer: what this worker counts of it.
    var lanes: [PeerLane] {
        _read { yield state.value.lanes }
        _modify { yield &state.value.lanes }
    }

    /// Where `random` stands.
    var randomState: UInt64 {
        _read { yield state.value.randomState }
        _modify { yield &state.value.randomState }
    }

    /// How many tries an exchange has at the most, before `proxy_next_upstream_tries` cuts it. Peers that are marked
    /// down do not count (nginx).
    package internal(set) var tryLimit: Int {
        _read { yield state.value.tryLimit }
        _modify { yield &state.value.tryLimit }
    }

    /// Why it has no peers: the response code of the last lookup, 0 where no server answered.
    package var lookupCode: Int {
        _read { yield state.value.lookupCode }
        _modify { yield &state.value.lookupCode }
    }
}
