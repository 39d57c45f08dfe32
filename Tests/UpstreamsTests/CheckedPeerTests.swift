import Platform
import Testing

@testable import Upstreams

/// What health checks say of a peer, and what balancers make of it.
@Suite struct CheckedPeerTests {
    private static let now = Instant(milliseconds: 100_900)

    private static func peers(_ count: Int, awaited: UInt32 = 0, slowStart: Int64 = 0) -> [Peer] {
        (0..<count).map {
            Peer(
                PeerSettings(
                    endpoint: .ip(.local(port: UInt16(1 + $0))), slowStartMilliseconds: slowStart,
                    awaitedChecks: awaited))
        }
    }

    private static func choice(_ group: Group) -> PeerChoice {
        var tried = TriedPeers()
        let key: [UInt8] = [1, 2, 3]
        let choice = group.choose(tried: &tried, now: now, key: key.span)
        if case .peer(let index) = choice { _ = group.release(index, .neutral, now: now) }
        return choice
    }

    // Macros take no properties of what cannot be copied.
    private func isUsable(_ peer: Peer) -> Bool { peer.checks.isUsable }
    private func report(_ peer: Peer) -> HealthReport { peer.checks.report }
    private func standing(_ peer: Peer, _ check: Int) -> HealthReport.Standing { peer.checks.standing(of: check) }

    @Test(arguments: [
        BalancingMethod.roundRobin, .leastConnections, .ipHash, .hash(isConsistent: false), .hash(isConsistent: true),
        .random, .randomTwo,
    ]) func unhealthyPeersGetNothing(_ method: BalancingMethod) {
        let peers = Self.peers(3)
        let groups = (0..<2).map { _ in Group(name: [], peers: peers, method: method) }
        peers[0].turn(0, isHealthy: false, now: Self.now)
        peers[2].turn(0, isHealthy: false, now: Self.now)
        for group in groups { for _ in 0..<10 { #expect(Self.choice(group) == .peer(1)) } }
        peers[1].turn(0, isHealthy: false, now: Self.now)
        for group in groups { #expect(Self.choice(group) == .noneLive(busy: false)) }
        peers[2].turn(0, isHealthy: true, now: Self.now)
        for group in groups { #expect(Self.choice(group) == .peer(2)) }
    }

    /// nginx: a group of one peer never disables it for failed requests; a health check does.
    @Test func theOnlyPeerCanBeUnhealthy() {
        let group = Group(name: [], peers: Self.peers(1))
        #expect(Self.choice(group) == .peer(0))
        group.peers[0].turn(0, isHealthy: false, now: Self.now)
        #expect(Self.choice(group) == .noneLive(busy: false))
    }

    /// nginx: a single failure of any check makes the server unhealthy.
    @Test func everyCheckMustAgree() {
        let peer = Self.peers(1)[0]
        peer.turn(0, isHealthy: false, now: Self.now)
        peer.turn(31, isHealthy: false, now: Self.now)
        peer.turn(0, isHealthy: true, now: Self.now)
        #expect(!isUsable(peer) && report(peer).standing == .unhealthy)
        #expect(standing(peer, 0) == .healthy && standing(peer, 31) == .unhealthy)
        peer.turn(31, isHealthy: true, now: Self.now)
        #expect(isUsable(peer) && report(peer).standing == .healthy)
        #expect(report(peer).unhealthyTurns == 1)
    }

    @Test func mandatoryChecksAreAwaited() {
        let peer = Self.peers(1, awaited: 0b101)[0]
        #expect(!isUsable(peer) && report(peer).standing == .checking)
        peer.turn(0, isHealthy: true, now: Self.now)
        #expect(standing(peer, 2) == .checking && !isUsable(peer))
        peer.turn(2, isHealthy: false, now: Self.now)
        #expect(report(peer).standing == .unhealthy)
        peer.turn(2, isHealthy: true, now: Self.now)
        #expect(isUsable(peer))
        let kept = Self.peers(1, awaited: 0b101)[0]
        kept.keepHealth(0b100)
        #expect(standing(kept, 2) == .healthy && standing(kept, 0) == .checking)
    }

    /// nginx: slow_start.
    @Test func whoComesBackStartsSlowly() {
        let peer = Self.peers(1, slowStart: 10_000)[0]
        #expect(peer.startedPercent(now: Self.now) == 100)
        peer.turn(0, isHealthy: false, now: Self.now)
        peer.turn(0, isHealthy: true, now: Self.now)
        #expect(peer.startedPercent(now: Self.now.after(2_500)) == 25)
        #expect(peer.startedPercent(now: Self.now.after(10_000)) == 100)
    }

    @Test func outcomesAreCounted() {
        let peer = Self.peers(1)[0]
        let none = report(peer)
        #expect(none.hasPassed == nil && none.checkedAt.isNever && none.checks == 0)
        peer.checks.noteCheck(passed: true, status: 200, now: Self.now)
        peer.checks.noteCheck(passed: false, status: 503, now: Self.now.after(5))
        let last = report(peer)
        #expect(last.checks == 2 && last.failures == 1 && last.hasPassed == false && last.status == 503)
        #expect(last.checkedAt == Self.now.after(5))
        peer.checks.noteCheck(passed: true, status: 0, now: Self.now.after(9))
        #expect(report(peer).hasPassed == true && report(peer).status == 0)
    }
}
