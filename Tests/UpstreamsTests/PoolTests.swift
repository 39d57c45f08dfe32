import Bytes
import Platform
import Testing

@testable import Configuration
@testable import Upstreams

/// Idle connections, and what else a group keeps for its exchanges.
@Suite struct PoolTests {
    static func pool(_ connections: Int, maxConnections: Int = 0, peers: Int = 2) -> Group {
        var keepAlive = UpstreamKeepAlive()
        keepAlive.connections = connections
        let list = (0..<peers).map { index in
            Peer(
                PeerSettings(
                    endpoint: .ip(.local(port: UInt16(8_000 + index))), weight: 1, maxConnections: maxConnections))
        }
        return Group(name: Array("app".utf8), peers: list, keepAlive: keepAlive)
    }

    static func idle(_ index: UInt32, peer: Int = 0, profile: UInt32 = 0) -> IdleConnection {
        IdleConnection(connection: SlotID(index: index, generation: 1), peer: peer, profile: profile)
    }

    @Test func theLatestComesFirst() {
        let group = Self.pool(4)
        for index in 1...3 { #expect(group.keepIdle(Self.idle(UInt32(index))) == nil) }
        #expect(group.takeIdle(peer: 0, profile: 0)?.index == 3 && group.takeIdle(peer: 0, profile: 0)?.index == 2)
    }

    @Test func aFullPoolGivesUpTheOldest() {
        let group = Self.pool(2)
        #expect(group.keepIdle(Self.idle(1)) == nil && group.keepIdle(Self.idle(2)) == nil)
        #expect(group.keepIdle(Self.idle(3))?.index == 1)
        #expect(group.idle.map(\.connection.index) == [2, 3])
        #expect(Self.pool(0).keepIdle(Self.idle(7))?.index == 7, "nothing is pooled")
    }

    /// Connections of another peer or another transport profile are never mixed in.
    @Test func peersAndProfilesAreApart() {
        let group = Self.pool(4)
        for entry in [Self.idle(1), Self.idle(2, profile: 9), Self.idle(3, peer: 1)] { _ = group.keepIdle(entry) }
        #expect(group.takeIdle(peer: 1, profile: 9) == nil)
        #expect(group.takeIdle(peer: 0, profile: 9)?.index == 2)
        #expect(group.takeIdle(peer: 0, profile: 0)?.index == 1 && group.takeIdle(peer: 0, profile: 0) == nil)
    }

    @Test func endedConnectionsAreForgotten() {
        let group = Self.pool(4)
        for index in 1...2 { _ = group.keepIdle(Self.idle(UInt32(index))) }
        for _ in 0..<2 { group.removeIdle(SlotID(index: 2, generation: 1)) }
        #expect(group.takeIdle(peer: 0, profile: 0)?.index == 1 && group.idle.isEmpty)
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

    /// A peer alone in its group has a limit too, and is free again when its exchange is over, however that ended.
    @Test(arguments: [AttemptOutcome.succeeded, .failed, .neutral]) func theOnlyPeerIsBusy(_ outcome: AttemptOutcome) {
        let group = Self.pool(2, maxConnections: 1, peers: 1)
        let now = Instant(milliseconds: 1_000)
        var tried = TriedPeers()
        #expect(group.choose(tried: &tried, now: now) == .peer(0))
        #expect(group.choose(tried: &tried, now: now) == .noneLive(busy: true))
        _ = group.release(0, outcome, now: now)
        #expect(group.peers[0].activeCount == 0 && group.choose(tried: &tried, now: now) == .peer(0))
    }

    @Test func aNameThatDidNotResolve() {
        let group = Self.pool(2, peers: 0)
        var tried = TriedPeers()
        #expect(group.isUnresolved)
        #expect(group.choose(tried: &tried, now: Instant(milliseconds: 1)) == .noneLive(busy: false))
    }
}
