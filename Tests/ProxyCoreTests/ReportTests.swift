import Foundation
import HTTP
import Testing
import Upstreams

@testable import ProxyCore

/// What `upstream_status` and `metrics` say, of figures that are known. `UPDATE_GOLDEN=1` writes the example of
/// `docs/status.md`, its table and `Golden/metrics.txt` anew.
@Suite struct ReportTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The file at `path` is what was rendered.
    private func check(_ rendered: String, _ path: String) throws {
        let file = Self.root.appendingPathComponent(path)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try rendered.write(to: file, atomically: true, encoding: .utf8)
        }
        let stored = try String(contentsOf: file, encoding: .utf8)
        let differing = zip(rendered.split(separator: "\n"), stored.split(separator: "\n")).first { $0 != $1 }
        #expect(rendered == stored, "\(path): \(String(describing: differing))")
    }

    @Test func metricsAreTheGoldenFile() throws {
        try check(try ReportBench.example().pieces(.metrics).joined(), "Tests/ProxyCoreTests/Golden/metrics.txt")
    }

    /// The document's example is a real answer, and its table has every metric.
    @Test func documentIsWhatIsAnswered() throws {
        let path = "docs/status.md"
        var text = try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
        let status = try ReportBench.example().pieces(.upstreams).joined()
        replace(&text, "example", "```json\n" + Self.indented(status) + "```\n")
        replace(&text, "metrics", Self.table())
        try check(text, path)
    }

    private func replace(_ text: inout String, _ block: String, _ content: String) {
        guard let start = text.range(of: "<!-- begin \(block) -->\n")?.upperBound,
            let end = text.range(of: "<!-- end -->", range: start..<text.endIndex)?.lowerBound
        else {
            Issue.record("the document has no block \(block)")
            return
        }
        text.replaceSubrange(start..<end, with: "\n" + content + "\n")
    }

    static func table() -> String {
        var text = "| metric | type | labels | what it is |\n|---|---|---|---|\n"
        for metric in Metric.allCases {
            let row = metric.row
            let scope: [String] =
                switch row.scope {
                case .process: []
                case .group: ["upstream"]
                case .peer: ["upstream", "peer"]
                }
            let labels = (scope + row.labels).map { "`\($0)`" }.joined(separator: ", ")
            text += "| `\(row.name)` | \(row.kind.rawValue) | \(labels) | \(row.help) |\n"
        }
        return text
    }

    /// JSON with a line for each member; strings stay as they are.
    static func indented(_ json: String) -> String {
        var (text, depth, isQuoted, isEscaped) = ("", 0, false, false)
        func line() -> String { "\n" + String(repeating: "  ", count: depth) }
        for character in json where character != "\n" {
            if isQuoted {
                isQuoted = character != "\"" || isEscaped
                isEscaped = character == "\\" && !isEscaped
                text.append(character)
                continue
            }
            switch character {
            case "{", "[":
                depth += 1
                text += "\(character)" + line()
            case "}", "]":
                depth -= 1
                text += line() + "\(character)"
            case ",": text += "," + line()
            case ":": text += ": "
            default:
                isQuoted = character == "\""
                text.append(character)
            }
        }
        return text.replacing(/\{\s+\}/, with: "{}") + "\n"
    }

    // MARK: pieces

    /// However many peers there are, a piece is bounded and the whole is right.
    @Test func manyPeersComeInSmallPieces() throws {
        let bench = try ReportBench(http: Self.upstreams(1_000, of: 10))
        let long = String(repeating: "\"", count: 2_000)
        for group in [0, 1, 998, 999] {
            for peer in bench.groups[0][group].peers { bench.fail(peer.tally.failures, .httpProtocolError, long) }
        }
        let pieces = bench.pieces(.upstreams)
        #expect(pieces.count > 100)
        #expect(pieces.allSatisfy { $0.utf8.count <= 2 * ReportCursor.pieceBytes })
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(pieces.joined().utf8)) as? [String: Any])
        let groups = try #require(json["groups"] as? [[String: Any]])
        #expect(groups.map { $0["name"] as? String } == (0..<1_000).map { "u\($0)" })
        let addresses = groups.map { ($0["peers"] as? [[String: Any]])?.map { $0["address"] as? String } }
        for (index, list) in addresses.enumerated() {
            #expect(list == (0..<10).map { "127.0.\(index / 200).\(index % 200 + 1):\(8_000 + $0)" })
        }
    }

    /// No series and no header is there twice, wherever the pieces end.
    @Test func manySeriesAreThereOnce() throws {
        let bench = try ReportBench(http: Self.upstreams(150, of: 10))
        let pieces = bench.pieces(.metrics)
        #expect(pieces.count > 30)
        #expect(pieces.allSatisfy { $0.utf8.count <= 2 * ReportCursor.pieceBytes })
        var seen: Set<Substring> = []
        var headers: [Substring] = []
        for line in pieces.joined().split(separator: "\n") {
            if line.hasPrefix("# TYPE ") { headers.append(line.split(separator: " ")[2]) }
            if line.hasPrefix("#") { continue }
            let series = line[..<(line.lastIndex(of: " ") ?? line.startIndex)]
            #expect(seen.insert(series).inserted, "\(series)")
            #expect(series.hasPrefix(headers.last ?? "none"))
        }
        #expect(headers == Metric.allCases.map { Substring("\($0.row.name)") })
        #expect(seen.count { $0.hasPrefix("postern_upstream_requests_total{") } == 1_500)
    }

    private static func upstreams(_ groups: Int, of peers: Int) -> String {
        (0..<groups).map { group in
            let servers = (0..<peers).map { "server 127.0.\(group / 200).\(group % 200 + 1):\(8_000 + $0);" }
            return "upstream u\(group) { \(servers.joined(separator: " ")) }"
        }.joined(separator: "\n")
    }

    // MARK: details

    /// Two groups of one host, and two peers of one address, are told apart.
    @Test func nothingHasTheNameOfAnother() throws {
        let bench = try ReportBench(
            http: """
                upstream a { server 127.0.0.1:1; server 127.0.0.1:1; }
                server {
                    location / { proxy_pass http://a; }
                    location /b { proxy_pass http://127.0.0.1:2; }
                    location /c { proxy_pass http://127.0.0.1:3; }
                }
                """)
        let text = bench.pieces(.metrics).joined()
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("postern_upstream_available") }
        #expect(
            lines == [
                "postern_upstream_available{upstream=\"a\",peer=\"127.0.0.1:1\"} 1",
                "postern_upstream_available{upstream=\"a\",peer=\"127.0.0.1:1#2\"} 1",
                "postern_upstream_available{upstream=\"127.0.0.1:2\",peer=\"127.0.0.1:2\"} 1",
                "postern_upstream_available{upstream=\"127.0.0.1:3\",peer=\"127.0.0.1:3\"} 1",
            ])
    }

    @Test func labelsAreEscaped() {
        var labels = Labels("m")
        labels.add("a", Array("x\\y\"z\n".utf8))
        labels.add("b", "c")
        #expect(String(decoding: labels.text, as: UTF8.self) == #"a="x\\y\"z\n",b="c""#)
    }

    /// A worker that ends leaves its counters to the next one, and no two have the same.
    @Test func countersAreHandedOn() {
        let shared = ProcessShared(processID: 1, workerCount: 1)
        let (first, second) = (shared.claimCounters(), shared.claimCounters())
        #expect(first.number == 0 && second.number == 1)
        var known = KnownCounters()
        shared.look(&known)
        #expect(known.all.count == 2)
        first.accepted.store(5, ordering: .relaxed)
        shared.release(first)
        #expect(shared.claimCounters() === first)
        #expect(shared.claimCounters().number == 2)
        shared.look(&known)
        #expect(known.all.count == 3)
        #expect(shared.counts.accepted == 5)
    }
}
