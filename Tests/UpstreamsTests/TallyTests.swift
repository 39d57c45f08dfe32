import Bytes
import Platform
import Testing

@testable import Configuration
@testable import Upstreams

/// What is counted of peers and groups.
@Suite struct TallyTests {
    /// Two workers' groups over the same peers.
    private static func pair() -> (Group, Group) {
        let peers = (0..<2).map { Peer(PeerSettings(endpoint: .ip(.local(port: UInt16(8_000 + $0))))) }
        let tally = GroupTally()
        var keepAlive = UpstreamKeepAlive()
        keepAlive.connections = 2
        return (
            Group(name: [], peers: peers, keepAlive: keepAlive, tally: tally, worker: 0),
            Group(name: [], peers: peers, keepAlive: keepAlive, tally: tally, worker: 1)
        )
    }

    @Test func workersAreSummed() {
        let (one, other) = Self.pair()
        var figures = AttemptFigures()
        (figures.connectTime, figures.headTime, figures.responseTime) = (1, 20, 70_000)
        (figures.status, figures.bytesReceived) = (204, 7)
        for group in [one, other, other] {
            group.countBegun(1)
            group.count(figures, 1)
        }
        other.countStale(1)
        let sum = one.peers[1].tally.figures
        #expect(sum.requests == 3 && sum.heads == 3 && sum.responses[2] == 3 && sum.received == 21)
        #expect(sum.connections == 3 && sum.connectTime == 3 && sum.headTime == 60 && sum.responseTime == 210_000)
        #expect(sum.stale == 1 && sum.completed == 3)
        #expect(one.peers[0].tally.figures.requests == 0)
        let times = one.tally.figures
        #expect(times.connectTimes.buckets[0] == 3 && times.headTimes.buckets[4] == 3)
        #expect(times.responseTimes.buckets[15] == 3 && times.responseTimes.sum == 210_000)
    }

    /// What did not come is not counted.
    @Test func aFailedAttemptHasNoTimes() {
        let (group, _) = Self.pair()
        group.countBegun(0)
        group.count(AttemptFigures(), 0)
        let sum = group.peers[0].tally.figures
        #expect(sum.requests == 1 && sum.heads == 0 && sum.connections == 0 && sum.completed == 0)
    }

    /// Idle connections are counted wherever they come from and go to.
    @Test func idleConnectionsAreCounted() {
        let (one, other) = Self.pair()
        func idle(_ index: UInt32, peer: Int) -> IdleConnection {
            IdleConnection(connection: SlotID(index: index, generation: 1), peer: peer, profile: 0)
        }
        func counts() -> [Int] { one.peers.map { $0.tally.figures.idle } }
        for index in 1...3 { _ = one.keepIdle(idle(UInt32(index), peer: 0)) }
        _ = other.keepIdle(idle(1, peer: 1))
        #expect(counts() == [2, 1], "the third took the place of the first")
        _ = one.takeIdle(peer: 0, profile: 0)
        #expect(counts() == [1, 1])
        one.removeIdle(SlotID(index: 2, generation: 1))
        one.removeIdle(SlotID(index: 2, generation: 1))
        #expect(counts() == [0, 1])
        #expect(other.update([one.peers[0]]).count == 1)
        #expect(counts() == [0, 0])
    }

    @Test func bookKeepsTheLastLine() {
        let book = PeerTally().failures
        #expect(book.page.total == 0 && book.page.counts.isEmpty)
        for (index, word) in ["long line\n", "short\n"].enumerated() {
            let bytes = Array(word.utf8)
            book.note(index, at: WallTime(milliseconds: Int64(index)), line: bytes.span)
        }
        let page = book.page
        #expect(page.total == 2 && page.counts[0] == 1 && page.counts[1] == 1 && page.lastCause == 1)
        #expect(String(decoding: page.lastLine, as: UTF8.self) == "short" && page.lastTime.milliseconds == 1)
    }

    /// The comparisons and the bounds that are told are the same.
    @Test func bucketsEndAtTheirBounds() {
        let (milliseconds, microseconds) = (HistogramScale.milliseconds.bounds, HistogramScale.microseconds.bounds)
        for index in 0..<15 {
            #expect(HistogramScale.bucket(milliseconds: milliseconds[index]) == index)
            #expect(HistogramScale.bucket(milliseconds: milliseconds[index] + 1) == index + 1)
            #expect(HistogramScale.bucket(microseconds: microseconds[index]) == index)
            #expect(HistogramScale.bucket(microseconds: microseconds[index] + 1) == index + 1)
        }
    }

    @Test func statesFollowTheFailures() {
        func peer(_ change: (inout PeerSettings) -> Void = { _ in }) -> Peer {
            var settings = PeerSettings(endpoint: .ip(.local(port: 1)))
            change(&settings)
            return Peer(settings)
        }
        let now = Instant(milliseconds: 5_500)
        let failing = peer()
        #expect(failing.state(now: now) == .up && failing.nextTry(now: now) == nil)
        _ = failing.failed(now: now)
        #expect(failing.state(now: now) == .unavailable && failing.failureCount == 1)
        // fail_timeout is counted in whole seconds.
        let next = Instant(milliseconds: 16_500)
        #expect(failing.nextTry(now: now) == next)
        #expect(failing.state(now: Instant(milliseconds: 16_499)) == .unavailable)
        #expect(failing.state(now: next) == .up)
        // Nobody tries what a check found unhealthy.
        failing.turn(0, isHealthy: false, now: now)
        #expect(failing.state(now: now) == .unhealthy && failing.nextTry(now: now) == nil)
        #expect(peer { $0.isDown = true }.state(now: now) == .down)
        let awaited = peer { $0.awaitedChecks = 1 }
        #expect(awaited.state(now: now) == .checking)
        awaited.turn(0, isHealthy: false, now: now)
        #expect(awaited.state(now: now) == .unhealthy)
        awaited.turn(0, isHealthy: true, now: now)
        #expect(awaited.state(now: now) == .up)
        #expect(
            peer {
                $0.isDown = true
                $0.isDraining = true
            }.state(now: now) == .draining)
    }
}
