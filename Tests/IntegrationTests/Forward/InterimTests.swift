import TestGateway
import Testing

/// Interim responses are no final ones: 103 is passed on where `early_hints` says so, others are taken in.
@Suite(.overWires) struct InterimTests {
    @Test func hintsComeBeforeTheResponse() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; early_hints 1; }") { gateway in
            let response = try gateway.get("/early-hints")
            #expect(response.interims.map(\.status) == [103])
            #expect(response.interims.first?["Link"] == "</style.css>; rel=preload; as=style")
            #expect(response.status == 200)
        }
    }

    @Test(arguments: ["continue", "continue-many", "processing", "hints"])
    func theyAreTakenInElsewhere(_ fault: String) throws {
        try Gateway.run { gateway in
            let response = try gateway.strike(fault)
            #expect(response.interims.isEmpty)
            #expect(response.status == 200)
            #expect(response.body == "ok\n")
        }
    }

    /// HTTP/1.0 knows no interim responses.
    @Test(.about(.http10)) func anOldClientGetsNone() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; early_hints 1; }") { gateway in
            let (text, _) = try gateway.expectFault("hints") { try gateway.raw("GET /fault/hints HTTP/1.0\r\n\r\n") }
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }
}
