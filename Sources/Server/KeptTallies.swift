import Configuration
import Platform
import Upstreams

/// What was counted of groups and peers so far. A reload gives it to those of the same names and addresses; what nobody
/// takes is gone with its group or peer.
struct KeptTallies {
    private var groups: [String: GroupTally] = [:]
    /// Several where an address is written more than once in a group: in their order.
    private var peers: [String: [PeerTally]] = [:]

    /// What the configuration before had.
    init(_ model: ConfigurationModel, _ tallies: [GroupTally], _ taken: [[Peer]]) {
        for (index, settings) in model.groups.enumerated() where index < taken.count {
            groups[Self.key(settings)] = tallies[index]
            for peer in taken[index] {
                peers[Self.key(settings, peer.settings.endpoint), default: []].append(peer.tally)
            }
        }
    }

    /// For a group.
    func tally(_ group: GroupSettings) -> GroupTally { groups[Self.key(group)] ?? GroupTally() }

    /// For the next peer of a group with this address.
    mutating func tally(_ group: GroupSettings, _ endpoint: Endpoint) -> PeerTally {
        let key = Self.key(group, endpoint)
        guard var known = peers[key], !known.isEmpty else { return PeerTally() }
        let first = known.removeFirst()
        peers[key] = known
        return first
    }

    private static func key(_ group: GroupSettings) -> String {
        group.isImplicit ? "\(group.name):\(group.port) proxy_pass" : group.name
    }

    private static func key(_ group: GroupSettings, _ endpoint: Endpoint) -> String {
        "\(key(group)) \(endpoint.text)"
    }
}
