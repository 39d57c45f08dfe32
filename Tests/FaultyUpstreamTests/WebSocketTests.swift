import Testing

@testable import FaultyUpstream

/// The WebSocket echo, and what it is built of.
struct WebSocketTests {
    @Test func sha1AndBase64AreRight() {
        func hex(_ text: String) -> String {
            SHA1.hash(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex(String(repeating: "a", count: 1000)) == "291e9a6c66994949b57ba5e650361e98fc36b1ba")
        #expect(
            ["", "f", "fo", "foo", "foobar"].map { Base64.encoded(Array($0.utf8)) } == [
                "", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy",
            ])
        #expect(WebSocketEcho.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    private func connected(_ upstream: FaultyUpstream) throws -> RawClient {
        let client = try RawClient(upstream)
        client.get(
            "/ws",
            "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        )
        let head = client.response().head
        #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
        #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
        return client
    }

    /// A client's frame, masked as it must be.
    private func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var bytes = WebSocketEcho.frame(first: first, payload)
        let mask: [UInt8] = [1, 2, 3, 4]
        bytes[1] |= 0x80
        return bytes.dropLast(payload.count) + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }

    @Test func messagesComeBack() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try connected(upstream)
        for size in [0, 5, 125, 126, 65_535, 65_536] {
            let payload = [UInt8](repeating: 0x61, count: size)
            client.send(frame(0x81, payload))
            let wanted = WebSocketEcho.frame(first: 0x81, payload)
            #expect(client.readBytes(wanted.count) == wanted)
        }
        client.send(frame(0x89, Array("hi".utf8)))
        #expect(client.readBytes(4) == [0x8a, 2] + Array("hi".utf8))
        client.send(frame(0x88, [3, 0xe8]))
        #expect(client.readBytes(4) == [0x88, 2, 3, 0xe8])
        #expect(client.rest().end == .fin)
    }

    @Test func aFrameThatBreaksTheProtocolEndsIt() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let unmasked = try connected(upstream)
        unmasked.send([0x81, 1, 0x61])
        #expect(unmasked.readBytes(4) == [0x88, 2, 3, 0xea])
        let huge = try connected(upstream)
        huge.send([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])
        #expect(huge.readBytes(4) == [0x88, 2, 3, 0xf1])
    }

    @Test func withoutAHandshakeThereIsNone() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.get("/ws")
        #expect(client.rest().text.hasPrefix("HTTP/1.1 426 Upgrade Required\r\n"))
    }

    @Test func aTunnelFaultAnswersTheKey() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.get(
            "/tunnel-reset",
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
        let seen = client.rest()
        #expect(seen.text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        #expect(seen.text.hasSuffix("\r\n\r\nhi"))
        #expect(seen.end == .reset)
    }
}
