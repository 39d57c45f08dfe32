import TestGateway
import Testing

/// What the upstream sends passes on at once, be the response as long as it may.
@Suite(.overEveryWire) struct ServerSentEventsTests {
    /// The upstream sends one event and then nothing: whoever waited for more would never pass it on.
    @Test func anEventDoesNotWaitForTheNext() throws {
        let rules = """
            fault one-event = read-all; \
            send "HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\n"; sleep 20ms; \
            send "data: 1\\n\\n"; hold
            """
        try Gateway.run(GatewaySettings(rules: rules)) { gateway in
            var client = try gateway.client()
            client.get("/fault/one-event")
            let head = try client.read(through: "\r\n\r\n").lowercased()
            #expect(head.contains("\r\ncontent-type: text/event-stream\r\n"))
            #expect(try client.read(through: "\n\n").hasSuffix("data: 1\n\n"))
        }
    }
}
