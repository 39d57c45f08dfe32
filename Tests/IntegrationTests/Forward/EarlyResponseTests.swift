import TestGateway
import Testing

/// A final response that comes before the request was sent is passed on, and the rest of the request is thrown away.
@Suite(.overEveryWire) struct EarlyResponseTests {
    @Test(arguments: ["early-413-fin", "early-413-close", "early-413-held"], ["on", "off"])
    func itIsPassedOn(_ fault: String, _ buffering: String) throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://%UPSTREAM%; proxy_request_buffering \(buffering); }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            let response = try gateway.expectFault(fault) {
                client.send("POST /fault/\(fault) HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n")
                client.send(Letters.text(1_000_000))
                return try client.response()
            }
            #expect(response.status == 413)
            #expect(response.body == "too big\n")
            #expect(response["Proxy-Status"] == nil)
            // Whatever was left of that request is not taken for the next one.
            client.get("/ok")
            if !client.isToldToGo(by: response) { #expect(try client.response().body == "ok\n") }
        }
    }
}
