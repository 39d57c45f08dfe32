import TestGateway
import Testing

/// A peer has no more connections than `max_conns`; a request that finds none free is a 502 that says so.
@Suite(.overEveryWire) struct ConnectionLimitTests {
    @Test func theSurplusRequestIsA502() throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://app; }", http: "upstream app { server %UPSTREAM% max_conns=1; }")
        try Gateway.run(settings) { gateway in
            let first = try gateway.client()
            first.get("/fault/never-answers")
            try Wait.until("the first is there") { gateway.upstream.count(of: "never-answers") == 1 }
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
            #expect(response.errorType == "connection_limit_reached")
            #expect(
                gateway.errors() == [
                    "[error] no live upstreams while connecting to upstream" + gateway.context("/ok", upstream: "app")
                ])
        }
    }
}
