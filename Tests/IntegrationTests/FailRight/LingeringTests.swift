import TestGateway
import Testing

/// A client whose body is refused gets to read why: the gateway goes on taking what still comes for a while, so that no
/// reset overtakes the response.
@Suite(.overWires) struct LingeringTests {
    private static let body = Letters.text(2_000_000)

    @Test func aRefusedUploadIsToldWhy() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: \(Self.body.utf8.count)\r\n\r\n")
            // All of it, before the first look at the response.
            client.send(Self.body)
            let response = try client.response()
            #expect(response.status == 413)
            #expect(response["Connection"] == gateway.wires.clients.connection("close"))
            #expect(
                gateway.errors() == [
                    """
                    [error] client intended to send too large body: 2000000 bytes, client: 127.0.0.1, \
                    server: localhost, request: "POST / \(gateway.wires.clients.version)", host: "test"
                    """
                ])
            #expect(gateway.upstream.accepted == 0)
        }
    }

    /// Of a chunked body it is known only as it comes.
    @Test(arguments: ["on", "off"])
    func aChunkedOneAsWell(_ buffering: String) throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://%UPSTREAM%; proxy_request_buffering \(buffering); }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("POST /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n")
            client.send("1E8480\r\n" + Self.body + "\r\n0\r\n\r\n")
            let response = try client.response()
            #expect(response.status == 413)
            #expect(gateway.errors().first?.contains("client intended to send too large chunked body: ") == true)
        }
    }

    @Test(.about(.lingering)) func whoGoesOnForTooLongIsCutOff() throws {
        let settings = GatewaySettings("lingering_time 200ms; lingering_timeout 100ms; client_max_body_size 1;")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2000\r\n\r\n")
            #expect(try client.response().status == 413)
            #expect(client.waitForEnd() == .fin)
            // The client is silent: the gateway does not wait for ever.
            try Wait.until("its socket is closed") { gateway.program.socketCount == gateway.idleSockets }
        }
    }
}
