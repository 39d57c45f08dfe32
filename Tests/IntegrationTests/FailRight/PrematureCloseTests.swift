import TestGateway
import Testing

/// An upstream that closes in good order, but too early: a 502 while nothing was sent on, and a cut afterwards.
@Suite(.overEveryWire) struct PrematureCloseTests {
    private static let before =
        "[error] upstream prematurely closed connection while reading response header from upstream"
    private static let after = "[error] upstream prematurely closed connection while reading upstream"

    @Test func withoutAByteOfAnAnswer() throws {
        try Gateway.run { gateway in
            for fault in ["fin-at-accept", "fin-after-request"] {
                try gateway.expect(fault, 502, "connection_terminated", Self.before)
            }
        }
    }

    @Test func inTheMiddleOfTheHead() throws {
        try Gateway.run { gateway in
            for fault in ["fin-in-version", "fin-in-status-line", "fin-in-field", "fin-before-blank-line"] {
                try gateway.expect(fault, 502, gateway.wires.upstreams.cutHeadType, Self.before)
            }
        }
    }

    @Test func afterAnInterimResponse() throws {
        try Gateway.run { gateway in
            for fault in ["continue-fin", "hints-fin"] {
                try gateway.expect(fault, 502, "http_response_incomplete", Self.before)
            }
        }
    }

    @Test func inTheBodyItIsACut() throws {
        try Gateway.run { gateway in
            for fault in ["length-cut-fin", "chunk-cut-fin", "chunk-no-last", "chunk-half-last"] {
                try gateway.expectCut(fault, Self.after)
            }
        }
    }

    /// Its client would take a plain close for the end of the body.
    @Test(.about(.http10)) func aClientOfHTTP10GetsAReset() throws {
        try Gateway.run { gateway in
            let (text, end) = try gateway.expectFault("chunk-cut-fin") {
                try gateway.raw("GET /fault/chunk-cut-fin HTTP/1.0\r\n\r\n")
            }
            #expect(end == .reset)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }
}
