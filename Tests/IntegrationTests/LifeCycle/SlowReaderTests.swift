import TestGateway
import Testing

/// Clients that read nothing of large responses cost their configured buffers and no more: the upstream has to wait.
struct SlowReaderTests {
    @Test func memoryStaysBounded() throws {
        let settings = GatewaySettings(
            """
            proxy_buffer_size 4k;
            proxy_buffers 4 8k;
            location / { proxy_pass http://%UPSTREAM%; }
            """
        )
        try Gateway.run(settings) { gateway in
            #expect(try gateway.get("/bytes/1000000").body.utf8.count == 1_000_000)
            let before = gateway.program.residentKiB
            var clients: [KeptClient] = []
            for _ in 0..<40 {
                let client = KeptClient(try gateway.client(receiveBufferBytes: 4096))
                client.send("/bytes/50000000")
                clients.append(client)
            }
            try Wait.until("40 requests") { gateway.upstream.accepted >= 40 }
            // Others are served meanwhile.
            for _ in 0..<5 { #expect(try gateway.get("/bytes/100000").body == Letters.text(100_000)) }
            // 40 × 36 KiB of buffers, and the worker's 8 MiB of overshoot.
            #expect(gateway.program.residentKiB - before < 40 * 36 + 8 * 1024 + 2048)
            for client in clients { #expect(try client.begin().hasPrefix("HTTP/1.1 200 OK\r\n")) }
        }
    }
}
