import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Logs
import Platform
import Routing

extension Worker {
    /// Makes the verdict on a cause, writes its line, counts it and keeps all for who looks later.
    ///
    /// `peer`: whose failure it is where the exchange has let go of its peer already; −1 where it had none.
    mutating func record(_ id: SlotID, _ cause: Cause, phase: Phase, peer: Int? = nil) -> Verdict {
        let place = Place(phase, headCommitted: exchanges[id].machine.isCommitted, wire: wire(id))
        let verdict = FailureTable.verdict(cause, at: place)
        writeLine(id, cause, phase: phase, level: verdict.level)
        if !isCheck(id) {
            count(cause, verdict)
            countFailure(id, peer: peer ?? holdingPeer(id), cause, verdict)
        }
        text.clear()
        CauseText.append(cause, evidence, to: &text)
        let words = exchanges[id].record.keep(text.span)
        let kept = exchanges[id].record.keep(line.span)
        exchanges[id].failure = ExchangeFailure(cause: cause, phase: phase, verdict: verdict, text: words, line: kept)
        evidence.clear()
        return verdict
    }

    /// How the client is spoken to, for the verdict on an abort.
    private func wire(_ id: SlotID) -> Wire {
        if isOnStream(id) { return .http2 }
        return exchanges[id].clientFraming == .untilClose ? .http1UntilClose : .http1
    }

    /// The attempt failed: verdict, line, and what the machine makes of it.
    ///
    /// `phase` is the machine's unless the caller knows better: what is read says so, even while the request still
    /// leaves.
    mutating func failAttempt(_ id: SlotID, _ cause: Cause, phase: Phase? = nil) {
        let peer = holdingPeer(id)
        let phase = phase ?? (exchanges[id].machine.isAttempting ? exchanges[id].machine.phase : .connecting)
        let isRefusal = isRefusal(id, cause)
        if isRefusal && waitOut(id, cause, phase: phase) { return }
        var cause = cause
        let onReused = failedOnReused(id, cause) || wasUnprocessed(id, cause)
        if onReused {
            let isUnanswered = !exchanges[id].answerBegun && !cause.marks.contains(.answerBegun)
            if isUnanswered && !cause.marks.contains(.unprocessed) { cause.marks.insert(.stale) }
            exchanges[id].tried.remove(Int(exchanges[id].peer))
        }
        exchanges[id].failurePhase = phase
        let isTimeout = cause.kind == .connection(.timedOut)
        if isTimeout {
            let place = Place(phase, headCommitted: exchanges[id].machine.isCommitted, wire: wire(id))
            if FailureTable.verdict(cause, at: place).countsAgainstPeer { releasePeer(id, .failed) }
        }
        let verdict = record(id, cause, phase: phase, peer: peer)
        // A lookup comes before the attempt: the one before it is another's, unless both are tries of one wait.
        let isOwn = phase != .resolving || exchanges[id].machine.waits && !exchanges[id].restarted
        if verdict.status != 0 && isOwn {
            exchanges[id].record.attempts.current.status = Int(verdict.status)
        }
        noteAttemptOver(id)
        var rules = retryRules(id)
        rules.isRefusal = isRefusal
        let actions = exchanges[id].machine.attemptFailed(verdict, onReused: onReused, rules: rules)
        resetResponse(id)
        perform(actions, exchange: id)
    }

    /// Whether a reused connection ended before it answered: the peer may have closed it while it lay idle, and a fresh
    /// one is worth a try that does not count.
    private func failedOnReused(_ id: SlotID, _ cause: Cause) -> Bool {
        let upstream = exchanges[id].upstream
        guard !upstream.isNone, upstreams[upstream].machine.isReused, !exchanges[id].machine.isCommitted else {
            return false
        }
        switch cause.kind {
        case .connection(.closed), .connection(.failed): return true
        default: return false
        }
    }

    /// What allows another try.
    func retryRules(_ id: SlotID) -> RetryRules {
        if isCheck(id) {
            // Only a connection that had lain idle is worth another try, see `failedOnReused`.
            return RetryRules(conditions: .error, isIdempotent: true, canReplayBody: true, timeIsUp: false)
        }
        let scope = settings(id)
        let elapsed = exchanges[id].firstAttempt.isNever ? 0 : loop.now.since(exchanges[id].firstAttempt)
        return RetryRules(
            conditions: scope.nextUpstream, isIdempotent: exchanges[id].record.asked.facts.method.mayBeRepeated,
            canReplayBody: !exchanges[id].passesBody,
            timeIsUp: scope.nextUpstreamTimeout > 0 && elapsed >= Int64(scope.nextUpstreamTimeout))
    }

    /// The attempt's time, once.
    mutating func noteAttemptOver(_ id: SlotID) {
        if !exchanges[id].record.attempts.current.isBegun { return }
        if exchanges[id].record.attempts.current.responseTime >= 0 { return }
        exchanges[id].record.attempts.current.responseTime = Int(loop.now.since(exchanges[id].attemptStarted))
    }

    // MARK: lines

    /// Writes a line about an exchange whose cause changes nothing.
    mutating func logExchange(_ id: SlotID, _ cause: Cause, phase: Phase) {
        // What is odd about an answer to a health check is told where a request has such an answer.
        if !isCheck(id) {
            writeLine(id, cause, phase: phase, level: FailureTable.verdict(cause, at: Place(phase)).level)
        }
        evidence.clear()
    }

    /// Composes the line of an exchange in `line` and writes it where its location's logs take its level.
    private mutating func writeLine(_ id: SlotID, _ cause: Cause, phase: Phase, level: LogLevel) {
        if case .check(let number) = exchanges[id].client {
            return tellCheckFailure(Int(number), cause, phase, level: level)
        }
        clock.update(loop.wallTime)
        line.clear()
        text.clear()
        let epoch = epochs[Int(exchanges[id].epoch)]
        let client = ByteRange(appendClient(id), text.count)
        let server = ByteRange(appendServer(id, epoch), text.count)
        let upstream = ByteRange(phase == .resolving ? text.count : appendUpstream(id), text.count)
        var stamp = stamp
        stamp.connection = exchanges[id].record.asked.connection.serial
        let facts = exchanges[id].record.asked.facts
        let host = exchanges[id].record.asked.head.first(.host)?.value
        let referrer = exchanges[id].record.asked.head.first(.referer)?.value
        compose(
            id, cause, phase, level, stamp, client: client, server: server, upstream: upstream,
            request: facts.requestLine, host: host, referrer: referrer)
        logs.writeError(line.span, level: level, to: epoch.errorRoutes[exchanges[id].record.route.location])
    }

    private mutating func compose(
        _ id: SlotID, _ cause: Cause, _ phase: Phase, _ level: LogLevel, _ stamp: ErrorLine.Stamp, client: ByteRange,
        server: ByteRange, upstream: ByteRange, request: ByteRange, host: ByteRange?, referrer: ByteRange?
    ) {
        let names = text.span
        let head = exchanges[id].record.asked.head.buffer.span
        ErrorLine.append(
            cause, evidence, while: phase, level: level, time: clock.span, stamp: stamp, client: names.part(client),
            server: names.part(server), request: request.isEmpty ? nil : head.part(request),
            upstream: upstream.isEmpty ? nil : names.part(upstream),
            host: host == nil ? nil : head.part(host ?? .empty),
            referrer: referrer == nil ? nil : head.part(referrer ?? .empty), to: &line)
    }

    private mutating func appendClient(_ id: SlotID) -> Int {
        let start = text.count
        exchanges[id].record.asked.client.appendHost(to: &text)
        return start
    }

    private mutating func appendServer(_ id: SlotID, _ epoch: Epoch) -> Int {
        let start = text.count
        text.append(epoch.serverNames[exchanges[id].record.route.server])
        return start
    }

    private mutating func appendUpstream(_ id: SlotID) -> Int {
        let start = text.count
        if exchanges[id].record.attempts.isEmpty { return start }
        text.append(settings(id).isGRPC ? "grpc" : "http")
        text.append(exchanges[id].record.route.proxy.isTLS ? "s://" : "://")
        let peerStart = text.count
        exchanges[id].record.append(exchanges[id].record.attempts.current.peerName, to: &text)
        if text.span.extracting(peerStart..<text.count).starts(with: "unix:") { text.append(0x3a) }
        appendProxyURI(id)
        return start
    }

    /// A line about a client's connection without an exchange.
    mutating func logClient(_ id: SlotID, _ cause: Cause) {
        clock.update(loop.wallTime)
        let phase = phase(downstream: id)
        let verdict = FailureTable.verdict(cause, at: Place(phase))
        line.clear()
        text.clear()
        downstreams[id].peer.appendHost(to: &text)
        let split = text.count
        let epoch = epochs[Int(downstreams[id].epoch)]
        text.append(text: listeners[Int(downstreams[id].listener)].endpoint.text)
        var stamp = stamp
        stamp.connection = downstreams[id].serial
        ErrorLine.append(
            cause, evidence, while: phase, level: verdict.level, time: clock.span, stamp: stamp,
            client: text.span.part(ByteRange(0, split)), server: text.span.part(ByteRange(split, text.count)), to: &line
        )
        logs.writeError(line.span, level: verdict.level, to: epoch.errorRoutes(listener: Int(downstreams[id].listener)))
        count(cause, verdict)
        evidence.clear()
    }

    private func phase(downstream id: SlotID) -> Phase {
        switch downstreams[id].machine.state {
        case .proxyHeader: return .readingProxyHeader
        case .handshaking: return .handshaking
        case .idle(first: true): return .waitingForRequest
        case .idle(first: false): return .keepalive
        case .readingHead:
            let partial = downstreams[id].partial
            if !partial.isNone && partials[partial].parser.phase == .requestLine { return .readingRequestLine }
            return .readingRequestHead
        case .opening, .open, .draining: return .processingHTTP2
        case .exchanging, .lingering, .closed: return .closing
        }
    }

    /// A line of the process's own: no client is at fault.
    mutating func logNotice(_ cause: Cause) {
        clock.update(loop.wallTime)
        let verdict = FailureTable.verdict(cause, at: Place(.routing))
        line.clear()
        ErrorLine.append(
            cause, evidence, while: .routing, level: verdict.level, time: clock.span, stamp: stamp, to: &line)
        logs.writeError(line.span, level: verdict.level, to: epochs[currentEpoch].mainRoutes)
        evidence.clear()
    }

    mutating func logCall(_ operation: Failures.Operation, _ errno: Errno) {
        logNotice(.local(.callFailed, operation: operation, errno: errno.rawValue))
    }

    mutating func logExhausted() {
        logNotice(.local(.connectionsExhausted, number: Int64(limits.connections)))
    }

    /// The access logs could not be written: said in the error log, not more than once a minute for each file.
    mutating func reportLogFailure(_ failure: LogFailure) {
        clock.update(loop.wallTime)
        line.clear()
        ErrorLine.append(time: clock.span, level: .alert, stamp: stamp, to: &line)
        line.append("write() to \"")
        line.append(text: failure.path)
        line.append("\" failed (")
        line.append(decimal: failure.errno.rawValue)
        line.append(": ")
        line.append(text: failure.errno.text)
        line.append(")\n")
        logs.writeError(line.span, level: .alert, to: epochs[currentEpoch].mainRoutes)
    }

    // MARK: access lines

    /// Writes the access lines of an exchange into their sinks; they leave at the end of the turn.
    mutating func logAccess(_ id: SlotID) {
        let epoch = epochs[Int(exchanges[id].epoch)]
        let location = exchanges[id].record.route.location
        let sinks = epoch.accessSinks[location]
        defer { if exchanges[id].record.hasNotes { logNotes(id) } }
        if sinks.isEmpty { return }
        tellMoment(id)
        for index in 0..<sinks.count {
            line.clear()
            if epoch.routing.appendAccessLine(index, &exchanges[id].record, moment, to: &line) {
                if sinks[index] >= 0 { logs.sinks[sinks[index]].append(line.span) }
            }
        }
    }
}
