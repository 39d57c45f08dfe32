import Bytes
import HTTP2
import Testing

@Suite struct PrefaceTests {
    @Test func prefaceIsKnownByItsLastByte() {
        let text = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        for count in 0..<text.count { #expect(Self.kind(Array(text[..<count])) == "undecided") }
        #expect(Self.kind(text) == "http2")
        #expect(Self.kind(text + [0, 0]) == "http2")
    }

    @Test func otherProtocolsAreKnownByTheFirstByteThatDiffers() {
        for text in ["GET / HTTP/1.1\r\n", "P", "PR", "PROPFIND / HTTP/1.1", "PRI * HTTP/1.1\r\n", "\r\n", "\u{16}"] {
            let isPrefix = "PRI * HTTP/2.0".hasPrefix(text)
            #expect(Self.kind(Array(text.utf8)) == (isPrefix ? "undecided" : "other"), "\(text)")
        }
    }

    static func kind(_ bytes: [UInt8]) -> String { "\(Preface(bytes.span))" }
}
