import Platform
import Synchronization

/// What is remembered of a peer beyond one configuration: a reload gives it to the peer that has the same address in
/// the group of the same name.
package final class PeerTally: Sendable {
    /// By the worker's number.
    private let lanes = Mutex<[PeerLane]>([])
    /// Its attempts that failed.
    package let failures = FailureBook()
    /// Lines about health checks that failed, all under cause 0.
    package let checkFailures = FailureBook()

    package init() {}

    /// The lane of a worker; not for the data path.
    func lane(_ worker: Int) -> PeerLane {
        lanes.withLock { lanes in
            while lanes.count <= worker { lanes.append(PeerLane()) }
            return lanes[worker]
        }
    }

    /// The sum over all workers.
    package var figures: PeerFigures {
        var sum = PeerFigures()
        for lane in lanes.withLock({ $0 }) { sum.add(lane) }
        return sum
    }
}

/// What is remembered of a group beyond one configuration.
package final class GroupTally: Sendable {
    private let lanes = Mutex<[GroupLane]>([])
    /// Attempts that failed for want of a peer.
    package let failures = FailureBook()

    package init() {}

    /// Whether any worker has made a group that is counted here.
    package var isUsed: Bool { lanes.withLock { !$0.isEmpty } }

    /// The lane of a worker; not for the data path.
    func lane(_ worker: Int) -> GroupLane {
        lanes.withLock { lanes in
            while lanes.count <= worker { lanes.append(GroupLane()) }
            return lanes[worker]
        }
    }

    /// The sum over all workers.
    package var figures: GroupFigures {
        var sum = GroupFigures()
        for lane in lanes.withLock({ $0 }) { sum.add(lane) }
        return sum
    }
}

/// Failures by cause, and the last of them. It is locked: failing is not the data path.
package final class FailureBook: Sendable {
    /// How many causes there can be: the error types of RFC 9209.
    package static var causeLimit: Int { 32 }

    /// What is in the book.
    package struct Page: Sendable {
        /// By cause; empty while nothing has failed.
        package fileprivate(set) var counts: [Int] = []
        /// When the last one was, and of which cause.
        package fileprivate(set) var lastTime = WallTime(milliseconds: 0)
        package fileprivate(set) var lastCause = 0
        /// Its whole line of the error log, without the line feed: at most 2,047 bytes.
        package fileprivate(set) var lastLine: [UInt8] = []

        /// Of all causes together.
        package var total: Int { counts.reduce(0, +) }
    }

    private let content = Mutex<Page>(Page())

    init() {}

    /// Notes a failure. `cause` is below `causeLimit`; `line` is its line of the error log.
    package func note(_ cause: Int, at time: WallTime, line: Span<UInt8>) {
        precondition(cause >= 0 && cause < Self.causeLimit, "every cause has its place in the book")
        content.withLock { page in
            if page.counts.isEmpty { page.counts = Array(repeating: 0, count: Self.causeLimit) }
            page.counts[cause] += 1
            page.lastTime = time
            page.lastCause = cause
            page.lastLine.removeAll(keepingCapacity: true)
            let count = line.count > 0 && line[line.count - 1] == 0x0a ? line.count - 1 : line.count
            for index in 0..<count { page.lastLine.append(line[index]) }
        }
    }

    /// What is in it now.
    package var page: Page { content.withLock { $0 } }
}
