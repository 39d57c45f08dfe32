import Platform
import Testing

@testable import Upstreams

/// A group with one letter a peer, driven without a worker.
struct Play {
    let group: Group
    var now = Instant(milliseconds: 1_000_000)

    /// `weights` are those of a, b, c …
    init(
        _ weights: [Int], method: BalancingMethod = .roundRobin,
        _ change: (Int, inout PeerSettings) -> Void = { _, _ in
        }
    ) {
        var peers: [Peer] = []
        for (index, weight) in weights.enumerated() {
            var settings = PeerSettings(endpoint: .ip(.local(port: UInt16(8_000 + index))), weight: weight)
            change(index, &settings)
            peers.append(Peer(settings))
        }
        group = Group(name: Array("app".utf8), peers: peers, method: method, seed: 7)
    }

    /// The next peer of an exchange; `-` for none, `!` where all are busy.
    func next(_ tried: inout TriedPeers, key: [UInt8] = []) -> Character {
        switch group.choose(tried: &tried, now: now, key: key.span) {
        case .peer(let index): Character(UnicodeScalar(UInt8(0x61 + index)))
        case .noneLive(let busy): busy ? "!" : "-"
        }
    }

    /// Whole exchanges, one after another, each of which ends well.
    func exchanges(_ count: Int, key: [UInt8] = []) -> String {
        String(
            (0..<count).map { _ in
                var tried = TriedPeers()
                let letter = next(&tried, key: key)
                end(letter, .succeeded)
                return letter
            })
    }

    /// One exchange whose attempts all fail: the peers that it tries.
    func failing(_ outcome: AttemptOutcome = .failed, key: [UInt8] = [], most: Int = 40) -> String {
        var tried = TriedPeers()
        var letters = ""
        while letters.count < most {
            let letter = next(&tried, key: key)
            if letter == "-" || letter == "!" { break }
            letters.append(letter)
            end(letter, outcome)
        }
        return letters
    }

    func end(_ letter: Character, _ outcome: AttemptOutcome) {
        guard let value = letter.asciiValue, value >= 0x61 else { return }
        _ = group.release(Int(value) - 0x61, outcome, now: now)
    }
}

/// Each balancer gives nginx's sequence.
@Suite struct BalancerTests {
    @Test func weightsAreSmooth() {
        #expect(Play([5, 1, 1]).exchanges(14) == "aabacaaaabacaa")
        #expect(Play([1, 1, 1]).exchanges(6) == "abcabc")
        #expect(Play([3, 2]).exchanges(10) == "ababaababa")
    }

    @Test func aPeerThatFailedGetsItsWeightBackByAndBy() {
        let play = Play([4, 1]) { _, settings in settings.maxFailures = 4 }
        #expect(play.failing() == "ab")
        #expect(play.group.effectiveWeights == [3, 1])
        #expect(play.exchanges(10) == "abaaaabaaa")
        #expect(play.group.effectiveWeights == [4, 1])
    }

    @Test func peersThatAreDownAreLeftOut() {
        let play = Play([1, 1, 1]) { index, settings in settings.isDown = index == 1 }
        #expect(play.exchanges(4) == "acac")
        #expect(play.group.tryLimit == 2)
    }

    @Test func backupsComeWhenNoOtherIsLeft() {
        let play = Play([1, 1, 1, 1]) { index, settings in settings.isBackup = index >= 2 }
        #expect(play.exchanges(4) == "abab")
        #expect(play.failing() == "abcd")
        // All are disabled now; after fail_timeout they are probed.
        #expect(play.failing() == "")
        #expect(play.exchanges(1) == "-")
    }

    @Test func aFullPeerIsPassedOver() {
        let play = Play([1, 1]) { index, settings in settings.maxConnections = index == 0 ? 1 : 2 }
        var open: [Character] = []
        for _ in 0..<4 {
            var tried = TriedPeers()
            open.append(play.next(&tried))
        }
        #expect(open == ["a", "b", "b", "!"])
        play.end("b", .succeeded)
        #expect(play.exchanges(2) == "bb")
    }

    @Test func leastConnectionsCountForTheWeight() {
        let play = Play([1, 2], method: .leastConnections)
        var order = ""
        for _ in 0..<6 {
            var tried = TriedPeers()
            order.append(play.next(&tried))
        }
        // As with nginx: ties go by round robin, the rest by connections to weight.
        #expect(order == "bababb")
        #expect(Play([1, 1], method: .leastConnections).exchanges(4) == "abab")
    }

    @Test func aRetryGoesToAnotherPeer() {
        for method: BalancingMethod in [
            .roundRobin, .leastConnections, .ipHash, .hash(isConsistent: false), .hash(isConsistent: true), .random,
            .randomTwo,
        ] {
            let play = Play([1, 2, 3], method: method) { _, settings in settings.maxFailures = 0 }
            let tried = play.failing(key: Array("key".utf8))
            #expect(tried.count == 3 && Set(tried).count == 3, "\(method): \(tried)")
            #expect(play.group.peers.allSatisfy { $0.activeCount == 0 })
        }
    }

    @Test func chanceGoesByWeights() {
        let play = Play([1, 3], method: .random)
        let share = play.exchanges(4_000).count { $0 == "b" }
        #expect((2_850...3_150).contains(share), "\(share)")
        // Of two that are not the same, the one with fewer connections: with two peers always that one.
        let two = Play([1, 1], method: .randomTwo)
        var tried = TriedPeers()
        let first = two.next(&tried)
        #expect(!two.exchanges(50).contains(first))
    }

    @Test func aStaleConnectionIsTriedAgainOnTheSamePeer() {
        for method: BalancingMethod in [.ipHash, .hash(isConsistent: false), .hash(isConsistent: true)] {
            let play = Play([1, 1, 1, 1], method: method)
            var tried = TriedPeers()
            let first = play.next(&tried, key: Array("key".utf8))
            play.end(first, .neutral)
            tried.remove(Int((first.asciiValue ?? 0x61) - 0x61))
            #expect(play.next(&tried, key: Array("key".utf8)) == first, "\(method)")
        }
    }

    @Test func whatComesBackStartsSlowly() {
        var play = Play([1, 1]) { index, settings in settings.slowStartMilliseconds = index == 0 ? 10_000 : 0 }
        #expect(play.failing(most: 1) == "a")
        play.now = play.now.after(11_000)
        // The probe goes well: from then on a has a tenth of its weight after a second.
        while !play.exchanges(1).contains("a") {}
        play.now = play.now.after(1_000)
        let early = play.exchanges(110).count { $0 == "a" }
        #expect((9...11).contains(early), "\(early)")
        play.now = play.now.after(10_000)
        let late = play.exchanges(100).count { $0 == "a" }
        #expect(abs(late - 50) <= 1, "\(late)")
    }
}

extension SocketAddress {
    /// 127.0.0.1.
    static func local(port: UInt16) -> SocketAddress { SocketAddress(family: .ipv4, low: 0x7f00_0001, port: port) }
}
