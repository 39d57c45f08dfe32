import TestGateway
import Testing

/// A response head that does not fit into `proxy_buffer_size` is a 502; one that does is passed on.
@Suite(.overEveryWire) struct TooBigHeadTests {
    private static let line = "[error] upstream sent too big header while reading response header from upstream"

    @Test func itIsA502() throws {
        try Gateway.run { gateway in
            let phrases = Peculiarity.phrase.excludes(gateway.wires) ? [] : ["phrase-long"]
            for fault in ["field-big", "fields-many", "fields-endless"] + phrases {
                try gateway.expect(fault, 502, "http_response_header_section_size", Self.line)
            }
        }
    }

    @Test func aLargerBufferTakesIt() throws {
        let settings = GatewaySettings(
            "location / { proxy_pass http://%UPSTREAM%; proxy_buffer_size 32k; proxy_buffers 4 32k; }")
        try Gateway.run(settings) { gateway in
            let response = try gateway.strike("field-big")
            #expect(response.status == 200)
            #expect(response["X-Big"]?.utf8.count == 20_480)
        }
    }
}
