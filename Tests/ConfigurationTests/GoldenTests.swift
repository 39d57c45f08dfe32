import Foundation
import Testing

@testable import Configuration

/// What configurations come to, as it stands in `Golden/*.md` and `docs/directives.md`.
@Suite struct GoldenTests {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    static let files =
        (try? FileManager.default.contentsOfDirectory(atPath: directory.path))?
        .filter { $0.hasSuffix(".md") }.sorted() ?? []

    @Test(arguments: files) func golden(_ name: String) throws {
        let url = GoldenTests.directory.appendingPathComponent(name)
        try compare(url, with: GoldenFile.rewritten(String(contentsOf: url, encoding: .utf8)))
    }

    @Test func documentation() throws {
        let root = GoldenTests.directory.appendingPathComponent("../../..").standardized
        let url = root.appendingPathComponent("docs/directives.md")
        try compare(url, with: DirectiveDocument.text)
    }

    @Test func thereAreManyCases() throws {
        var count = 0
        for name in GoldenTests.files {
            let text = try String(
                contentsOf: GoldenTests.directory.appendingPathComponent(name), encoding: .utf8)
            count += text.components(separatedBy: "```outcome").count - 1
        }
        #expect(count >= 60)
    }

    private func compare(_ url: URL, with text: String) throws {
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try text.write(to: url, atomically: true, encoding: .utf8)
            return
        }
        let expected = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        if text == expected { return }
        let old = expected.components(separatedBy: "\n"), new = text.components(separatedBy: "\n")
        for (line, pair) in zip(old, new).enumerated() where pair.0 != pair.1 {
            Issue.record("\(url.lastPathComponent):\(line + 1): expected \(pair.0), got \(pair.1)")
            return
        }
        Issue.record("\(url.lastPathComponent) has \(old.count) lines, expected \(new.count)")
    }
}

/// Every directive is used well and badly somewhere in the golden files.
@Suite struct CoverageTests {
    @Test func everyDirectiveIsUsedWellAndBadly() throws {
        var good: Set<String> = []
        var bad: Set<String> = []
        for name in GoldenTests.files {
            let url = GoldenTests.directory.appendingPathComponent(name)
            var statement = ""
            for line in try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n") {
                let words = Set(line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
                if !line.hasPrefix(" ") {
                    statement = line
                    good.formUnion(words)
                } else if line.contains("[emerg]") {
                    bad.formUnion(statement.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
                }
            }
        }
        for row in DirectiveTable.rows {
            guard case .run = row.action.effect else { continue }
            let (isUsedWell, isUsedBadly) = (good.contains(row.name), bad.contains(row.name))
            #expect(isUsedWell, "\(row.name) is used nowhere")
            #expect(isUsedBadly, "\(row.name) is used badly nowhere")
        }
    }
}
