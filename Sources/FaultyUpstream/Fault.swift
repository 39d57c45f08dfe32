/// Something that an upstream does wrong (or rightly, but so that gateways stumble), as data.
package struct Fault: Sendable {
    /// Its name in paths, queries, rules and counts: lower-case letters, digits, `-` and `.`.
    package let name: String
    /// Where in an exchange it strikes.
    package let group: FaultGroup
    /// One line: what the upstream does.
    package let summary: String
    /// What a gateway should make of it.
    package let expected: Expected
    /// The numbers that it takes, with their defaults; `Knob.universal` need not be listed to be taken.
    package let defaults: [Knob: Int]
    /// A place that is only connected to; it has no steps.
    package let place: Place?
    private let make: @Sendable (Settings) -> [Step]

    init(_ name: String, _ group: FaultGroup, _ summary: String, _ expected: Expected, _ steps: [Step]) {
        self.init(name, group, summary, expected, with: [:]) { _ in steps }
    }

    init(
        _ name: String, _ group: FaultGroup, _ summary: String, _ expected: Expected, with defaults: [Knob: Int],
        _ make: @escaping @Sendable (Settings) -> [Step]
    ) {
        (self.name, self.group, self.summary, self.expected) = (name, group, summary, expected)
        (self.defaults, self.place, self.make) = (defaults, nil, make)
    }

    init(_ name: String, at place: Place, _ summary: String, _ expected: Expected) {
        (self.name, group, self.summary, self.expected) = (name, .connect, summary, expected)
        (defaults, self.place, make) = ([:], place, { _ in [] })
    }

    /// The steps with these settings; what is not set has the fault's default.
    package func steps(_ settings: [Knob: Int] = [:]) -> [Step] {
        let all = Settings(values: defaults.merging(settings) { _, given in given })
        var steps = make(all)
        if let delay = all.values[.delay], delay > 0 {
            let position = steps.firstIndex { !$0.onlyReads } ?? steps.endIndex
            steps.insert(.sleep(milliseconds: delay), at: position)
        }
        return steps
    }

    /// Whether the fault knows what to do with this number.
    package func takes(_ knob: Knob) -> Bool { Knob.universal.contains(knob) || defaults[knob] != nil }

    /// The settings of one playing, defaults included.
    struct Settings: Sendable {
        let values: [Knob: Int]
        /// 0 where neither a setting nor a default exists.
        subscript(knob: Knob) -> Int { values[knob] ?? 0 }
    }
}

/// Which part of an exchange a fault strikes.
package enum FaultGroup: String, CaseIterable, Sendable {
    case connect, beforeHead = "before-head", statusLine = "status-line", fields, framing, chunks, truncation, timing
    case earlyResponse = "early-response", interim, tunnel, bodiless, reuse
    /// Defined in a rules file.
    case own

    /// One line for headings.
    package var summary: String {
        switch self {
        case .connect: return "Places that cannot be connected to"
        case .beforeHead: return "Connections that end before the response head is complete"
        case .statusLine: return "Status lines that are none, or odd"
        case .fields: return "Header fields that are malformed, too big, repeated or hop-by-hop"
        case .framing: return "Content-Length and Transfer-Encoding"
        case .chunks: return "The chunked coding and trailers"
        case .truncation: return "Bodies that end too early or too late"
        case .timing: return "Silence and slowness"
        case .earlyResponse: return "Responses and ends before the request was read"
        case .interim: return "Interim responses (1xx)"
        case .tunnel: return "Upgrades and what follows them"
        case .bodiless: return "Responses that have no body, and bodies that they have"
        case .reuse: return "Kept connections that are of no use any more"
        case .own: return "Faults of the rules file"
        }
    }
}

/// A number that shapes a fault.
package enum Knob: String, CaseIterable, Sendable {
    /// Length of the silence, in seconds.
    case seconds
    /// Bytes before the end: of the body, or of the request read.
    case bytes
    /// Bytes of a field, line or body in all.
    case size
    /// Lines or responses.
    case count
    /// Milliseconds between two pieces.
    case interval
    /// Milliseconds before the first thing that is sent or ended.
    case delay
    /// Only the first so many requests meet the fault; later ones are answered well.
    case first
    /// The first so many requests are answered well; later ones meet the fault.
    case after
    /// Only each so-manieth request meets the fault.
    case every

    /// What every fault takes.
    package static let universal: [Knob] = [.delay, .first, .after, .every]

    /// The greatest value; the least is 0 (1 for `every`).
    package var limit: Int {
        switch self {
        case .seconds: return 3600
        case .bytes, .size: return 32 << 20
        case .count: return 100_000
        case .interval, .delay: return 3_600_000
        case .first, .after, .every: return 1_000_000_000
        }
    }

    /// The least value.
    package var least: Int { self == .every ? 1 : 0 }
}

/// A place that faults of the group `connect` are found at.
package enum Place: String, CaseIterable, Sendable {
    /// A port that is bound but does not listen.
    case refusingPort
    /// A port whose queue of connections is full: a SYN gets no answer.
    case fullPort
    /// A unix socket's path where nothing is.
    case missingPath
    /// A unix socket's file that nobody listens on.
    case refusingPath
    /// A unix socket that only its owner and root may connect to.
    case forbiddenPath
    /// A unix socket whose queue is full.
    case fullPath

    /// A few words for people.
    package var text: String {
        switch self {
        case .refusingPort: return "refusing port"
        case .fullPort: return "full port"
        case .missingPath: return "missing socket"
        case .refusingPath: return "refusing socket"
        case .forbiddenPath: return "forbidden socket"
        case .fullPath: return "full socket"
        }
    }
}

/// What a gateway should make of a fault: any of these outcomes, where the specification leaves a choice.
package struct Expected: Equatable, Sendable {
    /// One outcome, with RFC 9209's name for the cause where the gateway fails.
    package enum Outcome: Equatable, Sendable {
        /// The response is passed on with this status, whole.
        case passes(Int)
        /// A response of the gateway's own, with this status.
        case fails(Int, ProxyError)
        /// The head is passed on with this status, then the body is cut off so that the client can tell.
        case cuts(Int, ProxyError)
    }

    /// The outcomes that will do, the best first.
    package let outcomes: [Outcome]

    static func passes(_ status: Int) -> Expected { Expected(outcomes: [.passes(status)]) }
    static func fails(_ status: Int, _ error: ProxyError) -> Expected { Expected(outcomes: [.fails(status, error)]) }
    static func cuts(_ status: Int, _ error: ProxyError) -> Expected { Expected(outcomes: [.cuts(status, error)]) }
    static func either(_ one: Expected, _ other: Expected) -> Expected {
        Expected(outcomes: one.outcomes + other.outcomes)
    }

    /// As in `502 connection_terminated`, `200`, `200, then cut: http_response_incomplete`.
    package var text: String {
        let texts = outcomes.map { outcome in
            switch outcome {
            case .passes(let status): return "\(status)"
            case .fails(let status, let error): return "\(status) \(error.rawValue)"
            case .cuts(let status, let error): return "\(status), then cut: \(error.rawValue)"
            }
        }
        return texts.joined(separator: " or ")
    }
}

/// The error types of RFC 9209 §2.3 that faults lead to.
package enum ProxyError: String, Sendable {
    case destinationUnavailable = "destination_unavailable"
    case connectionRefused = "connection_refused"
    case connectionTimeout = "connection_timeout"
    case connectionTerminated = "connection_terminated"
    case connectionReadTimeout = "connection_read_timeout"
    case connectionWriteTimeout = "connection_write_timeout"
    case responseIncomplete = "http_response_incomplete"
    case headTooBig = "http_response_header_section_size"
    case trailerTooBig = "http_response_trailer_section_size"
    case transferCoding = "http_response_transfer_coding"
    case responseTimeout = "http_response_timeout"
    case upgradeFailed = "http_upgrade_failed"
    case protocolError = "http_protocol_error"
    case configurationError = "proxy_configuration_error"
}
