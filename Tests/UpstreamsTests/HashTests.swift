import Bytes
import Platform
import Testing

@testable import Upstreams

/// The hashes are nginx's. The expected peers were computed apart, by zlib's CRC-32.
@Suite struct HashTests {
    private static let servers: [(text: String, weight: Int)] = [
        ("127.0.0.1:8081", 1), ("127.0.0.1:8082", 2), ("app.test", 1), ("unix:/run/app.sock", 3),
    ]
    private static let keys = [
        "/", "/a", "/index.html", "user42", "session=9f", "zzz", "/images/logo.png?v=3", "ü",
    ]

    private static func group(_ method: BalancingMethod) -> Group {
        let peers = servers.enumerated().map { index, server in
            Peer(
                PeerSettings(
                    endpoint: .ip(.local(port: UInt16(1 + index))), server: server.text, weight: server.weight))
        }
        return Group(name: [], peers: peers, method: method)
    }

    private static func choices(_ method: BalancingMethod, _ keys: [[UInt8]]) -> [Int] {
        let group = group(method)
        return keys.map { key in
            var tried = TriedPeers()
            guard
                case .peer(let index) = group.choose(
                    tried: &tried, now: Instant(milliseconds: 1), key: key.span)
            else { return -1 }
            _ = group.release(index, .succeeded, now: Instant(milliseconds: 1))
            return index
        }
    }

    @Test func theCheckOfCRC32() {
        var hash = CRC32()
        hash.add(Array("12345".utf8).span)
        hash.add(decimal: 6789)
        #expect(hash.value == 0xcbf4_3926)
    }

    @Test func aKeyHasItsPeer() {
        #expect(Self.choices(.hash(isConsistent: false), Self.keys.map { Array($0.utf8) }) == [1, 0, 2, 3, 0, 3, 0, 3])
    }

    @Test func aKeyHasItsPlaceOnTheRing() {
        #expect(Self.choices(.hash(isConsistent: true), Self.keys.map { Array($0.utf8) }) == [3, 3, 1, 1, 2, 3, 3, 0])
        #expect(Self.group(.hash(isConsistent: true)).ring.points.count == 1120)
    }

    @Test func aNetworkHasItsPeer() {
        let networks: [[UInt8]] = [[10, 0, 0], [10, 0, 1], [192, 168, 7], [203, 0, 113], [8, 8, 8]]
        #expect(Self.choices(.ipHash, networks) == [2, 3, 3, 1, 3])
        let address: [UInt8] = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
        #expect(Self.choices(.ipHash, [address, [0, 0, 0]]) == [2, 1])
    }

    @Test func anEmptyKeyGoesInTurn() {
        #expect(Self.choices(.hash(isConsistent: false), [[], [], []]) == [3, 1, 0])
        #expect(Self.choices(.hash(isConsistent: true), [[], [], []]) == [3, 1, 0])
    }

    /// Several addresses of one name are one server on the ring, and take turns.
    @Test func addressesOfANameTakeTurns() {
        let peers = (1...3).map {
            Peer(PeerSettings(endpoint: .ip(.local(port: UInt16($0))), server: $0 < 3 ? "app.test" : "127.0.0.1:3"))
        }
        let group = Group(name: [], peers: peers, method: .hash(isConsistent: true))
        #expect(group.ring.points.count == 320)
        var seen: [Set<Int>] = []
        for number in 0..<40 {
            var choices: Set<Int> = []
            for _ in 0..<4 {
                var tried = TriedPeers()
                if case .peer(let index) = group.choose(
                    tried: &tried, now: Instant(milliseconds: 1), key: Array("key\(number)".utf8).span)
                {
                    choices.insert(index)
                }
            }
            seen.append(choices)
        }
        #expect(Set(seen) == [[0, 1], [2]])
    }
}
