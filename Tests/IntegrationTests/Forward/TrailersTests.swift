import TestGateway
import Testing

/// Trailer fields of the upstream are passed on where `proxy_pass_trailers` says so, and dropped elsewhere.
@Suite(.overEveryWire) struct TrailersTests {
    @Test(arguments: [("on", [Field("X-Chunks", "2")]), ("off", [])])
    func theyArePassedOnWhereAskedFor(_ setting: String, _ expected: [Field]) throws {
        let settings = GatewaySettings("location / { proxy_pass http://%UPSTREAM%; proxy_pass_trailers \(setting); }")
        try Gateway.run(settings) { gateway in
            let response = try gateway.get("/trailers?count=2", "TE: trailers\r\n")
            #expect(response.body == "chunk 0\nchunk 1\n")
            #expect(response.trailers == expected)
        }
    }

    /// What stands in a trailer section must not change how the message is read.
    @Test func aLengthInTheTrailersIsNotPassedOn() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; proxy_pass_trailers on; }") { gateway in
            let response = try gateway.strike("trailer-length", fields: "TE: trailers\r\n")
            #expect(response.body == "ok\n")
            #expect(response.trailers == [])
        }
    }
}
