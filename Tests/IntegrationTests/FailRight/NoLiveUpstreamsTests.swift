import TestGateway
import Testing

/// A peer that failed is out of use for a while; where no other is left, the next request is a 502 at once.
@Suite(.overWires) struct NoLiveUpstreamsTests {
    @Test func theLogSaysFirstWhyAndThenThatNobodyIsLeft() throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://app; }",
            http: "upstream app { server %REFUSING%; server %REFUSING%; }")
        try Gateway.run(settings) { gateway in
            #expect(try gateway.get("/").errorType == "connection_refused")
            let refused = "[error] connect() failed (111: Connection refused) while connecting to upstream"
            let disabled = "[warn] upstream server temporarily disabled while connecting to upstream"
            let context = gateway.context("/", upstream: "REFUSING")
            let once = [refused + context, disabled + context]
            #expect(gateway.newErrors() == once + once)
            let response = try gateway.get("/")
            #expect(response.status == 502)
            #expect(response.errorType == "destination_unavailable")
            #expect(
                gateway.newErrors() == [
                    "[error] no live upstreams while connecting to upstream" + gateway.context("/", upstream: "app")
                ])
        }
    }
}
