import Bytes
import EventLoop
import Failures
import HTTP
import HTTP2
import Platform

extension Worker {
    /// A client's socket is ready, or its connection asked for another turn.
    mutating func downstreamReady(_ id: SlotID, _ readiness: Readiness) {
        downstreams[id].socket.take(readiness)
        downstreams[id].socket.remove(.posted)
        switch downstreams[id].machine.state {
        case .proxyHeader:
            if downstreams[id].socket.contains(.readable) { readProxyHeader(id) }
        case .handshaking:
            if downstreams[id].pendingCount > 0 { _ = flushPending(id) }
            shakeHands(id)
        case .idle, .readingHead:
            if downstreams[id].pendingCount > 0 { _ = flushPending(id) }
            if downstreams[id].socket.contains(.readable) || !downstreams[id].input.isEmpty { readHead(id) }
        case .exchanging:
            exchangeClientReady(downstreams[id].exchange, id, ended: readiness.hasEnd)
        case .opening, .open, .draining: sessionReady(id)
        case .lingering: lingerOn(id)
        case .closed: break
        }
    }

    /// Asks for another turn of this connection: it has more to read than one turn's share.
    mutating func post(downstream id: SlotID) {
        if downstreams[id].socket.contains(.posted) { return }
        downstreams[id].socket.insert(.posted)
        loop.post(Token(.downstream, id))
    }

    mutating func downstreamTimer(_ id: SlotID) {
        let deadline = downstreams[id].machine.nextDeadline
        if deadline > loop.now {
            loop.arm(.downstream, id.index, deadline: deadline)
            return
        }
        switch downstreams[id].machine.state {
        case .proxyHeader, .handshaking, .idle(first: true):
            clientFailed(id, .client(.timedOut, errno: Errno.timedOut.rawValue), status: 0)
        case .readingHead: clientFailed(id, .client(.timedOut, errno: Errno.timedOut.rawValue), status: 408)
        case .idle(first: false), .lingering:
            sayGoodbye(downstream: id)
            perform(downstreams[id].machine.ended(), downstream: id)
        case .opening, .open, .draining: sessionTimedOut(id)
        case .exchanging, .closed: break
        }
    }

    // MARK: heads

    /// Reads and parses the next request's head, from what is left of the last read first.
    mutating func readHead(_ id: SlotID) {
        guard downstreams[id].machine.isIdle || !downstreams[id].partial.isNone else { return }
        // Exchanges that ended in this turn have their slots to its end.
        if exchanges.isFull { return post(downstream: id) }
        if !downstreams[id].partial.isNone { return readPartialHead(id) }
        useCurrentEpoch(id)
        scratch.clear()
        if !downstreams[id].input.isEmpty {
            scratch.append(downstreams[id].input.span)
            releaseInput(id)
            if downstreams[id].machine.requests > 0 { downstreams[id].socket.insert(.pipelined) }
        } else {
            guard downstreams[id].socket.contains(.readable) else { return }
            guard receive(id, limit: Limits.headReadBytes) else { return }
            downstreams[id].socket.remove(.pipelined)
        }
        var parser = RequestHeadParser()
        if mayBePreface(id) {
            switch Preface(scratch.span) {
            case .http2:
                keepRest(id, from: 0)
                return beginSession(id)
            case .undecided: return keepPartial(id, parser)
            case .other: break
            }
        }
        let settings = epochs[Int(downstreams[id].epoch)].requestLimits(listener: Int(downstreams[id].listener))
        switch parser.parse(scratch.span, fields: &fields, limits: settings) {
        case .complete(let end): headArrived(id, parser, end: end)
        case .refused(let refusal, let quoted):
            setEvidence(quoted)
            headRefused(id, parser, .request(RequestCause(refusal)))
        case .incomplete: keepPartial(id, parser)
        }
    }

    /// Reads into `scratch`; false where nothing came, and then what follows is done.
    mutating func receive(_ id: SlotID, limit: Int) -> Bool {
        received(id, receive(downstream: id, into: &scratch, limit: limit))
    }

    private mutating func received(_ id: SlotID, _ result: SystemResult) -> Bool {
        if result.value > 0 { return true }
        if !result.wouldBlock { clientEnded(id, result) }
        return false
    }

    mutating func readPartialHead(_ id: SlotID) {
        let partial = downstreams[id].partial
        let result = receive(downstream: id, into: &partials[partial].bytes, limit: Limits.headReadBytes)
        guard received(id, result) else { return }
        if mayBePreface(id) {
            switch Preface(partials[partial].bytes.span) {
            case .http2:
                takePartial(id)
                keepRest(id, from: 0)
                return beginSession(id)
            case .undecided: return waitForHead(id)
            case .other: break
            }
        }
        let settings = epochs[Int(downstreams[id].epoch)].requestLimits(listener: Int(downstreams[id].listener))
        var parser = partials[partial].parser
        let progress = parser.parse(partials[partial].bytes.span, fields: &fields, limits: settings)
        partials[partial].parser = parser
        switch progress {
        case .complete(let end):
            takePartial(id)
            headArrived(id, parser, end: end)
        case .refused(let refusal, let quoted):
            takePartial(id)
            setEvidence(quoted)
            headRefused(id, parser, .request(RequestCause(refusal)))
        case .incomplete: waitForHead(id)
        }
    }

    /// Moves a head that came in pieces to `scratch`, where whole ones are.
    mutating func takePartial(_ id: SlotID) {
        var partial = partials.remove(downstreams[id].partial)
        downstreams[id].partial = .none
        scratch.clear()
        scratch.append(partial.bytes.span)
        var bytes = ByteBuffer()
        swap(&bytes, &partial.bytes)
        pool.give(bytes)
    }

    mutating func keepPartial(_ id: SlotID, _ parser: RequestHeadParser) {
        var bytes = pool.take(atLeast: max(1024, scratch.count))
        bytes.append(scratch.span)
        guard let partial = partials.insert(PartialHead(bytes: bytes, parser: parser)) else {
            preconditionFailure("there are as many places for partial heads as connections")
        }
        downstreams[id].partial = partial
        waitForHead(id)
    }

    mutating func waitForHead(_ id: SlotID) {
        let settings = epochs[Int(downstreams[id].epoch)].defaultServer(listener: Int(downstreams[id].listener))
        unlistIdle(id)
        downstreams[id].machine.headBegan(now: loop.now, headTimeout: settings.headTimeout)
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.deadline)
        if downstreams[id].socket.contains(.readable) { post(downstream: id) }
    }

    /// A whole head lies at the start of `scratch`, its fields in the table; what follows it is kept.
    mutating func headArrived(_ id: SlotID, _ parser: RequestHeadParser, end: Int) {
        if scratch.count > end {
            var rest = pool.take(atLeast: scratch.count - end)
            rest.append(scratch.span.extracting(end..<scratch.count))
            swap(&rest, &downstreams[id].input)
        }
        unlistIdle(id)
        downstreams[id].machine.headArrived()
        beginExchange(id, parser, headBytes: end)
    }

    /// What came is no request: it is answered, and the connection ends.
    mutating func headRefused(_ id: SlotID, _ parser: RequestHeadParser, _ cause: Cause) {
        unlistIdle(id)
        downstreams[id].machine.headArrived()
        beginRefusedExchange(id, parser, cause)
    }

    // MARK: ends

    /// The client's side ended while no exchange was there: FIN, or an errno.
    mutating func clientEnded(_ id: SlotID, _ result: SystemResult) {
        // RFC 8446 §6.1: our side ends here as well. What an exchange still has to say comes before.
        let isOver = downstreams[id].machine.isExchanging || downstreams[id].machine.isClosed
        if !result.failed && !isOver { sayGoodbye(downstream: id) }
        switch downstreams[id].machine.state {
        case .exchanging: exchangeClientEnded(downstreams[id].exchange, id, errno: result.errno)
        case .lingering, .closed: perform(downstreams[id].machine.ended(), downstream: id)
        case .proxyHeader: proxyHeaderEnded(id, result)
        case .handshaking: preconditionFailure("a handshake reads for itself")
        case .opening, .open, .draining: sessionEnded(id, result)
        case .idle(first: false) where !result.failed:
            text.clear()
            downstreams[id].peer.appendHost(to: &text)
            evidence.set(text.span)
            clientFailed(id, .client(.closedKeepalive), status: 0)
        case .idle(first: true) where !result.failed: clientFailed(id, .client(.closedUnasked), status: 0)
        case .readingHead where !result.failed: clientFailed(id, .client(.closed), status: 400)
        case .idle, .readingHead: clientFailed(id, clientCause(id, .recv, result.errno), status: 400)
        }
    }

    /// A connection without an exchange failed: one line, then it is closed. `status` not 0 is a request in the
    /// access log.
    mutating func clientFailed(_ id: SlotID, _ cause: Cause, status: UInt16) {
        logClient(id, cause)
        if status != 0 { logUnfinishedRequest(id, status: status) }
        perform(downstreams[id].machine.ended(), downstream: id)
    }

    mutating func perform(_ actions: ActionList<DownstreamAction>, downstream id: SlotID) {
        for index in 0..<actions.count {
            switch actions[index] {
            case .readNext: readNext(id)
            case .linger: beginLingering(id)
            case .close: closeDownstream(id)
            case .reset:
                if downstreams[id].stream.isNone { kernel.resetOnClose(downstreams[id].descriptor) }
                closeDownstream(id)
            case .releaseInput: releaseInput(id)
            }
        }
    }

    /// The next request may be there already: its turn comes after everybody else's, and after this one's slot is free.
    mutating func readNext(_ id: SlotID) {
        listIdle(id)
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.deadline)
        useCurrentEpoch(id)
        if !downstreams[id].input.isEmpty || downstreams[id].socket.contains(.readable) { post(downstream: id) }
    }

    /// Says close_notify to a client that speaks TLS, where all that was to be said is said.
    func sayGoodbye(downstream id: SlotID) {
        let place = downstreams[id].secure
        if place.isNone { return }
        wire.clear()
        secured[place].session.close(output: &wire)
        if !wire.isEmpty { _ = push(downstream: id, wire.span, Span()) }
    }

    mutating func beginLingering(_ id: SlotID) {
        sayGoodbye(downstream: id)
        if downstreams[id].pendingCount == 0, kernel.shutdownWrite(downstreams[id].descriptor).failed {
            return closeDownstreamLater(id)
        }
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.deadline)
        readAway(id)
    }

    /// A lingering client's socket is ready: what TLS says at the end goes out first.
    private mutating func lingerOn(_ id: SlotID) {
        if downstreams[id].pendingCount > 0 {
            switch flushPending(id) {
            case .failed: return closeDownstreamLater(id)
            case .all: if kernel.shutdownWrite(downstreams[id].descriptor).failed { return closeDownstreamLater(id) }
            case .some: break
            }
        }
        readAway(id)
    }

    /// Reads and forgets what a lingering client still sends, one read a turn.
    mutating func readAway(_ id: SlotID) {
        guard downstreams[id].socket.contains(.readable) else { return }
        scratch.clear()
        guard receive(id, limit: Limits.scratchBytes) else { return }
        let between = epochs[Int(downstreams[id].epoch)].lingeringTimeout(listener: Int(downstreams[id].listener))
        downstreams[id].machine.lingered(now: loop.now, between: between)
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.deadline)
        if downstreams[id].socket.contains(.readable) { post(downstream: id) }
    }

    mutating func releaseInput(_ id: SlotID) {
        var input = ByteBuffer()
        swap(&input, &downstreams[id].input)
        pool.give(input)
    }

    mutating func closeDownstreamLater(_ id: SlotID) {
        perform(downstreams[id].machine.ended(), downstream: id)
    }

    /// Closes the socket and gives everything back; the slot itself dies at the end of the turn.
    mutating func closeDownstream(_ id: SlotID) {
        if !downstreams[id].stream.isNone { return closeStream(id) }
        unlistIdle(id)
        endSession(id)
        kernel.close(downstreams[id].descriptor)
        releaseInput(id)
        dropPending(id)
        if !downstreams[id].partial.isNone {
            let partial = partials.remove(downstreams[id].partial)
            downstreams[id].partial = .none
            _ = consume partial
        }
        forgetProxied(id)
        forgetSecure(downstreams[id].secure)
        connectionsLeft += 1
        epochs[Int(downstreams[id].epoch)].users -= 1
        counters.active.wrappingSubtract(1, ordering: .relaxed)
        endedDownstreams.append(id)
    }
}
