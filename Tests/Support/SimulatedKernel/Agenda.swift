import Platform

/// What will happen without anybody's call.
enum Happening {
    /// What this end has sent moves on to the other side.
    case arrival(StreamEnd)
    /// A SYN reaches whoever listens; it has been sent so many times before.
    case syn(StreamEnd, attempt: Int)
    /// The answer to the SYN reaches the one who connects, and its ACK the listener.
    case established(StreamEnd, child: StreamEnd, listener: Listener)
    case connectFailed(StreamEnd, errno: Int32)
    /// The edge that makes up for a would-block that had no cause.
    case amends(KernelObject, Readiness)
    /// A far end begins, reads on, or goes on with its actions.
    case far(FarEnd)
    /// A far listener takes what is queued.
    case farAccept(FarServer)
}

/// Happenings in the order of their time; equal times in the order in which they were put in (a binary heap).
struct Agenda {
    private struct Entry {
        var time: Int64
        var order: UInt64
        var happening: Happening

        func isBefore(_ other: Entry) -> Bool { time != other.time ? time < other.time : order < other.order }
    }

    private var heap: [Entry] = []
    private var order: UInt64 = 0

    var count: Int { heap.count }
    /// When the next thing happens, in microseconds; nil for never.
    var nextTime: Int64? { heap.first?.time }

    mutating func add(_ happening: Happening, at time: Int64) {
        order += 1
        heap.append(Entry(time: time, order: order, happening: happening))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !heap[child].isBefore(heap[parent]) { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the next happening out if its time has come.
    mutating func takeDue(at time: Int64) -> Happening? {
        guard let first = heap.first, first.time <= time else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first.happening }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            if least == parent { return first.happening }
            heap.swapAt(least, parent)
            parent = least
        }
    }

    mutating func removeAll() { heap.removeAll() }
}
