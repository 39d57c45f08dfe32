import TestGateway
import Testing

/// A refused connection is a 502 that says so, in nginx's words.
@Suite(.overClientWires) struct ConnectionRefusedTests {
    @Test func itIsA502WithNginxsLine() throws {
        try Gateway.run("location / { proxy_pass http://%REFUSING%; }") { gateway in
            let response = try gateway.get("/a?b=c")
            #expect(response.status == 502)
            #expect(
                gateway.names.mask(response["Proxy-Status"] ?? "") == """
                    postern; error=connection_refused; next-hop="REFUSING"; \
                    details="connect() failed (111: Connection refused)"
                    """)
            #expect(
                gateway.errors() == [
                    """
                    [error] connect() failed (111: Connection refused) while connecting to upstream, \
                    client: 127.0.0.1, server: localhost, request: "GET /a?b=c \(gateway.wires.clients.version)", \
                    upstream: "http://REFUSING/a?b=c", host: "test"
                    """
                ])
        }
    }
}
