import Bytes
import Platform
@testable import ProxyCore
@testable import Upstreams

// What holds of groups at the end of every turn.
extension Worker {
    /// What is wrong with who holds which peer, and with the connections that lie idle; nil where all is well.
    var troubleOfGroups: String? {
        var held: [Holding: Int] = [:]
        for index in 0..<exchanges.highWater {
            guard let id = exchanges.id(at: index), exchanges[id].holdsPeer else { continue }
            let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
            held[Holding(group: ObjectIdentifier(group), peer: Int(exchanges[id].peer)), default: 0] += 1
        }
        var pooled: Set<UInt32> = []
        var seen: Set<ObjectIdentifier> = []
        // The place of a configuration that nobody uses any more has the newest one.
        for group in epochs.flatMap(\.groups) where seen.insert(ObjectIdentifier(group)).inserted {
            for (peer, count) in group.holders.enumerated() {
                let real = held.removeValue(forKey: Holding(group: ObjectIdentifier(group), peer: peer)) ?? 0
                let counted = group.peers[peer].activeCount
                if count != real || counted != real {
                    return "peer \(peer) has \(real) exchanges, but \(count) here and \(counted) in all are counted"
                }
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

    private func isIdle(_ id: SlotID) -> Bool {
        if case .idle = upstreams[id].machine.state { true } else { false }
    }
}

/// A peer of a group, which somebody holds.
private struct Holding: Hashable {
    let group: ObjectIdentifier
    let peer: Int
}
