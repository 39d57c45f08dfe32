import TestGateway
import Testing

/// Requests that come together are answered one after the other, in their order, also where one fails.
@Suite(.overWires) struct PipeliningTests {
    @Test func answersKeepTheirOrder() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            client.send(
                """
                GET /slow?delay=50&size=3 HTTP/1.1\r\nHost: test\r\n\r
                POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r
                bodyGET /fault/fin-after-request HTTP/1.1\r
                Host: test\r\n\r\nGET /bytes/3 HTTP/1.1\r\nHost: test\r\n\r\n
                """)
            #expect(try client.response().body == "...")
            #expect(try client.response().body.contains("\"bytes\": 4,"))
            #expect(try client.response().status == 502)
            #expect(try client.response().body == "abc")
            #expect(gateway.upstream.count(of: "fin-after-request") == 1)
        }
    }
}
