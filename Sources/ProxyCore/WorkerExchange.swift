import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing
import Upstreams

extension Worker {
    /// Makes an exchange of the head at the start of `scratch`.
    mutating func beginExchange(_ connection: SlotID, _ parser: RequestHeadParser, headBytes: Int) {
        guard let id = makeExchange(connection, parser, headBytes: headBytes) else { return }
        exchanges[id].record.asked.facts = RequestFacts(parser)
        let facts = exchanges[id].record.asked.facts
        var hasBody = false
        switch facts.framing {
        case .length(let count):
            exchanges[id].requestLeft = count
            hasBody = count > 0
        case .chunked: hasBody = !isStreamOver(connection)
        case .none, .untilClose: break
        }
        exchanges[id].machine = ExchangeMachine(hasBody: hasBody)
        // A stream carries one exchange.
        exchanges[id].keepsClient = facts.keepsAlive && downstreams[connection].stream.isNone
        if parser.ignoredFieldCount > 0 { noteIgnoredFields(id) }
        route(id)
    }

    /// Makes an exchange of a head that is refused: its answer is made here, and the connection ends.
    mutating func beginRefusedExchange(_ connection: SlotID, _ parser: RequestHeadParser, _ cause: Cause) {
        // Fields count only once the request line is whole: before, the table still holds another head's.
        let hasFields = parser.phase != .requestLine
        if !hasFields { fields.clear() }
        let headBytes = hasFields ? scratch.count : min(scratch.count, parser.requestLine.end)
        guard let id = makeExchange(connection, parser, headBytes: headBytes) else { return }
        exchanges[id].record.asked.facts = RequestFacts(parser)
        exchanges[id].machine = ExchangeMachine(hasBody: true)
        exchanges[id].keepsClient = false
        let server = epochs[Int(exchanges[id].epoch)].defaultServerIndex(
            listener: Int(downstreams[connection].listener))
        exchanges[id].record.route.server = server
        exchanges[id].record.route.location = epochs[Int(exchanges[id].epoch)].model.servers[server].location
        let phase: Phase = parser.phase == .requestLine ? .readingRequestLine : .readingRequestHead
        let verdict = record(id, cause, phase: phase)
        exchanges[id].machine.bodyUnwanted()
        answer(id, status: verdict.status)
    }

    private mutating func makeExchange(_ connection: SlotID, _ parser: RequestHeadParser, headBytes: Int) -> SlotID? {
        let listener = Int(downstreams[connection].listener)
        let epoch = downstreams[connection].epoch
        var facts = ConnectionFacts(
            serial: downstreams[connection].serial, peer: downstreams[connection].peer,
            local: localAddress(connection), listener: epochs[Int(epoch)].listenerIndex(listener),
            openedAt: downstreams[connection].accepted)
        let side = downstreams[connection].stream
        let carrier = side.isNone ? connection : streams[side].carrier
        facts.requestNumber = Int(downstreams[carrier].machine.requests)
        facts.isPipelined = downstreams[connection].socket.contains(.pipelined)
        guard let id = beginRecord(facts, .connection(connection), epoch) else {
            preconditionFailure("there are as many exchanges as connections")
        }
        if !downstreams[connection].proxied.isNone { tellProxied(connection, &exchanges[id].record) }
        tellSecure(connection, &exchanges[id].record)
        exchanges[id].record.asked.head = FieldBlock(
            bytes: scratch.span.extracting(0..<headBytes), fields: fields, pool: &pool)
        exchanges[id].record.asked.bytesRead = Int64(side.isNone ? headBytes : streams[side].headBytes)
        downstreams[connection].exchange = id
        loop.disarm(.downstream, connection.index)
        counters.requests.wrappingAdd(1, ordering: .relaxed)
        return id
    }

    /// A slot with an exchange that begins now, made where it stays: it is large. Nil where none is left.
    func beginRecord(_ connection: ConnectionFacts, _ client: ClientSide, _ epoch: Int32) -> SlotID? {
        let (now, wall) = (loop.now, loop.wallTime)
        let made = exchanges.insert {
            Exchange(
                record: ExchangeRecord(connection: connection, startedAt: now, wall: wall),
                machine: ExchangeMachine(hasBody: false), client: client, epoch: epoch)
        }
        guard let id = made else { return nil }
        exchanges[id].record.openArena(&pool)
        return id
    }

    /// Finds the request's place in the configuration, and does what it says there.
    mutating func route(_ id: SlotID) {
        tellMoment(id)
        let routing = epochs[Int(exchanges[id].epoch)].routing
        guard routing.begin(&exchanges[id].record, &pool) else {
            exchanges[id].keepsClient = false
            let verdict = record(id, .request(.invalidRequest), phase: .readingRequestLine)
            return answer(id, status: verdict.status)
        }
        if case .connection(let connection) = exchanges[id].client,
            let refusal = connectionRefusal(connection, server: exchanges[id].record.route.server)
        {
            exchanges[id].keepsClient = false
            let verdict = record(id, refusal, phase: .readingRequestHead)
            return answer(id, status: verdict.status)
        }
        if routing.usesConnectionCounts { refreshCounts() }
        let decision = routing.route(&exchanges[id].record, moment, &pool)
        follow(id, decision)
    }

    /// Routes on after a restart: another URI, a named location.
    mutating func routeAgain(_ id: SlotID) {
        exchanges[id].machine.restarted()
        let epoch = Int(exchanges[id].epoch)
        let decision = epochs[epoch].routing.route(&exchanges[id].record, moment, &pool)
        follow(id, decision)
    }

    mutating func follow(_ id: SlotID, _ decision: RouteDecision) {
        if exchanges[id].record.hasNotes { logNotes(id) }
        if refusesBody(id) {
            let length = exchanges[id].requestLeft
            exchanges[id].keepsClient = false
            let verdict = record(id, .request(.bodyTooLarge, number: length), phase: .routing)
            return answer(id, status: verdict.status)
        }
        switch decision {
        case .proxy: beginProxying(id)
        case .answer(let own): answer(id, own)
        case .closeWithoutAnswer: giveUp(id, status: 444)
        case .stubStatus: answerStatus(id)
        case .report(let kind): answerReport(id, kind)
        case .files: serveFile(id)
        case .testFile(let test, let path):
            let isThere = holds(id, test, path)
            let routing = epochs[Int(exchanges[id].epoch)].routing
            follow(id, routing.continueRoute(&exchanges[id].record, fileIsThere: isThere, moment, &pool))
        }
    }

    /// Whether the body is known to be larger than the location allows (nginx: client_max_body_size).
    private func refusesBody(_ id: SlotID) -> Bool {
        guard !exchanges[id].isErrorAnswer, case .length(let count) = exchanges[id].record.asked.facts.framing else {
            return false
        }
        let limit = settings(id).bodyLimitBytes
        return limit > 0 && count > Int64(limit)
    }

    /// The settings of the location where the exchange stands.
    func settings(_ id: SlotID) -> Settled<Scope> {
        epochs[Int(exchanges[id].epoch)].routing.scopes[exchanges[id].record.route.location]
    }

    // MARK: what machines ask for

    mutating func perform(_ actions: ActionList<ExchangeAction>, exchange id: SlotID) {
        if exchanges[id].isCountedWaiting && !exchanges[id].machine.waits { endWait(id) }
        for index in 0..<actions.count {
            guard exchanges.contains(id), !exchanges[id].isLogged else { return }
            switch actions[index] {
            case .readBody: beginBody(id)
            case .startAttempt: work.append(.startAttempt(id))
            case .sendRequest: sendRequest(id)
            case .endAttempt(let reusable, let outcome): endAttempt(id, reusable: reusable, outcome: outcome)
            case .answer(let status): answer(id, status: status)
            case .abort(let reset): abort(id, reset: reset)
            case .giveUp(let status): giveUp(id, status: status)
            }
        }
        if exchanges.contains(id), !exchanges[id].isLogged { arm(id) }
    }

    /// Arms the exchange's timer for the earliest of its deadlines.
    mutating func arm(_ id: SlotID) {
        loop.arm(.exchange, id.index, deadline: exchanges[id].machine.nextDeadline)
    }

    mutating func exchangeTimer(_ id: SlotID) {
        if exchanges[id].isLogged { return }
        let now = loop.now
        if exchanges[id].machine.sendDeadline <= now {
            clientTimedOut(id)
        } else if exchanges[id].machine.bodyDeadline <= now {
            bodyTimedOut(id)
        } else if exchanges[id].machine.attemptDeadline <= now {
            attemptTimedOut(id)
        } else if exchanges[id].machine.sendPace <= now || exchanges[id].machine.readPace <= now {
            paceEnded(id)
        } else {
            arm(id)
        }
    }

    // MARK: the end

    /// The response is whole and has left, or what waits for the client can be left to its connection.
    mutating func finishExchange(_ id: SlotID) {
        exchanges[id].machine.ended()
        exchanges[id].record.answer.isComplete = true
        let end: ExchangeEnd
        if exchanges[id].machine.isDiscarding && exchanges[id].keepsClient { return beginDiscarding(id) }
        if exchanges[id].machine.isRequestWhole {
            end = exchanges[id].keepsClient ? .keepAlive : closeKind(id)
        } else {
            end = .linger
        }
        conclude(id, end)
    }

    /// Whether a connection that is to be closed may still have bytes on their way to us (nginx: lingering_close).
    private func closeKind(_ id: SlotID) -> ExchangeEnd {
        guard case .connection(let connection) = exchanges[id].client else { return .gone }
        let hasMore = downstreams[connection].socket.contains(.readable) || !downstreams[connection].input.isEmpty
        switch settings(id).lingeringClose {
        case .off: return .close
        case .on: return hasMore ? .linger : .close
        case .always: return .linger
        }
    }

    /// A committed response cannot be completed: the client must see that it is cut.
    mutating func abort(_ id: SlotID, reset: Bool) {
        guard case .connection(let connection) = exchanges[id].client else { return giveUp(id, status: 0) }
        // What the client has not taken yet of the good bytes still goes out where the framing shows the cut.
        let isStream = !downstreams[connection].stream.isNone
        if (!reset || isStream) && downstreams[connection].pendingCount > 0 {
            exchanges[id].cutAfterPending = true
            awaitClient(id)
            return
        }
        exchanges[id].machine.ended()
        // Closed with bytes of the client unread, the socket would say RST, and the client lose what it has not read.
        conclude(id, reset ? .cut(reset: true) : closeKind(id))
    }

    /// Nobody is to be answered: the exchange ends as it stands.
    mutating func giveUp(_ id: SlotID, status: UInt16) {
        exchanges[id].machine.ended()
        if exchanges[id].record.answer.status == 0 || status == 499 && !exchanges[id].headSent {
            exchanges[id].record.answer.status = Int(status)
        }
        // A client that only half closed still reads: where the close ends the body, it must not look like a good end.
        let isCut = exchanges[id].headSent && exchanges[id].clientFraming == .untilClose
        conclude(id, isCut ? .cut(reset: true) : .gone)
    }

    /// Writes the access line and lets go of both sides. The slot dies at the end of the turn.
    mutating func conclude(_ id: SlotID, _ end: ExchangeEnd) {
        if exchanges[id].isLogged { return }
        if exchanges[id].holdsPeer || !exchanges[id].upstream.isNone {
            endAttempt(id, reusable: false, outcome: .neutral)
        }
        forgetLookup(id)
        leaveLine(id)
        if exchanges[id].isCountedWaiting { endWait(id) }
        exchanges[id].isLogged = true
        uncountWaiting(id)
        if !isCheck(id) {
            logAccess(id)
            countExchange(id)
        }
        exchanges[id].machine.logged()
        endedExchanges.append(id)
        if case .check(let number) = exchanges[id].client { return concludeCheck(Int(number), id) }
        guard case .connection(let connection) = exchanges[id].client else { return }
        let isStream = !downstreams[connection].stream.isNone
        // A stream's end asks its exchange why.
        if !isStream { downstreams[connection].exchange = .none }
        let settings = settings(id)
        var end = end
        if isStream { end = .close }
        if case .keepAlive = end, mustClose(connection) { end = closeKind(id) }
        if case .close = end, !isStream {
            sayGoodbye(downstream: connection)
            // What ends a body must not be lost: the socket gets time to take it.
            if downstreams[connection].pendingCount > 0 { end = .linger }
        }
        let actions = downstreams[connection].machine.exchangeEnded(
            end, now: loop.now, keepAlive: (most: settings.keepAliveTimeout, least: settings.keepAliveMinimumTimeout),
            linger: (total: settings.lingeringTime, between: settings.lingeringTimeout))
        perform(actions, downstream: connection)
    }

    /// What still waits for a client that gets no more was not sent.
    private mutating func uncountWaiting(_ id: SlotID) {
        guard case .connection(let connection) = exchanges[id].client else { return }
        let waiting = Int64(downstreams[connection].pendingCount)
        exchanges[id].record.answer.bytesSent -= waiting
        exchanges[id].record.answer.bodyBytesSent -= waiting
    }

    private func mustClose(_ connection: SlotID) -> Bool {
        if case .no = stopping {} else { return true }
        return downstreams[connection].socket.contains(.readOver)
    }

    /// Gives an exchange's memory back; its slot is gone afterwards.
    mutating func releaseExchange(_ id: SlotID) {
        closeFile(id)
        unnameBodyFile(id)
        setGroup(id, -1)
        exchanges[id].record.release(to: &pool)
        releaseBody(of: id)
        exchanges.discard(id)
    }
}
