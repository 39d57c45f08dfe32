/// The points of `hash … consistent`: 160 for each unit of weight, as nginx and Cache::Memcached::Fast place them, so
/// that a key goes to the same server as there.
struct HashRing {
    /// Rising.
    private(set) var points: [UInt32] = []
    /// Of each point: which text of `server` it belongs to, an index in `servers`.
    private(set) var owners: [Int32] = []
    /// The texts as they are written in the configuration; several addresses of one name share theirs.
    private(set) var servers: [String] = []

    init() {}

    init(_ peers: [(server: String, weight: Int)]) {
        var all: [(point: UInt32, owner: Int32)] = []
        for peer in peers {
            let owner = servers.firstIndex(of: peer.server) ?? servers.count
            if owner == servers.count { servers.append(peer.server) }
            let base = Self.base(Array(peer.server.utf8))
            var previous: UInt32 = 0
            for _ in 0..<peer.weight * 160 {
                var hash = base
                hash.add(littleEndian: previous)
                previous = hash.value
                all.append((previous, Int32(owner)))
            }
        }
        all.sort { $0.point < $1.point }
        for entry in all where points.last != entry.point {
            points.append(entry.point)
            owners.append(entry.owner)
        }
    }

    /// The hash of `HOST \0 PORT`, where the text has a port; a Unix socket's path counts as a host.
    private static func base(_ server: [UInt8]) -> CRC32 {
        var hash = CRC32()
        if server.count >= 5, String(decoding: server[..<5], as: UTF8.self).lowercased() == "unix:" {
            hash.add(server.span.extracting(5..<server.count))
            hash.add(0)
            return hash
        }
        var split = server.count
        while split > 0, (0x30...0x39).contains(server[split - 1]) { split -= 1 }
        let hasPort = split > 0 && server[split - 1] == 0x3a
        hash.add(server.span.extracting(0..<(hasPort ? split - 1 : server.count)))
        hash.add(0)
        if hasPort { hash.add(server.span.extracting(split..<server.count)) }
        return hash
    }

    /// The first point at or after `hash`, an index; the number of points where there is none.
    func position(of hash: UInt32) -> Int {
        var (low, high) = (0, points.count)
        while low < high {
            let middle = (low + high) / 2
            if points[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
