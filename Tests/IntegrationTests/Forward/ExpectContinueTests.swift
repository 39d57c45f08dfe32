import TestGateway
import Testing

/// A client that waits for `100 Continue` gets it once the body is wanted, and none where the request is refused.
@Suite(.overWires) struct ExpectContinueTests {
    private static let head = "POST /upload HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: "

    @Test(arguments: ["on", "off"])
    func theBodyIsAskedFor(_ buffering: String) throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://%UPSTREAM%; proxy_request_buffering \(buffering); }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send(Self.head + "5\r\n\r\n")
            let interim = try client.read(through: "\r\n\r\n")
            #expect(interim == gateway.wires.clients.statusLine(100, "Continue") + "\r\n\r\n")
            client.send("12345")
            let response = try client.response()
            #expect(response.interims.isEmpty)
            #expect(response.body.contains("\"bytes\": 5,"))
        }
    }

    @Test func aRefusedRequestIsAnsweredAtOnce() throws {
        try Gateway.run("client_max_body_size 4; location / { proxy_pass http://%UPSTREAM%; }") { gateway in
            var client = try gateway.client()
            client.send(Self.head + "5\r\n\r\n")
            let response = try client.response()
            #expect(response.interims.isEmpty)
            #expect(response.status == 413)
            #expect(gateway.upstream.accepted == 0)
        }
    }
}
