import Bytes
import Failures
import Testing

/// The pages and the other bodies and fields that clients get to see.
@Suite struct PageTests {
    let postern = bytes("postern")

    func page(_ status: UInt16) -> String {
        written { FailurePage.append(status: status, signature: postern.span, to: &$0) }
    }

    @Test func isNginxPage() {
        #expect(
            page(502) == "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
                + "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>postern</center>\r\n</body>\r\n</html>\r\n")
    }

    @Test func tellsApartKindsOf400() {
        #expect(
            page(497) == "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n"
                + "<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n"
                + "<center>The plain HTTP request was sent to HTTPS port</center>\r\n"
                + "<hr><center>postern</center>\r\n</body>\r\n</html>\r\n")
        #expect(page(494).contains("<title>400 Request Header Or Cookie Too Large</title>"))
        #expect(StatusPhrase.wire(494) == 400 && StatusPhrase.wire(502) == 502 && StatusPhrase.wire(499) == 499)
    }

    @Test(arguments: [200, 204, 304, 418, 420, 422, 499, 506, 599, 0, 999])
    func otherStatusesHaveNoPage(_ status: UInt16) { #expect(page(status).isEmpty) }

    @Test(
        arguments: [
            (302, "Moved Temporarily", "302 Found"), (401, "Unauthorized", "401 Authorization Required"),
            (504, "Gateway Time-out", "504 Gateway Time-out"), (405, "Not Allowed", "405 Not Allowed"),
        ] as [(UInt16, String, String)])
    func phrasesDifferBetweenLineAndPage(_ status: UInt16, _ line: String, _ heading: String) {
        #expect(StatusPhrase.text(status).map { String(describing: $0) } == line)
        #expect(page(status).contains("<h1>\(heading)</h1>"))
    }

    @Test func signsAsToldTo() {
        let version = bytes("1.2")
        let build = bytes("debug")
        func signature(_ tokens: ServerTokens) -> String {
            written { FailurePage.appendSignature(tokens, version: version.span, build: build.span, to: &$0) }
        }
        #expect(signature(.off) == "postern" && signature(.on) == "postern/1.2")
        #expect(signature(.build) == "postern/1.2 (debug)")
    }

    /// The detailed body of a failure whose peer chose the worst bytes.
    func detailed(_ body: (borrowing FailureDetail, inout ByteBuffer) -> Void) -> String {
        let cause = Cause.response(.invalidField)
        let verdict = FailureTable.verdict(cause, at: Place(.readingResponseHead))
        let text = bytes("upstream sent invalid header: \"<script>&'\u{1}\u{e9}\\x20...\"")
        let peers = bytes("127.0.0.1:81, 127.0.0.1:82")
        let statuses = bytes("502, 502")
        let line = bytes("2026/11/21 02:26:09 [error] <b>\n")
        let detail = FailureDetail(
            verdict: verdict, phase: .readingResponseHead, text: text.span, peers: peers.span,
            statuses: statuses.span, logLine: line.span)
        var out = ByteBuffer()
        body(detail, &out)
        return out.span.text
    }

    @Test func detailIsEscapedForHTML() {
        let html = detailed { FailurePage.append(status: 502, signature: postern.span, detail: $0, to: &$1) }
        #expect(html.hasPrefix("<html>\r\n<head><title>502 Bad Gateway</title>\r\n"))
        #expect(html.contains("<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>postern</center>\r\n"))
        #expect(html.contains("&quot;&lt;script&gt;&amp;&#39;\u{fffd}\u{fffd}\\x20...&quot;"))
        #expect(html.contains("<tr><td>Code</td><td>PH (refused here, before the response)</td></tr>"))
        #expect(html.contains("<tr><td>Peers tried</td><td>127.0.0.1:81, 127.0.0.1:82</td></tr>"))
        #expect(html.contains("<aside><b>What to check:</b> "))
        #expect(html.contains("<pre>2026/11/21 02:26:09 [error] &lt;b&gt;</pre>"))
        #expect(!html.contains("<script") && html.hasSuffix("</body>\r\n</html>\r\n"))
        #expect(!html.replacing("\r\n", with: "").contains { $0 == "\r" || $0 == "\n" })
    }

    @Test func detailIsEscapedForJSON() {
        let json = detailed { FailureProblem.append(status: 502, detail: $0, to: &$1) }
        #expect(json.hasPrefix("{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502,\"detail\":\""))
        #expect(
            json.contains("\"cause\":\"upstream sent invalid header: \\\"<script>&'\\u0001\u{fffd}\\\\x20...\\\"\""))
        #expect(json.contains("\"error\":\"http_protocol_error\",\"code\":\"PH\",\"log\":\""))
        #expect(json.hasSuffix("[error] <b>\"}\n"))
    }

    @Test func strangersGetTheLeast() {
        let json = written { FailureProblem.append(status: 494, to: &$0) }
        #expect(json == "{\"type\":\"about:blank\",\"title\":\"Request Header Or Cookie Too Large\",\"status\":400}\n")
    }

    @Test(arguments: [
        ("\u{c3}\u{a9}\u{e2}\u{82}\u{ac}\u{f0}\u{9f}\u{98}\u{80}", "é€😀"),
        ("\u{c3}", "\u{fffd}"), ("\u{c0}\u{80}", "\u{fffd}\u{fffd}"),
        ("\u{ed}\u{a0}\u{80}a", "\u{fffd}\u{fffd}\u{fffd}a"),
        ("\u{f4}\u{90}\u{80}\u{80}", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"), ("\u{e2}\u{82}a", "\u{fffd}\u{fffd}a"),
    ])
    func onlyUTF8GoesOut(_ input: String, _ expected: String) {
        let raw = bytes(input)
        #expect(written { TextEscape.append(json: raw.span, to: &$0) } == expected)
        #expect(written { TextEscape.append(html: raw.span, to: &$0) } == expected)
    }

    @Test(arguments: [
        ("", false), ("*/*", false), ("text/html", false), ("application/json", true),
        ("application/problem+json", true), ("application/json, text/plain, */*", true),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", false),
        ("application/json;q=0.5, text/html;q=0.4", true), ("application/json;q=0.4, text/html;q=0.5", false),
        ("application/json, text/html", false), ("application/*", true), ("application/json;q=0", false),
        ("Application/JSON ; charset=\"a,b\" ; Q=0.9 , text/html;q=0.8", true), ("text/plain", false),
        (",,;;,", false), ("application/json;q=", true), ("*/*;q=0.1, text/html;q=0.05", true),
    ])
    func prefersJSON(_ accept: String, _ expected: Bool) {
        #expect(AcceptPreference.prefersJSON(bytes(accept).span) == expected)
    }
}
