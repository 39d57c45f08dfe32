import TestGateway
import Testing

/// A WebSocket on a stream (RFC 8441), and what must not be taken for one.
struct WebSocketStreamTests {
    private static func connect(_ client: inout HTTP2Client, _ path: String) throws -> Int32 {
        let stream = try client.begin(
            lines: ":method: CONNECT\r\n:protocol: websocket\r\n:scheme: http\r\n:path: \(path)\r\n"
                + ":authority: test\r\nsec-websocket-version: 13\r\n", ends: false)
        try client.wait("the head") { $0[stream]?.response != nil }
        return stream
    }

    @Test func aWebSocketEchoes() throws {
        let location = """
            location / {
                proxy_pass http://%UPSTREAM%;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection upgrade;
            }
            """
        try Gateway.run(GatewaySettings("http2 on; \(location)")) { gateway in
            var client = try gateway.client2()
            let stream = try Self.connect(&client, "/ws")
            let response = client.heard(on: stream).response
            #expect(response?.status == 200)
            #expect(response?["Sec-WebSocket-Accept"] == nil)
            // A masked text frame, mask 0: "hello"; then a close frame.
            try client.send(stream, Client.bytes("\u{81}\u{85}\0\0\0\0hello"), ends: false)
            try client.send(stream, Client.bytes("\u{88}\u{80}\0\0\0\0"), ends: false)
            #expect(try client.response(on: stream).body == "\u{81}\u{05}hello\u{88}\0")
        }
    }

    /// RFC 8441 §5: any 2xx begins the tunnel, so the page of an upstream that speaks no WebSocket must not be one.
    @Test func aPageIsNoWebSocket() throws {
        try Gateway.run(GatewaySettings("http2 on; location / { proxy_pass http://%UPSTREAM%; }")) { gateway in
            var client = try gateway.client2()
            let stream = try Self.connect(&client, "/echo")
            #expect(client.heard(on: stream).response?.status == 502)
            try gateway.awaitLine("upstream did not switch protocols while reading response header from upstream")
        }
    }

    /// Nor is what Postern answers itself: with text, a file, a report, or a page that `error_page` calls a success.
    @Test func anAnswerOfItsOwnIsNoWebSocket() throws {
        let settings = GatewaySettings(
            """
            http2 on; root %FOLDER%;
            location /text { return 200 text; }
            location /none { return 204; }
            location /file { rewrite ^ /nginx.conf break; }
            location /stub { stub_status; }
            location /status { upstream_status; }
            location /metrics { metrics; }
            location /praised { error_page 404 501 =200 /text; return 404; }
            location /filed { error_page 404 =202 /nginx.conf; return 404; }
            location /missing { }
            location /refused { return 403; }
            location /moved { return 302 /text; }
            """)
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            for path in ["/text", "/none", "/file", "/stub", "/status", "/metrics", "/praised", "/filed"] {
                #expect(try client.get(path).status / 100 == 2, "\(path)")
                let stream = try Self.connect(&client, path)
                #expect(client.heard(on: stream).response?.status == 501, "\(path)")
            }
            for (path, status) in [("/missing", 404), ("/refused", 403), ("/moved", 302)] {
                let stream = try Self.connect(&client, path)
                #expect(client.heard(on: stream).response?.status == status, "\(path)")
            }
            try gateway.awaitLine("client sent extended CONNECT request where no tunnel begins")
        }
    }
}
