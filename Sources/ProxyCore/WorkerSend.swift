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
    /// Sends all of `output`, then `body` of `scratch`, to a client in one call; what the socket does not take, or a
    /// rate does not allow, waits.
    mutating func send(to id: SlotID, body: ByteRange) -> SendOutcome {
        let total = output.count + body.count
        if total == 0 { return downstreams[id].pendingCount == 0 ? .all : .some }
        var sent = 0
        if downstreams[id].pendingCount == 0 && downstreams[id].socket.contains(.writable) {
            let allowed = min(total, sendAllowance(id))
            let headCount = min(allowed, output.count)
            if allowed > 0 {
                let result = send(
                    downstream: id, output.span.extracting(0..<headCount),
                    scratch.span(ByteRange(start: body.start, count: allowed - headCount)))
                if result.failed && !result.wouldBlock { return .failed(result.errno) }
                sent = result.value
                noteSent(id, sent)
            }
            if sent == total { return .all }
        }
        if downstreams[id].pending.capacity == 0 { downstreams[id].pending = pool.take(atLeast: total - sent) }
        if sent < output.count {
            downstreams[id].pending.append(output.span.extracting(sent..<output.count))
            downstreams[id].pending.append(scratch.span(body))
        } else {
            downstreams[id].pending.append(scratch.span(ByteRange(body.start + sent - output.count, body.end)))
        }
        return .some
    }

    /// Sends what waits for a client.
    mutating func flushPending(_ id: SlotID) -> SendOutcome {
        let count = downstreams[id].pending.count
        let start = Int(downstreams[id].pendingSent)
        if start == count { return .all }
        if !downstreams[id].socket.contains(.writable) { return .some }
        let allowed = min(count - start, sendAllowance(id))
        if allowed == 0 { return .some }
        let result = send(downstream: id, downstreams[id].pending.span.extracting(start..<start + allowed))
        if result.failed && !result.wouldBlock { return .failed(result.errno) }
        noteSent(id, result.value)
        let sent = start + result.value
        if sent == count {
            dropPending(id)
            return .all
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
