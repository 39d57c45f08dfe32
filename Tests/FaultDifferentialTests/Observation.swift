import FaultyUpstream
import Platform
import TestGateway

/// What one program made of one fault: what the client saw, and the error lines, with addresses masked.
struct Observation: Equatable, Sendable, CustomStringConvertible {
    let outcome: Outcome
    let lines: [String]

    /// What the client saw.
    enum Outcome: Equatable, Sendable, CustomStringConvertible {
        /// A whole response.
        case status(Int)
        /// A head, then less than it promised.
        case cut(Int)
        /// A head, then nothing more for as long as the client waits.
        case hangs(Int)
        /// No head at all.
        case nothing

        var description: String {
            switch self {
            case .status(let status): "\(status)"
            case .cut(let status): "\(status), cut"
            case .hangs(let status): "\(status), hangs"
            case .nothing: "no response"
            }
        }
    }

    var description: String { ([outcome.description] + lines).joined(separator: "\n        ") }
}

extension Gateway {
    /// Puts each fault to this gateway, some at a time.
    func observe(_ faults: [Fault]) throws -> [String: Observation] {
        let outcomes = Outcomes()
        let endpoint = endpoint
        try Together.run(16) { thread in
            for (index, fault) in faults.enumerated() where index % 16 == thread {
                outcomes.set(fault.name, try Outcomes.outcome(of: fault, at: endpoint))
            }
        }
        var all: [String: Observation] = [:]
        let lines = errors()
        for fault in faults {
            if fault.place == nil, upstream.count(of: fault.name) == 0 { throw Trouble("\(fault.name) was not played") }
            let own = lines.filter {
                $0.contains("/fault/\(fault.name) HTTP") || $0.contains("/fault/\(fault.name)?")
            }
            guard let outcome = outcomes[fault.name] else { throw Trouble("no outcome of \(fault.name)") }
            all[fault.name] = Observation(outcome: outcome, lines: own)
        }
        return all
    }
}
