import TestGateway
import Testing

/// TLS carries requests and responses whole on both sides, and its connections are used again.
struct TLSTests {
    @Test func pagesAndBodiesPass() throws {
        let certificates = try Certificates()
        try Gateway.run(certificates.settings()) { gateway in
            #expect(try gateway.get("/ok").status == 200)
            let large = try gateway.get("/bytes/3000000")
            #expect(large.body == Letters.text(3_000_000))
            var client = try gateway.client()
            let body = Letters.text(700_000)
            client.send("POST /echo HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 700000\r\n\r\n")
            client.send(body)
            #expect(try client.response().body.hasSuffix(body))
        }
    }

    @Test func connectionsAreKept() throws {
        let certificates = try Certificates()
        var settings = certificates.settings()
        settings.server = settings.server.replacing("https://unix:%FOLDER%/tls.sock:", with: "https://secure")
        settings.http += "upstream secure { server unix:%FOLDER%/tls.sock; keepalive 4; }"
        settings.accessLog = "log_format seen '$connection_requests'; access_log access.log seen;"
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            gateway.idleSockets = nil
            for _ in 0..<3 {
                client.get("/ok")
                #expect(try client.response().status == 200)
            }
            // Of each request the inner server writes a line first: its third came over the first's connection.
            let thirds = try gateway.access(6).filter { $0 == "3" }
            #expect(thirds.count == 2)
        }
    }

    @Test func thePagesOfFailuresStillTell() throws {
        let certificates = try Certificates()
        try Gateway.run(certificates.settings()) { gateway in
            let response = try gateway.strike("reset-after-request")
            #expect(response.status == 502)
        }
    }
}
