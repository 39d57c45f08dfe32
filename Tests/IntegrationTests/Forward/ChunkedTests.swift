import TestGateway
import Testing

/// The chunked coding is understood and written anew on both sides.
@Suite(.overWires) struct ChunkedTests {
    @Test func aChunkedResponseArrivesInChunks() throws {
        try Gateway.run { gateway in
            let response = try gateway.get("/chunked?count=3")
            #expect(response.chunks > 0)
            #expect(response.body == "chunk 0\nchunk 1\nchunk 2\n")
            #expect(response.end == .whole)
        }
    }

    /// The end of the upstream's connection ends a body without a length; the client's connection goes on.
    @Test func aBodyWithoutALengthGetsChunks() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            let response = try gateway.expectFault("unframed-fin") {
                client.get("/fault/unframed-fin")
                return try client.response()
            }
            #expect(response.body == String(repeating: "x", count: 40))
            #expect(response["Transfer-Encoding"] == gateway.wires.clients.connection("chunked"))
            client.get("/ok")
            #expect(try client.response().status == 200)
        }
    }

    @Test(arguments: [("on", "Content-Length: 14"), ("off", "Transfer-Encoding: chunked")])
    func aChunkedRequestIsPassedOn(_ buffering: String, _ framing: String) throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://%UPSTREAM%; proxy_request_buffering \(buffering); }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("POST /echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n4;ext=1\r\nWiki\r\n")
            if buffering == "off" {
                try Wait.until("the first chunk") { gateway.upstream.records.first?.requests.count == 1 }
            }
            client.send("A\r\npedia is a\r\n0\r\n\r\n")
            let response = try client.response()
            #expect(response.echo.contains("\r\n\(framing)\r\n"))
            #expect(response.body.hasSuffix("\r\n\r\nWikipedia is a"))
        }
    }
}
