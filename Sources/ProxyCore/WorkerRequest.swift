import Bytes
import EventLoop
import Failures
import HTTP
import Platform
import Routing
import Upstreams

extension Worker {
    /// Sends what there is of the request: what the socket did not take before, the head, the body.
    mutating func sendRequest(_ id: SlotID) {
        guard exchanges[id].machine.isAttempting, !exchanges[id].upstream.isNone else { return }
        if isConnectedCheck(id) { return }
        let upstream = exchanges[id].upstream
        guard upstreams[upstream].machine.isLeased, exchanges[id].writeErrno == nil else { return }
        if !upstreams[upstream].stream.isNone { return sendStreamed(id, upstream) }
        output.clear()
        if !exchanges[id].headWritten && !writeRequestHead(id) { return }
        if upstreams[upstream].pendingCount > 0 {
            keep(upstream: upstream, output.span)
            output.clear()
            guard flushPending(upstream: upstream, id) else { return }
        }
        for _ in 0..<32 {
            guard let piece = nextPiece(id) else { return }
            let total = output.count + piece.count
            if total == 0 && upstreams[upstream].pendingCount == 0 { return requestSentSoFar(id) }
            guard upstreams[upstream].socket.contains(.writable) else { return requestBlocked(id, upstream, from: 0) }
            let result = sendPiece(id, upstream, piece)
            if result.failed && !result.wouldBlock { return requestFailed(id, result.errno) }
            if result.value > 0 {
                exchanges[id].record.attempts.current.bytesSent += Int64(result.value)
                exchanges[id].machine.requestProgressed(
                    deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout)))
            }
            let ofBody = result.value - output.count
            if ofBody < 0 { return requestBlocked(id, upstream, from: result.value) }
            output.clear()
            advanceBody(id, by: ofBody)
            if result.value < total { return requestBlocked(id, upstream, from: 0) }
        }
        post(upstream: upstream)
    }

    /// The head goes into `output`; false where it cannot be made.
    private mutating func writeRequestHead(_ id: SlotID) -> Bool {
        exchanges[id].headWritten = true
        let framing = requestFraming(id)
        let routing = epochs[Int(exchanges[id].epoch)].routing
        let head = routing.appendUpstreamHead(&exchanges[id].record, moment, framing: framing, &pool, to: &output)
        exchanges[id].asksUpgrade = head.asksForUpgrade
        exchanges[id].upstreamMethod = head.method
        guard let trouble = head.trouble else { return true }
        output.clear()
        failAttempt(id, Cause(trouble))
        return false
    }

    /// How the request's body goes to the upstream.
    mutating func requestFraming(_ id: SlotID) -> BodyFraming {
        if exchanges[id].passesBody {
            if exchanges[id].chunksRequest { beginFraming(id) }
            return exchanges[id].chunksRequest ? .chunked : exchanges[id].record.asked.facts.framing
        }
        if exchanges[id].record.asked.facts.framing == .none || exchanges[id].isBodyLost { return .none }
        return .length(exchanges[id].body.storedBytes)
    }

    /// The socket takes no more: what of `output` is left waits there, and there is a deadline for it.
    private mutating func requestBlocked(_ id: SlotID, _ upstream: SlotID, from start: Int) {
        if start < output.count { keep(upstream: upstream, output.span.extracting(droppingFirst: start)) }
        exchanges[id].machine.requestBlocked(deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout)))
        arm(id)
    }

    /// False where bytes are left, or the connection failed; what follows is done then.
    private mutating func flushPending(upstream: SlotID, _ id: SlotID) -> Bool {
        guard upstreams[upstream].socket.contains(.writable) else { return false }
        let result = pushAgain(upstream: upstream)
        if result.failed && !result.wouldBlock {
            requestFailed(id, result.errno)
            return false
        }
        if result.value > 0 {
            // Over TLS bytes are counted where they are encrypted.
            if upstreams[upstream].secure.isNone {
                exchanges[id].record.attempts.current.bytesSent += Int64(result.value)
            }
            exchanges[id].machine.requestProgressed(deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout)))
        }
        upstreams[upstream].noteSent(result.value)
        if upstreams[upstream].pendingCount > 0 {
            arm(id)
            return false
        }
        upstreams[upstream].pending.clear()
        upstreams[upstream].pendingSent = 0
        return true
    }

    /// The body's next bytes: in memory as they lie there, or read from the file into `scratch`. Nil where they cannot
    /// be read; the attempt is over then.
    mutating func nextPiece(_ id: SlotID) -> ByteRange? {
        if exchanges[id].passesBody {
            if exchanges[id].requestEnded && exchanges[id].chunksRequest && !exchanges[id].bodyClosed {
                exchanges[id].bodyClosed = true
                exchanges[id].body.memory.append(ChunkedEncoder.lastChunk)
            }
            return ByteRange(exchanges[id].body.passed, exchanges[id].body.memory.count)
        }
        let left = exchanges[id].body.storedBytes - exchanges[id].body.sent
        if left <= 0 || !settings(id).passesRequestBody { return .empty }
        if exchanges[id].body.file.isNone {
            let start = Int(exchanges[id].body.sent)
            let isSecure = exchanges[id].record.route.proxy.isTLS
            let count = isSecure ? min(Int(left), Self.sealedPieceBytes) : Int(left)
            return ByteRange(start: start, count: count)
        }
        return readBodyFile(id, atMost: left).map { ByteRange(start: 0, count: $0) }
    }

    private mutating func sendPiece(_ id: SlotID, _ upstream: SlotID, _ piece: ByteRange) -> SystemResult {
        if piece.isEmpty { return send(upstream: upstream, output.span) }
        if exchanges[id].body.file.isNone {
            return send(upstream: upstream, output.span, exchanges[id].body.memory.span(piece))
        }
        return send(upstream: upstream, output.span, scratch.span(piece))
    }

    mutating func advanceBody(_ id: SlotID, by count: Int) {
        if !exchanges[id].passesBody {
            exchanges[id].body.sent += Int64(count)
            return
        }
        exchanges[id].body.passed += count
        if exchanges[id].body.passed > exchanges[id].body.memory.count / 2 {
            // What was sent makes room, also where the upstream never takes the last of it.
            exchanges[id].body.memory.removeFirst(exchanges[id].body.passed)
            exchanges[id].body.passed = 0
        }
        // There is room again: the client may go on, and is waited for.
        guard case .connection(let connection) = exchanges[id].client, exchanges[id].machine.wantsBody else { return }
        if exchanges[id].machine.bodyDeadline.isNever { awaitBody(id) }
        if downstreams[connection].socket.contains(.readable) { post(downstream: connection) }
    }

    /// Nothing is left to send now: either the request is whole, or the client has to send more.
    mutating func requestSentSoFar(_ id: SlotID) {
        if exchanges[id].requestDelivered { return }
        if exchanges[id].machine.isRequestOver {
            exchanges[id].requestDelivered = true
            exchanges[id].machine.requestFinished(deadline: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        } else {
            exchanges[id].machine.requestProgressed(deadline: .never)
        }
        arm(id)
    }

    /// The upstream takes no more. It may have said why: what can be read is read first.
    private mutating func requestFailed(_ id: SlotID, _ errno: Errno) {
        exchanges[id].writeErrno = errno
        let upstream = exchanges[id].upstream
        upstreams[upstream].socket.insert(.readable)
        upstreams[upstream].socket.insert(.ending)
        work.append(.relay(id))
    }
}
