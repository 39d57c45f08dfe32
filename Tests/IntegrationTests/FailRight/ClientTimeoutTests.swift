import TestGateway
import Testing

/// A client that stands still is let go: without a word in its head (nginx), with a 408 in its body.
@Suite(.overWires) struct ClientTimeoutTests {
    private static let server = """
        client_header_timeout 150ms; client_body_timeout 150ms;
        location / { proxy_pass http://%UPSTREAM%; }
        """

    @Test(.about(.headInPieces), arguments: [
        ("", "waiting for request"), ("GET / HT", "reading client request line"),
        ("GET / HTTP/1.1\r\nHost: te", "reading client request headers"),
    ])
    func inTheHead(_ bytes: String, _ phase: String) throws {
        try Gateway.run(Self.server) { gateway in
            let answer = try gateway.raw(bytes)
            #expect(answer.text == "" && [.fin, .truncated].contains(answer.end))
            let lines = gateway.errors(downTo: "info")
            #expect(lines.count == 1)
            #expect(
                lines[0].hasPrefix("[info] client timed out (110: Connection timed out) while \(phase), client: 127."))
        }
    }

    @Test func inTheBody() throws {
        try Gateway.run(Self.server) { gateway in
            let (text, end) = try gateway.raw("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\n123")
            #expect(text.hasPrefix("HTTP/1.1 408 "))
            #expect(end == .fin)
            #expect(
                gateway.errors(downTo: "info").first == """
                    [info] client timed out (110: Connection timed out), client: 127.0.0.1, server: localhost, \
                    request: "POST / \(gateway.wires.clients.version)", host: "test"
                    """)
            #expect(gateway.upstream.accepted == 0)
        }
    }
}
