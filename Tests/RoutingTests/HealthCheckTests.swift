import Bytes
import Configuration
import HTTP
import Platform
import Routing
import Testing

/// Requests that health checks make, and what their responses must be.
@Suite struct HealthCheckRequestTests {
    /// One response against one `match`: the part that does not pass.
    private func fault(_ tests: String?, _ head: String, body: String = "", map: String = "") throws -> ResponsePart? {
        let block = tests.map { "match m { \($0) }" } ?? ""
        let check = tests == nil ? "health_check;" : "health_check match=m;"
        let text = "\(map) \(block) server { listen 80; location / { proxy_pass http://a; \(check) } }"
        let model = try ConfigurationLoader.load(text: "events {}\nhttp {\n\(text)\n}\n")
        let table = RoutingTable(model)
        var pool = BufferPool()
        let moment = Moment()
        var record = Self.record(&pool)
        defer { record.release(to: &pool) }
        table.beginCheck(model.checks[0], closes: true, &record)
        record.attempts.begin(group: 0, restarted: false)
        var fields = FieldTable(limit: 100)
        var parser = ResponseHeadParser()
        let bytes = Array("HTTP/1.1 \(head)\r\n\r\n".utf8)
        guard case .complete = parser.parse(bytes.span, fields: &fields, limits: ResponseLimits()) else {
            Issue.record("a bad head: \(head)")
            return nil
        }
        record.answer.head = FieldBlock(bytes: bytes.span, fields: fields, pool: &pool)
        record.answer.facts = ResponseFacts(parser, method: .get)
        record.attempts.current.status = parser.status
        let match = model.checks[0].match
        if let part = table.headFault(match: match, &record, moment, &pool) { return part }
        let content = Array(body.utf8)
        return table.bodyPasses(match: match, content.span) ? nil : table.lastPart(match: match)
    }

    private static func record(_ pool: inout BufferPool) -> ExchangeRecord {
        let now = Instant(milliseconds: 5_000)
        let connection = ConnectionFacts(serial: 0, peer: .none, local: .none, listener: 0, openedAt: now)
        var record = ExchangeRecord(connection: connection, startedAt: now, wall: WallTime(milliseconds: 0))
        record.openArena(&pool)
        return record
    }

    @Test(arguments: [
        ("200 OK", true), ("204 No", true), ("399 X", true), ("400 X", false), ("503 X", false),
    ]) func withoutAMatchTheStatusDecides(_ status: String, _ passes: Bool) throws {
        #expect(try fault(nil, status) == (passes ? nil : .status))
    }

    @Test(arguments: [
        ("status 200;", "200 X", true), ("status 200;", "201 X", false), ("status ! 500;", "500 X", false),
        ("status ! 500;", "501 X", true), ("status 200 204;", "204 X", true), ("status ! 301 302;", "302 X", false),
        ("status 200-399;", "399 X", true), ("status 200-399;", "400 X", false),
        ("status ! 400-599;", "404 X", false), ("status ! 400-599;", "304 X", true),
        ("status 301-303 307;", "307 X", true), ("status 301-303 307;", "304 X", false),
    ]) func statuses(_ test: String, _ head: String, _ passes: Bool) throws {
        #expect(try fault(test, head) == (passes ? nil : .status), "\(test) \(head)")
    }

    @Test(arguments: [
        ("header Content-Type = text/html;", "content-type: text/html", true),
        ("header Content-Type = text/html;", "Content-Type: text/plain", false),
        ("header Content-Type = text/html;", "Content-Type: text/html; charset=x", false),
        ("header Content-Type = text/html;", "X: y", false),
        ("header Content-Type != text/html;", "Content-Type: text/plain", true),
        ("header Content-Type != text/html;", "Content-Type: text/html", false),
        ("header Content-Type != text/html;", "X: y", false),
        ("header Connection ~ close;", "Connection: keep-alive, close", true),
        ("header Connection ~ close;", "Connection: keep-alive", false), ("header Connection ~ close;", "X: y", false),
        ("header X !~ close;", "X: open", true), ("header X !~ close;", "X: closed", false),
        ("header X !~ close;", "Y: open", false),
        ("header X-A;", "x-a: 1", true), ("header X-A;", "X-B: 1", false),
        ("header ! X-Accel-Redirect;", "X: 1", true), ("header ! X-Accel-Redirect;", "X-Accel-Redirect: /", false),
        ("header X = b;", "X: a\r\nX: b", true), ("header X != b;", "X: a\r\nX: b", false),
    ]) func headers(_ test: String, _ field: String, _ passes: Bool) throws {
        #expect(try fault(test, "500 X\r\n" + field) == (passes ? nil : .header), "\(test) \(field)")
    }

    @Test(arguments: [
        (#"body ~ "Welcome to nginx!";"#, "<h1>Welcome to nginx!</h1>", true), (#"body ~ "^a$";"#, "b", false),
        (#"body !~ "maintenance mode";"#, "all is well", true),
        (#"body !~ "maintenance mode";"#, "in maintenance mode", false), ("body ~ a; body ~ b;", "ab", true),
        ("body ~ a; body ~ b;", "a", false),
        // It gives up: that is neither a match nor none.
        (#"body !~ "^(a+)+$";"#, String(repeating: "a", count: 60) + "!", false),
    ]) func bodies(_ test: String, _ body: String, _ passes: Bool) throws {
        #expect(try fault(test, "200 OK", body: body) == (passes ? nil : .body), "\(test) \(body)")
    }

    @Test(arguments: [
        ("require $good;", "200 X", true), ("require $good;", "201 X", false),
        ("require $upstream_http_x_a;", "200 X\r\nX-A: 1", true), ("require $upstream_http_x_a;", "200 X", false),
        ("require $upstream_http_x_a $good;", "200 X\r\nX-A: 0", false),
    ]) func variables(_ test: String, _ head: String, _ passes: Bool) throws {
        let map = "map $upstream_status $good { 200 1; 201 0; }"
        #expect(try fault(test, head, map: map) == (passes ? nil : .variables), "\(test) \(head)")
    }

    /// All tests must be passed; the first part that is not is named, in the order in which they are looked at.
    @Test func severalTests() throws {
        let tests = "body ~ ok; header X; require $upstream_http_x; status 200;"
        #expect(try fault(tests, "500 X", body: "no") == .status)
        #expect(try fault(tests, "200 X", body: "no") == .header)
        #expect(try fault(tests, "200 X\r\nX: 0", body: "no") == .variables)
        #expect(try fault(tests, "200 X\r\nX: 1", body: "no") == .body)
        #expect(try fault(tests, "200 X\r\nX: 1", body: "ok") == nil)
    }

    /// The location's settings make the request, but for its URI; of most variables nothing is known.
    @Test func theRequestIsTheLocations() throws {
        let text = """
            upstream app { server 127.0.0.1:1; }
            server { listen 80; server_name s;
                location /a/ {
                    proxy_pass http://app/b/; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-A "$uri";
                    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; health_check uri=/hc?x=%20;
                }
            }
            """
        let model = try ConfigurationLoader.load(text: "events {}\nhttp {\n\(text)\n}\n")
        let table = RoutingTable(model)
        var pool = BufferPool()
        for closes in [true, false] {
            var record = Self.record(&pool)
            table.beginCheck(model.checks[0], closes: closes, &record)
            var out = ByteBuffer()
            let head = table.appendUpstreamHead(&record, Moment(), framing: .none, &pool, to: &out)
            #expect(head.trouble == nil && head.method == .get && !head.asksForUpgrade)
            let field = closes ? "Connection: close\r\n" : ""
            #expect(
                out.span.text == "GET /hc?x=%20 HTTP/1.1\r\nHost: app\r\nX-A: /hc?x=%20\r\n\(field)\r\n")
            record.release(to: &pool)
        }
    }
}
