import Bytes
import Platform
@testable import ProxyCore
@testable import Upstreams

// What holds of groups at the end of every turn.
extension Worker {
    /// What is wrong with who holds which peer and connection, and with connections that lie idle; nil where all is
    /// well. Peers that are gone, because their name has other addresses now, are judged as the others.
    var troubleOfGroups: String? {
        var held: [Holding: Int] = [:]
        var onPeer: [ObjectIdentifier: Int] = [:]
        var leased: Set<SlotID> = []
        for index in 0..<exchanges.highWater {
            guard let id = exchanges.id(at: index) else { continue }
            let upstream = exchanges[id].upstream
            if !upstream.isNone && !leased.insert(upstream).inserted { return "a connection is leased twice" }
            if !exchanges[id].holdsPeer { continue }
            let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
            held[Holding(group: ObjectIdentifier(group), peer: Int(exchanges[id].peer)), default: 0] += 1
            onPeer[ObjectIdentifier(group.peers[Int(exchanges[id].peer)]), default: 0] += 1
        }
        var pooled: Set<UInt32> = []
        // The place of a configuration that nobody uses any more has the newest one.
        for group in distinctGroups {
            for (place, count) in group.holders.enumerated() {
                let real = held.removeValue(forKey: Holding(group: ObjectIdentifier(group), peer: place)) ?? 0
                if count != real { return "peer \(place) has \(real) exchanges of the group, but \(count) are counted" }
                let peer = group.peers[place]
                let all = onPeer[ObjectIdentifier(peer)] ?? 0
                if peer.activeCount != all { return "\(peer.activeCount) are counted on a peer of \(all)" }
                let limit = peer.settings.maxConnections
                if limit > 0 && all > limit { return "\(all) exchanges are on a peer that takes \(limit)" }
            }
            for entry in group.idle {
                guard upstreams.contains(entry.connection), isIdle(entry.connection) else {
                    return "a connection in the pool is not idle"
                }
                if !pooled.insert(entry.connection.index).inserted { return "a connection is in the pool twice" }
            }
        }
        if !held.isEmpty { return "an exchange holds a peer that is none" }
        var idle = 0
        for index in 0..<upstreams.highWater {
            // A health check keeps its own.
            guard let id = upstreams.id(at: index), isIdle(id) else { continue }
            if PeerCheck.index(location: upstreams[id].location) == nil { idle += 1 }
        }
        return idle == pooled.count ? nil : "\(pooled.count) of \(idle) idle connections are in the pool"
    }

    /// Whether an exchange is on a peer that its group has no more, because its name has other addresses now.
    var holdsGonePeer: Bool {
        if names.isEmpty { return false }
        return distinctGroups.contains { group in
            group.holders.indices.contains { place in
                group.holders[place] > 0 && !group.listedPeers.contains { $0 === group.peers[place] }
            }
        }
    }

    /// The groups of all configurations in use, each once.
    var distinctGroups: [Group] {
        var seen: Set<ObjectIdentifier> = []
        return epochs.flatMap(\.groups).filter { seen.insert(ObjectIdentifier($0)).inserted }
    }

    private func isIdle(_ id: SlotID) -> Bool {
        if case .idle = upstreams[id].machine.state { true } else { false }
    }
}

/// A peer of a group, which somebody holds.
private struct Holding: Hashable {
    let group: ObjectIdentifier
    let peer: Int
}
