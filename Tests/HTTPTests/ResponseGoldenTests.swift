import Bytes
import HTTP
import Testing

/// The goldens of upstreams' heads; each is read whole, byte by byte, and in two parts cut at each place.
@Suite struct ResponseGoldenTests {
    @Test(arguments: ["status-line", "response-fields", "response-framing", "response-limits"])
    func golden(_ name: String) throws {
        try GoldenFile(name).check { one in
            let bytes = one.bytes
            let whole = Self.read(bytes, [bytes.count], one.options)
            for way in arrivals(of: bytes.count) {
                let cut = Self.read(bytes, way, one.options)
                if cut != whole {
                    Issue.record("\(one.title): arriving as \(way.prefix(2)) it reads \(cut), whole \(whole)")
                    break
                }
            }
            return whole
        }
    }

    static func read(_ bytes: [UInt8], _ way: [Int], _ options: [String: String]) -> [String] {
        var table = FieldTable(limit: 1000)
        var parser = ResponseHeadParser()
        var progress = ResponseHeadProgress.incomplete
        let limits = ResponseLimits(headLimitBytes: options["head"].flatMap(Int.init) ?? 4096)
        for end in way where progress == .incomplete {
            progress = parser.parse(bytes.span.extracting(0..<end), fields: &table, limits: limits)
        }
        switch progress {
        case .incomplete: return ["incomplete, in the \(parser.hasStatusLine ? "fields" : "status line")"]
        case .refused(let refusal, let evidence):
            return ["\(refusal.text)\(quoted(evidence, head: bytes, fields: table))"]
        case .complete(let end):
            var lines = ["\(parser.version) \(parser.status), \"\(show(parser.statusText, of: bytes))\""]
            var notes: [String] = []
            if parser.isInterim { notes.append("another head follows") }
            let method: Method = options["to"] == "HEAD" ? .head : .get
            let framing = parser.framing(for: method)
            notes += [framing.words, parser.keepsAlive(after: framing) ? "keeps alive" : "closes"]
            lines.append(notes.joined(separator: ", "))
            lines += table.lines(bytes)
            for index in 0..<table.count {
                guard let evidence = parser.duplicate(at: index, in: table) else { continue }
                lines.append("warning: duplicate \(quoted(evidence, head: bytes, fields: table))")
            }
            if end < bytes.count { lines.append("then \(Escapes.show(Array(bytes[end...])))") }
            return lines
        }
    }
}
