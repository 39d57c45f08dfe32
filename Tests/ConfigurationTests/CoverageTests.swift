import Foundation
import Testing

@testable import Configuration

/// One small configuration of the golden files, and what it comes to there.
struct StoredCase {
    let kind: String
    let text: String
    /// The error's text; nil where the configuration is good.
    let error: String?

    /// All of them; a line of an `each-…` fence is a case of its own.
    static func all() throws -> [StoredCase] {
        try GoldenTests.files.flatMap { name in
            try cases(
                in: String(contentsOf: GoldenTests.directory.appendingPathComponent(name), encoding: .utf8)
                    .components(separatedBy: "\n"))
        }
    }

    private static func cases(in lines: [String]) -> [StoredCase] {
        var found: [StoredCase] = []
        var fence: (kind: String, lines: [String])?
        var input: (kind: String, lines: [String]) = ("", [])
        for line in lines {
            guard line.hasPrefix("```") else {
                fence?.lines.append(line)
                continue
            }
            guard let done = fence else {
                fence = (String(line.dropFirst(3)), [])
                continue
            }
            if done.kind == "outcome" { found += outcome(of: input, done.lines) } else { input = done }
            fence = nil
        }
        return found
    }

    private static func outcome(of input: (kind: String, lines: [String]), _ outcome: [String]) -> [StoredCase] {
        guard input.kind.hasPrefix("each-") else {
            let error = outcome.first { $0.contains("[emerg]") }
            return [StoredCase(kind: input.kind, text: input.lines.joined(separator: "\n"), error: error)]
        }
        var cases: [StoredCase] = []
        for line in outcome where !line.isEmpty {
            if !line.hasPrefix("    ") {
                cases.append(StoredCase(kind: input.kind, text: line, error: nil))
            } else if line.contains("[emerg]"), let last = cases.popLast() {
                cases.append(StoredCase(kind: last.kind, text: last.text, error: line))
            }
        }
        return cases
    }

    /// The first word of each statement.
    var names: [String] {
        text.split { ";{}\n".contains($0) }.compactMap { statement in
            statement.split { $0 == " " || $0 == "\t" }.first.map(String.init)
        }
    }
}

/// Every directive of the table is used well, and badly, in a small configuration of the golden files.
@Suite struct CoverageTests {
    @Test func everyDirectiveIsUsedWellAndBadly() throws {
        var good: Set<String> = []
        var bad: Set<String> = []
        for stored in try StoredCase.all() {
            guard let error = stored.error else {
                good.formUnion(stored.names)
                continue
            }
            // The error is the directive's own: it names it, or it is the only one there.
            for name in stored.names where stored.names.count == 1 || error.contains("\"\(name)\"") { bad.insert(name) }
            if let last = stored.names.last { bad.insert(last) }
        }
        for row in DirectiveTable.rows {
            guard case .run = row.action.effect else { continue }
            #expect(good.contains(row.name), "\(row.name) is used well nowhere")
            #expect(bad.contains(row.name), "\(row.name) is used badly nowhere")
        }
    }

    /// What the table refuses, or takes without effect, says why in words of its own.
    @Test func everyOtherDirectiveSaysWhy() {
        for row in DirectiveTable.rows {
            switch row.action.effect {
            case .run: #expect(!row.summary.isEmpty, "\(row.name)")
            case .ignored(let why): #expect(why.count > 10, "\(row.name)")
            case .refused(let advice): #expect(advice.count > 5, "\(row.name)")
            }
        }
    }
}
