import TestGateway
import Testing

/// A large request body arrives byte for byte: from memory, from a temporary file, or passed on as it comes.
@Suite(.overEveryWire) struct UploadTests {
    private static let body = Letters.text(900_000)

    @Test(arguments: [
        "client_body_buffer_size 1m;", "client_body_buffer_size 8k;", "client_body_in_file_only clean;",
        "proxy_request_buffering off; client_body_buffer_size 8k;",
    ])
    func itArrivesByteForByte(_ directives: String) throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; \(directives) }") { gateway in
            var client = try gateway.client()
            client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: \(Self.body.utf8.count)\r\n\r\n")
            client.send(Self.body)
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.body.hasSuffix("\r\n\r\n" + Self.body))
        }
    }

    /// Where bodies are not buffered, the upstream sees the first bytes before the last were sent.
    @Test func unbufferedItIsPassedOnAtOnce() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; proxy_request_buffering off; }") { gateway in
            var client = try gateway.client()
            client.send("POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n12345")
            try Wait.until("the upstream sees a piece") { gateway.upstream.records.first?.requests.count == 1 }
            client.send("67890")
            #expect(try client.response().body.contains("\"bytes\": 10,"))
        }
    }

    /// A notice where the configuration wants it so, a warning where the body was too large.
    @Test(arguments: [
        ("client_body_in_file_only clean;", "notice"), ("client_body_buffer_size 4; client_body_in_file_only off;", ""),
        ("client_body_in_file_only on; proxy_request_buffering off;", ""),
    ])
    func filesAreToldOf(_ directives: String, _ level: String) throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; \(directives) }") { gateway in
            let head = "POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\nConnection: close\r\n\r\n"
            _ = try gateway.raw(head + "1234567890")
            let lines = gateway.errors().filter { $0.contains("a client request body is buffered to a temporary file") }
            #expect(lines.count == (level.isEmpty ? 0 : 1))
            #expect(lines.allSatisfy { $0.hasPrefix("[\(level)] ") })
        }
    }
}
