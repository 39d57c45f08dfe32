import FaultyUpstream
import Platform
import Synchronization
import TestGateway

/// What clients saw, gathered from several threads.
final class Outcomes: Sendable {
    private let all = Mutex<[String: Observation.Outcome]>([:])

    subscript(name: String) -> Observation.Outcome? { all.withLock { $0[name] } }

    func set(_ name: String, _ outcome: Observation.Outcome) { all.withLock { $0[name] = outcome } }

    /// What a client sees that waits for longer than the gateway's timeouts, but not for ever.
    static func outcome(of fault: Fault, at endpoint: Endpoint) throws -> Observation.Outcome {
        var client = try Client(endpoint)
        client.patience = 3000
        // Slow bodies need not be as slow as for people who look on.
        var query = fault.defaults[.interval].map { "?interval=\(min($0, 20))" } ?? ""
        if fault.defaults[.delay] != nil { query = "?delay=50" }
        client.get("/fault/\(fault.name)\(query)", "Connection: close\r\n")
        guard let response = try? client.response() else { return .nothing }
        switch response.end {
        case .whole: return .status(response.status)
        case .cut(.open): return .hangs(response.status)
        case .cut, .invalid: return .cut(response.status)
        }
    }
}
