import Bytes
import Platform

/// How a group chooses (nginx: the directives of `upstream` with these names).
package enum BalancingMethod: Equatable, Sendable {
    case roundRobin, leastConnections, ipHash
    case hash(isConsistent: Bool)
    case random
    /// The one with fewer connections of two.
    case randomTwo

    /// Whether `choose` needs a key: the value of `hash`, or the client's address.
    package var usesKey: Bool {
        switch self {
        case .roundRobin, .leastConnections, .random, .randomTwo: false
        case .ipHash, .hash: true
        }
    }
}

// The balancers, each in nginx's way: the same keys and the same past lead to the same peer.
extension Group {
    /// Whether a peer may be tried now.
    func canTake(_ index: Int, _ tried: borrowing TriedPeers, _ now: Instant) -> Bool {
        !tried.contains(index) && peers[index].isAvailable(now: now, toWaiting: tried.waits)
    }

    /// Takes a peer; false where another worker took its last connection meanwhile.
    private func take(_ index: Int, _ tried: inout TriedPeers, _ now: Instant) -> Bool {
        if !peers[index].enter(now: now, afterWaiting: tried.waits) { return false }
        tried.insert(index)
        holders[index] += 1
        return true
    }

    /// What a peer adds to its current weight; while it starts slowly, a share.
    private func weight(_ index: Int, _ nominal: Int, _ now: Instant) -> Int {
        hasSlowStart ? nominal * peers[index].startedPercent(now: now) : nominal
    }

    /// One step of smooth weighted round robin: all gain, and the best so far is kept.
    private func weigh(_ index: Int, _ best: inout Int, _ total: inout Int, _ now: Instant) {
        let gain = weight(index, effectiveWeights[index], now)
        currentWeights[index] += gain
        total += gain
        if effectiveWeights[index] < peers[index].settings.weight { effectiveWeights[index] += 1 }
        if best < 0 || currentWeights[index] > currentWeights[best] { best = index }
    }

    // MARK: smooth weighted round robin

    /// Round robin, backups last.
    func chooseInTurn(_ tried: inout TriedPeers, now: Instant) -> Int? {
        if !tried.usesBackups {
            if let index = roundRobin(primaries, &tried, now) { return index }
            if backups.isEmpty { return nil }
            tried.usesBackups = true
        }
        return roundRobin(backups, &tried, now)
    }

    private func roundRobin(_ list: [Int], _ tried: inout TriedPeers, _ now: Instant) -> Int? {
        for _ in list {
            var (best, total) = (-1, 0)
            for index in list where canTake(index, tried, now) { weigh(index, &best, &total, now) }
            if best < 0 { return nil }
            currentWeights[best] -= total
            if take(best, &tried, now) { return best }
        }
        return nil
    }

    // MARK: least_conn

    /// The peer with the fewest connections for its weight, backups last.
    func chooseLeastBusy(_ tried: inout TriedPeers, now: Instant) -> Int? {
        if !tried.usesBackups {
            if let index = leastBusy(primaries, &tried, now) { return index }
            if backups.isEmpty { return nil }
            tried.usesBackups = true
        }
        return leastBusy(backups, &tried, now)
    }

    private func leastBusy(_ list: [Int], _ tried: inout TriedPeers, _ now: Instant) -> Int? {
        for _ in list {
            // Others change the counts meanwhile: each is looked at once.
            var (best, bestCount, bestWeight) = (-1, 0, 0)
            var equals: [Int] = []
            for index in list where canTake(index, tried, now) {
                let count = peers[index].activeCount
                let own = weight(index, peers[index].settings.weight, now)
                if best < 0 || count * bestWeight < bestCount * own {
                    (best, bestCount, bestWeight) = (index, count, own)
                    equals = [index]
                } else if count * bestWeight == bestCount * own {
                    equals.append(index)
                }
            }
            if best < 0 { return nil }
            if equals.count > 1 {
                var total = 0
                for index in equals { weigh(index, &best, &total, now) }
                currentWeights[best] -= total
            }
            if take(best, &tried, now) { return best }
        }
        return nil
    }

    // MARK: hash and ip_hash

    /// The peer by what a key hashes to; by round robin after twenty that could not be taken.
    func chooseByKey(_ key: Span<UInt8>, _ tried: inout TriedPeers, now: Instant) -> Int? {
        if primaries.count < 2 || method != .ipHash && key.isEmpty { return chooseInTurn(&tried, now: now) }
        while tried.walk.misses <= BalancerWalk.missLimit {
            let slot = method == .ipHash ? addressSlot(key, &tried.walk) : keySlot(key, &tried.walk)
            let index = primary(at: slot)
            if canTake(index, tried, now), take(index, &tried, now) { return index }
            tried.walk.misses += 1
        }
        return chooseInTurn(&tried, now: now)
    }

    /// As Cache::Memcached hashes: the key with the number of the round before it, from the second on.
    private func keySlot(_ key: Span<UInt8>, _ walk: inout BalancerWalk) -> Int {
        var hash = CRC32()
        if walk.rounds > 0 { hash.add(decimal: walk.rounds) }
        hash.add(key)
        walk.hash &+= hash.value >> 16 & 0x7fff
        walk.rounds += 1
        return Int(walk.hash) % totalWeight
    }

    private func addressSlot(_ address: Span<UInt8>, _ walk: inout BalancerWalk) -> Int {
        if !walk.hasBegun { walk.hash = 89 }
        walk.hasBegun = true
        for index in address.indices { walk.hash = (walk.hash * 113 + UInt32(address[index])) % 6271 }
        return Int(walk.hash) % totalWeight
    }

    /// Which peer a number below the sum of all weights stands for.
    private func primary(at slot: Int) -> Int {
        var left = slot
        for index in primaries {
            left -= peers[index].settings.weight
            if left < 0 { return index }
        }
        preconditionFailure("a slot lies below the sum of the weights")
    }

    /// The next server on the ring; its addresses by round robin.
    func chooseOnRing(_ key: Span<UInt8>, _ tried: inout TriedPeers, now: Instant) -> Int? {
        if key.isEmpty || ring.points.isEmpty { return chooseInTurn(&tried, now: now) }
        if !tried.walk.hasBegun {
            var hash = CRC32()
            hash.add(key)
            tried.walk.hash = UInt32(ring.position(of: hash.value))
            tried.walk.hasBegun = true
        }
        while tried.walk.misses <= BalancerWalk.missLimit {
            let owner = Int(ring.owners[Int(tried.walk.hash) % ring.owners.count])
            if let index = roundRobin(ringMembers[owner], &tried, now) { return index }
            tried.walk.hash &+= 1
            tried.walk.misses += 1
        }
        return chooseInTurn(&tried, now: now)
    }

    // MARK: random

    /// A peer by chance; of two the one with fewer connections for its weight, where `two`.
    func chooseByChance(two: Bool, _ tried: inout TriedPeers, now: Instant) -> Int? {
        if primaries.count < 2 { return chooseInTurn(&tried, now: now) }
        var other = -1
        while tried.walk.misses <= BalancerWalk.missLimit {
            let index = primary(at: Int(nextRandom() % UInt64(totalWeight)))
            if index == other || !canTake(index, tried, now) {
                tried.walk.misses += 1
                continue
            }
            if two && other < 0 {
                other = index
                continue
            }
            let best = other >= 0 && isBusier(index, than: other) ? other : index
            if take(best, &tried, now) { return best }
            tried.walk.misses += 1
        }
        return chooseInTurn(&tried, now: now)
    }

    private func isBusier(_ index: Int, than other: Int) -> Bool {
        peers[index].activeCount * peers[other].settings.weight
            > peers[other].activeCount * peers[index].settings.weight
    }

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private func nextRandom() -> UInt64 {
        randomState &+= 0x9e37_79b9_7f4a_7c15
        var mixed = randomState
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
