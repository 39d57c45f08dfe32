import Bytes
@testable import Configuration
import Platform
import Testing
import Upstreams

/// Which peer is chosen, and which connections lie idle.
@Suite struct GroupTests {
    static let now = Instant(milliseconds: 100_000)

    static func settings(
        _ index: Int, weight: Int = 1, maxFailures: Int = 1, maxConnections: Int = 0, isBackup: Bool = false,
        isDown: Bool = false
    ) -> PeerSettings {
        PeerSettings(
            endpoint: .ip(SocketAddress(family: .ipv4, low: 0x7f00_0001, port: UInt16(8_000 + index))), weight: weight,
            maxFailures: maxFailures, failTimeoutMilliseconds: 10_000, maxConnections: maxConnections,
            isBackup: isBackup, isDown: isDown)
    }

    static func group(_ settings: [PeerSettings], keepAlive: UpstreamKeepAlive = UpstreamKeepAlive()) -> Group {
        Group(name: Array("app".utf8), peers: settings.map { Peer($0) }, keepAlive: keepAlive)
    }

    /// Peers of `count` exchanges that each succeed at once.
    static func chosen(_ group: Group, _ count: Int, now: Instant = now) -> [Int] {
        (0..<count).map { _ in
            var tried = TriedPeers()
            guard case .peer(let index) = group.choose(tried: &tried, now: now) else { return -1 }
            _ = group.release(index, .succeeded, now: now)
            return index
        }
    }

    static func choose(_ group: Group, _ tried: inout TriedPeers, now: Instant = now) -> PeerChoice {
        group.choose(tried: &tried, now: now)
    }

    // MARK: weights

    @Test func roundRobin() { #expect(Self.chosen(Self.group((0..<3).map { Self.settings($0) }), 6) == [0, 1, 2, 0, 1, 2]) }

    /// nginx's example of smooth weighted round robin: 5, 1, 1 gives a a b a c a a.
    @Test func smoothWeights() {
        let group = Self.group([Self.settings(0, weight: 5), Self.settings(1), Self.settings(2)])
        #expect(Self.chosen(group, 14) == [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0])
    }

    /// A peer that failed gets less until it has done well for a while.
    @Test func failuresLowerTheWeight() {
        let group = Self.group([
            Self.settings(0, weight: 4, maxFailures: 4), Self.settings(1, weight: 4, maxFailures: 4),
        ])
        var tried = TriedPeers()
        #expect(Self.choose(group, &tried) == .peer(0))
        #expect(!group.release(0, .failed, now: Self.now))
        let next = Self.chosen(group, 8)
        #expect(next.count { $0 == 1 } > next.count { $0 == 0 }, "\(next)")
        #expect(Self.chosen(group, 40).suffix(8).count { $0 == 0 } == 4)
    }

    // MARK: what cannot be had

    @Test func triedPeersAreNotTriedAgain() {
        let group = Self.group((0..<2).map { Self.settings($0) })
        var tried = TriedPeers()
        #expect(Self.choose(group, &tried) == .peer(0) && Self.choose(group, &tried) == .peer(1))
        #expect(Self.choose(group, &tried) == .noneLive(busy: false))
        tried.remove(1)
        #expect(Self.choose(group, &tried) == .peer(1), "a stale connection's peer may be asked again")
    }

    @Test func triedPeersBeyondAWord() {
        var tried = TriedPeers()
        for index in [0, 63, 64, 130, 1_000] {
            #expect(!tried.contains(index))
            tried.insert(index)
            #expect(tried.contains(index))
            tried.remove(index)
            #expect(!tried.contains(index))
        }
        tried.remove(5_000)
        tried.insert(70)
        tried.removeAll()
        #expect(!tried.contains(70))
    }

    @Test func backupsComeLast() {
        let group = Self.group([Self.settings(0), Self.settings(1, isBackup: true), Self.settings(2)])
        #expect(Set(Self.chosen(group, 10)) == [0, 2])
        var tried = TriedPeers()
        #expect([Self.choose(group, &tried), Self.choose(group, &tried)].contains(.peer(0)))
        #expect(Self.choose(group, &tried) == .peer(1))
        #expect(Self.choose(group, &tried) == .noneLive(busy: false))
    }

    @Test func peersThatAreDown() {
        let group = Self.group([Self.settings(0, isDown: true), Self.settings(1)])
        #expect(group.tryLimit == 1 && Set(Self.chosen(group, 4)) == [1])
        #expect(Self.chosen(Self.group([Self.settings(0, isDown: true)]), 1) == [-1])
    }

    @Test func maxConnections() {
        let group = Self.group([Self.settings(0, maxConnections: 1), Self.settings(1, maxConnections: 2)])
        var open = 0
        for _ in 0..<3 {
            var tried = TriedPeers()
            if case .peer = Self.choose(group, &tried) { open += 1 }
        }
        var tried = TriedPeers()
        #expect(open == 3 && Self.choose(group, &tried) == .noneLive(busy: true))
        _ = group.release(1, .neutral, now: Self.now)
        #expect(Self.choose(group, &tried) == .peer(1))
    }

    @Test func theOnlyPeerHasALimitToo() {
        let group = Self.group([Self.settings(0, maxConnections: 1)])
        var tried = TriedPeers()
        #expect(Self.choose(group, &tried) == .peer(0) && Self.choose(group, &tried) == .noneLive(busy: true))
    }

    @Test func aNameThatDidNotResolve() {
        let group = Self.group([])
        var tried = TriedPeers()
        #expect(group.isUnresolved && group.tryLimit == 1 && Self.choose(group, &tried) == .noneLive(busy: false))
    }

    // MARK: failures

    /// Out of use after max_fails failures, back for one probe after fail_timeout, and back for good when that went
    /// well.
    @Test func failedPeersRest() {
        let group = Self.group([Self.settings(0, maxFailures: 2), Self.settings(1)])
        func fail(at now: Instant) -> Bool {
            var tried = TriedPeers()
            tried.insert(1)
            guard case .peer(0) = Self.choose(group, &tried, now: now) else { return false }
            return group.release(0, .failed, now: now)
        }
        #expect(!fail(at: Self.now))
        #expect(fail(at: Self.now), "the second failure disables it: the notice is due")
        #expect(group.peers[0].isDisabled(now: Self.now.after(10_000)))
        #expect(Set(Self.chosen(group, 4, now: Self.now.after(10_000))) == [1])
        let back = Self.now.after(10_001)
        #expect(!group.peers[0].isDisabled(now: back))
        var tried = TriedPeers()
        tried.insert(1)
        #expect(Self.choose(group, &tried, now: back) == .peer(0))
        #expect(group.peers[0].isDisabled(now: back), "one probe at a time")
        _ = group.release(0, .succeeded, now: back)
        #expect(!group.peers[0].isDisabled(now: back))
        #expect(!fail(at: back), "the probe forgave the failures")
    }

    @Test func aFailedProbeDisablesAtOnce() {
        let group = Self.group([Self.settings(0), Self.settings(1)])
        var tried = TriedPeers()
        tried.insert(1)
        #expect(Self.choose(group, &tried) == .peer(0))
        #expect(group.release(0, .failed, now: Self.now))
        let back = Self.now.after(10_001)
        tried = TriedPeers()
        tried.insert(1)
        #expect(Self.choose(group, &tried, now: back) == .peer(0))
        #expect(group.release(0, .failed, now: back))
        #expect(group.peers[0].isDisabled(now: back.after(10_000)))
    }

    /// max_fails=0, a peer alone in its group, and what says nothing about the peer.
    @Test func whatNeverDisables() {
        let group = Self.group([Self.settings(0, maxFailures: 0), Self.settings(1)])
        for _ in 0..<5 {
            var tried = TriedPeers()
            tried.insert(1)
            #expect(Self.choose(group, &tried) == .peer(0))
            #expect(!group.release(0, .failed, now: Self.now))
        }
        let single = Self.group([Self.settings(0)])
        for outcome in [AttemptOutcome.failed, .neutral, .failed] {
            var tried = TriedPeers()
            #expect(Self.choose(single, &tried) == .peer(0))
            #expect(!single.release(0, outcome, now: Self.now))
        }
        let pair = Self.group([Self.settings(0), Self.settings(1)])
        var tried = TriedPeers()
        #expect(Self.choose(pair, &tried) == .peer(0))
        #expect(!pair.release(0, .neutral, now: Self.now) && !pair.peers[0].isDisabled(now: Self.now))
    }

    @Test func everyExchangeIsCountedOut() {
        let group = Self.group((0..<2).map { Self.settings($0) })
        var tried = TriedPeers()
        _ = Self.choose(group, &tried)
        _ = Self.choose(group, &tried)
        #expect(group.peers.map(\.activeCount) == [1, 1])
        _ = group.release(0, .failed, now: Self.now)
        _ = group.release(1, .neutral, now: Self.now)
        #expect(group.peers.map(\.activeCount) == [0, 0])
    }

    // MARK: the pool

    static func idle(_ index: UInt32, peer: Int = 0, profile: UInt32 = 0) -> IdleConnection {
        IdleConnection(connection: SlotID(index: index, generation: 1), peer: peer, profile: profile)
    }

    static func pool(_ connections: Int) -> Group {
        var keepAlive = UpstreamKeepAlive()
        keepAlive.connections = connections
        return group([settings(0), settings(1)], keepAlive: keepAlive)
    }

    @Test func latestIdleConnectionFirst() {
        let group = Self.pool(4)
        for index in 1...3 { #expect(group.keepIdle(Self.idle(UInt32(index))) == nil) }
        #expect(group.takeIdle(peer: 0, profile: 0)?.index == 3 && group.takeIdle(peer: 0, profile: 0)?.index == 2)
    }

    @Test func fullPoolGivesUpTheOldest() {
        let group = Self.pool(2)
        #expect(group.keepIdle(Self.idle(1)) == nil && group.keepIdle(Self.idle(2)) == nil)
        #expect(group.keepIdle(Self.idle(3))?.index == 1)
        #expect(group.idle.map(\.connection.index) == [2, 3])
        #expect(Self.pool(0).keepIdle(Self.idle(7))?.index == 7, "nothing is pooled")
    }

    /// Connections of another peer or another transport profile are never mixed in.
    @Test func peersAndProfilesAreApart() {
        let group = Self.pool(4)
        _ = group.keepIdle(Self.idle(1, peer: 0, profile: 0))
        _ = group.keepIdle(Self.idle(2, peer: 0, profile: 9))
        _ = group.keepIdle(Self.idle(3, peer: 1, profile: 0))
        #expect(group.takeIdle(peer: 1, profile: 9) == nil)
        #expect(group.takeIdle(peer: 0, profile: 9)?.index == 2)
        #expect(group.takeIdle(peer: 0, profile: 0)?.index == 1 && group.takeIdle(peer: 0, profile: 0) == nil)
    }

    @Test func endedConnectionsAreForgotten() {
        let group = Self.pool(4)
        _ = group.keepIdle(Self.idle(1))
        _ = group.keepIdle(Self.idle(2))
        group.removeIdle(SlotID(index: 2, generation: 1))
        group.removeIdle(SlotID(index: 2, generation: 1))
        #expect(group.takeIdle(peer: 0, profile: 0)?.index == 1 && group.idle.isEmpty)
    }
}
