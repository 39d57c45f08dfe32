import TestGateway
import Testing

/// A large body arrives byte for byte, also at a client that reads slowly, and nothing of it goes to disk.
@Suite(.overEveryWire) struct DownloadTests {
    private static let count = 3_000_000

    @Test(arguments: ["on", "off"])
    func itArrivesByteForByte(_ buffering: String) throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; proxy_buffering \(buffering); }") { gateway in
            let response = try gateway.get("/bytes/\(Self.count)")
            #expect(response.end == .whole)
            let isRight = response.body == Letters.text(Self.count)
            #expect(isRight)
        }
    }

    @Test func aSlowReaderGetsItAsWell() throws {
        let count = 200_000
        // Small buffers in the kernel leave the holding to the gateway.
        let settings = GatewaySettings(
            "location / { proxy_pass http://%UPSTREAM%; proxy_buffers 4 4k; }", listen: "sndbuf=4k")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client(receiveBufferBytes: 4096)
            client.get("/bytes/\(count)", "Connection: close\r\n")
            let response = try client.response()
            #expect(response.end == .whole)
            let isRight = response.body == Letters.text(count)
            #expect(isRight)
        }
    }
}
