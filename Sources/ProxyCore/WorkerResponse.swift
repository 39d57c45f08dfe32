import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing
import Upstreams

extension Worker {
    /// Reads once from the upstream and passes on what came.
    mutating func relayResponse(_ id: SlotID) {
        guard exchanges[id].machine.isAttempting, !exchanges[id].upstream.isNone, !exchanges[id].isLogged else {
            return
        }
        let upstream = exchanges[id].upstream
        guard upstreams[upstream].machine.isLeased, upstreams[upstream].socket.contains(.readable) else { return }
        if exchanges[id].machine.isTunnelling { return pumpTunnel(id) }
        switch exchanges[id].machine.attempt {
        case .sending, .awaitingHead: readResponseHead(id, upstream)
        case .body: readResponseBody(id, upstream)
        case .none, .resolving, .queued, .waiting, .connecting, .handshaking, .over: break
        }
    }

    // MARK: the head

    /// How much may be read for this exchange now; 0 where the client has to take something first.
    private func readLimit(_ id: SlotID) -> Int {
        let held = waitingForClient(id)
        let credit = exchanges[id].heldLimit - held
        if credit <= 0 { return 0 }
        return min(Limits.scratchBytes, credit + max(0, overshootLeft))
    }

    private func waitingForClient(_ id: SlotID) -> Int {
        switch exchanges[id].client {
        case .connection(let connection): downstreams[connection].pendingCount
        case .gone, .check: 0
        }
    }

    private mutating func readResponseHead(_ id: SlotID, _ upstream: SlotID) {
        scratch.clear()
        if !upstreams[upstream].input.isEmpty { scratch.append(upstreams[upstream].input.span) }
        // At a rate no more than the head's own buffer is read with it.
        let credit = settings(id).limitsUpstreamRate ? 0 : readLimit(id)
        let limit = max(credit, settings(id).headBufferBytes) - scratch.count
        let result = receive(upstream: upstream, into: &scratch, limit: max(limit, 1))
        if result.wouldBlock {
            if let errno = exchanges[id].writeErrno { failWrite(id, errno) }
            return
        }
        if result.value == 0 { return headEnded(id, result) }
        exchanges[id].record.attempts.current.bytesReceived += Int64(result.value)
        if streamHasFailed(upstream) { return headEnded(id, SystemResult(.protocolError)) }
        parseResponseHead(id, upstream)
    }

    /// FIN or an errno before the head was whole.
    private mutating func headEnded(_ id: SlotID, _ result: SystemResult) {
        if let errno = exchanges[id].writeErrno, !result.failed || scratch.isEmpty { return failWrite(id, errno) }
        var marks: CauseMarks = []
        if !scratch.isEmpty || exchanges[id].interims > 0 { marks.insert(.answerBegun) }
        if result.failed {
            failAttempt(
                id, upstreamCause(exchanges[id].upstream, .recv, result.errno, marks: marks),
                phase: .readingResponseHead)
        } else {
            failAttempt(id, .connection(.closed, marks: marks), phase: .readingResponseHead)
        }
    }

    private mutating func failWrite(_ id: SlotID, _ errno: Errno) {
        failAttempt(id, upstreamCause(exchanges[id].upstream, .writev, errno))
    }

    /// Parses heads at the start of `scratch`: any number of interim ones within the bound, then the final one.
    private mutating func parseResponseHead(_ id: SlotID, _ upstream: SlotID) {
        let limits = ResponseLimits(headLimitBytes: settings(id).headBufferBytes)
        while true {
            let progress = exchanges[id].parser.parse(scratch.span, fields: &fields, limits: limits)
            switch progress {
            case .incomplete:
                upstreams[upstream].input.clear()
                if upstreams[upstream].input.capacity == 0 {
                    upstreams[upstream].input = pool.take(atLeast: max(scratch.count, 1024))
                }
                upstreams[upstream].input.append(scratch.span)
                if let errno = exchanges[id].writeErrno, !upstreams[upstream].socket.contains(.readable) {
                    return failWrite(id, errno)
                }
                if upstreams[upstream].socket.contains(.readable) { post(upstream: upstream) }
                return
            case .refused(let refusal, let quoted):
                setEvidence(quoted)
                exchanges[id].answerBegun = true
                return failAttempt(id, .response(ResponseCause(refusal)), phase: .readingResponseHead)
            case .complete(let end):
                upstreams[upstream].input.clear()
                if !exchanges[id].parser.isInterim { return headComplete(id, end) }
                if !passInterim(id, end) { return }
                scratch.removeFirst(end)
                exchanges[id].parser = ResponseHeadParser()
                if scratch.isEmpty {
                    if upstreams[upstream].socket.contains(.readable) { post(upstream: upstream) }
                    return
                }
            }
        }
    }

    /// Passes an interim head on where it is wanted; false where there were too many.
    private mutating func passInterim(_ id: SlotID, _ end: Int) -> Bool {
        exchanges[id].interims += 1
        if exchanges[id].interims > Limits.interimLimit {
            failAttempt(id, .response(.tooManyInterims))
            return false
        }
        let epoch = epochs[Int(exchanges[id].epoch)]
        guard exchanges[id].parser.status == 103, exchanges[id].record.asked.facts.version != .http10,
            epoch.routing.wantsEarlyHints(&exchanges[id].record, moment, &pool),
            case .connection(let connection) = exchanges[id].client
        else { return true }
        var head = FieldBlock(bytes: scratch.span.extracting(0..<end), fields: fields, pool: &pool)
        output.clear()
        let isStream = !downstreams[connection].stream.isNone
        epoch.routing.appendInterimHead(status: 103, head, isHTTP2: isStream, to: &output)
        head.release(to: &pool)
        if isStream {
            if !output.isEmpty { sayInterim(connection, status: 103) }
            return true
        }
        if case .failed(let errno) = send(to: connection, body: .empty) {
            clientGone(id, .clientFailed(.send, errno: errno.rawValue))
            return false
        }
        return true
    }

    /// The final head is whole and lies at the start of `scratch`; its body may follow there.
    private mutating func headComplete(_ id: SlotID, _ end: Int) {
        let parser = exchanges[id].parser
        exchanges[id].record.answer.head.release(to: &pool)
        exchanges[id].record.answer.head = FieldBlock(
            bytes: scratch.span.extracting(0..<end), fields: fields, pool: &pool)
        exchanges[id].record.answer.facts = ResponseFacts(parser, method: exchanges[id].upstreamMethod)
        // HTTP/2 has no words for a status: the client gets the usual ones.
        if !upstreams[exchanges[id].upstream].stream.isNone { exchanges[id].record.answer.facts.statusText = .empty }
        exchanges[id].record.attempts.current.status = parser.status
        exchanges[id].record.attempts.current.headTime = Int(loop.now.since(exchanges[id].attemptStarted))
        if parser.duplicateCount > 0 { noteDuplicates(id, parser) }
        if parser.status == 101 && !mayTunnel(id) { return failAttempt(id, .response(.unaskedUpgrade)) }
        if case .check(let number) = exchanges[id].client { return checkHead(id, check: Int(number), end) }
        if passOver(id, parser.status) || intercept(id, parser.status) { return }
        var orders = AccelOrders()
        if parser.hasAccelFields {
            orders = epochs[Int(exchanges[id].epoch)].routing.orders(exchanges[id].record)
            if let rate = orders.limitRate { exchanges[id].record.route.limitRate = rate }
            if !orders.redirect.isAbsent { return follow(id, redirect: orders.redirect) }
        }
        if 200..<300 ~= parser.status && awaitsTunnel(id) { return failAttempt(id, .response(.upgradeIgnored)) }
        exchanges[id].machine.headArrived(deadline: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        if parser.status == 101 { return beginTunnel(id, from: end) }
        takeFraming(id)
        if let buffering = orders.buffering { setBuffering(id, buffering) }
        setReadRate(id, alreadyRead: scratch.count - end)
        passBody(id, from: end)
    }

    /// How long the response's body is, the head says.
    mutating func takeFraming(_ id: SlotID) {
        exchanges[id].responseFraming = streamFraming(id) ?? exchanges[id].record.answer.facts.framing
        exchanges[id].responseChunks = ChunkedDecoder(trailerLimitBytes: settings(id).headBufferBytes)
        exchanges[id].responseLeft = 0
        if case .length(let count) = exchanges[id].responseFraming { exchanges[id].responseLeft = count }
    }

    /// Whether 101 is an answer to this request: it asked for it, and has left whole. What followed an answer that came
    /// before would be taken for the other protocol's bytes (RFC 9110 §7.8).
    private func mayTunnel(_ id: SlotID) -> Bool {
        guard case .connection(let connection) = exchanges[id].client else { return false }
        let side = downstreams[connection].stream
        return exchanges[id].asksUpgrade && exchanges[id].requestDelivered && exchanges[id].machine.isRequestWhole
            && (side.isNone || streams[side].isExtendedConnect)
    }

    /// Whether the client takes any 2xx for the beginning of a tunnel (RFC 8441 §5).
    func awaitsTunnel(_ id: SlotID) -> Bool {
        guard case .connection(let connection) = exchanges[id].client else { return false }
        let side = downstreams[connection].stream
        return !side.isNone && streams[side].isExtendedConnect
    }

    /// `proxy_next_upstream http_500` and its like: another peer is asked instead.
    private mutating func passOver(_ id: SlotID, _ status: Int) -> Bool {
        guard let condition = NextUpstream(status: status), exchanges[id].machine.mayPassOver(condition, retryRules(id))
        else {
            // Listed, but nobody is left to ask: it still counts against the peer.
            exchanges[id].countsStatus =
                NextUpstream(status: status).map { settings(id).nextUpstream.contains($0) && $0.counts } ?? false
            return false
        }
        exchanges[id].failurePhase = .readingResponseHead
        perform(
            exchanges[id].machine.attemptDropped(reusable: false, outcome: condition.counts ? .failed : .neutral),
            exchange: id)
        resetResponse(id)
        work.append(.startAttempt(id))
        return true
    }

    /// `proxy_intercept_errors`: an `error_page` of this status takes the response's place.
    private mutating func intercept(_ id: SlotID, _ status: Int) -> Bool {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        guard routing.intercepts(status: status, exchanges[id].record) else { return false }
        let decision = routing.errorPage(&exchanges[id].record, status: status, moment, &pool)
        if case .none = decision { return false }
        perform(exchanges[id].machine.attemptDropped(reusable: false, outcome: .succeeded), exchange: id)
        resetResponse(id)
        follow(id, decision)
        return true
    }

    /// `X-Accel-Redirect`.
    private mutating func follow(_ id: SlotID, redirect: Piece) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        perform(exchanges[id].machine.attemptDropped(reusable: false, outcome: .succeeded), exchange: id)
        resetResponse(id)
        if let trouble = routing.follow(redirect: redirect, &exchanges[id].record, moment, &pool) {
            let verdict = record(id, Cause(trouble), phase: .routing)
            return answer(id, status: verdict.status)
        }
        routeAgain(id)
    }

    /// `X-Accel-Buffering`.
    private mutating func setBuffering(_ id: SlotID, _ buffering: Bool) {
        let scope = settings(id)
        exchanges[id].isBuffering = buffering
        exchanges[id].heldLimit = scope.headBufferBytes + (buffering ? scope.bufferCount * scope.bufferBytes : 0)
    }

    /// Forgets what one attempt's response left behind.
    mutating func resetResponse(_ id: SlotID) {
        exchanges[id].parser = ResponseHeadParser()
        exchanges[id].interims = 0
        exchanges[id].answerBegun = false
        exchanges[id].surplusNoticed = false
        exchanges[id].trailers.clear()
        exchanges[id].requestDelivered = false
    }

    // MARK: the body

    private mutating func readResponseBody(_ id: SlotID, _ upstream: SlotID) {
        let credit = readLimit(id)
        if credit == 0 { return pauseUpstream(id) }
        let limit = min(credit, exchanges[id].readRate.allowance(now: loop.now))
        if limit == 0 { return paceReading(id, credit) }
        scratch.clear()
        let result = receive(upstream: upstream, into: &scratch, limit: limit)
        if result.wouldBlock { return }
        if result.value == 0 { return bodyEnded(id, result) }
        exchanges[id].readRate.took(result.value)
        exchanges[id].record.attempts.current.bytesReceived += Int64(result.value)
        if !isCheck(id) {
            exchanges[id].machine.bodyAwaitedFromUpstream(
                until: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        }
        passBody(id, from: 0)
    }

    /// FIN or an errno where body bytes were due.
    private mutating func bodyEnded(_ id: SlotID, _ result: SystemResult) {
        if result.failed {
            let operation: Failures.Operation = exchanges[id].isBuffering ? .readv : .recv
            let cause = upstreamCause(exchanges[id].upstream, operation, result.errno, marks: .answerBegun)
            return failAttempt(id, cause)
        }
        if exchanges[id].responseFraming == .untilClose && !isTruncated(upstream: exchanges[id].upstream) {
            // A send has taken the reset's errno, and reading then ends as if all were well.
            if exchanges[id].writeErrno == .connectionReset {
                return bodyEnded(id, SystemResult(.connectionReset))
            }
            scratch.clear()
            keepTrailers(id)
            return deliver(id, .empty, ended: true, reusable: false)
        }
        failAttempt(id, .connection(.closed, marks: .answerBegun))
    }

    /// What of `scratch` is body, moved together; whether it ended there, and whether more than it came.
    private struct Decoded {
        var range: ByteRange
        var ended: Bool
        var surplus: Bool
        var refusal: ChunkRefusal?
    }

    private mutating func decode(_ id: SlotID, from start: Int) -> Decoded {
        let available = scratch.count - start
        switch exchanges[id].responseFraming {
        case .none: return Decoded(range: .empty, ended: true, surplus: available > 0)
        case .untilClose:
            return Decoded(range: ByteRange(start, scratch.count), ended: streamIsReadOut(id), surplus: false)
        case .length:
            let count = Int(min(Int64(available), exchanges[id].responseLeft))
            exchanges[id].responseLeft -= Int64(count)
            return Decoded(
                range: ByteRange(start: start, count: count), ended: exchanges[id].responseLeft == 0,
                surplus: available > count)
        case .chunked: return decodeChunks(id, from: start)
        }
    }

    private mutating func decodeChunks(_ id: SlotID, from start: Int) -> Decoded {
        var offset = start
        var end = start
        // Decoder and trailers are of one slot: one access at a time.
        var trailers = ByteBuffer()
        swap(&trailers, &exchanges[id].trailers)
        defer { swap(&trailers, &exchanges[id].trailers) }
        while true {
            switch exchanges[id].responseChunks.step(scratch.span, from: offset, trailer: &trailers) {
            case .data(let range):
                scratch.copyWithin(range, to: end)
                end += range.count
                offset = range.end
            case .needMore: return Decoded(range: ByteRange(start, end), ended: false, surplus: false)
            case .end(let next):
                return Decoded(range: ByteRange(start, end), ended: true, surplus: next < scratch.count)
            case .refused(let refusal):
                return Decoded(range: ByteRange(start, end), ended: false, surplus: false, refusal: refusal)
            }
        }
    }

    /// Passes on the body bytes that lie in `scratch` from `start` on; commits the head first where it is not yet.
    mutating func passBody(_ id: SlotID, from start: Int) {
        let decoded = decode(id, from: start)
        exchanges[id].record.attempts.current.bodyBytes += Int64(decoded.range.count)
        if let refusal = decoded.refusal {
            // Before the head is committed the client gets a status; after, what was good and then the cut.
            if exchanges[id].machine.isCommitted && !decoded.range.isEmpty {
                deliver(id, decoded.range, ended: false, reusable: false)
                guard exchanges.contains(id), !exchanges[id].isLogged else { return }
            }
            return failChunks(id, refusal)
        }
        if decoded.surplus { noteSurplus(id) }
        if decoded.ended { keepTrailers(id) }
        deliver(
            id, decoded.range, ended: decoded.ended,
            reusable: !decoded.surplus && exchanges[id].record.answer.facts.keepsAlive)
    }

    private mutating func failChunks(_ id: SlotID, _ refusal: ChunkRefusal) {
        switch refusal {
        case .invalidChunk: failAttempt(id, .response(.invalidChunk))
        case .tooBigTrailers: failAttempt(id, .response(.trailersTooBig))
        case .invalidTrailer:
            let quoted = exchanges[id].responseChunks.trailerEvidence(in: exchanges[id].trailers)
            if case .before(let range) = quoted {
                evidence.set(exchanges[id].trailers.span(ByteRange(range.start, range.end + 1)))
            }
            failAttempt(id, .response(.invalidTrailer))
        }
    }

    /// Notes bytes after the response's end; its connection is used no more.
    private mutating func noteSurplus(_ id: SlotID) {
        if exchanges[id].surplusNoticed || exchanges[id].upstreamMethod == .head { return }
        exchanges[id].surplusNoticed = true
        let cause: ResponseCause = exchanges[id].responseFraming == .chunked ? .dataAfterLastChunk : .dataBeyondLength
        // Where nginx does not buffer it has not begun to read the body when it sees what came with the head.
        let isLate =
            exchanges[id].machine.isCommitted || exchanges[id].responseFraming == .chunked || exchanges[id].isBuffering
        let phase: Phase = isLate ? .readingUpstream : .readingResponseHead
        logExchange(id, .response(cause), phase: phase)
    }
}
