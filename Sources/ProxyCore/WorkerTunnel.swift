import Bytes
import EventLoop
import Failures
import Platform
import Routing

extension Worker {
    /// The upstream agreed to another protocol: its head goes out as it is, and bytes flow both ways from here on.
    mutating func beginTunnel(_ id: SlotID, from start: Int) {
        exchanges[id].clientFraming = .untilClose
        exchanges[id].keepsClient = false
        exchanges[id].record.answer.status = 101
        let rest = scratch.count - start
        output.clear()
        appendUpgradeHead(id)
        if !isOnStream(id) { output.append(scratch.span(ByteRange(start: start, count: rest))) }
        exchanges[id].machine.committed()
        exchanges[id].headSent = true
        exchanges[id].machine.tunnelBegan(deadline: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        exchanges[id].record.answer.bytesSent += Int64(output.count)
        exchanges[id].record.answer.bodyBytesSent += Int64(rest)
        guard case .connection(let connection) = exchanges[id].client else { return giveUp(id, status: 499) }
        let body = isOnStream(id) ? ByteRange(start: start, count: rest) : .empty
        if case .failed(let errno) = send(to: connection, body: body) {
            return clientGone(id, .clientFailed(.send, errno: errno.rawValue))
        }
        pumpTunnel(id)
    }

    /// Moves what can be moved, once in each direction; the tunnel ends when one side has ended and all of its bytes
    /// left.
    mutating func pumpTunnel(_ id: SlotID) {
        guard exchanges[id].machine.isTunnelling, case .connection(let connection) = exchanges[id].client,
            !exchanges[id].upstream.isNone
        else { return }
        let upstream = exchanges[id].upstream
        guard pumpToClient(id, connection, upstream), pumpToUpstream(id, connection, upstream) else { return }
        let state = exchanges[id].tunnel
        if state.upstreamEnded && downstreams[connection].pendingCount == 0
            || state.clientEnded && upstreams[upstream].pendingCount == 0
        {
            return endTunnel(id)
        }
        exchanges[id].machine.bodyAwaitedFromUpstream(until: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        arm(id)
        if upstreams[upstream].socket.contains(.readable) && downstreams[connection].pendingCount < tunnelBound(id) {
            post(upstream: upstream)
        }
        if downstreams[connection].socket.contains(.readable) && upstreams[upstream].pendingCount < tunnelBound(id) {
            post(downstream: connection)
        }
    }

    /// What may wait in one direction (nginx: proxy_buffer_size).
    private func tunnelBound(_ id: SlotID) -> Int { settings(id).headBufferBytes }

    private mutating func pumpToClient(_ id: SlotID, _ connection: SlotID, _ upstream: SlotID) -> Bool {
        if downstreams[connection].pendingCount > 0, case .failed(let errno) = flushPending(connection) {
            endTunnel(id, .clientFailed(.send, errno: errno.rawValue))
            return false
        }
        let bound = tunnelBound(id)
        guard upstreams[upstream].socket.contains(.readable), downstreams[connection].pendingCount < bound else {
            return true
        }
        scratch.clear()
        let limit = min(Limits.scratchBytes, bound - downstreams[connection].pendingCount + max(0, overshootLeft))
        let result = receive(upstream: upstream, into: &scratch, limit: limit)
        if result.wouldBlock { return true }
        if result.failed {
            endTunnel(id, upstreamCause(upstream, .recv, result.errno, marks: .answerBegun))
            return false
        }
        if result.value == 0 {
            exchanges[id].tunnel.upstreamEnded = true
            return true
        }
        exchanges[id].record.attempts.current.bytesReceived += Int64(result.value)
        exchanges[id].record.answer.bytesSent += Int64(result.value)
        exchanges[id].record.answer.bodyBytesSent += Int64(result.value)
        output.clear()
        if case .failed(let errno) = send(to: connection, body: ByteRange(start: 0, count: scratch.count)) {
            endTunnel(id, .clientFailed(.send, errno: errno.rawValue))
            return false
        }
        chargeOvershoot(connection, bound: bound)
        return true
    }

    private mutating func pumpToUpstream(_ id: SlotID, _ connection: SlotID, _ upstream: SlotID) -> Bool {
        let bound = tunnelBound(id)
        guard flushTunnel(id, upstream) else { return false }
        if upstreams[upstream].pendingCount >= bound { return true }
        scratch.clear()
        if !downstreams[connection].input.isEmpty {
            scratch.append(downstreams[connection].input.span)
            releaseInput(connection)
        } else {
            guard downstreams[connection].socket.contains(.readable) else { return true }
            let limit = bound - upstreams[upstream].pendingCount
            let result = receive(downstream: connection, into: &scratch, limit: limit)
            if result.wouldBlock { return true }
            if result.failed {
                endTunnel(id, clientCause(connection, .recv, result.errno))
                return false
            }
            if result.value == 0 {
                exchanges[id].tunnel.clientEnded = true
                return true
            }
            exchanges[id].record.asked.bytesRead += Int64(result.value)
        }
        keep(upstream: upstream, scratch.span)
        if !upstreams[upstream].secure.isNone {
            exchanges[id].record.attempts.current.bytesSent += Int64(scratch.count)
        }
        return flushTunnel(id, upstream)
    }

    private mutating func flushTunnel(_ id: SlotID, _ upstream: SlotID) -> Bool {
        if upstreams[upstream].pendingCount == 0 || !upstreams[upstream].socket.contains(.writable) { return true }
        let result = pushAgain(upstream: upstream)
        if result.failed && !result.wouldBlock {
            endTunnel(id, .upstreamFailed(.send, errno: result.errno.rawValue, marks: .answerBegun))
            return false
        }
        if upstreams[upstream].secure.isNone { exchanges[id].record.attempts.current.bytesSent += Int64(result.value) }
        upstreams[upstream].noteSent(result.value)
        if upstreams[upstream].pendingCount > 0 { return true }
        // Nothing waits: an idle tunnel holds no memory.
        var pending = ByteBuffer()
        swap(&pending, &upstreams[upstream].pending)
        pool.give(pending)
        upstreams[upstream].pendingSent = 0
        return true
    }

    /// One side is done; both are closed.
    private mutating func endTunnel(_ id: SlotID) {
        if case .connection(let connection) = exchanges[id].client, !downstreams[connection].stream.isNone {
            exchanges[id].responseEnded = true
            _ = sayEnd(connection)
        }
        exchanges[id].machine.ended()
        exchanges[id].record.answer.isComplete = true
        endAttempt(id, reusable: false, outcome: .succeeded)
        conclude(id, .close)
    }

    /// A side failed: one line, then both are closed.
    private mutating func endTunnel(_ id: SlotID, _ cause: Cause) {
        _ = record(id, cause, phase: .tunnelling)
        exchanges[id].machine.ended()
        endAttempt(id, reusable: false, outcome: .neutral)
        conclude(id, .close)
    }
}
