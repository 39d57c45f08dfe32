import Platform
import Testing

@testable import FaultyUpstream

/// The language of rules files, and when rules strike.
struct RulesTests {
    @Test func aFileIsReadLineByLine() throws {
        let rules = try Rules(
            """
            # two rules and a fault
            GET /api/*  ->  reset-after-request first 2   # only at first
            *   /cut    -> length-cut-fin bytes=7 delay=10
            fault half = read-all; send "HTTP/1.1 2 # no comment"; reset\r

            POST * -> half every=3
            """)
        #expect(rules.rules.map(\.fault) == ["reset-after-request", "length-cut-fin", "half"])
        #expect(rules.rules[0].settings == [.first: 2])
        #expect(rules.rules[1].settings == [.bytes: 7, .delay: 10])
        #expect(rules.rules[1].method == nil)
        #expect(rules.fault(named: "half")?.steps() == [.readAll, .send("HTTP/1.1 2 # no comment"), .reset])
    }

    @Test(arguments: [
        ("GET /x reset-after-request", "line 1: 'METHOD PATH -> FAULT"),
        (
            "\nGET /x -> rset-after-request",
            "line 2: unknown fault 'rset-after-request'; is 'reset-after-request' meant?"
        ),
        ("GET x -> reset-after-request", "the path 'x' must begin with '/' or '*'"),
        ("GET /x -> reset-after-request bytes=3", "'reset-after-request' has no parameter 'bytes'"),
        ("GET /x -> reset-after-request first=many", "'first' must be a number from 0 to"),
        ("GET /x -> reset-after-request every=0", "'every' must be a number from 1 to"),
        ("GET /x -> reset-after-request twice=3", "unknown parameter 'twice'"),
        ("GET /x -> refused", "'refused' concerns connecting"),
        ("fault x", "'fault NAME = STEP; STEP; …' expected"),
        ("fault reset-after-request = reset", "there is a fault 'reset-after-request' already"),
        ("fault a/b = reset", "letters, digits, '-' and '.' only"),
        ("fault mine = explode", "line 1: unknown step 'explode'"),
    ])
    func aMistakeIsNamedWithItsLine(text: String, message: String) {
        do throws(TextError) {
            _ = try Rules(text)
            Issue.record("no error for \(text)")
        } catch { #expect(error.description.contains(message), "\(error.description)") }
    }

    @Test(arguments: [
        ("/x", "/x", true), ("/x", "/xy", false), ("/api/*", "/api/", true), ("/api/*", "/api/a/b", true),
        ("/api/*", "/ap", false), ("*.php", "/a/b.php", true), ("*.php", "/a/b.phps", false), ("*", "/", true),
        ("/*/edit", "/a/b/edit", true), ("/*a*b", "/xaxxaxb", true), ("/*a*b", "/xaxxax", false),
    ])
    func aStarMatchesAnyRun(pattern: String, path: String, matches: Bool) throws {
        let rules = try Rules("GET \(pattern) -> reset-after-request")
        #expect(rules.rules[0].matches(method: "GET", path: path) == matches)
        #expect(!rules.rules[0].matches(method: "POST", path: path))
    }

    @Test func conditionsCount() throws {
        func struck(_ settings: [Knob: Int]) throws -> [Int] {
            let conditions = Conditions(try #require(FaultTable.named("fin-after-request")), settings)
            return (1...8).filter { conditions.hold(for: $0) }
        }
        #expect(try struck([:]) == [1, 2, 3, 4, 5, 6, 7, 8])
        #expect(try struck([.first: 2]) == [1, 2])
        #expect(try struck([.first: 0]) == [])
        #expect(try struck([.after: 5]) == [6, 7, 8])
        #expect(try struck([.after: 2, .first: 3]) == [3, 4, 5])
        #expect(try struck([.every: 3]) == [3, 6])
    }

    @Test func rulesAreAppliedInTheirOrder() throws {
        let rules = try Rules(
            """
            GET /shop/* -> status-line-cut first 1
            GET /shop/* -> fin-after-request first 1
            fault own = read-all; send "HTTP/1.1 299 Own\\r\\nContent-Length: 0\\r\\n\\r\\n"
            * /own -> own
            """.replacing("status-line-cut", with: "fin-in-status-line"))
        let upstream = try FaultyUpstream.start(port: 0, rules: rules)
        var seen: [String] = []
        for _ in 0..<3 {
            let client = try RawClient(upstream)
            client.get("/shop/cart", "Connection: close\r\n")
            seen.append(firstLine(client.rest().text))
        }
        #expect(seen == ["HTTP/1.1 20", "", "HTTP/1.1 200 OK"])
        let client = try RawClient(upstream)
        client.get("/own")
        #expect(client.response().head == "HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n")
        client.get("/ok")
        #expect(client.response().body == "ok\n")
        #expect(upstream.counts == ["fin-in-status-line": 1, "fin-after-request": 1, "own": 1])
    }

    @Test func noRuleStrikesTheCounts() throws {
        let upstream = try FaultyUpstream.start(port: 0, rules: try Rules("* * -> reset-after-request"))
        let client = try RawClient(upstream)
        client.get("/counts")
        #expect(client.response().body == "{}\n")
    }
}
