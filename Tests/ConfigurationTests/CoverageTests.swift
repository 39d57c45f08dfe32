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

    /// What has no effect is accepted, with a notice, wherever nginx accepts it, with as few and as many arguments; one
    /// argument less, and any other place, is nginx's error. What is refused is refused everywhere.
    @Test func everyOtherDirectiveIsUsedWellAndBadly() {
        var isTried = 0
        for row in DirectiveTable.rows {
            switch row.action.effect {
            case .run: continue
            case .ignored: expectIgnored(row)
            case .refused:
                let use = row.arguments.isBlock ? "\(row.name) {}" : "\(row.name) a;"
                #expect(Self.outcome(use, in: .http).contains("Postern has no \"\(row.name)\""), "\(row.name)")
            }
            isTried += 1
        }
        #expect(isTried > 300)
    }

    private func expectIgnored(_ row: Directive) {
        func use(_ count: Int) -> String {
            let words = Array(repeating: row.arguments.isFlag ? "on" : "a", count: count).joined(separator: " ")
            return "\(row.name) \(words)" + (row.arguments.isBlock ? " { }" : ";")
        }
        let least = row.arguments.counts.lowerBound
        let most = min(row.arguments.counts.upperBound, least + 3)
        for (context, _) in Self.frames {
            for count in [least, most] {
                let outcome = Self.outcome(use(count), in: context)
                if row.contexts.contains(context) {
                    #expect(outcome == "has no effect", "\(use(count)) in \(context.names)")
                } else {
                    #expect(outcome.contains("\"\(row.name)\" directive is not allowed here"), "\(context.names)")
                }
            }
        }
        guard let home = Self.frames.first(where: { row.contexts.contains($0.0) }) else {
            Issue.record("\(row.name) may stand nowhere")
            return
        }
        let few = Self.outcome(use(least - 1), in: home.0)
        #expect(few.contains("invalid number of arguments in \"\(row.name)\" directive"), "\(few)")
        if row.arguments.isFlag {
            let odd = Self.outcome("\(row.name) maybe;", in: home.0)
            #expect(odd.contains("it must be \"on\" or \"off\""), "\(odd)")
        }
    }

    /// Each context, and what stands around it.
    private static let frames: [(Contexts, String)] = [
        (.main, "%"), (.events, "events { % }"), (.http, "http { % }"), (.server, "http { server { % } }"),
        (.location, "http { server { location / { % } } }"), (.serverIf, "http { server { if ($uri) { % } } }"),
        (.locationIf, "http { server { location / { if ($uri) { % } } } }"),
        (.limitExcept, "http { server { location / { limit_except GET { % } } } }"),
        (.upstream, "http { upstream u { server 127.0.0.1:1; % } }"),
    ]

    private static func outcome(_ use: String, in context: Contexts) -> String {
        let frame = frames.first { $0.0 == context }?.1 ?? "%"
        do throws(ConfigurationError) {
            let model = try GoldenCase().load(frame.replacingOccurrences(of: "%", with: use))
            return model.notices.count == 1 ? "has no effect" : "is taken"
        } catch {
            return error.message
        }
    }
}
