import Bytes
import Failures
import Foundation
import HTTP
import Testing

/// Every divergence that a document promises is what the table says.
@Suite struct DivergencesTests {
    @Test func everyRowIsInTheTable() throws {
        let text = try String(contentsOf: document("divergences.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(lines.count >= 15)
        for line in lines {
            let cell = String(line.split(separator: "|")[0]).trimmingCharacters(in: .whitespaces)
            let parts = cell.split(separator: "`").map { $0.trimmingCharacters(in: .whitespaces) }
            let kind = try #require(CauseKind.all.first { name($0) == parts[0] }, "no such cause: \(cell)")
            let said = Sample.of(kind).map { Self.said($0.verdict) }
            #expect(said.contains(parts[1]), "\(cell): the table says \(said)")
        }
    }

    static func said(_ verdict: Verdict) -> String {
        let status = FailuresDocumentTests.status(verdict)
        return verdict.error.map { "\(status) \($0.token)" } ?? status
    }
}
