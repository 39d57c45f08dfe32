import TestGateway
import Testing

/// Whatever two parsers could frame differently is refused: nothing of it reaches the upstream, and nothing that came
/// behind it is taken for a request.
@Suite(.overWires) struct SmugglingTests {
    private static let hidden = "GET /hidden HTTP/1.1\r\nHost: test\r\n\r\n"

    @Test(arguments: [
        "Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nContent-Length: 4", "Content-Length: 3, 3", "Content-Length: +3", "Content-Length: 0x3",
        "Content-Length: 3 3", "Content-Length : 3", "Content-Length: -1", "Content-Length: 18446744073709551619",
        "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity, chunked", "Transfer-Encoding : chunked",
        "Transfer-Encoding: \u{b}chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "X: 1\r\n Transfer-Encoding: chunked", "X: 1\rTransfer-Encoding: chunked", "Transfer-Encoding: xchunked",
        "Transfer_Encoding\u{0}: chunked", "Host: other", "Host: a b",
    ])
    func theRequestIsRefused(_ fields: String) throws {
        try Gateway.run { gateway in
            let hasBareCR = fields.unicodeScalars.contains("\r") && !fields.contains("\r\n")
            if hasBareCR && Peculiarity.bareCR.excludes(gateway.wires) { return }
            let request = "POST / HTTP/1.1\r\nHost: test\r\n\(fields)\r\n\r\n0\r\n\r\n" + Self.hidden
            let (text, end) = try gateway.raw(request)
            #expect(
                text.hasPrefix("HTTP/1.1 400 ") || text.hasPrefix("HTTP/1.1 501 "))
            #expect(text.split(separator: "HTTP/1.1 ").count == 1)
            #expect(end == .fin)
            #expect(gateway.upstream.accepted == 0)
        }
    }

    @Test(.about(.requestChunks), arguments: [
        "x\r\nabc\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n",
        "3 \u{b}\r\nabc\r\n0\r\n\r\n", "10000000000000003\r\nabc\r\n0\r\n\r\n",
    ])
    func soIsABodyInBadChunks(_ body: String) throws {
        try Gateway.run { gateway in
            let head = "POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
            let (text, _) = try gateway.raw(head + body + Self.hidden)
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(text.split(separator: "HTTP/1.1 ").count == 1)
            #expect(gateway.upstream.accepted == 0)
            #expect(
                gateway.errors(downTo: "error").first?.hasPrefix("[error] client sent invalid chunked body") == true)
        }
    }

    /// HTTP/1.0 knows no chunks.
    @Test(.about(.http10)) func chunksInHTTP10() throws {
        try Gateway.run { gateway in
            let head = "POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            let (text, _) = try gateway.raw(head + Self.hidden)
            #expect(text.hasPrefix("HTTP/1.1 400 "))
            #expect(gateway.upstream.accepted == 0)
        }
    }
}
