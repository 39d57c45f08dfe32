import TestGateway
import Testing

/// Where connections to peers come from (`proxy_bind`) is part of what makes them alike.
@Suite(.overWires) struct OwnAddressTests {
    @Test func aKeptConnectionServesItsOwnAddressOnly() throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://app; proxy_bind $arg_from; }",
            http: "upstream app { server %UPSTREAM%; keepalive 8; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            for from in ["127.0.0.2", "127.0.0.3", "127.0.0.2", "", "127.0.0.3", "off"] {
                client.get("/ok?from=\(from)")
                #expect(try client.response().status == 200)
            }
            #expect(gateway.upstream.records.map(\.requests.count) == [2, 2, 2])
        }
    }
}
