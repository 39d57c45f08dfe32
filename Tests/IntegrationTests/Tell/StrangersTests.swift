import TestGateway
import Testing

/// Strangers learn the type of a failure and nothing else: no address, no cause, no log line. A stranger is whoever
/// does not come from this machine, or comes through another proxy.
struct StrangersTests {
    private static let server = "location / { proxy_pass http://%REFUSING%; }"

    private static func expectNothing(_ response: Response, _ gateway: Gateway) {
        #expect(response.status == 502)
        #expect(response["Proxy-Status"] == "postern; error=connection_refused")
        let text = gateway.names.mask(response.body)
        for word in ["REFUSING", "refused", "connect", "client:", "check"] { #expect(!text.contains(word)) }
    }

    @Test(.overWires, arguments: [
        "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Real-IP: 192.0.2.1",
        "Via: 1.1 cdn", "x-forwarded-host: a",
    ])
    func whoeverComesThroughAProxy(_ field: String) throws {
        try Gateway.run(Self.server) { gateway in
            let page = try gateway.get("/", field + "\r\n")
            Self.expectNothing(page, gateway)
            let json = try gateway.get("/", field + "\r\nAccept: application/json\r\n")
            #expect(json.body == page.body)
            Self.expectNothing(json, gateway)
        }
    }

    /// Who comes through a proxy of the transport, or pretends to be local by realip, is none the less a stranger.
    @Test func whoeverPretendsToBeLocal() throws {
        let realIP = "set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;"
        let settings = GatewaySettings(realIP + Self.server, listen: "proxy_protocol")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("PROXY TCP4 127.0.0.1 127.0.0.1 5000 80\r\n")
            client.get("/", "Connection: close\r\n")
            Self.expectNothing(try client.response(), gateway)
        }
    }
}
