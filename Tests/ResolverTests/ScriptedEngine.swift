import Platform

@testable import Resolver

/// An engine whose answers are scripted: nothing is sent, and no time passes.
final class ScriptedEngine: LookupEngine {
    /// Questions that have no answer yet.
    private(set) var open: [(name: String, family: LookupFamily, server: Int, ticket: UInt32)] = []
    var serverCount = 1
    var openCount: Int { open.count + reports.count }
    /// What is answered at once, by name, with `/family` or `@server` behind it where not all give the same.
    var answers: [String: LookupOutcome] = [:]
    private var reports: [LookupReport] = []
    private(set) var isClosed = false
    private(set) var asked = 0

    func ask(_ name: [UInt8], _ family: LookupFamily, server: Int, ticket: UInt32, now: Instant) {
        asked += 1
        let text = String(decoding: name, as: UTF8.self)
        if let outcome = answers["\(text)/\(family)"] ?? answers["\(text)@\(server)"] ?? answers[text] {
            reports.append(LookupReport(ticket: ticket, outcome: outcome))
        } else {
            open.append((text, family, server, ticket))
        }
    }

    /// Answers the oldest open question of that family.
    func answer(_ family: LookupFamily, _ outcome: LookupOutcome) {
        guard let index = open.firstIndex(where: { $0.family == family }) else { return }
        reports.append(LookupReport(ticket: open.remove(at: index).ticket, outcome: outcome))
    }

    func deadline(now: Instant) -> Instant { reports.isEmpty ? .never : now }
    func wake(now: Instant) {}
    func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant) {}

    func takeReports() -> [LookupReport] {
        defer { reports = [] }
        return reports
    }

    func close() { isClosed = true }
}

extension String {
    var name: [UInt8] { Array(utf8) }
}
