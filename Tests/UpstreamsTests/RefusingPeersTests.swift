import Platform
import Testing

@testable import Upstreams

/// Peers that are out of use because nobody listened there: who waits for them tries them all the same.
@Suite struct RefusingPeersTests {
    private static let now = Instant(milliseconds: 100_000)

    private static func group(_ change: (inout PeerSettings) -> Void = { _ in }) -> Group {
        let peers = (0..<2).map { index in
            var settings = PeerSettings(endpoint: .ip(.local(port: UInt16(1 + index))))
            change(&settings)
            return Peer(settings)
        }
        return Group(name: [], peers: peers)
    }

    /// Both peers fail in one exchange.
    private static func fail(_ group: Group, _ outcome: AttemptOutcome) {
        var tried = TriedPeers()
        for _ in 0..<2 {
            guard case .peer(let index) = group.choose(tried: &tried, now: now) else { continue }
            #expect(group.release(index, outcome, now: now))
        }
    }

    private static var waiting: TriedPeers {
        var tried = TriedPeers()
        tried.waitBegan()
        return tried
    }

    @Test func whoWaitsTriesThemAgain() {
        let group = Self.group()
        Self.fail(group, .refused)
        var (tried, waiting) = (TriedPeers(), Self.waiting)
        #expect(group.choose(tried: &tried, now: Self.now) == .noneLive(busy: false))
        #expect(group.isRefusing(now: Self.now) && !group.hasOther(tried, now: Self.now))
        #expect(group.hasOther(waiting, now: Self.now))
        let first = group.choose(tried: &waiting, now: Self.now)
        let second = group.choose(tried: &waiting, now: Self.now)
        #expect(Set([first, second].map { "\($0)" }) == ["peer(0)", "peer(1)"])
        #expect(group.choose(tried: &waiting, now: Self.now) == .noneLive(busy: false))
        waiting.waitGoesOn()
        #expect(group.hasOther(waiting, now: Self.now))
    }

    /// Only nobody listening passes so: a peer that is silent, or says nonsense, has its time out.
    @Test func otherFailuresStand() {
        let group = Self.group()
        Self.fail(group, .failed)
        var waiting = Self.waiting
        #expect(group.choose(tried: &waiting, now: Self.now) == .noneLive(busy: false))
        #expect(!group.isRefusing(now: Self.now))
    }

    /// Whoever answers one that waited is forgiven at once; for all others the time out went on until then.
    @Test func anAnswerForgives() {
        let group = Self.group()
        Self.fail(group, .refused)
        var waiting = Self.waiting
        guard case .peer(let index) = group.choose(tried: &waiting, now: Self.now) else { return }
        #expect(group.peers[index].isDisabled(now: Self.now))
        _ = group.release(index, .succeeded, now: Self.now)
        #expect(!group.peers[index].isDisabled(now: Self.now))
        #expect(group.peers[1 - index].isDisabled(now: Self.now))
    }

    /// One that refuses again, in a wait, is out of use no longer than before.
    @Test func triesOfAWaitProlongNothing() {
        let group = Self.group()
        Self.fail(group, .refused)
        var waiting = Self.waiting
        let later = Self.now.after(9_000)
        guard case .peer(let index) = group.choose(tried: &waiting, now: later) else { return }
        #expect(!group.release(index, .neutral, now: later))
        #expect(!group.peers[index].isDisabled(now: Self.now.after(11_000)))
    }

    @Test func downAndBusyPeersAreNotRefusing() {
        let down = Self.group { $0.isDown = true }
        var waiting = Self.waiting
        #expect(down.choose(tried: &waiting, now: Self.now) == .noneLive(busy: false))
        let busy = Self.group { $0.maxConnections = 1 }
        for _ in 0..<2 {
            var tried = TriedPeers()
            _ = busy.choose(tried: &tried, now: Self.now)
        }
        waiting.waitGoesOn()
        #expect(busy.choose(tried: &waiting, now: Self.now) == .noneLive(busy: true))
        #expect(!busy.isRefusing(now: Self.now))
    }
}
