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
    }

    private func load(_ text: String) -> ConfigurationModel? {
        do throws(ConfigurationError) { return try ConfigurationLoader.load(text: text) } catch {
            troubles.append("the configuration is wrong: \(error.message)")
            return nil
        }
    }

    private func play(_ gateway: Gateway, _ models: [ConfigurationModel]) {
        let upstreams = UpstreamPlay(scenario)
        for peer in scenario.peers { Run.add(peer, to: simulated, upstreams) }
        let clients = scenario.clients.map { client in
            simulated.addClient(
                at: client.startMilliseconds, connectTo: client.overUnixSocket ? Scenario.frontUnix : Scenario.front,
                from: client.overUnixSocket ? nil : SocketAddress(family: .ipv4, low: 0xc000_0201),
                actions: ClientPlay.actions(client))
        }
        gateway.start()
        runToTheEnd(gateway, models, clients)
        if gateway.broken != nil { return }
        if !gateway.isStopped { troubles += gateway.leftovers() }
        if !gateway.stop() { troubles.append("the worker does not stop") }
        troubles += gateway.leftovers()
        simulated.advance(milliseconds: 200_000)
        troubles += simulated.findings
        if troubles.isEmpty {
            var oracle = Oracle(scenario, upstreams, clients, RunLogs(simulated), simulated.injected)
            oracle.judge()
            troubles += oracle.troubles
        }
    }

    /// Runs until nothing is open, or what is open will never end.
    private func runToTheEnd(_ gateway: Gateway, _ models: [ConfigurationModel], _ clients: [FarEnd]) {
        var interventions = scenario.interventions[...]
        for _ in 0..<100_000 {
            if !gateway.turn() {
                if let broken = gateway.broken { troubles.append(broken) }
                if gateway.isStopped && !scenario.drains { troubles.append("the worker ended by itself") }
                return
            }
            if let next = interventions.first, simulated.elapsedMicroseconds >= Int64(next.milliseconds) * 1_000 {
                interventions.removeFirst()
                intervene(next.what, gateway, models)
            }
            if gateway.isEmpty && Run.areOver(clients) {
                simulated.isDeadlocked = false
                return
            }
            if simulated.isDeadlocked {
                return troubles.append("nothing will ever happen again, but something is open")
            }
            if simulated.elapsedMicroseconds > 3_600_000_000 {
                return troubles.append("after an hour something is open")
            }
        }
        troubles.append("100,000 turns were not enough")
    }

    private func intervene(_ what: Scenario.Intervention, _ gateway: Gateway, _ models: [ConfigurationModel]) {
        switch what {
        case .reload(let index): gateway.reload(models[index])
        case .reopenLogs: gateway.tell(.reopenLogs)
        case .drain(let timeout): gateway.tell(.drain(timeoutMilliseconds: timeout))
        }
    }

    private static func areOver(_ clients: [FarEnd]) -> Bool {
        clients.allSatisfy { $0.isDone || ($0.ending != .waiting && $0.ending != .open) }
    }

    private static func add(
        _ peer: (endpoint: Endpoint, plan: PeerPlan), to simulated: SimulatedKernel, _ upstreams: UpstreamPlay
    ) {
        switch peer.plan {
        case .serves: simulated.addServer(at: peer.endpoint, atHead: true) { upstreams.answer($0) }
        case .refuses: break
        case .blackHole: simulated.routes[peer.endpoint] = .blackHole
        case .unreachable(let atOnce):
            simulated.routes[peer.endpoint] =
                atOnce ? .immediateFailure(101) : .lateFailure(113, afterMilliseconds: 3_000)
        case .resets: simulated.addServer(at: peer.endpoint, connections: [[.reset]])
        case .neverAccepts: simulated.addServer(at: peer.endpoint, backlog: 1, accepts: false, connections: [[]])
        }
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
