import TestGateway
import Testing

/// docs/wires.md says what the tests leave out of HTTP/2 and what they expect to differ, as the tests have it.
struct WiresDocumentTests {
    private static let top = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    @Test func theTablesAreTheTests() {
        let text = Folder.text(of: "/\(Self.top)/docs/wires.md")
        #expect(text.contains(Self.peculiarities))
        #expect(text.contains(Self.faults))
    }

    private static var peculiarities: String {
        let rows = Peculiarity.allCases.map { "| `\($0)` | \($0.side) | \($0.text) | \($0.rule) |" }
        return (["| name | side | what | why |", "|---|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }

    private static var faults: String {
        let rows = HTTP2Faults.rows.map { row in
            switch row.difference {
            case .none: "| `\(row.prefix)…` | not played | \(row.rule) |"
            case .comesTo(let status, let error): "| `\(row.prefix)…` | \(status) \(error.rawValue) | \(row.rule) |"
            }
        }
        return (["| faults | over HTTP/2 | why |", "|---|---|---|"] + rows).joined(separator: "\n") + "\n"
    }
}
