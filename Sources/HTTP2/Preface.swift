import Bytes

/// Tells HTTP/2 with prior knowledge from HTTP/1 by the first bytes of a cleartext connection (RFC 9113 §3.3, §3.4).
package enum Preface: Sendable {
    /// The whole client preface is there: give all bytes, these included, to a server session.
    case http2
    /// Too few bytes to tell; at most 23 ever are.
    case undecided
    /// Some other protocol's bytes, HTTP/1's for instance: no session may see them.
    case other

    /// What a client sends first.
    package static let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// Looks at a connection's first bytes.
    package init(_ bytes: Span<UInt8>) {
        if bytes.starts(with: Self.text) {
            self = .http2
            return
        }
        var expected = ByteBuffer()
        expected.append(Self.text)
        let count = min(bytes.count, expected.count)
        let isBeginning = expected.span.extracting(0..<count).equals(bytes.extracting(0..<count))
        self = isBeginning ? .undecided : .other
    }
}
