import TestGateway
import Testing

/// A chunk that is none: a 502 where it comes first, and a cut where good bytes were sent on before it.
@Suite(.overWires, .about(.responseChunks)) struct BadChunkTests {
    private static let line = "[error] upstream sent invalid chunked response while reading upstream"

    @Test func firstThingItIsA502() throws {
        try Gateway.run { gateway in
            for fault in ["chunk-size-letters", "chunk-size-negative", "chunk-size-empty", "chunk-size-wrap64"] {
                try gateway.expect(fault, 502, "http_response_transfer_coding", Self.line)
            }
        }
    }

    @Test func laterItIsACut() throws {
        try Gateway.run { gateway in
            for fault in ["chunk-bad-later", "chunk-bad-later-short"] {
                let response = try gateway.expectCut(fault, Self.line)
                #expect(response.body == "ok\n")
            }
        }
    }
}
