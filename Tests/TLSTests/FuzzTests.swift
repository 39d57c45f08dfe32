import Bytes
import Testing

@testable import TLS

/// The fuzzer's entries on real handshakes that were changed here and there, from seeds.
@Suite struct FuzzTests {
    static let entry = TLS.FuzzEntry(certificate: Made.good.certificatePEM, key: Made.good.keyPEM)

    /// What each side of a handshake says first.
    static func openings(_ version: TLSVersions) throws -> (client: [UInt8], server: [UInt8]) {
        let server = try Made.server { $0.common.versions = version }
        var session = TLSSession(server: server)
        var client = TLSSession(client: try Made.client(), name: "a.example", sendsName: true)
        var plain = ByteBuffer()
        var toServer = ByteBuffer()
        var toClient = ByteBuffer()
        _ = client.read([UInt8]().span, into: &plain, limit: 10, output: &toServer)
        _ = session.read(toServer.span, into: &plain, limit: 10, output: &toClient)
        _ = session.read([UInt8]().span, into: &plain, limit: 10, output: &toClient)
        return ([UInt8](copying: toServer.span), [UInt8](copying: toClient.span))
    }

    static func change(_ bytes: [UInt8], _ seed: inout UInt64) -> [UInt8] {
        func next() -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33)
        }
        var bytes = bytes
        for _ in 0..<1 + next() % 4 {
            if bytes.isEmpty { break }
            let place = next() % bytes.count
            switch next() % 5 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 1: bytes[place] ^= UInt8(1 << (next() % 8))
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + next() % 9))
            case 3: bytes.insert(contentsOf: (0...next() % 9).map { _ in UInt8(truncatingIfNeeded: next()) }, at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test(arguments: [TLSVersions.tls12, .tls13])
    func changedHandshakes(version: TLSVersions) throws {
        let entry = try #require(Self.entry)
        let opening = try Self.openings(version)
        entry.records(toServer: opening.client.span)
        var seed: UInt64 = 7
        for _ in 0..<150 {
            entry.records(toServer: Self.change(opening.client, &seed).span)
            entry.records(toClient: Self.change(opening.server, &seed).span)
        }
    }

    @Test func anyBytes() throws {
        let entry = try #require(Self.entry)
        var seed: UInt64 = 11
        for text in [
            "", "G", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", "\u{16}\u{3}\u{1}",
            "\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{28}",
        ] {
            entry.records(toServer: Array(text.utf8).span)
            entry.records(toClient: Array(text.utf8).span)
            entry.recordsAfterHandshake(Array(text.utf8).span)
        }
        for _ in 0..<40 {
            let record: [UInt8] = Self.change([23, 3, 3, 0, 20] + [UInt8](repeating: 9, count: 20), &seed)
            entry.recordsAfterHandshake(record.span)
        }
    }
}
