import TestGateway

/// The locations that tell the state, beside what a test's server has.
extension GatewaySettings {
    static func telling(
        _ server: String = "location / { proxy_pass http://app; }",
        http: String = "upstream app { server %UPSTREAM%; }", workers: Int = 1
    ) -> GatewaySettings {
        GatewaySettings(
            server + "\nlocation = /status { upstream_status; access_log off; }\nlocation = /metrics { metrics; }",
            http: http, main: "worker_processes \(workers);")
    }
}

extension Gateway {
    /// What `upstream_status` says, read by Python: it shares no code with us.
    func status() throws -> Status {
        let response = try get("/status")
        if response.status != 200 { throw Trouble("the status: \(response.line)") }
        try folder.write(Client.bytes(response.body), to: "status.json")
        try folder.write(Status.flattener, to: "flat.py")
        return Status(try run("python3 flat.py status.json"))
    }

    /// The series of `metrics` and their values; promtool has nothing against them.
    func metrics() throws -> [String: Double] {
        let response = try get("/metrics")
        if response.status != 200 { throw Trouble("the metrics: \(response.line)") }
        try folder.write(Client.bytes(response.body), to: "metrics.txt")
        let said = try run("promtool check metrics < metrics.txt")
        if !said.isEmpty { throw Trouble("promtool: \(said)") }
        var series: [String: Double] = [:]
        for line in response.body.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            series[names.mask(String(parts[0]))] = Double(parts[1])
        }
        return series
    }

    /// Runs a command in the folder; what it said. Throws where it failed.
    func run(_ command: String) throws -> String {
        let file = "said.\(folder.names().count)"
        let child = try ChildProcess(
            "/bin/sh", ["-c", "cd \(folder.path) && \(command)"], output: folder[file], errors: folder[file])
        let ending = try child.wait()
        let said = folder.text(of: file)
        if ending != .exited(0) { throw Trouble("\(command) ended so: \(ending) \(said)") }
        return said
    }
}

/// The state, or an object in it.
struct Status {
    /// By the path of each value.
    private let values: [Substring: Substring]
    private let prefix: String

    /// Takes lines of a path, a tab and a value.
    init(_ lines: String) {
        var values: [Substring: Substring] = [:]
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            values[parts[0]] = parts[1]
        }
        (self.values, prefix) = (values, "")
    }

    private init(_ values: [Substring: Substring], _ prefix: String) { (self.values, self.prefix) = (values, prefix) }

    /// Writes those lines. Text stands without quotes.
    static let flattener = """
        import json, sys
        def walk(value, path):
            if isinstance(value, dict):
                for key, inner in value.items():
                    walk(inner, path + [key])
            elif isinstance(value, list):
                print("/".join(path + ["count"]), len(value), sep="\\t")
                for index, inner in enumerate(value):
                    walk(inner, path + [str(index)])
            else:
                print("/".join(path), value if isinstance(value, str) else json.dumps(value), sep="\\t")
        walk(json.load(open(sys.argv[1])), [])
        """

    subscript(name: String) -> Status { Status(values, "\(prefix)\(name)/") }

    func text(_ name: String) -> String? { values[Substring(prefix + name)].map { String($0) } }

    func number(_ name: String) -> Int { text(name).flatMap { Int($0) } ?? -1 }

    private func list(_ name: String) -> [Status] {
        (0..<max(0, self[name].number("count"))).map { self[name]["\($0)"] }
    }

    /// A group by its name.
    func group(_ name: String) -> Status { list("groups").first { $0.text("name") == name } ?? self["none"] }

    /// The peers of a group, in their order.
    func peers(_ group: String = "app") -> [Status] { self.group(group).list("peers") }

    /// How often each cause came.
    var causes: [String: Int] {
        let start = "\(prefix)failures/causes/"
        var causes: [String: Int] = [:]
        for (path, value) in values where path.hasPrefix(start) {
            causes[String(path.dropFirst(start.count))] = Int(value)
        }
        return causes
    }

    /// The failures of all peers of a group, and its own.
    func failures(_ group: String = "app") -> Int {
        peers(group).reduce(self.group(group)["failures"].number("total")) { $0 + $1["failures"].number("total") }
    }
}
