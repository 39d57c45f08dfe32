import Platform
import TestGateway
import Testing

/// Who begins a handshake and does not go on costs little, and not for long.
struct HandshakeAbuseTests {
    /// A client's hello announces 512 bytes, and some of them come.
    private static let begin: [UInt8] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3] + [UInt8](repeating: 7, count: 200)

    private static func settings(_ certificates: Certificates, timeout: String) -> GatewaySettings {
        GatewaySettings(
            """
            listen unix:%FOLDER%/tls.sock ssl backlog=2048;
            ssl_certificate %CERTS%/good.pem;
            ssl_certificate_key %CERTS%/good.key;
            client_header_timeout \(timeout);
            location / { return 200 ok; }
            """, events: "worker_connections 1200;", names: ["CERTS": certificates.folder.path])
    }

    private static func client(_ gateway: Gateway) throws -> Client {
        try Client(.unix(path: gateway.folder["tls.sock"]))
    }

    @Test func aHandshakeThatStallsIsCutOff() throws {
        let certificates = try Certificates()
        try Gateway.run(Self.settings(certificates, timeout: "200ms")) { gateway in
            var client = try Self.client(gateway)
            client.send(Self.begin)
            #expect(client.rest() == ("", .fin))
            try gateway.awaitLine("[info] client timed out (110: Connection timed out) while SSL handshaking, client: ")
        }
    }

    /// The whole handshake has one deadline: a byte now and then does not move it.
    @Test func aHandshakeThatDripsIsCutOff() throws {
        let certificates = try Certificates()
        try Gateway.run(Self.settings(certificates, timeout: "300ms")) { gateway in
            var client = try Self.client(gateway)
            let start = Kernel().now()
            for byte in Self.begin {
                client.send([byte])
                if client.hears(within: 20) { break }
            }
            #expect(client.rest().text == "")
            #expect(Kernel().now().since(start) < 3_000)
            try gateway.awaitLine("client timed out (110: Connection timed out) while SSL handshaking")
        }
    }

    /// A thousand at once: at most 64 KiB each, nearly all of it OpenSSL's, and others are served meanwhile.
    @Test func manyHalfHandshakesAreBounded() throws {
        let certificates = try Certificates()
        try Gateway.run(Self.settings(certificates, timeout: "60s")) { gateway in
            #expect(try gateway.get("/").body == "ok")
            let before = gateway.program.residentKiB
            var clients: [KeptClient] = []
            for _ in 0..<1_000 {
                let client = try Self.client(gateway)
                client.send(Self.begin)
                clients.append(KeptClient(client))
            }
            #expect(try gateway.get("/").body == "ok")
            try Wait.until("all are there") { gateway.program.socketCount >= 1_000 }
            #expect(gateway.program.residentKiB - before < 64 * 1_000)
            clients.removeAll()
        }
    }
}
