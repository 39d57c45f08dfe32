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

    @Test(arguments: [
        "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "X-Real-IP: 192.0.2.1",
        "Via: 1.1 cdn", "x-forwarded-host: a",
    ])
    func whoeverComesThroughAProxy(_ field: String) throws {
        try Gateway.run(Self.server) { gateway in
            Self.expectNothing(try gateway.get("/", field + "\r\n"), gateway)
            let json = try gateway.get("/", field + "\r\nAccept: application/json\r\n")
            #expect(
                json.body == "{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502}\n"
                    || !json.body.contains("{"))
            Self.expectNothing(json, gateway)
        }
    }

    /// Who pretends to be local by the PROXY protocol or by realip is none the less a stranger.
    @Test func whoeverPretendsToBeLocal() throws {
        let settings = GatewaySettings(Self.server, listen: "proxy_protocol")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("PROXY TCP4 192.0.2.9 127.0.0.1 5000 80\r\n")
            client.get("/", "Connection: close\r\n")
            let response = try client.response()
            #expect(response.status == 502)
        }
    }
}
