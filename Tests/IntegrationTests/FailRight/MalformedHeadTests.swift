import TestGateway
import Testing

/// What is no response head is a 502, and not a byte of it reaches the client.
@Suite(.overEveryWire) struct MalformedHeadTests {
    @Test func whatIsNoStatusLine() throws {
        try Gateway.run { gateway in
            for fault in ["garbage-line", "bare-html", "ssh-banner", "http2-settings", "status-099", "version-icy"] {
                let response = try gateway.expect(
                    fault, 502, "http_protocol_error",
                    "[error] upstream sent no valid HTTP/1.0 header while reading response header from upstream")
                #expect(response.end == .whole)
            }
        }
    }

    /// The line ends at the byte that is wrong.
    @Test(arguments: [
        ("field-no-colon", "BrokenHeader\\x0d..."), ("field-space-colon", "X-A\\x20..."), ("name-at", "X\\x40..."),
        ("field-folded", "\\x20..."), ("value-nul", "X-A: a\\x00..."),
        ("coding-space-colon", "Transfer-Encoding\\x20..."),
    ])
    func whatIsNoField(_ fault: String, _ evidence: String) throws {
        try Gateway.run { gateway in
            try gateway.expect(
                fault, 502, "http_protocol_error",
                "[error] upstream sent invalid header: \"\(evidence)\" while reading response header from upstream")
        }
    }

    @Test func whatSaysTwoLengths() throws {
        try Gateway.run { gateway in
            try gateway.expect(
                "length-twice-different", 502, "http_protocol_error",
                """
                [error] upstream sent duplicate header line: "Content-Length: 5", previous value: \
                "Content-Length: 3" while reading response header from upstream
                """)
            try gateway.expect(
                "length-then-chunked", 502, "http_protocol_error",
                """
                [error] upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time \
                while reading response header from upstream
                """)
            try gateway.expect(
                "coding-gzip", 502, "http_response_transfer_coding",
                """
                [error] upstream sent unknown "Transfer-Encoding": "gzip" \
                while reading response header from upstream
                """)
        }
    }
}
