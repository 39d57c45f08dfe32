import Configuration
import SimulatedKernel

// A whole run of the gateway, from the first turn to the last descriptor.
extension Gateway {
    /// Runs until nothing is open any more, then ends the worker; what is wrong by then.
    func runToTheEnd(
        _ interventions: [(milliseconds: Int, what: Scenario.Intervention)], _ models: [ConfigurationModel],
        _ clients: [FarEnd], _ servers: [FarServer?] = []
    ) -> [String] {
        let drains = interventions.contains { if case .drain = $0.what { true } else { false } }
        var troubles = runUntilEmpty(interventions, models, clients, servers, mayEnd: drains).map { [$0] } ?? []
        if broken != nil { return troubles }
        if !isStopped {
            endChecks()
            // A connection that was in the listener's queue may have been accepted meanwhile.
            if !isEmpty, let trouble = runUntilEmpty([], models, clients, servers, mayEnd: drains) {
                return troubles + [trouble]
            }
        }
        simulated.isDeadlocked = false
        if !isStopped { troubles += leftovers() }
        if !stop() { troubles.append("the worker does not stop") }
        troubles += leftovers()
        simulated.advance(milliseconds: 200_000)
        return troubles + simulated.findings
    }

    /// Runs until nothing is open, or what is open will never end.
    private func runUntilEmpty(
        _ interventions: [(milliseconds: Int, what: Scenario.Intervention)], _ models: [ConfigurationModel],
        _ clients: [FarEnd], _ servers: [FarServer?], mayEnd: Bool
    ) -> String? {
        var interventions = interventions[...]
        for _ in 0..<100_000 {
            if !turn() {
                if let broken { return broken }
                return isStopped && !mayEnd ? "the worker ended by itself" : nil
            }
            if let next = interventions.first, simulated.elapsedMicroseconds >= Int64(next.milliseconds) * 1_000 {
                interventions.removeFirst()
                intervene(next.what, models, servers)
            }
            if isEmpty && clients.allSatisfy({ $0.isDone || ($0.ending != .waiting && $0.ending != .open) }) {
                simulated.isDeadlocked = false
                return nil
            }
            if simulated.isDeadlocked { return "nothing will ever happen again, but something is open" }
            if simulated.elapsedMicroseconds > Int64(SimulationTests.requestFactor) * 3_600_000_000 {
                return "after an hour for each request of an ordinary test something is open"
            }
        }
        return "100,000 turns were not enough"
    }

    private func intervene(
        _ what: Scenario.Intervention, _ models: [ConfigurationModel], _ servers: [FarServer?]
    ) {
        switch what {
        case .reload(let index): reload(models[index])
        case .reopenLogs: tell(.reopenLogs)
        case .drain(let timeout): tell(.drain(timeoutMilliseconds: timeout))
        case .stopPeer(let index): if let server = servers[index] { simulated.stop(server) }
        case .startPeer(let index): if let server = servers[index] { simulated.restart(server) }
        }
    }
}
