import Configuration
import Platform
import ProxyCore
import Upstreams

/// The addresses of names in a configuration, as they are when it is taken: this waits, as nginx does at start.
struct Peers {
    /// One list for each group. A server whose name does not resolve has no peer: its group answers 502 until it does.
    private(set) var groups: [[Peer]] = []
    /// What is counted of each group.
    private(set) var tallies: [GroupTally] = []
    /// Of name servers that are written as names.
    private(set) var nameServers: [PeerAddress: [SocketAddress]] = [:]
    private var known: [String: [SocketAddress]] = [:]

    /// Looks up what is not numeric. What `resolve` looks up while running is not asked for here: it has the addresses
    /// that the configuration before gave it, if any.
    ///
    /// - Parameters:
    ///   - former: the addresses that names had, by `key`
    ///   - kept: what was counted of them
    ///   - warn: takes nginx's line about a name that is unknown
    init(
        _ model: ConfigurationModel, former: [String: [SocketAddress]], kept: KeptTallies, warn: (String) -> Void
    ) {
        var kept = kept
        for group in model.groups {
            var peers: [Peer] = []
            for (index, server) in group.servers.enumerated() {
                for endpoint in endpoints(server, group, former, warn: warn) {
                    let settings = PeerSettings(
                        server, endpoint, serverIndex: index, awaitedChecks: group.mandatoryChecks)
                    peers.append(Peer(settings, tally: kept.tally(group, endpoint)))
                }
            }
            groups.append(peers)
            tallies.append(kept.tally(group))
        }
        let resolvers = model.groups.map(\.resolver) + model.locations.map(\.resolver)
        for server in Set(resolvers.flatMap(\.servers)) {
            guard case .name(let host, let port) = server else { continue }
            let found = addresses(host, port)
            if found.isEmpty { warn("host not found in resolver \"\(host)\"") }
            nameServers[server] = found
        }
    }

    /// What a server's name is known by from one configuration to the next; nil where it is an address.
    static func key(_ model: ConfigurationModel, group: Int, server: Int) -> String? {
        guard group < model.groups.count, server < model.groups[group].servers.count,
            case .name(let host, _) = model.groups[group].servers[server].address
        else { return nil }
        return key(model.groups[group], host)
    }

    private static func key(_ group: GroupSettings, _ host: String) -> String { "\(group.name) \(host)" }

    private mutating func endpoints(
        _ server: GroupServer, _ group: GroupSettings, _ former: [String: [SocketAddress]], warn: (String) -> Void
    ) -> [Endpoint] {
        switch server.address {
        case .endpoint(let endpoint): return [endpoint]
        case .name(let host, let port):
            if server.resolves && !group.resolver.servers.isEmpty {
                return former[Self.key(group, host), default: []].map { address in
                    var address = address
                    address.port = port
                    return .ip(address)
                }
            }
            let found = addresses(host, port)
            if found.isEmpty { warn("host not found in upstream \"\(server.name)\"\(server.position.suffix)") }
            return found.map { .ip($0) }
        }
    }

    /// IPv4 addresses first (nginx). `localhost` is this machine in both families, where it has both.
    private mutating func addresses(_ host: String, _ port: UInt16) -> [SocketAddress] {
        let key = "\(host):\(port)"
        if let found = known[key] { return found }
        var found = NameLookup.addresses(of: host, port: port)
        let six = SocketAddress(family: .ipv6, low: 1, port: port)
        if host.lowercased() == "localhost", !found.contains(six), Self.canUse(six) { found.append(six) }
        found = found.filter { $0.family == .ipv4 } + found.filter { $0.family != .ipv4 }
        known[key] = found
        return found
    }

    /// Whether this machine has that address.
    private static func canUse(_ address: SocketAddress) -> Bool {
        let kernel = Kernel()
        let made = kernel.socket(address.family)
        if made.failed { return false }
        let descriptor = Descriptor(Int32(made.value))
        defer { kernel.close(descriptor) }
        var any = address
        any.port = 0
        return !kernel.bind(descriptor, to: .ip(any)).failed
    }
}
