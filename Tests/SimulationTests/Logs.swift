import SimulatedKernel

/// The access line of a request, in the scenario's own format.
struct AccessLine {
    var status: Int
    /// `$upstream_status`, attempt by attempt; 0 for a dash.
    var upstreamStatuses: [Int]
    var isComplete: Bool
    var text: String
}

/// What the logs of a run say, by the number of the request.
struct RunLogs {
    private(set) var access: [Int: [AccessLine]] = [:]
    private(set) var errors: [Int: [String]] = [:]
    /// Lines that name no request.
    private(set) var others: [String] = []
    private(set) var unreadable: [String] = []

    init(_ simulated: SimulatedKernel) {
        for line in (simulated.fileText("/log/access.log") ?? "").split(separator: "\n") { take(access: String(line)) }
        for line in (simulated.fileText("/log/error.log") ?? "").split(separator: "\n") { take(error: String(line)) }
    }

    private mutating func take(access line: String) {
        let parts = line.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 6, let status = Int(parts[1]) else { return unreadable.append(line) }
        guard parts[0].hasPrefix("/r"), let number = Int(parts[0].dropFirst(2)) else { return others.append(line) }
        let statuses = parts[2].split(whereSeparator: { $0 == "," || $0 == ":" || $0 == " " }).map { Int($0) ?? 0 }
        access[number, default: []].append(
            AccessLine(status: status, upstreamStatuses: statuses, isComplete: parts[5] == "OK", text: line))
    }

    private mutating func take(error line: String) {
        guard let start = line.place(of: "request: \""), let number = RunLogs.number(line[start...]) else {
            return others.append(line)
        }
        errors[number, default: []].append(line)
    }

    /// The number in `… /rN …`.
    private static func number(_ text: Substring) -> Int? {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let rest = text[slash...].dropFirst()
        guard rest.first == "r" else { return nil }
        return Int(rest.dropFirst().prefix { $0.isNumber })
    }

    /// Whether there was a moment without room for another connection.
    var reachedConnectionLimit: Bool {
        others.contains { $0.contains(" worker_connections are not enough") }
            || errors.values.contains { $0.contains { $0.contains(" worker_connections are not enough") } }
    }

    /// Lines of a request whose level says that something failed.
    func failures(_ number: Int) -> [String] {
        (errors[number] ?? []).filter { line in ["[error]", "[crit]", "[alert]"].contains { line.contains($0) } }
    }

    /// Those about names, of a request that waited.
    func waitedNames(_ number: Int) -> Int {
        let waited = (errors[number] ?? []).contains { $0.contains(" waiting for upstream: ") }
        return waited ? failures(number).count - failedAttempts(number).count : 0
    }

    /// Those of attempts: that a name was not found is a line of none, but where it is the group's.
    func failedAttempts(_ number: Int) -> [String] {
        failures(number).filter {
            !$0.contains(" could not be resolved (") || $0.contains(") while connecting to upstream, ")
        }
    }
}

extension String {
    /// Where `text` begins for the first time.
    func place(of text: String) -> Index? {
        var rest = self[...]
        while let first = text.first, let found = rest.firstIndex(of: first) {
            if self[found...].hasPrefix(text) { return found }
            rest = self[index(after: found)...]
        }
        return nil
    }
}
