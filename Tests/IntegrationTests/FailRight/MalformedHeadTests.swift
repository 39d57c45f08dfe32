import TestGateway
import Testing

/// What is no response head is a 502, and not a byte of it reaches the client.
@Suite(.overEveryWire) struct MalformedHeadTests {
    @Test(.about(.startLine)) func whatIsNoStatusLine() throws {
        try Gateway.run { gateway in
            for fault in ["garbage-line", "bare-html", "ssh-banner", "http2-settings", "status-099", "version-icy"] {
                let response = try gateway.expect(
                    fault, 502, "http_protocol_error",
                    "[error] upstream sent no valid HTTP/1.0 header while reading response header from upstream")
                #expect(response.end == .whole)
            }
        }
    }

    /// In HTTP/1 the line ends at the byte that is wrong; HTTP/2 has no lines that could lack a colon or be folded.
    @Test(arguments: [
        ("field-no-colon", "BrokenHeader\\x0d...", nil),
        ("field-space-colon", "X-A\\x20...", "x-a : 1"),
        ("name-at", "X\\x40...", "x@a: 1"), ("field-folded", "\\x20...", nil),
        ("value-nul", "X-A: a\\x00...", "x-a: a\\x00b"),
        ("coding-space-colon", "Transfer-Encoding\\x20...", "transfer-encoding : chunked"),
    ] as [(String, String, String?)])
    func whatIsNoField(_ fault: String, _ evidence: String, _ words: String?) throws {
        try Gateway.run { gateway in
            if gateway.wires.upstreams.isHTTP2 {
                guard let words else { return }
                try gateway.expect(fault, 502, "http_protocol_error", Self.invalid(words))
            } else {
                try gateway.expect(fault, 502, "http_protocol_error", Self.invalid(evidence))
            }
        }
    }

    private static func invalid(_ line: String) -> String {
        "[error] upstream sent invalid header: \"\(line)\" while reading response header from upstream"
    }

    @Test func whatSaysTwoLengths() throws {
        try Gateway.run { gateway in
            let isHTTP2 = gateway.wires.upstreams.isHTTP2
            // An HTTP/2 body has an end of its own, which is before one of the two.
            try gateway.expect(
                "length-twice-different", 502, isHTTP2 ? "http_response_incomplete" : "http_protocol_error",
                isHTTP2
                    ? "[error] upstream prematurely closed stream while reading response header from upstream"
                    : """
                    [error] upstream sent duplicate header line: "Content-Length: 5", previous value: \
                    "Content-Length: 3" while reading response header from upstream
                    """)
            // RFC 9113 §8.2.2: in HTTP/2 the field alone is wrong, whatever it says.
            let words = isHTTP2 ? Self.invalid("transfer-encoding: chunked") : nil
            try gateway.expect(
                "length-then-chunked", 502, "http_protocol_error",
                words ?? """
                    [error] upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time \
                    while reading response header from upstream
                    """)
            try gateway.expect(
                "coding-gzip", 502, isHTTP2 ? "http_protocol_error" : "http_response_transfer_coding",
                isHTTP2 ? Self.invalid("transfer-encoding: gzip") : """
                    [error] upstream sent unknown "Transfer-Encoding": "gzip" \
                    while reading response header from upstream
                    """)
        }
    }
}
