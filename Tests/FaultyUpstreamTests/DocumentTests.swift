import Foundation
import Testing

@testable import FaultyUpstream

/// `docs/faulty-upstream.md` holds the table of faults as it is; `UPDATE_GOLDEN=1` writes it anew.
struct DocumentTests {
    private let path = packageRoot + "/docs/faulty-upstream.md"
    private let start = "<!-- the table of faults; rendered by DocumentTests, UPDATE_GOLDEN=1 rewrites it -->\n"
    private let end = "<!-- end of the table -->\n"

    @Test func theDocumentHoldsTheTable() throws {
        let document = try String(contentsOfFile: path, encoding: .utf8)
        let from = try #require(document.range(of: start)).upperBound
        let to = try #require(document.range(of: end)).lowerBound
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try (document[..<from] + table + document[to...]).write(toFile: path, atomically: true, encoding: .utf8)
        } else {
            #expect(document[from..<to] == table, "run the tests with UPDATE_GOLDEN=1 and look at the difference")
        }
    }

    private var table: String {
        var text = ""
        for group in FaultGroup.allCases where group != .own {
            text +=
                "\n### \(group.rawValue): \(group.summary)\n\n| fault | the upstream… | a gateway should answer |\n"
                + "|---|---|---|\n"
            for fault in FaultTable.of(group) {
                let knobs = fault.defaults.map { "`\($0.key.rawValue)=\($0.value)`" }.sorted().joined(separator: " ")
                let summary = escaped(fault.summary) + (knobs.isEmpty ? "" : " (\(knobs))")
                text += "| `\(fault.name)` | \(summary) | \(fault.expected.text) |\n"
            }
        }
        return text + "\n"
    }

    private func escaped(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("<", with: "&lt;").replacing("*", with: "\\*")
    }
}
