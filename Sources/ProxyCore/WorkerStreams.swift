import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import HTTP2
import Platform
import Routing

// Streams of clients: each has a slot among the connections, so that an exchange need not know what carries it.
extension Worker {
    /// A head came on a stream: a request's makes an exchange; trailers end a body.
    mutating func headCame(_ carrier: SlotID, _ key: StreamKey, _ head: HeadEvent) {
        guard head.section == .request else {
            // What a request's trailers say is passed on to nobody (nginx: likewise).
            if let fault = head.fault {
                return streamFaulted(SlotID(bits: key.exchange), cause(of: fault, head, on: carrier))
            }
            if head.ends { streamInputEnded(SlotID(bits: key.exchange)) }
            return
        }
        useCurrentEpoch(carrier)
        guard let id = openStream(carrier, key, head) else { return }
        // What follows an extended CONNECT is a tunnel's, no body (RFC 8441 §5).
        var parser = RequestHeadParser(http2EndingStream: head.ends || head.isExtendedConnect)
        var limits = epochs[Int(downstreams[id].epoch)].requestLimits(listener: Int(downstreams[id].listener))
        // The pseudo-headers became a line of their own.
        limits.fieldLimit += head.isExtendedConnect ? 4 : 1
        let progress = parser.parse(scratch.span, fields: &fields, limits: limits)
        if let fault = head.fault {
            streams[downstreams[id].stream].isFaulty = true
            return headRefused(id, parser, cause(of: fault, head, on: carrier))
        }
        switch progress {
        case .complete(let end): headArrived(id, parser, end: end)
        case .refused(let refusal, let quoted):
            setEvidence(quoted)
            headRefused(id, parser, .request(RequestCause(refusal)))
        case .incomplete: preconditionFailure("a session tells of whole heads")
        }
        endIfOutworn(carrier)
    }

    /// A slot for the stream, and its head's text in `scratch`; nil where there is no room for it.
    private mutating func openStream(_ carrier: SlotID, _ key: StreamKey, _ head: HeadEvent) -> SlotID? {
        let place = downstreams[carrier].session
        guard !downstreams.isFull, !exchanges.isFull,
            let side = streams.insert(
                StreamConnection(carrier: carrier, number: key.stream, headBytes: head.wireBytes))
        else {
            sessions[place].session.reset(key.stream, .refusedStream)
            return nil
        }
        if head.ends { streams[side].input = .ended }
        unlistIdle(carrier)
        downstreams[carrier].machine.streamOpened()
        let stream = DownstreamConnection(
            descriptor: downstreams[carrier].descriptor, listener: downstreams[carrier].listener,
            epoch: downstreams[carrier].epoch, machine: DownstreamMachine(now: loop.now, headTimeout: 0),
            socket: [.writable], serial: downstreams[carrier].serial, peer: downstreams[carrier].peer,
            accepted: downstreams[carrier].accepted, exchange: .none, input: ByteBuffer(), partial: .none,
            proxied: downstreams[carrier].proxied, secure: downstreams[carrier].secure,
            pending: ByteBuffer(), pendingSent: 0, overshoot: 0, stream: side)
        guard let id = downstreams.insert(stream) else { preconditionFailure("there was a free slot") }
        epochs[Int(downstreams[id].epoch)].users += 1
        sessions[place].session.bind(key.stream, to: id.bits)
        scratch.clear()
        scratch.append(sessions[place].session.heads.part(head.text))
        if head.isExtendedConnect && head.fault == nil { addWebSocketKey(side) }
        return id
    }

    /// A WebSocket over HTTP/2 has no key (RFC 8441 §5); the upstream's HTTP/1 asks for one.
    private mutating func addWebSocketKey(_ side: SlotID) {
        streams[side].isExtendedConnect = true
        scratch.truncate(to: scratch.count - 2)
        scratch.append("Sec-WebSocket-Key: ")
        // Sixteen random bytes in Base64, as hexadecimal digits: all of them are letters of its alphabet.
        scratch.append(hex: kernel.random() | 1 << 63)
        scratch.append("00000A==\r\n\r\n")
    }

    /// The cause that a malformed head is.
    private mutating func cause(of fault: HeadFault, _ head: HeadEvent, on carrier: SlotID) -> Cause {
        let place = downstreams[carrier].session
        text.clear()
        if let missing = fault.missing {
            text.append(missing)
            evidence.set(text.span)
            return .stream(.noPseudoField)
        }
        let (name, value) = (head.faultName, head.faultValue)
        fault.append(
            name: sessions[place].session.heads.part(name), value: sessions[place].session.heads.part(value), to: &text)
        evidence.set(text.span)
        switch fault {
        case .noAuthority: return .stream(.noAuthority)
        case .authorityMismatch: return .stream(.authorityMismatch)
        case .tooLargeField, .tooLargeHead:
            evidence.set(sessions[place].session.heads.part(name))
            return .request(.fieldTooLong)
        default: return .stream(.malformed)
        }
    }

    /// A connection that has carried enough takes no new streams (nginx: keepalive_requests, keepalive_time).
    private mutating func endIfOutworn(_ carrier: SlotID) {
        guard downstreams.contains(carrier), downstreams[carrier].machine.takesStreams else { return }
        let scope = epochs[Int(downstreams[carrier].epoch)].defaultScope(listener: Int(downstreams[carrier].listener))
        let isOutworn =
            Int(downstreams[carrier].machine.requests) >= scope.keepAliveRequestLimit
            || loop.now.since(downstreams[carrier].accepted) >= Int64(scope.keepAliveLifetime)
        if isOutworn || isOutdated(carrier) { beginDrain(carrier, atOnce: true) }
    }

    /// A request over HTTP/2 for a server that does not speak it (RFC 9110 §15.5.20; nginx likewise).
    func isMisdirectedStream(_ connection: SlotID, _ server: Int) -> Bool {
        if downstreams[connection].stream.isNone { return false }
        let epoch = epochs[Int(downstreams[connection].epoch)]
        return !epoch.model.servers[server].connection.http2
            && !epoch.listensWithHTTP2(listener: Int(downstreams[connection].listener))
    }

    // MARK: what comes

    /// Body bytes came: so many of `frames`.
    mutating func bodyCame(_ id: SlotID, _ range: ByteRange) {
        guard downstreams.contains(id), !downstreams[id].stream.isNone else { return }
        let side = downstreams[id].stream
        if streams[side].received.capacity == 0 { streams[side].received = pool.take(atLeast: range.count) }
        streams[side].received.append(frames.span(range))
        heard(id, side)
    }

    /// What came in one read is looked at together: frames of a body that came at once go on at once.
    private mutating func heard(_ id: SlotID, _ side: SlotID) {
        downstreams[id].socket.insert(.readable)
        if streams[side].isHeard { return }
        streams[side].isHeard = true
        work.append(.hear(id))
    }

    /// The exchange looks at what came on its stream.
    mutating func hearStream(_ id: SlotID) {
        let side = downstreams[id].stream
        if side.isNone { return }
        streams[side].isHeard = false
        exchangeClientReady(downstreams[id].exchange, id, ended: false)
    }

    /// Somebody takes the body from now on: more than its first bytes may be under way (nginx:
    /// http2_body_preread_size). What is stored is taken at once, however much comes; what is passed on is bounded like
    /// a buffer.
    func widenWindow(_ exchange: SlotID, _ id: SlotID) {
        let side = downstreams[id].stream
        guard streams[side].input == .open else { return }
        let isPassed = exchanges[exchange].passesBody
        var window = isPassed ? settings(exchange).bodyBufferBytes : Limits.bodyWindowBytes
        if case .length(let count) = exchanges[exchange].record.asked.facts.framing {
            window = Int(min(Int64(window), count))
        }
        let carrier = streams[side].carrier
        sessions[downstreams[carrier].session].session.widen(streams[side].number, to: window)
        wantsToSpeak(downstream: carrier)
    }

    /// END_STREAM came.
    mutating func streamInputEnded(_ id: SlotID) {
        guard downstreams.contains(id), !downstreams[id].stream.isNone else { return }
        let side = downstreams[id].stream
        streams[side].input = .ended
        heard(id, side)
    }

    /// The body is not what the head said, or what came is no body.
    mutating func streamFaulted(_ id: SlotID, _ cause: Cause) {
        guard downstreams.contains(id), !downstreams[id].stream.isNone else { return }
        streams[downstreams[id].stream].isFaulty = true
        let exchange = downstreams[id].exchange
        guard exchanges.contains(exchange), !exchanges[exchange].isLogged else { return }
        failRequest(exchange, cause)
    }

    /// The cause that a malformed message is.
    mutating func cause(of fault: StreamFault) -> Cause {
        text.clear()
        let cause: Cause
        switch fault {
        case .bodyTooShort(let received, let length):
            text.append(decimal: length)
            cause = .stream(.cutShort, number: received)
        case .bodyBeyondLength:
            text.append("more body than its \"Content-Length\" says")
            cause = .stream(.malformed)
        case .trailersWithoutEnd, .bodyBeforeHead, .noResponse:
            text.append("frames out of order")
            cause = .stream(.malformed)
        case .library(let error):
            text.append(text: HTTP2Session.text(ofError: error))
            cause = .stream(.malformed)
        }
        evidence.set(text.span)
        return cause
    }

    /// The stream is gone: its client, or the connection, ended it. One that is over here already has no slot.
    mutating func streamGone(_ id: SlotID, _ number: Int32, _ end: StreamEnd) {
        guard downstreams.contains(id), !downstreams[id].stream.isNone else { return }
        let side = downstreams[id].stream
        streams[side].input = .reset
        let exchange = downstreams[id].exchange
        guard exchanges.contains(exchange), !exchanges[exchange].isLogged else { return }
        let isWhole = exchanges[exchange].machine.isRequestWhole && !exchanges[exchange].machine.isTunnelling
        if isWhole && settings(exchange).ignoresClientAbort {
            exchanges[exchange].client = .gone
            closeStream(id)
            return
        }
        clientGone(exchange, cause(of: end, number, exchange))
    }

    private mutating func cause(of end: StreamEnd, _ number: Int32, _ exchange: SlotID) -> Cause {
        if end.closer != .peer {
            return .client(exchanges[exchange].upstream.isNone ? .abortedAlone : .aborted)
        }
        if end.code == .cancel { return .stream(.cancelled, number: Int64(number)) }
        text.clear()
        text.append(decimal: end.code.rawValue)
        evidence.set(text.span)
        return .stream(.terminated, number: Int64(number))
    }

    /// The session takes more bytes of a stream.
    mutating func streamWritable(_ id: SlotID) {
        guard downstreams.contains(id), !downstreams[id].stream.isNone else { return }
        downstreams[id].socket.insert(.writable)
        exchangeClientReady(downstreams[id].exchange, id, ended: false)
    }

    // MARK: reading

    /// Takes at most `limit` bytes of what came on a stream; 0 is its end, and a reset an errno.
    func receive(stream id: SlotID, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        let side = downstreams[id].stream
        let count = min(limit, streams[side].received.count)
        if count == 0 {
            switch streams[side].input {
            case .open:
                downstreams[id].socket.remove(.readable)
                return .wouldBlock
            case .ended:
                downstreams[id].socket.remove(.readable)
                downstreams[id].socket.insert(.readOver)
                return SystemResult(raw: 0)
            case .reset: return SystemResult(.connectionReset)
            }
        }
        buffer.append(streams[side].received.span.extracting(0..<count))
        if count == streams[side].received.count {
            giveReceived(side)
            if case .open = streams[side].input { downstreams[id].socket.remove(.readable) }
        } else {
            streams[side].received.removeFirst(count)
        }
        let carrier = streams[side].carrier
        sessions[downstreams[carrier].session].session.consumed(streams[side].number, count)
        wantsToSpeak(downstream: carrier)
        return SystemResult(raw: count)
    }

    /// Whether all of a stream's body was taken, and it has ended.
    func isStreamOver(_ id: SlotID) -> Bool {
        let side = downstreams[id].stream
        guard !side.isNone, streams[side].received.isEmpty, case .ended = streams[side].input else { return false }
        return true
    }

    func giveReceived(_ side: SlotID) {
        var received = ByteBuffer()
        swap(&received, &streams[side].received)
        pool.give(received)
    }

    // MARK: the end

    /// Ends a stream's slot. What was not ended by both sides is reset: a client must not take what it has for whole,
    /// nor send what nobody reads (RFC 9113 §8.1).
    mutating func closeStream(_ id: SlotID) {
        let side = downstreams[id].stream
        let (carrier, number) = (streams[side].carrier, streams[side].number)
        let place = downstreams[carrier].session
        switch streams[side].input {
        case .reset: break
        case _ where !streams[side].saidEnd: sessions[place].session.reset(number, resetCode(id, side))
        case _ where streams[side].isFaulty: sessions[place].session.refuse(number, .protocolError)
        case .open: sessions[place].session.reset(number, .noError)
        case .ended: break
        }
        wantsToSpeak(downstream: carrier)
        giveReceived(side)
        _ = streams.remove(side)
        dropPending(id)
        downstreams[id].stream = .none
        epochs[Int(downstreams[id].epoch)].users -= 1
        endedDownstreams.append(id)
        guard downstreams[carrier].machine.isSession else { return }
        let scope = epochs[Int(downstreams[carrier].epoch)].defaultScope(listener: Int(downstreams[carrier].listener))
        downstreams[carrier].machine.streamEnded(
            now: loop.now, keepAlive: (most: scope.keepAliveTimeout, least: scope.keepAliveMinimumTimeout))
        if downstreams[carrier].machine.streams > 0 { return }
        if downstreams[carrier].machine.takesStreams { listIdle(carrier) }
        loop.arm(.downstream, carrier.index, deadline: downstreams[carrier].machine.nextDeadline)
    }

    /// The code of a stream's reset: what the table says of its failure.
    private func resetCode(_ id: SlotID, _ side: SlotID) -> ErrorCode {
        if streams[side].isFaulty { return .protocolError }
        let exchange = downstreams[id].exchange
        guard exchanges.contains(exchange), let failure = exchanges[exchange].failure,
            failure.verdict.ending == .reset
        else { return .internalError }
        return ErrorCode(rawValue: failure.verdict.resetCode)
    }
}
