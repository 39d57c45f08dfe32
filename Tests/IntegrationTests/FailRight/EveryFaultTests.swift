import FaultyUpstream
import Platform
import TestGateway
import Testing

/// Each fault that the upstream knows comes to what its own table says a gateway should make of it.
@Suite(.overWires) struct EveryFaultTests {
    /// Faults of the groups that need more than one request on a connection have their own tests.
    private static let faults = FaultTable.all.filter {
        $0.place == nil && $0.group != .reuse && !$0.name.hasSuffix("-late") || $0.name == "answer-late"
    }

    /// Faults that are about another method.
    private static func method(of fault: Fault) -> String {
        fault.group == .bodiless && fault.name.hasPrefix("head-") ? "HEAD" : "GET"
    }

    /// What keeps within the gateway's timeout here: over HTTP/2 a head leaves once it is whole.
    private static let queries = ["slow-reader": "?count=5", "fields-endless": "?size=60000&interval=1"]

    @Test func itsOutcomeIsOneOfThoseExpected() throws {
        let settings = GatewaySettings(
            """
            location / {
                proxy_pass http://%UPSTREAM%;
                proxy_read_timeout 2s;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $http_connection;
            }
            """)
        try Gateway.run(settings) { gateway in
            let (endpoint, upstream, wires) = (gateway.endpoint, gateway.upstream, gateway.wires)
            try Together.run(16) { thread in
                for (index, fault) in Self.faults.enumerated() where index % 16 == thread {
                    let problem: String?
                    do { problem = try Self.problem(with: fault, endpoint, wires, upstream) } catch {
                        problem = "\(error)"
                    }
                    if let problem { Issue.record("\(fault.name) (\(fault.expected.text)): \(problem)") }
                }
            }
        }
    }

    private static func problem(
        with fault: Fault, _ endpoint: Endpoint, _ wires: Wires, _ upstream: FaultyUpstream
    ) throws -> String? {
        let known = wires.upstreams.isHTTP2 ? HTTP2Faults.outcomes(of: fault) : fault.expected.outcomes
        guard let outcomes = known else { return nil }
        if fault.name == "upgrade-ignored" && Peculiarity.pageForTunnel.excludes(wires) { return nil }
        var client = try Client(endpoint, over: wires.clients)
        let upgrade = fault.group == .tunnel && fault.name != "switch-unasked"
        let fields = upgrade ? "Connection: Upgrade\r\nUpgrade: foo\r\n" : "Connection: close\r\n"
        client.get("/fault/\(fault.name)\(queries[fault.name] ?? "")", fields, method: method(of: fault))
        let response = try client.response(to: method(of: fault))
        if upstream.count(of: fault.name) != 1 { return "played \(upstream.count(of: fault.name)) times" }
        let isGood = outcomes.contains { outcome in
            switch outcome {
            case .passes(let status): response.status == status && response.end == .whole
            case .fails(let status, let error):
                response.status == status && response.errorType == error.rawValue && response.end == .whole
            case .cuts(let status, _): response.status == status && (upgrade || response.end != .whole)
            }
        }
        return isGood ? nil : "\(response.line), \(response.errorType ?? "no error type"), \(response.end)"
    }
}
