import Bytes
import EventLoop
import Failures
import Platform

/// How sending to a client went.
enum SendOutcome {
    /// The socket took everything.
    case all
    /// The rest waits in the connection's `pending`.
    case some
    /// The client is gone.
    case failed(Errno)
}

extension Worker {
    /// Sends what waits for a client.
    mutating func flushPending(_ id: SlotID) -> SendOutcome {
        let count = downstreams[id].pending.count
        let start = Int(downstreams[id].pendingSent)
        if start == count { return endedSending(id) }
        if !downstreams[id].socket.contains(.writable) { return .some }
        let allowed = min(count - start, sendAllowance(id))
        if allowed == 0 { return .some }
        let result = pushAgain(downstream: id, limit: allowed)
        if result.failed && !result.wouldBlock { return .failed(result.errno) }
        if downstreams[id].stream.isNone { noteSent(id, result.value) }
        let sent = start + result.value
        if sent == count {
            dropPending(id)
            return endedSending(id)
        }
        if sent > count / 2 {
            // Into a smaller block: what is held stays near what is charged, however the client reads.
            var rest = pool.take(atLeast: count - sent)
            rest.append(downstreams[id].pending.span.extracting(sent..<count))
            swap(&rest, &downstreams[id].pending)
            pool.give(rest)
            downstreams[id].pendingSent = 0
        } else {
            downstreams[id].pendingSent = UInt32(sent)
        }
        return .some
    }

    /// Nothing waits: a stream is told of its end, where that has come.
    private func endedSending(_ id: SlotID) -> SendOutcome { downstreams[id].stream.isNone ? .all : sayEnd(id) }

    /// Forgets what waits for a client and gives its memory and its charge back.
    mutating func dropPending(_ id: SlotID) {
        var pending = ByteBuffer()
        swap(&pending, &downstreams[id].pending)
        pool.give(pending)
        downstreams[id].pendingSent = 0
        overshootLeft += Int(downstreams[id].overshoot)
        downstreams[id].overshoot = 0
    }

    /// Charges what waits beyond `bound` to the worker's budget, or gives back what does so no more.
    mutating func chargeOvershoot(_ id: SlotID, bound: Int) {
        let over = max(0, downstreams[id].pendingCount - bound)
        overshootLeft += Int(downstreams[id].overshoot) - over
        downstreams[id].overshoot = UInt32(over)
    }
}
