import Bytes
import HTTP
import Testing

/// The goldens of clients' heads; each is read whole, byte by byte, and in two parts cut at each place.
@Suite struct RequestGoldenTests {
    @Test(arguments: ["request-line", "request-fields", "request-framing", "request-limits", "request-host"])
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

    static func limits(_ options: [String: String]) -> RequestLimits {
        var limits = RequestLimits()
        if let number = options["line"].flatMap(Int.init) {
            limits.requestLineLimitBytes = number
            limits.fieldLineLimitBytes = number
        }
        if let number = options["head"].flatMap(Int.init) { limits.headLimitBytes = number }
        if let number = options["fields"].flatMap(Int.init) { limits.fieldLimit = number }
        if options["keep-invalid"] != nil { limits.ignoresInvalidNames = false }
        if options["underscores"] != nil { limits.allowsUnderscores = true }
        return limits
    }

    static func read(_ bytes: [UInt8], _ way: [Int], _ options: [String: String]) -> [String] {
        var table = FieldTable(limit: 1000)
        var parser = RequestHeadParser()
        var progress = RequestHeadProgress.incomplete
        for end in way where progress == .incomplete {
            progress = parser.parse(bytes.span.extracting(0..<end), fields: &table, limits: limits(options))
        }
        switch progress {
        case .incomplete: return ["incomplete, in the \(parser.phase)"]
        case .refused(let refusal, let evidence):
            return ["\(refusal.status) \(refusal.text)\(quoted(evidence, head: bytes, fields: table))"]
        case .complete(let end): return describe(parser, bytes, end, table)
        }
    }

    static func describe(
        _ parser: RequestHeadParser, _ bytes: [UInt8], _ end: Int, _ table: borrowing FieldTable
    ) -> [String] {
        var line = "\(parser.method) "
        if parser.method == .other { line += "\(show(parser.methodName, of: bytes)) " }
        line += show(parser.path, of: bytes)
        if !parser.arguments.isEmpty { line += " ? \(show(parser.arguments, of: bytes))" }
        line += " \(parser.version)"
        if parser.targetForm != .origin { line += ", \(parser.targetForm) form" }
        if !parser.scheme.isEmpty { line += " of \(show(parser.scheme, of: bytes))" }
        if !parser.isPathNormal { line += ", path to be normalised" }
        if parser.requestURI != parser.target { line += ", URI \(show(parser.requestURI, of: bytes))" }
        var lines = [line]
        if let host = parser.host {
            lines.append("host \(show(host.name, of: bytes))" + (host.port > 0 ? " port \(host.port)" : ""))
        }
        var notes = [parser.framing.words, parser.keepsAlive ? "keeps alive" : "closes"]
        if parser.expectsContinue { notes.append("expects 100") }
        if parser.asksForUpgrade { notes.append("asks for an upgrade") }
        lines.append(notes.joined(separator: ", "))
        lines += table.lines(bytes)
        if end < bytes.count { lines.append("then \(Escapes.show(Array(bytes[end...])))") }
        return lines
    }
}
