import Bytes
import Configuration
import Platform

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
    /// Counts as well: nobody listened there.
    case refused
    /// Says nothing about the peer (a stale connection, a client that left).
    case neutral
}

/// A peer of a group, and which one it is among those with its address, from 1.
package struct ListedPeer: Sendable {
    package let peer: Peer
    package let copy: Int
}

/// One worker's view of an upstream group: the shared peers, its own round-robin weights and its own idle connections.
///
/// Data without sockets: the worker opens and closes what this chooses and forgets. A peer keeps its index as long as
/// it is listed and as anybody here uses it.
package final class Group {
    /// The group's name, or `host:port` of a literal `proxy_pass`.
    package let nameBytes: [UInt8]
    /// nginx: keepalive and its companions.
    package let keepAlive: UpstreamKeepAlive
    /// Connections that may lie idle; 0 where none is pooled.
    package let idleLimit: Int
    /// How a peer is chosen.
    package let method: BalancingMethod
    /// What is counted of the group, and this worker's part of it; the same of each peer.
    package let tally: GroupTally
    let lane: GroupLane
    /// What changes.
    let state: Cell<GroupState>
    private let worker: Int

    /// A group with its shared peers.
    ///
    /// - Parameters:
    ///   - seed: where `random` begins
    ///   - tally: what was counted of the group before
    ///   - worker: the number under which this worker counts, which no other has at the time
    package init(
        name: [UInt8], peers: [Peer], keepAlive: UpstreamKeepAlive = UpstreamKeepAlive(), pools: Bool = true,
        method: BalancingMethod = .roundRobin, seed: UInt64 = 0, tally: GroupTally = GroupTally(), worker: Int = 0
    ) {
        nameBytes = name
        self.tally = tally
        self.worker = worker
        lane = tally.lane(worker)
        self.keepAlive = keepAlive
        self.method = method
        state = Cell(GroupState(randomState: seed))
        idleLimit = pools ? keepAlive.connections : 0
        _ = update(peers)
    }

    deinit { state.destroy() }

    /// The peers that may be chosen, backups last.
    package var listedPeers: [Peer] { (primaries + backups).map { peers[$0] } }

    /// The same, with what tells two of one address apart.
    package var listed: [ListedPeer] {
        var seen: [String: Int] = [:]
        return listedPeers.map { peer in
            let copies = seen[peer.settings.name, default: 0]
            seen[peer.settings.name] = copies + 1
            return ListedPeer(peer: peer, copy: copies + 1)
        }
    }

    /// Whether its name has not resolved to any address yet.
    package var isUnresolved: Bool { primaries.isEmpty && backups.isEmpty }

    /// The index of a peer that may be chosen; nil where it is listed no more.
    package func index(of peer: Peer) -> Int? { (primaries + backups).first { peers[$0] === peer } }

    /// Whether the peer at an index still belongs to the group.
    func isListed(_ index: Int) -> Bool { primaries.contains(index) || backups.contains(index) }

    // MARK: choosing

    /// Chooses a peer as the configuration says, marks it tried and counts the exchange in.
    package func choose(tried: inout TriedPeers, now: Instant) -> PeerChoice {
        let none: [UInt8] = []
        return choose(tried: &tried, now: now, key: none.span)
    }

    /// The same with the key of `hash`, or for `ip_hash` the bytes of the client's address that count.
    package func choose(tried: inout TriedPeers, now: Instant, key: Span<UInt8>) -> PeerChoice {
        if isSingle {
            let index = primaries.first ?? backups[0]
            let peer = peers[index]
            if peer.isOut || !peer.enter(now: now) { return .noneLive(busy: !peer.isOut) }
            holders[index] += 1
            return .peer(index)
        }
        tried.choiceBegins()
        let index: Int?
        switch method {
        case .roundRobin: index = chooseInTurn(&tried, now: now)
        case .leastConnections: index = chooseLeastBusy(&tried, now: now)
        case .ipHash, .hash(isConsistent: false): index = chooseByKey(key, &tried, now: now)
        case .hash(isConsistent: true): index = chooseOnRing(key, &tried, now: now)
        case .random: index = chooseByChance(two: false, &tried, now: now)
        case .randomTwo: index = chooseByChance(two: true, &tried, now: now)
        }
        if let index { return .peer(index) }
        return .noneLive(busy: (primaries + backups).contains { peers[$0].isOnlyBusy(now: now) })
    }

    /// Whether a peer that was not tried yet may be chosen now.
    package func hasOther(_ tried: borrowing TriedPeers, now: Instant) -> Bool {
        !isSingle && (primaries + backups).contains { canTake($0, tried, now) }
    }

    /// Whether a peer is kept away only for having refused connections.
    package func isRefusing(now: Instant) -> Bool {
        (primaries + backups).contains { peers[$0].isOnlyRefusing(now: now) }
    }

    /// Counts an exchange out of a peer. True where this failure disables the peer: the notice is due.
    package func release(_ index: Int, _ outcome: AttemptOutcome, now: Instant) -> Bool {
        let peer = peers[index]
        peer.leave()
        holders[index] -= 1
        switch outcome {
        case .neutral: return false
        case .succeeded:
            peer.succeeded(now: now)
            return false
        case .failed, .refused:
            if isSingle { return false }
            let disabled = peer.failed(now: now, refused: outcome == .refused)
            if peer.settings.maxFailures > 0 {
                effectiveWeights[index] = max(
                    0, effectiveWeights[index] - peer.settings.weight / peer.settings.maxFailures)
            }
            return disabled
        }
    }

    // MARK: names that move

    /// Takes another list of peers; those that it had keep their index and weights. Answers the connections to
    /// peers that are gone, idle ones and carriers: they are forgotten here and to be closed.
    package func update(_ fresh: [Peer]) -> [SlotID] {
        let kept = Set(fresh.map(ObjectIdentifier.init))
        var surplus: [SlotID] = []
        for entry in idle where !kept.contains(ObjectIdentifier(peers[entry.peer])) { surplus.append(entry.connection) }
        for connection in surplus { removeIdle(connection) }
        for entry in carriers where !kept.contains(ObjectIdentifier(peers[entry.peer])) {
            surplus.append(entry.connection)
        }
        carriers.removeAll { surplus.contains($0.connection) }
        let old = peers
        var free = old.indices.filter { holders[$0] == 0 && !kept.contains(ObjectIdentifier(old[$0])) }
        primaries = []
        backups = []
        for peer in fresh {
            let index = old.firstIndex { $0 === peer } ?? place(peer, &free)
            if peer.settings.isBackup { backups.append(index) } else { primaries.append(index) }
        }
        isSingle = fresh.count == 1
        totalWeight = primaries.reduce(0) { $0 + peers[$1].settings.weight }
        hasSlowStart = fresh.count > 1 && fresh.contains { $0.settings.slowStartMilliseconds > 0 }
        tryLimit = max(1, fresh.count { !$0.settings.isDown })
        if method == .hash(isConsistent: true) { placeRing() }
        return surplus
    }

    /// Gives a peer an index that nobody uses.
    private func place(_ peer: Peer, _ free: inout [Int]) -> Int {
        guard let index = free.popLast() else {
            peers.append(peer)
            lanes.append(peer.tally.lane(worker))
            currentWeights.append(0)
            effectiveWeights.append(peer.settings.weight)
            holders.append(0)
            return peers.count - 1
        }
        peers[index] = peer
        lanes[index] = peer.tally.lane(worker)
        currentWeights[index] = 0
        effectiveWeights[index] = peer.settings.weight
        return index
    }

    private func placeRing() {
        ring = HashRing(primaries.map { (peers[$0].settings.server, peers[$0].settings.weight) })
        ringMembers = ring.servers.map { server in primaries.filter { peers[$0].settings.server == server } }
    }
}
