import Bytes
import Failures
import Platform

/// A connection's place in the list of those that are between requests, by the indices of its neighbours' slots.
struct IdleLinks: BitwiseCopyable {
    var older: UInt32
    var newer: UInt32

    /// No neighbour.
    static let end = UInt32.max
    /// Not in the list.
    static let none = IdleLinks(older: .max - 1, newer: .max - 1)

    var isListed: Bool { older != Self.none.older }
}

/// The ends of that list; `IdleLinks.end` where nobody is idle.
struct IdleOrder {
    /// The first to be closed for another's sake.
    var oldest = IdleLinks.end
    var latest = IdleLinks.end
}

// The client connections between requests, in the order in which they came to be (nginx: ngx_reusable_connection). A
// list through the slots: each step touches at most three of them.
extension Worker {
    /// A connection is between requests from now on: the last to be closed for another's sake.
    mutating func listIdle(_ id: SlotID) {
        if downstreams[id].idle.isListed { return }
        let latest = idleOrder.latest
        downstreams[id].idle = IdleLinks(older: latest, newer: IdleLinks.end)
        if latest == IdleLinks.end {
            idleOrder.oldest = id.index
        } else {
            downstreams[idleID(latest)].idle.newer = id.index
        }
        idleOrder.latest = id.index
    }

    /// A connection is between requests no more.
    mutating func unlistIdle(_ id: SlotID) {
        let links = downstreams[id].idle
        if !links.isListed { return }
        if links.older == IdleLinks.end {
            idleOrder.oldest = links.newer
        } else {
            downstreams[idleID(links.older)].idle.newer = links.newer
        }
        if links.newer == IdleLinks.end {
            idleOrder.latest = links.older
        } else {
            downstreams[idleID(links.newer)].idle.older = links.older
        }
        downstreams[id].idle = .none
    }

    private func idleID(_ index: UInt32) -> SlotID {
        guard let id = downstreams.id(at: index) else { preconditionFailure("a listed connection has its slot") }
        return id
    }

    /// Closes the least recently used idle connection of a client, so that another can come; false where there is none
    /// that may be closed. Those that keepalive_min_timeout protects, and those that have not taken all of their last
    /// responses, are passed over, a bounded number of them.
    mutating func reuseIdleConnection() -> Bool {
        var index = idleOrder.oldest
        for _ in 0..<Limits.protectedIdleLimit {
            if index == IdleLinks.end { return false }
            let id = idleID(index)
            if downstreams[id].machine.bound <= loop.now && !owesOutput(id) {
                // Once a second, as nginx says it.
                if loop.wallTime.seconds != reuseTold {
                    reuseTold = loop.wallTime.seconds
                    logNotice(.local(.connectionsReused, number: Int64(limits.connections)))
                }
                sayGoAway(downstream: id)
                if !downstreams[id].machine.isClosed { perform(downstreams[id].machine.ended(), downstream: id) }
                return true
            }
            index = downstreams[id].idle.newer
        }
        return false
    }
}
