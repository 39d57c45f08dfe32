import Foundation
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
        _ = try run("python3 -m json.tool status.json status.checked")
        let text = folder.text(of: "status.checked")
        guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            throw Trouble("no object: \(text)")
        }
        return Status(object)
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

/// An object of the state.
struct Status {
    let members: [String: Any]

    init(_ members: [String: Any]) { self.members = members }

    subscript(name: String) -> Status { Status(members[name] as? [String: Any] ?? [:]) }

    func number(_ name: String) -> Int { (members[name] as? NSNumber)?.intValue ?? -1 }

    func text(_ name: String) -> String? { members[name] as? String }

    private func list(_ name: String) -> [Status] {
        (members[name] as? [[String: Any]] ?? []).map { Status($0) }
    }

    /// The peers of a group, in their order.
    func peers(_ group: String = "app") -> [Status] {
        list("groups").first { $0.text("name") == group }?.list("peers") ?? []
    }

    /// The group of that name.
    func group(_ name: String) -> Status { list("groups").first { $0.text("name") == name } ?? Status([:]) }

    var groupCount: Int { list("groups").count }

    /// How often each cause came.
    var causes: [String: Int] {
        (self["failures"].members["causes"] as? [String: NSNumber] ?? [:]).mapValues(\.intValue)
    }

    /// The failures of all peers of a group, and its own.
    func failures(_ group: String = "app") -> Int {
        peers(group).reduce(self.group(group)["failures"].number("total")) { $0 + $1["failures"].number("total") }
    }
}
