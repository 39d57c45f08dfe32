import Bytes
import Testing

@testable import TLS

@Suite struct DataTests {
    /// Lengths of the records in a run of ciphertext.
    static func records(_ bytes: Span<UInt8>) -> [Int] {
        var lengths: [Int] = []
        var place = 0
        while place + 5 <= bytes.count {
            let length = Int(bytes[place + 3]) << 8 + Int(bytes[place + 4])
            lengths.append(length)
            place += 5 + length
        }
        #expect(place == bytes.count, "a record that is cut off")
        return lengths
    }

    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 11) }
    }

    @Test(arguments: [TLSVersions.tls12, .tls13])
    func headAndBodyShareRecords(version: TLSVersions) throws {
        var talk = Talk(try Made.server { $0.common.versions = version }, try Made.client())
        for (head, body, count) in [
            (200, 0, 1), (0, 300, 1), (200, 1_000, 1), (200, 16_184, 1), (200, 16_185, 2), (16_384, 1, 2),
            (200, 65_336, 4), (20_000, 20_000, 4),
        ] {
            let bytes = Self.pattern(head + body)
            var out = ByteBuffer()
            let isWritten = talk.server.write(
                bytes.span.extracting(0..<head), bytes.span.extracting(head..<head + body), output: &out)
            #expect(isWritten)
            let records = Self.records(out.span)
            #expect(records.count == count, "\(head) and \(body)")
            #expect(records.allSatisfy { $0 <= TLSSession.recordBytes + 64 })
            talk.clientPlain.clear()
            talk.feedClient([UInt8](copying: out.span))
            #expect([UInt8](copying: talk.clientPlain.span) == bytes)
        }
    }

    @Test(arguments: [TLSVersions.tls12, .tls13])
    func tenMegabytesInBothDirections(version: TLSVersions) throws {
        var talk = Talk(try Made.server { $0.common.versions = version }, try Made.client())
        let bytes = Self.pattern(10 << 20)
        for start in stride(from: 0, to: bytes.count, by: 256 << 10) {
            let piece = bytes.span.extracting(start..<min(bytes.count, start + 256 << 10))
            let isSent =
                talk.server.write(piece, output: &talk.toClient) && talk.client.write(piece, output: &talk.toServer)
            #expect(isSent)
            talk.run()
        }
        #expect([UInt8](copying: talk.clientPlain.span) == bytes)
        #expect([UInt8](copying: talk.serverPlain.span) == bytes)
        #expect(talk.server.failure == nil && talk.client.failure == nil)
    }

    @Test func plaintextIsBoundedAndTheRestIsHeld() throws {
        var talk = Talk(try Made.server(), try Made.client())
        let bytes = Self.pattern(100_000)
        var out = ByteBuffer()
        let isWritten = talk.server.write(bytes.span, output: &out)
        #expect(isWritten)
        var plain = ByteBuffer()
        var said = talk.client.read(out.span, into: &plain, limit: 1_000, output: &talk.toServer)
        #expect(said == .more && plain.count == 1_000 && talk.client.holdsInput)
        var calls = 1
        while said.contains(.more) {
            let before = plain.count
            said = talk.client.read([UInt8]().span, into: &plain, limit: 7_777, output: &talk.toServer)
            #expect(plain.count - before <= 7_777)
            calls += 1
        }
        #expect(said == [] && !talk.client.holdsInput && calls == 14)
        #expect([UInt8](copying: plain.span) == bytes)
    }

    @Test func roomThatIsThereIsUsed() throws {
        var talk = Talk(try Made.server(), try Made.client())
        var plain = ByteBuffer(capacity: 256 << 10)
        let bytes = Self.pattern(200_000)
        var out = ByteBuffer()
        let isWritten = talk.server.write(bytes.span, output: &out)
        #expect(isWritten)
        let said = talk.client.read(out.span, into: &plain, limit: 256 << 10, output: &talk.toServer)
        #expect(said == [] && plain.count == 200_000)
        #expect(plain.capacity == 256 << 10, "the caller's buffer grew")
        #expect(talk.toServer.isEmpty == true)
    }

    @Test func keyUpdatesAreAnsweredWithinABound() throws {
        var talk = Talk(try Made.server(), try Made.client())
        talk.client.updateKeys(3, output: &talk.toServer)
        talk.run()
        let isWritten = talk.client.write(Array("still".utf8).span, output: &talk.toServer)
        #expect(isWritten)
        talk.run()
        #expect(String(copying: talk.serverPlain.span) == "still" && talk.server.failure == nil)
        for _ in 0..<100 where talk.server.failure == nil {
            talk.client.updateKeys(100, output: &talk.toServer)
            talk.toClient.clear()
            talk.feedServer([UInt8](copying: talk.toServer.span))
            talk.toServer.clear()
        }
        #expect(talk.server.failure?.kind == .tooLong)
    }

    @Test func handshakeInputIsBounded() throws {
        var server = TLSSession(server: try Made.server())
        var plain = ByteBuffer()
        var out = ByteBuffer()
        // A hello that announces 16 MiB is refused at once; one record after another without end is cut off.
        var said: TLSProgress = []
        var fed = 0
        while !said.contains(.failed) && fed < 1 << 20 {
            let record: [UInt8] = [22, 3, 1, 0, 5, 1, 0, 1, 0xff, 0]
            said = server.read(record.span, into: &plain, limit: 100, output: &out)
            fed += record.count
        }
        #expect(said.contains(.failed) && fed <= TLSSession.handshakeLimitBytes + 10)
    }
}
