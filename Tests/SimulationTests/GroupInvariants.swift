import Bytes
import Platform
@testable import ProxyCore
@testable import Upstreams

// What holds of groups at the end of every turn.
extension Worker {
    /// What is wrong with who holds which peer, and with the connections that lie idle; nil where all is well.
    var troubleOfGroups: String? {
        var held: [[Int]: Int] = [:]
        for index in 0..<exchanges.highWater {
            guard let id = exchanges.id(at: index), exchanges[id].holdsPeer else { continue }
            held[[Int(exchanges[id].epoch), Int(exchanges[id].group), Int(exchanges[id].peer)], default: 0] += 1
        }
        var pooled: Set<UInt32> = []
        for (number, epoch) in epochs.enumerated() {
            for (place, group) in epoch.groups.enumerated() {
                for (peer, count) in group.holders.enumerated() {
                    let real = held.removeValue(forKey: [number, place, peer]) ?? 0
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
        }
        if !held.isEmpty { return "an exchange holds a peer that is none" }
        var idle = 0
        for index in 0..<upstreams.highWater {
            if let id = upstreams.id(at: index), isIdle(id) { idle += 1 }
        }
        return idle == pooled.count ? nil : "\(pooled.count) of \(idle) idle connections are in the pool"
    }

    private func isIdle(_ id: SlotID) -> Bool {
        if case .idle = upstreams[id].machine.state { true } else { false }
    }
}
