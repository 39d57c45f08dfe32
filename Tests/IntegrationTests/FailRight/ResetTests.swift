import TestGateway
import Testing

/// An upstream that resets the connection: a 502 while nothing was sent on, and a cut afterwards.
@Suite(.overEveryWire) struct ResetTests {
    private static let before =
        "[error] recv() failed (104: Connection reset by peer) while reading response header from upstream"
    /// HTTP/2 is read by one call from first to last.
    private static func after(_ gateway: Gateway) -> String {
        let call = gateway.wires.upstreams.isHTTP2 ? "recv" : "readv"
        return "[error] \(call)() failed (104: Connection reset by peer) while reading upstream"
    }

    @Test func beforeTheHeadIsWholeItIsA502() throws {
        try Gateway.run { gateway in
            for fault in [
                "reset-at-accept", "close-unread", "reset-after-request",
            ] { try gateway.expect(fault, 502, "connection_terminated", Self.before) }
            for fault in ["reset-in-status-line", "reset-in-field"] {
                try gateway.expect(fault, 502, gateway.wires.upstreams.cutHeadType, Self.before)
            }
        }
    }

    @Test func inTheBodyItIsACut() throws {
        try Gateway.run { gateway in
            for fault in ["length-cut-reset", "chunk-cut-reset", "unframed-reset"] {
                let response = try gateway.expectCut(fault, Self.after(gateway))
                #expect(response.body == String(repeating: "x", count: 40))
            }
        }
    }

    @Test func whileTheRequestIsSentItIsA502() throws {
        try Gateway.run { gateway in
            var client = try gateway.client()
            let response = try gateway.expectFault("reset-in-upload") {
                client.send("POST /fault/reset-in-upload HTTP/1.1\r\nHost: test\r\nContent-Length: 900000\r\n\r\n")
                client.send(Letters.text(900_000))
                return try client.response()
            }
            #expect(response.status == 502)
            #expect(response.errorType == "connection_terminated")
            let lines = gateway.errors(downTo: "error")
            // Who notices it first, the writer or the reader, is the kernel's choice.
            let context = gateway.context("/fault/reset-in-upload", method: "POST")
            let writes = "[error] writev() failed (104: Connection reset by peer) while sending request to upstream"
            #expect(lines == [writes + context] || lines == [Self.before + context], "\(lines)")
        }
    }
}
