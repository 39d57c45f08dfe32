import TestGateway
import Testing

/// A request that breaks a rule or a limit is refused with nginx's status and words, and the connection is closed.
@Suite(.overWires) struct ClientFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let status: Int
        let line: String
        let request: String
        /// What HTTP/2 makes of it: another status, other words; nil for `Peculiarity.requestVersion`.
        let http2: (status: Int, line: String)?
        var testDescription: String { line }

        init(_ status: Int, _ line: String, _ request: String) {
            (self.status, self.line, self.request) = (status, line, request)
            http2 = (status, line)
        }

        init(_ status: Int, _ line: String, _ request: String, http2: (status: Int, line: String)?) {
            (self.status, self.line, self.request, self.http2) = (status, line, request, http2)
        }
    }

    static let cases = [
        Case(
            400, "client sent invalid method while reading client request line",
            "g\u{1}t / HTTP/1.1\r\nHost: test\r\n\r\n",
            http2: (400, "client sent invalid method: \"g\\x01t\" while reading client request line")),
        Case(
            400, "client sent HTTP/1.1 request without \"Host\" header while reading client request headers",
            "GET / HTTP/1.1\r\n\r\n",
            http2: (
                400, "client sent neither \":authority\" nor \"Host\" header while reading client request headers"
            )),
        Case(
            413, "client intended to send too large body: 2000000 bytes",
            "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2000000\r\n\r\n"),
        Case(
            414, "client sent too long URI while reading client request line",
            "GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\nHost: test\r\n\r\n",
            http2: (400, "client sent too long header line: \":path...\" while reading client request line")),
        Case(
            400, "client sent too long header line: \"X-Long: ",
            "GET / HTTP/1.1\r\nHost: test\r\nX-Long: " + String(repeating: "b", count: 9000) + "\r\n\r\n",
            http2: (400, "client sent too long header line: \"x-long...\" while reading client request line")),
        Case(
            400, "client sent too many header lines while reading client request headers",
            "GET / HTTP/1.1\r\nHost: test\r\n" + String(repeating: "X: 1\r\n", count: 30) + "\r\n"),
        Case(
            501, "client sent unknown \"Transfer-Encoding\": \"gzip\" while reading client request headers",
            "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip\r\n\r\n",
            http2: (400, "client sent \"transfer-encoding\" header while reading client request headers")),
        Case(
            505, "client sent invalid version while reading client request line",
            "GET / HTTP/2.0\r\nHost: test\r\n\r\n", http2: nil),
        Case(
            405, "client sent TRACE method while reading client request headers",
            "TRACE / HTTP/1.1\r\nHost: test\r\n\r\n"),
    ]

    @Test(arguments: cases)
    func itIsRefused(_ each: Case) throws {
        try Gateway.run("max_headers 20; location / { proxy_pass http://%UPSTREAM%; }") { gateway in
            let wire = gateway.wires.clients
            if each.http2 == nil && Peculiarity.requestVersion.excludes(gateway.wires) { return }
            let (status, line) = wire.isHTTP2 ? try #require(each.http2) : (each.status, each.line)
            var client = try gateway.client()
            client.send(each.request)
            let response = try client.response()
            #expect(response.status == status)
            #expect(response["Connection"] == wire.connection("close"))
            #expect(response.errorType == "http_request_error")
            #expect(client.rest() == ("", .fin))
            let lines = gateway.errors(downTo: "info").filter {
                $0.contains("] client sent") || $0.contains("intended")
            }
            #expect(lines.count == 1 && lines[0].contains("] " + line), "\(lines)")
            #expect(gateway.upstream.accepted == 0)
        }
    }

    /// 494 has an error page of its own (nginx: a number that never goes over the wire).
    @Test func aPageFor494() throws {
        try Gateway.run("max_headers 20; error_page 494 =431 /big; location = /big { return 431 big; }") { gateway in
            let (text, _) = try gateway.raw(Self.cases[5].request)
            #expect(text.hasPrefix("HTTP/1.1 431 "))
        }
    }
}
