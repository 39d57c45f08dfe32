import Bytes
import EventLoop
import Failures
import HTTP
import Platform
import Routing

extension Worker {
    /// Sends body bytes of `scratch` to the client, behind the head where that is not yet sent; `ended` closes the
    /// body.
    mutating func deliver(_ id: SlotID, _ range: ByteRange, ended: Bool, reusable: Bool) {
        if case .check(let number) = exchanges[id].client {
            return checkBody(id, check: Int(number), range, ended: ended, reusable: reusable)
        }
        output.clear()
        var body = range
        if !exchanges[id].machine.isCommitted { commitHead(id, bodyInHand: ended ? range.count : nil) }
        let headBytes = output.count
        if exchanges[id].clientFraming == .none { body = .empty }
        if exchanges[id].clientFraming == .chunked { body = frameChunk(id, body, last: ended) }
        exchanges[id].record.answer.bytesSent += Int64(output.count + body.count)
        exchanges[id].record.answer.bodyBytesSent += Int64(output.count - headBytes + body.count)
        if ended {
            if isOnStream(id) { takeTrailers(id) }
            exchanges[id].responseEnded = true
            perform(exchanges[id].machine.responseBodyEnded(reusable: reusable), exchange: id)
        }
        guard case .connection(let connection) = exchanges[id].client else {
            if ended { finishExchange(id) }
            return
        }
        sent(id, connection, sendTogether(connection, body))
    }

    /// A small body goes into the same buffer as the head: one call with one piece.
    mutating func sendTogether(_ connection: SlotID, _ body: ByteRange) -> SendOutcome {
        if !downstreams[connection].stream.isNone { return sendOnStream(connection, body) }
        if !output.isEmpty && body.count <= 8192 {
            output.append(scratch.span(body))
            return send(to: connection, body: .empty)
        }
        return send(to: connection, body: body)
    }

    /// Puts the chunk's size into `output` and its end behind the data in `scratch`; the data with its end.
    mutating func frameChunk(_ id: SlotID, _ range: ByteRange, last: Bool) -> ByteRange {
        if range.isEmpty {
            if last { appendLastChunk(id, toScratch: false) }
            return .empty
        }
        ChunkedEncoder.appendHeader(byteCount: range.count, to: &output)
        scratch.truncate(to: range.end)
        scratch.append(ChunkedEncoder.lineEnd)
        if last { appendLastChunk(id, toScratch: true) }
        return ByteRange(range.start, scratch.count)
    }

    private mutating func appendLastChunk(_ id: SlotID, toScratch: Bool) {
        text.clear()
        appendTrailers(id)
        if text.isEmpty {
            toScratch ? scratch.append(ChunkedEncoder.lastChunk) : output.append(ChunkedEncoder.lastChunk)
            return
        }
        if toScratch {
            scratch.append(ChunkedEncoder.lastChunkBeforeTrailers)
            scratch.append(text.span)
            scratch.append("\r\n")
        } else {
            output.append(ChunkedEncoder.lastChunkBeforeTrailers)
            output.append(text.span)
            output.append("\r\n")
        }
    }

    /// The head of the upstream's response goes into `output`. From here on a failure is an abort.
    private mutating func commitHead(_ id: SlotID, bodyInHand: Int?) {
        let method = exchanges[id].record.asked.facts.method
        let facts = exchanges[id].record.answer.facts
        exchanges[id].record.answer.status = facts.status
        var framing = facts.framing
        if method == .head || facts.status == 204 || facts.status == 304 {
            framing = facts.contentLength >= 0 ? .length(facts.contentLength) : .none
            exchanges[id].clientFraming = .none
        } else {
            switch facts.framing {
            case .none: framing = .none
            case .length: framing = framingWithTrailers(id, framing)
            case .chunked where isOnStream(id), .untilClose where isOnStream(id): framing = .untilClose
            case .chunked, .untilClose:
                let mayChunk = exchanges[id].record.asked.facts.version != .http10 && settings(id).chunksAllowed
                framing = mayChunk ? .chunked : .untilClose
                if !mayChunk { exchanges[id].keepsClient = false }
            }
            exchanges[id].clientFraming = framing
        }
        decideKeepAlive(id)
        let outgoing = outgoing(id, framing)
        let routing = epochs[Int(exchanges[id].epoch)].routing
        tellMoment(id)
        text.clear()
        routing.appendDownstreamHead(&exchanges[id].record, moment, outgoing, extra: text.span, to: &output)
        exchanges[id].machine.committed()
        exchanges[id].headSent = true
        setSendRate(id)
    }

    /// How a response's head is written.
    func outgoing(_ id: SlotID, _ framing: BodyFraming) -> Outgoing {
        Outgoing(framing: framing, keepsAlive: exchanges[id].keepsClient, isHTTP2: isOnStream(id))
    }

    /// Whether the client's connection can serve another request after this response.
    mutating func decideKeepAlive(_ id: SlotID) {
        guard exchanges[id].keepsClient, case .connection(let connection) = exchanges[id].client else { return }
        let scope = settings(id)
        if scope.keepAliveTimeout == 0 || Int(downstreams[connection].machine.requests) >= scope.keepAliveRequestLimit
            || loop.now.since(downstreams[connection].accepted) >= Int64(scope.keepAliveLifetime)
            || !(exchanges[id].machine.isRequestWhole || exchanges[id].machine.isDiscarding) || isOutdated(connection)
            || isDisabledBrowser(id, scope)
        {
            exchanges[id].keepsClient = false
        }
        if case .no = stopping {} else { exchanges[id].keepsClient = false }
    }

    /// What sending came to, and what follows for the exchange.
    mutating func sent(_ id: SlotID, _ connection: SlotID, _ outcome: SendOutcome) {
        switch outcome {
        case .failed(let errno): clientGone(id, .clientFailed(.writev, errno: errno.rawValue))
        case .all:
            exchanges[id].machine.clientAwaited(until: .never)
            if exchanges[id].responseEnded { return finishExchange(id) }
            if exchanges[id].cutAfterPending { return abort(id, reset: false) }
            if exchanges[id].file.isOpen { post(downstream: connection) }
            continueReading(id)
            arm(id)
        case .some:
            chargeOvershoot(connection, bound: exchanges[id].heldLimit)
            awaitClient(id)
            if downstreams[connection].pendingCount < exchanges[id].heldLimit {
                continueReading(id)
            } else {
                pauseUpstream(id)
            }
        }
    }

    /// The client has `send_timeout` to take something; where a rate holds the bytes back, it is not its turn.
    mutating func awaitClient(_ id: SlotID) {
        if let moment = paceEnd(id) {
            exchanges[id].machine.sendingPaced(until: moment)
        } else {
            exchanges[id].machine.clientAwaited(until: loop.now.after(Int64(settings(id).sendTimeout)))
        }
        arm(id)
    }

    /// The client's socket takes bytes again.
    mutating func flushToClient(_ id: SlotID, _ connection: SlotID) {
        let before = downstreams[connection].pendingCount
        if before == 0 && !awaitsEnd(connection) { return }
        let outcome = flushPending(connection)
        if case .some = outcome, downstreams[connection].pendingCount == before {
            if !exchanges[id].machine.sendPace.isNever { awaitClient(id) }
            return
        }
        if exchanges[id].machine.isTunnelling {
            if case .failed(let errno) = outcome { return clientGone(id, .clientFailed(.send, errno: errno.rawValue)) }
            return pumpTunnel(id)
        }
        sent(id, connection, outcome)
    }

    /// Another turn for the upstream, where it has more.
    private mutating func continueReading(_ id: SlotID) {
        let upstream = exchanges[id].upstream
        guard !upstream.isNone, upstreams[upstream].machine.isLeased else { return }
        exchanges[id].machine.bodyAwaitedFromUpstream(until: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        if upstreams[upstream].socket.contains(.readable) { post(upstream: upstream) }
    }

    /// The upstream is not read until the client has taken something; its silence is no failure meanwhile.
    mutating func pauseUpstream(_ id: SlotID) {
        exchanges[id].machine.bodyAwaitedFromUpstream(until: .never)
    }

    // MARK: the client's side of an exchange

    /// The client's socket is ready while its exchange runs.
    mutating func exchangeClientReady(_ id: SlotID, _ connection: SlotID, ended: Bool) {
        guard exchanges.contains(id), !exchanges[id].isLogged else { return }
        if exchanges[id].machine.isTunnelling { return pumpTunnel(id) }
        if downstreams[connection].socket.contains(.writable) { flushToClient(id, connection) }
        guard exchanges.contains(id), !exchanges[id].isLogged else { return }
        if exchanges[id].machine.wantsBody {
            if downstreams[connection].socket.contains(.readable) { takeBody(id, connection) }
            return
        }
        if exchanges[id].machine.isDiscarding { discardMore(id, connection) }
        guard exchanges.contains(id), !exchanges[id].isLogged else { return }
        if exchanges[id].file.isOpen {
            if downstreams[connection].pendingCount == 0 { continueFile(id) }
            return
        }
        if exchanges[id].machine.isDiscarding || exchanges[id].machine.isOver { return }
        if ended && !settings(id).ignoresClientAbort { clientLeft(id, connection) }
    }

    /// RDHUP, HUP or an error came while the request was whole: nobody waits for the response.
    private mutating func clientLeft(_ id: SlotID, _ connection: SlotID) {
        let errno = kernel.pendingError(downstreams[connection].descriptor)
        let kind: ClientCause = exchanges[id].upstream.isNone ? .abortedAlone : .aborted
        clientGone(id, .client(kind, errno: errno.rawValue))
    }

    /// The client's bytes ended where more of its body was due.
    mutating func exchangeClientEnded(_ id: SlotID, _ connection: SlotID, errno: Errno) {
        guard exchanges.contains(id), !exchanges[id].isLogged else { return }
        if exchanges[id].machine.isDiscarding { return discardingEnded(id) }
        if errno.rawValue != 0 {
            clientGone(id, .clientFailed(.recv, errno: errno.rawValue))
        } else {
            clientGone(id, .client(.closed))
        }
    }

    /// Nobody takes the response any more.
    mutating func clientGone(_ id: SlotID, _ cause: Cause) {
        var phase = exchanges[id].machine.phase
        if exchanges[id].machine.isCommitted && !exchanges[id].machine.isTunnelling {
            // nginx names what it does with the client's side only where it does not buffer, or where sending itself
            // failed.
            let sawLeaving = cause.kind == .client(.aborted) || cause.kind == .client(.abortedAlone)
            if !sawLeaving || !exchanges[id].isBuffering { phase = .sendingToClient }
        }
        let verdict = record(id, cause, phase: phase)
        exchanges[id].keepsClient = false
        let status: UInt16 = verdict.status == 0 ? 499 : verdict.status
        perform(exchanges[id].machine.clientGone(status: status), exchange: id)
    }

    mutating func clientTimedOut(_ id: SlotID) {
        clientGone(id, .client(.timedOut, errno: Errno.timedOut.rawValue))
    }

    mutating func bodyTimedOut(_ id: SlotID) {
        if exchanges[id].machine.isDiscarding { return discardingEnded(id) }
        let phase = exchanges[id].machine.phase
        _ = record(id, .client(.timedOut, errno: Errno.timedOut.rawValue), phase: phase)
        exchanges[id].keepsClient = false
        exchanges[id].machine.bodyUnwanted()
        if exchanges[id].machine.isAttempting || exchanges[id].machine.isHeldUp {
            perform(exchanges[id].machine.attemptDropped(reusable: false, outcome: .neutral), exchange: id)
        }
        if exchanges[id].machine.isCommitted { return abort(id, reset: false) }
        answer(id, status: 408)
    }
}
