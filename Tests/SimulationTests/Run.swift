import Bytes
import Configuration
import Platform
import ProxyCore
import SimulatedKernel

/// One run of a scenario, and what was wrong with it.
final class Run {
    let scenario: Scenario
    let simulated: SimulatedKernel
    private(set) var troubles: [String] = []
    /// Requests that the gateway took up.
    private(set) var exchangeCount = 0
    /// An exchange went on with a peer that its group had no more.
    private(set) var keptGonePeer = false
    /// What upstreams saw of HTTP/2, and did with it.
    let tally = WireTally()
    /// Calls that could have failed with the errno of a sweep were fewer than asked for.
    var isUntouched: Bool { simulated.injected.isEmpty }

    /// Plays the scenario; with a `failure` brought about on the way, or some at random.
    init(_ scenario: Scenario, failing failure: (number: Int, errno: Int32)? = nil, failuresPerTenThousand: Int = 0) {
        self.scenario = scenario
        simulated = SimulatedKernel(seed: scenario.seed, adversity: scenario.adversity)
        let models = scenario.configurations.compactMap(load)
        if !troubles.isEmpty { return }
        simulated.diskLimitBytes = scenario.diskLimitBytes
        simulated.descriptorLimit = scenario.descriptorLimit
        var limits = Limits(connections: scenario.connections)
        limits.overshootBytes = scenario.overshootBytes
        limits.bodyBudgetBytes = scenario.bodyBudgetBytes
        let gateway = Gateway(simulated, models[0], limits: limits, lookups: SimulatedLookups.maker(scenario))
        if let failure { simulated.failCall(number: failure.number, with: failure.errno) }
        simulated.adversity.failuresPerTenThousand = failuresPerTenThousand
        play(gateway, models)
        exchangeCount = gateway.exchangeCount
        keptGonePeer = gateway.keptGonePeer
    }

    private func load(_ text: String) -> ConfigurationModel? {
        do throws(ConfigurationError) { return try ConfigurationLoader.load(text: text) } catch {
            troubles.append("the configuration is wrong: \(error.message)")
            return nil
        }
    }

    private func play(_ gateway: Gateway, _ models: [ConfigurationModel]) {
        let upstreams = UpstreamPlay(scenario)
        let servers = scenario.peers.map { peer -> FarServer? in
            let server = Run.add(peer, to: simulated, upstreams)
            server?.speak(scenario.wires.upstreams, limits: peer.limits, tally, scenario.session)
            return server
        }
        let clients = scenario.clients.map { client in
            simulated.addClient(
                at: client.startMilliseconds, connectTo: client.overUnixSocket ? Scenario.frontUnix : Scenario.front,
                from: client.overUnixSocket ? nil : SocketAddress(family: .ipv4, low: 0xc000_0201),
                coat: scenario.wires.clients.clientCoat(), wireLimit: client.wireLimit,
                actions: ClientPlay.actions(client))
        }
        gateway.start()
        troubles += gateway.runToTheEnd(scenario.interventions, models, clients, servers)
        if troubles.isEmpty {
            var oracle = Oracle(scenario, upstreams, clients, RunLogs(simulated), simulated.injected)
            oracle.judge()
            troubles += oracle.troubles + tally.complaints
        }
    }

    private static func add(
        _ peer: PeerSite, to simulated: SimulatedKernel, _ upstreams: UpstreamPlay
    ) -> FarServer? {
        switch peer.plan {
        case .serves: return simulated.addServer(at: peer.endpoint, atHead: true) { upstreams.answer($0) }
        case .refuses: break
        case .blackHole: simulated.routes[peer.endpoint] = .blackHole
        case .unreachable(let atOnce):
            simulated.routes[peer.endpoint] =
                atOnce ? .immediateFailure(101) : .lateFailure(113, afterMilliseconds: 3_000)
        case .resets: return simulated.addServer(at: peer.endpoint, connections: [[.reset]])
        case .neverAccepts:
            return simulated.addServer(at: peer.endpoint, backlog: 1, accepts: false, connections: [[]])
        }
        return nil
    }

    /// All that helps to understand a failed run.
    func report() -> String {
        let traceLines = Int(SimulationTests.number("POSTERN_TRACE_LINES", default: 120))
        let trace = simulated.traceText.split(separator: "\n").suffix(traceLines).joined(separator: "\n")
        let configuration = scenario.configurations.joined(separator: "--- reloaded\n").split(separator: "\n")
        return """
            seed \(scenario.seed): \(troubles.joined(separator: "\n"))
            --- configuration
            \(configuration.joined(separator: "\n"))
            --- peers
            \(scenario.peers.map { "\($0.endpoint.text) \($0.plan)" }.joined(separator: ", "))
            --- wires
            \(scenario.wires)
            --- network
            \(scenario.adversity)
            --- clients
            \(scenario.clients.map(\.summary).joined(separator: "\n"))
            --- error log
            \(simulated.fileText("/log/error.log") ?? "")
            --- access log
            \(simulated.fileText("/log/access.log") ?? "")
            --- the end of the trace
            \(trace)
            """
    }
}
