import Bytes
import Configuration
import Platform
import Upstreams

/// The groups that targets with variables need, made as they are asked for: one for each address, and one for each
/// name, whose addresses change.
///
/// A group that no exchange is routed to may make room for another: at most 1,024 of these are kept besides those in
/// use.
struct DynamicGroups {
    static let limit = 1_024

    /// What a group stands for.
    enum Target: Hashable {
        case endpoint(Endpoint)
        /// The name as it was written, and its port.
        case name([UInt8], port: UInt16)
    }

    private(set) var targets: [Target] = []
    /// Exchanges that are routed to each.
    private(set) var users: [Int] = []
    private var indices: [Target: Int] = [:]
    private var hand = 0

    /// The place of a target; `isNew` where a group has yet to be made there.
    mutating func place(_ target: Target) -> (place: Int, isNew: Bool) {
        if let known = indices[target] { return (known, false) }
        if targets.count >= Self.limit, let free = free() {
            indices[targets[free]] = nil
            targets[free] = target
            indices[target] = free
            return (free, true)
        }
        targets.append(target)
        users.append(0)
        indices[target] = targets.count - 1
        return (targets.count - 1, true)
    }

    mutating func use(_ place: Int) { users[place] += 1 }

    mutating func leave(_ place: Int) {
        users[place] -= 1
        precondition(users[place] >= 0, "an exchange leaves the group that it was routed to")
    }

    /// The next place that nobody uses, looked for from where the last one was.
    private mutating func free() -> Int? {
        for _ in targets.indices {
            hand = (hand + 1) % targets.count
            if users[hand] == 0 { return hand }
        }
        return nil
    }
}

extension Epoch {
    /// The group of one address that a `proxy_pass` with variables named.
    func dynamicGroup(_ endpoint: Endpoint) -> Int {
        let (place, isNew) = dynamic.place(.endpoint(endpoint))
        if isNew { put([Peer(PeerSettings(endpoint: endpoint))], name: endpoint.text, at: place) }
        return model.groups.count + place
    }

    /// The group of a name that is looked up as requests come; its addresses are set once they are known.
    func dynamicGroup(name: [UInt8], port: UInt16) -> Int {
        let (place, isNew) = dynamic.place(.name(name, port: port))
        if isNew { put([], name: String(decoding: name, as: UTF8.self), at: place) }
        return model.groups.count + place
    }

    /// The name and port that a group stands for, where it is one that is looked up.
    func dynamicName(_ group: Int) -> (name: [UInt8], port: UInt16)? {
        guard group >= model.groups.count, case .name(let name, let port) = dynamic.targets[group - model.groups.count]
        else { return nil }
        return (name, port)
    }

    /// The first name among a group's servers, where it is one of the configuration's.
    func unresolvedName(_ group: Int) -> [UInt8]? {
        guard group < model.groups.count else { return nil }
        for server in model.groups[group].servers {
            if case .name(let host, _) = server.address { return Array(host.utf8) }
        }
        return nil
    }

    /// The addresses of a name. Nothing is held against them from one request to the next (nginx). Answers connections
    /// to those that are gone, which serve nobody else.
    func setAddresses(_ endpoints: [Endpoint], ofDynamicGroup index: Int) -> [SlotID] {
        let group = groups[index]
        let peers = group.listedPeers.moved(to: endpoints) {
            Peer(PeerSettings(endpoint: $0, maxFailures: 0))
        }
        return peers.elementsEqual(group.listedPeers, by: ===) ? [] : group.update(peers)
    }

    private func put(_ peers: [Peer], name: String, at place: Int) {
        let group = Group(
            name: Array(name.utf8), peers: peers, keepAlive: UpstreamKeepAlive(), pools: false, tally: dynamicTally,
            worker: worker)
        let index = model.groups.count + place
        if index < groups.count { groups[index] = group } else { groups.append(group) }
    }

    /// Whether a group is one of these. They alone count the exchanges that are routed to them.
    func isDynamic(_ group: Int) -> Bool { group >= model.groups.count }

    /// An exchange is routed to a group, and from another.
    func move(from old: Int, to new: Int) {
        if isDynamic(new) { dynamic.use(new - model.groups.count) }
        if isDynamic(old) { dynamic.leave(old - model.groups.count) }
    }
}

extension [Peer] {
    /// One peer for each of these addresses, an address that is there twice being two: those that had them before, else
    /// new ones.
    func moved(to endpoints: [Endpoint], _ make: (Endpoint) -> Peer) -> [Peer] {
        var left = self
        return endpoints.map { endpoint in
            guard let index = left.firstIndex(where: { $0.settings.endpoint == endpoint }) else {
                return make(endpoint)
            }
            return left.remove(at: index)
        }
    }
}
