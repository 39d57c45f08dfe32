import TestGateway
import Testing

/// A client of HTTP/1.0 gets no chunks, and its connection is closed after the response unless it asks for more.
@Suite(.overWires, .about(.http10)) struct HTTP10Tests {
    @Test func chunksAreTakenApart() throws {
        try Gateway.run { gateway in
            let (text, end) = try gateway.raw("GET /chunked?count=2 HTTP/1.0\r\n\r\n")
            #expect(end == .fin)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(!text.contains("chunked\r\n"))
            #expect(text.hasSuffix("\r\n\r\nchunk 0\nchunk 1\n"))
        }
    }

    @Test func itMayKeepTheConnection() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            for _ in 0..<2 {
                client.send("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let response = try client.response()
                #expect(response["Connection"] == "keep-alive")
                #expect(response.body == "ok\n")
            }
        }
    }
}
