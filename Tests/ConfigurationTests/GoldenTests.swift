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
        #expect(try StoredCase.all().count >= 120)
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
