import TestGateway
import Testing

/// An error line says whose request it is about: all parts that nginx has, in nginx's order, and nothing that could
/// make a second line.
@Suite(.overEveryWire) struct ErrorContextTests {
    @Test func everyPartThatExists() throws {
        try Gateway.run("location / { proxy_pass http://%REFUSING%/base/; }") { gateway in
            _ = try gateway.get("/a?b", "Referer: http://r.test/\r\n")
            #expect(
                gateway.errors() == [
                    """
                    [error] connect() failed (111: Connection refused) while connecting to upstream, \
                    client: 127.0.0.1, server: localhost, request: "GET /a?b \(gateway.wires.clients.version)", \
                    upstream: "\(gateway.wires.upstreamScheme)://REFUSING/base/a?b", host: "test", \
                    referrer: "http://r.test/"
                    """
                ])
        }
    }

    @Test(.about(.requestLine)) func aRequestThatIsNoneHasNoContext() throws {
        try Gateway.run { gateway in
            _ = try gateway.raw("\u{1}\u{2}\r\n\r\n")
            #expect(
                gateway.errors(downTo: "info").first == """
                    [info] client sent invalid method while reading client request line, client: 127.0.0.1, \
                    server: localhost, request: "\\x01\\x02"
                    """)
        }
    }

    @Test func controlCharactersAreEscaped() throws {
        try Gateway.run("location / { proxy_pass http://%REFUSING%; }") { gateway in
            _ = try gateway.get("/", "Referer: a\u{1b}[31m\u{7f}\tb\r\n")
            #expect(gateway.errors().first?.hasSuffix("referrer: \"a\\x1B[31m\\x7F\\x09b\"") == true)
        }
    }
}
