import Platform
import ProxyCore
import Resolver
import SimulatedKernel

/// Name servers that are played: late, wrong, silent or right, as the seed has it.
///
/// A name stands for the upstreams of the scenario that have addresses.
final class SimulatedLookups: LookupEngine {
    private var chance: Chance
    private let addresses: [SocketAddress]
    private var pending: [(due: Instant, report: LookupReport)] = []
    private var ready: [LookupReport] = []

    private init(_ seed: UInt64, _ addresses: [SocketAddress]) {
        chance = Chance(seed: seed, stream: 102)
        self.addresses = addresses
    }

    /// What a worker makes its resolvers' engines by.
    static func maker(_ scenario: Scenario) -> LookupEngineMaker {
        let seed = scenario.seed
        let addresses = scenario.peers.compactMap { peer in
            if case .ip(let address) = peer.endpoint { address } else { nil }
        }
        return { _, _, _, _ in SimulatedLookups(seed, addresses) }
    }

    var serverCount: Int { 2 }
    var openCount: Int { pending.count + ready.count }

    func ask(_ name: [UInt8], _ family: LookupFamily, server: Int, ticket: UInt32, now: Instant) {
        let outcome: LookupOutcome
        switch chance.below(13) {
        case 12: outcome = .unreached
        case 0: outcome = .failed(code: 2)
        case 1: outcome = .failed(code: 3)
        case 2: outcome = .noAnswer
        case 3: return
        case 4: outcome = .alias(Array("other.test".utf8), ttlSeconds: 1)
        default:
            let some = Array(addresses.shuffled(using: &chance).prefix(chance.within(1...3)))
            let isFound = family == .ipv4 && !some.isEmpty
            outcome = isFound ? .addresses(some, ttlSeconds: chance.one(of: [0, 1, 60])) : .failed(code: 3)
        }
        let report = LookupReport(ticket: ticket, outcome: outcome)
        if chance.percent(30) {
            ready.append(report)
        } else {
            pending.append((now.after(Int64(chance.skewed(0...3_000))), report))
        }
    }

    func deadline(now: Instant) -> Instant {
        ready.isEmpty ? pending.map(\.due).min() ?? .never : now
    }

    func wake(now: Instant) {
        ready += pending.filter { $0.due <= now }.map(\.report)
        pending.removeAll { $0.due <= now }
    }

    func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant) {}

    func takeReports() -> [LookupReport] {
        defer { ready = [] }
        return ready
    }

    func close() {
        pending = []
        ready = []
    }
}
