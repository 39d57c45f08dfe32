import SimulatedKernel

/// What makes requests of a scenario wait before an attempt.
struct WaitingPlan: Sendable {
    /// A `queue` directive, or nothing.
    var queue = ""
    /// `max_conns` of all peers, where requests are to meet in the queue.
    var limit: Int?
    /// A `proxy_wait` directive, or nothing.
    var wait = ""
    /// Peers at which nobody listens for a while.
    var outages: [(milliseconds: Int, what: Scenario.Intervention)] = []

    init(_ chance: inout Chance, peers: [PeerSite]) {
        if chance.percent(35) {
            queue = "queue \(chance.within(1...3)) timeout=\(chance.one(of: ["100ms", "2s", "60s"]));"
            limit = chance.one(of: [1, 1, 2])
        }
        if chance.percent(45) {
            wait = "proxy_wait \(chance.one(of: ["40ms", "700ms", "3s"]))\(chance.one(of: ["", "", " limit=1"]));"
        }
        for (index, peer) in peers.enumerated() where peer.plan == .serves && chance.percent(40) {
            let start = chance.skewed(0...2_000)
            outages.append((milliseconds: start, what: .stopPeer(index)))
            outages.append((milliseconds: start + chance.skewed(20...3_000), what: .startPeer(index)))
        }
    }
}
