import TestGateway
import Testing

/// After a 101 that both sides wanted, bytes pass in both directions until one side ends, or nothing passes for too
/// long.
@Suite(.overWires, .about(.upgrade)) struct WebSocketTests {
    static func location(idle: String = "10s") -> String {
        """
        location / {
            proxy_pass http://%UPSTREAM%;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_read_timeout \(idle);
        }
        """
    }

    static let fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n"

    @Test func aWebSocketEchoes() throws {
        try Gateway.run(Self.location()) { gateway in
            var client = try gateway.client()
            client.get("/ws", Self.fields + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
            let response = try client.response()
            #expect(response.line == gateway.wires.clients.statusLine(101, "Switching Protocols"))
            #expect(response["Upgrade"] == gateway.wires.clients.connection("websocket"))
            let accepted = gateway.wires.clients.connection("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(response["Sec-WebSocket-Accept"] == accepted)
            // A masked text frame, mask 0: "hello"; then a close frame.
            client.send("\u{81}\u{85}\0\0\0\0hello")
            #expect(client.read(7) == "\u{81}\u{05}hello")
            client.send("\u{88}\u{80}\0\0\0\0")
            #expect(client.rest() == ("\u{88}\0", .fin))
        }
    }

    /// What the sockets do not hold waits in the tunnel's buffers; nothing is lost, in either direction.
    @Test func muchPassesBothWaysAtOnce() throws {
        try Gateway.run(Self.location()) { gateway in
            var client = try gateway.client()
            client.get("/fault/tunnel-echo", Self.fields)
            _ = try client.response()
            let piece = Client.bytes(Letters.text(26 * 4000))
            for _ in 0..<20 {
                var sent = 0
                var received = 0
                while received < piece.count {
                    guard let count = client.sendSome(Array(piece[sent...]), milliseconds: 0) else {
                        throw Trouble("the tunnel ended")
                    }
                    sent += count
                    let text = client.read(min(20_000, sent - received))
                    #expect(Client.bytes(text) == Array(piece[received..<received + text.count]))
                    received += text.count
                }
            }
            #expect(gateway.upstream.count(of: "tunnel-echo") == 1)
        }
    }

    @Test func anIdleTunnelIsClosed() throws {
        try Gateway.run(Self.location(idle: "200ms")) { gateway in
            var client = try gateway.client()
            client.get("/fault/tunnel-echo", Self.fields)
            _ = try client.response()
            // RFC 8441 §5.2: what FIN does not say is RST_STREAM.
            #expect(client.waitForEnd() == (gateway.wires.clients.isHTTP2 ? .reset : .fin))
            #expect(
                gateway.errors(downTo: "info") == [
                    "[info] upstream timed out (110: Connection timed out) while proxying upgraded connection"
                        + gateway.context("/fault/tunnel-echo")
                ])
        }
    }

    @Test func theUpstreamsEndEndsIt() throws {
        try Gateway.run(Self.location()) { gateway in
            var client = try gateway.client()
            client.get("/fault/tunnel-fin", Self.fields)
            _ = try client.response()
            #expect(client.rest() == ("hi", .fin))
            #expect(gateway.upstream.count(of: "tunnel-fin") == 1)
        }
    }
}

/// The same where a client does not read; over sockets alone, for what test clients keep of TLS is not counted.
struct IdleReaderTests {
    /// Who reads nothing is sent no more than the sockets (some 40 MB of them in a row) and the tunnel's buffers hold,
    /// and loses nothing.
    @Test func whoDoesNotReadHoldsTheSender() throws {
        try Gateway.run(WebSocketTests.location()) { gateway in
            var client = try gateway.client()
            client.get("/fault/tunnel-echo", WebSocketTests.fields)
            _ = try client.response()
            let before = gateway.program.residentKiB
            let bytes = Client.bytes(Letters.text(26 * 4_000_000))
            // The echo comes to a stop, then what leads there.
            guard let sent = client.sendSome(bytes, milliseconds: 100) else { throw Trouble("the tunnel ended") }
            #expect(sent < bytes.count)
            #expect(gateway.program.residentKiB - before < 10 * 1024)
            let text = client.read(sent)
            let isWhole = Client.bytes(text) == Array(bytes[..<sent])
            #expect(isWhole)
        }
    }
}
