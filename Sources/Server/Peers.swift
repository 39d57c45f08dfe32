import Configuration
import Platform
import Upstreams

/// Turns the groups of a model into peers with addresses.
enum Peers {
    /// One list for each group. A name that does not resolve gives no peer, and a warning: its group answers 502
    /// until a
    /// reload finds it.
    static func resolve(_ model: ConfigurationModel, warn: (String) -> Void) -> [[Peer]] {
        var known: [String: [SocketAddress]] = [:]
        return model.groups.map { group in
            group.servers.flatMap { server -> [Peer] in
                switch server.address {
                case .endpoint(let endpoint): return [Peer(settings(server, endpoint))]
                case .name(let host, let port):
                    let key = "\(host):\(port)"
                    let found = known[key] ?? NameLookup.addresses(of: host, port: port)
                    known[key] = found
                    if found.isEmpty { warn("host not found in upstream \"\(server.name)\"\(server.position.suffix)") }
                    return found.map { Peer(settings(server, .ip($0))) }
                }
            }
        }
    }

    private static func settings(_ server: GroupServer, _ endpoint: Endpoint) -> PeerSettings {
        PeerSettings(
            endpoint: endpoint, server: server.name, weight: server.weight, maxFailures: server.maxFails,
            failTimeoutMilliseconds: Int64(server.failTimeout), maxConnections: server.connectionLimit,
            isBackup: server.isBackup, isDown: server.isDown || server.isDraining,
            slowStartMilliseconds: Int64(server.slowStart))
    }
}
