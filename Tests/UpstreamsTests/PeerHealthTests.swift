import Bytes
import Configuration
import Platform
import Testing

@testable import Upstreams

/// Failures are counted as nginx counts them, and shared by all workers.
@Suite struct PeerHealthTests {
    private static let start = Instant(milliseconds: 100_900)

    private static func peers(_ change: (inout PeerSettings) -> Void = { _ in }) -> [Peer] {
        (0..<2).map { index in
            var settings = PeerSettings(endpoint: .ip(.local(port: UInt16(1 + index))))
            change(&settings)
            return Peer(settings)
        }
    }

    private static func attempt(_ group: Group, _ outcome: AttemptOutcome, at now: Instant) -> (peer: Int, notice: Bool)
    {
        var tried = TriedPeers()
        guard case .peer(let index) = group.choose(tried: &tried, now: now) else { return (-1, false) }
        return (index, group.release(index, outcome, now: now))
    }

    /// `fail_timeout=2s` is over after the third second, at whatever part of a second it began.
    @Test func failTimeoutIsCountedInWholeSeconds() {
        for part: Int64 in [0, 100, 900, 999] {
            let group = Group(name: [], peers: Self.peers { $0.failTimeoutMilliseconds = 2_000 })
            let start = Instant(milliseconds: 100_000 + part)
            #expect(Self.attempt(group, .failed, at: start) == (0, true))
            #expect(group.peers[0].isDisabled(now: start.after(2_999)))
            #expect(!group.peers[0].isDisabled(now: start.after(3_000)))
        }
    }

    @Test func oneProbeForgivesOrDisablesAgain() {
        let group = Group(name: [], peers: Self.peers { $0.maxFailures = 2 })
        let peer = group.peers[0]
        #expect(Self.attempt(group, .failed, at: Self.start) == (0, false))
        _ = Self.attempt(group, .succeeded, at: Self.start)
        #expect(Self.attempt(group, .failed, at: Self.start) == (0, true))
        let later = Self.start.after(11_000)
        #expect(!peer.isDisabled(now: later))
        // A failed probe disables again, though two failures are allowed.
        while true {
            let (index, notice) = Self.attempt(group, .failed, at: later)
            if index == 0 {
                #expect(notice)
                break
            }
        }
        #expect(peer.isDisabled(now: later))
        let latest = later.after(11_000)
        while Self.attempt(group, .succeeded, at: latest).peer != 0 {}
        #expect(Self.attempt(group, .succeeded, at: latest).notice == false)
        #expect(peer.word.load(ordering: .relaxed) == 0)
    }

    /// What was on its way when the peer was disabled says so no second time, on whatever worker.
    @Test func theNoticeComesOnce() {
        let peers = Self.peers()
        let (one, other) = (Group(name: [], peers: peers), Group(name: [], peers: peers))
        var (first, second) = (TriedPeers(), TriedPeers())
        #expect(one.choose(tried: &first, now: Self.start) == .peer(0))
        #expect(other.choose(tried: &second, now: Self.start) == .peer(0))
        #expect(one.release(0, .failed, now: Self.start))
        #expect(!other.release(0, .failed, now: Self.start))
        #expect(peers[0].isDisabled(now: Self.start))
    }

    @Test func connectionsAreCountedOverAllWorkers() {
        let peers = Self.peers { $0.maxConnections = 1 }
        let groups = (0..<3).map { _ in Group(name: [], peers: peers) }
        var tried = Array(repeating: TriedPeers(), count: 3)
        #expect(groups[0].choose(tried: &tried[0], now: Self.start) == .peer(0))
        #expect(groups[1].choose(tried: &tried[1], now: Self.start) == .peer(1))
        #expect(groups[2].choose(tried: &tried[2], now: Self.start) == .noneLive(busy: true))
        _ = groups[1].release(1, .neutral, now: Self.start)
        #expect(groups[2].choose(tried: &tried[2], now: Self.start) == .peer(1))
    }

    /// A stale connection says nothing about its peer: two of them leave two healthy peers in use.
    @Test func staleConnectionsDisableNobody() {
        let group = Group(name: [], peers: Self.peers())
        for _ in 0..<4 { #expect(!Self.attempt(group, .neutral, at: Self.start).notice) }
        #expect(group.peers.allSatisfy { !$0.isDisabled(now: Self.start) })
    }

    // MARK: other addresses

    @Test func whoStaysKeepsIndexAndIdleConnections() {
        let peers = Self.peers()
        let group = Group(name: [], peers: peers)
        let ids = (0..<2).map { SlotID(index: UInt32($0), generation: 1) }
        for index in 0..<2 {
            #expect(group.keepIdle(IdleConnection(connection: ids[index], peer: index, profile: 0)) == nil)
        }
        let fresh = Peer(PeerSettings(endpoint: .ip(.local(port: 9))))
        #expect(group.update([peers[1], fresh]) == [ids[0]])
        #expect(group.idle.map(\.connection) == [ids[1]])
        #expect(group.peers[1] === peers[1] && group.peers[0] === fresh)
        #expect(group.tryLimit == 2)
        #expect(group.update([]) == [ids[1]])
        #expect(group.isUnresolved)
        var tried = TriedPeers()
        #expect(group.choose(tried: &tried, now: Self.start) == .noneLive(busy: false))
    }

    @Test func whoIsInUseKeepsItsIndexThoughItIsGone() {
        let peers = Self.peers()
        let group = Group(name: [], peers: peers)
        var tried = TriedPeers()
        #expect(group.choose(tried: &tried, now: Self.start) == .peer(0))
        let fresh = Peer(PeerSettings(endpoint: .ip(.local(port: 9))))
        _ = group.update([peers[1], fresh])
        #expect(group.peers[0] === peers[0] && group.peers[2] === fresh)
        _ = group.release(0, .succeeded, now: Self.start)
        #expect(peers[0].activeCount == 0)
        let gone = SlotID(index: 7, generation: 1)
        #expect(group.keepIdle(IdleConnection(connection: gone, peer: 0, profile: 0)) == gone)
    }

    @Test func aLocalPoolServesOneLocation() {
        let group = Group(name: [], peers: Self.peers())
        let id = SlotID(index: 1, generation: 1)
        #expect(group.keepIdle(IdleConnection(connection: id, peer: 0, profile: 0, location: 4)) == nil)
        #expect(group.takeIdle(peer: 0, profile: 0, location: 5) == nil)
        #expect(group.takeIdle(peer: 0, profile: 1, location: 4) == nil)
        #expect(group.takeIdle(peer: 0, profile: 0, location: 4) == id)
    }
}
