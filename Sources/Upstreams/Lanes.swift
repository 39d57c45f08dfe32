import Synchronization

/// What one worker has counted of one peer: the worker alone writes, others read.
package final class PeerLane: Sendable {
    /// Attempts that were begun.
    package let requests = Count()
    /// Heads that came, by their status' class; 0 is unused.
    let responses = InlineArray<6, Count> { _ in Count() }
    /// Connections that were opened.
    let connections = Count()
    /// Attempts on a reused connection that the peer had closed meanwhile.
    package let stale = Count()
    /// Connections that lie idle now.
    let idle = Count()
    /// Bytes that came from the peer.
    let received = Count()
    /// Responses that came whole.
    let completed = Count()
    /// Milliseconds, of all of them together.
    let connectTime = Count()
    let headTime = Count()
    let responseTime = Count()
    /// Keeps the neighbour in memory, which may be another worker's, out of the cache line.
    private let distance = InlineArray<8, Int>(repeating: 0)

    init() {}
}

/// What one worker has counted of one group.
package final class GroupLane: Sendable {
    let connectTimes = Histogram()
    let headTimes = Histogram()
    let responseTimes = Histogram()
    private let distance = InlineArray<8, Int>(repeating: 0)

    init() {}
}

/// What an attempt came to, as it lets go of its peer. Times are in milliseconds from its beginning, −1 where it did
/// not come so far.
package struct AttemptFigures: Sendable {
    /// −1 where the connection was there already.
    package var connectTime = -1
    package var headTime = -1
    /// −1 where the response did not come whole.
    package var responseTime = -1
    /// Of the head that came.
    package var status = 0
    package var bytesReceived = 0

    /// Nothing came.
    package init() {}
}

extension Group {
    /// Counts an attempt that begins.
    package func countBegun(_ index: Int) { lanes[index].requests.add() }

    /// Counts an attempt on a reused connection that the peer had closed meanwhile.
    package func countStale(_ index: Int) { lanes[index].stale.add() }

    /// Counts what an attempt came to.
    package func count(_ attempt: AttemptFigures, _ index: Int) {
        let peer = lanes[index]
        if attempt.connectTime >= 0 {
            peer.connections.add()
            peer.connectTime.add(attempt.connectTime)
            lane.connectTimes.add(milliseconds: attempt.connectTime)
        }
        if attempt.headTime >= 0 {
            peer.responses[min(attempt.status / 100, 5)].add()
            peer.headTime.add(attempt.headTime)
            lane.headTimes.add(milliseconds: attempt.headTime)
        }
        if attempt.responseTime >= 0 {
            peer.completed.add()
            peer.responseTime.add(attempt.responseTime)
            lane.responseTimes.add(milliseconds: attempt.responseTime)
        }
        if attempt.bytesReceived > 0 { peer.received.add(attempt.bytesReceived) }
    }
}

/// What all workers have counted of one peer.
package struct PeerFigures: Sendable {
    package internal(set) var requests = 0
    /// By the status' class, from 1 to 5.
    package internal(set) var responses = InlineArray<6, Int>(repeating: 0)
    package internal(set) var connections = 0
    package internal(set) var stale = 0
    package internal(set) var idle = 0
    package internal(set) var received = 0
    package internal(set) var completed = 0
    /// Milliseconds, of all connections, heads and whole responses together.
    package internal(set) var connectTime = 0
    package internal(set) var headTime = 0
    package internal(set) var responseTime = 0

    /// Heads that came.
    package var heads: Int { responses[1] + responses[2] + responses[3] + responses[4] + responses[5] }

    mutating func add(_ lane: PeerLane) {
        requests += lane.requests.value
        for index in 0..<6 { responses[index] += lane.responses[index].value }
        connections += lane.connections.value
        stale += lane.stale.value
        idle += lane.idle.value
        received += lane.received.value
        completed += lane.completed.value
        connectTime += lane.connectTime.value
        headTime += lane.headTime.value
        responseTime += lane.responseTime.value
    }
}

/// The times of all workers' attempts on a group.
package struct GroupFigures: Sendable {
    package internal(set) var connectTimes = HistogramSum()
    package internal(set) var headTimes = HistogramSum()
    package internal(set) var responseTimes = HistogramSum()

    mutating func add(_ lane: GroupLane) {
        lane.connectTimes.add(to: &connectTimes)
        lane.headTimes.add(to: &headTimes)
        lane.responseTimes.add(to: &responseTimes)
    }
}
