extension Command {
    static let help = """
        faulty-upstream: an HTTP/1.1 server that fails on purpose.

        usage: faulty-upstream [options]

          --listen ADDR:PORT          listen here (default 127.0.0.1:9000; may be repeated; port 0: any)
          --listen ADDR:PORT=FAULT    every connection to this port meets the fault, from its first moment on;
                                      parameters follow as in a query: 9001=length-cut-fin?bytes=10
          --unix PATH                 listen on a unix socket as well
          --script FILE               rules: which requests meet which fault (see docs/faulty-upstream.md)
          --refusing-port PORT        the port that refuses connections (default: any)
          --full-port PORT            the port whose queue of connections is full (default: any)
          --places FOLDER             make unix sockets there that cannot be connected to
          --dns ADDR:PORT             answer DNS queries here; the first label chooses the fault (nxdomain.test, …)
          --wait-limit SECONDS        bound on each wait and stall (default 60)
          --connections N             bound on the connections at a time (default 256)
          --list                      list all faults
          --show FAULT                show a fault's steps and parameters
          --quiet                     do not print each fault that is played
          --version, --help

        A fault is chosen by path (/fault/NAME or /NAME), by query on any path (?fault=NAME&delay=500&first=2),
        or by a rule. The start page / links all of them.

        """

    /// All faults, one line each, under headings.
    static func list(_ rules: Rules) -> String {
        let width = (FaultTable.all + rules.faults).map(\.name.count).max() ?? 0
        var text = ""
        for group in FaultGroup.allCases {
            let faults = group == .own ? rules.faults : FaultTable.of(group)
            if faults.isEmpty { continue }
            text += "\(group.rawValue): \(group.summary)\n"
            for fault in faults {
                text += "  \(fault.name)\(String(repeating: " ", count: width - fault.name.count))  \(fault.summary)\n"
            }
        }
        return text
    }

    /// One fault: what it does, what a gateway should make of it, its parameters and steps.
    static func show(_ name: String, _ rules: Rules) throws(TextError) -> String {
        guard let fault = rules.fault(named: name) else { throw TextError(Rule.unknown(name)) }
        var text = "\(fault.name): \(fault.summary)\n"
        if fault.group != .own { text += "a gateway should answer: \(fault.expected.text)\n" }
        if let place = fault.place { return text + "place: \(place.text)\n" }
        let own = fault.defaults.map { "\($0.key.rawValue)=\($0.value)" }.sorted()
        let others = Knob.universal.filter { fault.defaults[$0] == nil }.map(\.rawValue)
        text += "parameters: \((own + others).joined(separator: " "))\n"
        return text + "steps: \(StepText.text(fault.steps(), payloadLimit: 400))\n"
    }

    /// The one line that says where everything is.
    package static func announcement(_ upstream: FaultyUpstream, resolver: FaultyResolver?) -> String {
        var parts = upstream.endpoints.map { endpoint in
            if case .unix = endpoint { return endpoint.text } else { return "http://" + endpoint.text }
        }
        parts += upstream.places.all.map { "\($0.place.text) \($0.endpoint.text)" }
        if let resolver { parts.append("dns \(resolver.address.text)") }
        return "faulty-upstream: listening on " + parts.joined(separator: ", ")
    }
}
