import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import HTTP2
import Platform
import Routing

// HTTP/2 with clients (RFC 9113): what a connection that carries streams reads and says. Its streams are slots of their
// own, see WorkerStreams. `processing HTTP/2 connection` in log lines.
extension Worker {
    /// Whether clients of that connection's address may begin with HTTP/2's preface in cleartext.
    func mayBePreface(_ id: SlotID) -> Bool {
        guard downstreams[id].machine.requests == 0, downstreams[id].secure.isNone, !downstreams[id].isPlain else {
            return false
        }
        return epochs[Int(downstreams[id].epoch)].speaksHTTP2(listener: Int(downstreams[id].listener))
    }

    /// HTTP/2 is spoken from now on. What was read already lies in the connection's `input`.
    mutating func beginSession(_ id: SlotID) {
        let epoch = epochs[Int(downstreams[id].epoch)]
        let settings = SessionSettings(epoch.defaultServer(listener: Int(downstreams[id].listener)))
        let session = SessionConnection(session: HTTP2Session(isServer: true, settings: settings, &pool))
        guard let place = sessions.insert(session) else {
            preconditionFailure("there are as many places for HTTP/2 sessions as connections")
        }
        downstreams[id].session = place
        downstreams[id].machine.sessionBegan()
        listIdle(id)
        wantsToSpeak(downstream: id)
        readSession(id)
    }

    /// The socket of a connection that speaks HTTP/2 is ready.
    mutating func sessionReady(_ id: SlotID) {
        if downstreams[id].socket.contains(.writable) { wantsToSpeak(downstream: id) }
        if downstreams[id].socket.contains(.readable) || !downstreams[id].input.isEmpty { readSession(id) }
    }

    /// Reads once, and does what it says.
    private mutating func readSession(_ id: SlotID) {
        frames.clear()
        if !downstreams[id].input.isEmpty {
            frames.append(downstreams[id].input.span)
            releaseInput(id)
        } else {
            guard downstreams[id].socket.contains(.readable) else { return }
            let result = receive(downstream: id, into: &frames, limit: Limits.sessionReadBytes)
            if result.wouldBlock { return }
            if result.value == 0 { return clientEnded(id, result) }
        }
        feedSession(id)
        guard downstreams.contains(id), downstreams[id].machine.isSession else { return }
        if downstreams[id].socket.contains(.readable) { post(downstream: id) }
    }

    /// Gives the session what lies in `frames`, piece by piece, and does what comes of each.
    private mutating func feedSession(_ id: SlotID) {
        let place = downstreams[id].session
        let second = loop.now.milliseconds / 1000
        var used = 0
        // What came of what was said since the last feed.
        readEvents(id, from: 0)
        guard sessions.contains(place) else { return }
        repeat {
            let taken = sessions[place].session.feed(frames.span.extracting(droppingFirst: used), second: second)
            readEvents(id, from: used)
            guard sessions.contains(place) else { return }
            used += taken
        } while used < frames.count || sessions[place].session.isPaused
        wantsToSpeak(downstream: id)
    }

    /// Does what happened in a session; body bytes lie in `frames`, counted from `base`.
    mutating func readEvents(_ id: SlotID, from base: Int) {
        let place = downstreams[id].session
        while sessions.contains(place), let event = sessions[place].session.nextEvent() {
            switch event {
            case .head(let key, let head): headCame(id, key, head)
            case .data(let key, let range):
                bodyCame(SlotID(bits: key.exchange), ByteRange(base + range.start, base + range.end))
            case .ended(let key): streamInputEnded(SlotID(bits: key.exchange))
            case .fault(let key, let fault): streamFaulted(SlotID(bits: key.exchange), cause(of: fault))
            case .closed(let key, let end): streamGone(SlotID(bits: key.exchange), key.stream, end)
            case .refused: logTooManyStreams(id)
            case .pong(let number):
                if number == HTTP2Session.drainPing { sessions[place].session.finishDrain() }
            case .settings, .goAway: break
            }
        }
    }

    private mutating func logTooManyStreams(_ id: SlotID) {
        let limit = epochs[Int(downstreams[id].epoch)].defaultServer(listener: Int(downstreams[id].listener))
            .http2StreamLimit
        logClient(id, .stream(.tooMany, number: Int64(limit)))
    }

    // MARK: what it says

    /// A client's session has something to say, at the end of the turn.
    func wantsToSpeak(downstream id: SlotID) {
        let place = downstreams[id].session
        if place.isNone || sessions[place].speaks { return }
        sessions[place].speaks = true
        speaking.append(.downstream(id))
    }

    /// The end of a turn: each session that has something to say says it in as few calls as may be.
    mutating func speak() {
        var rounds = 0
        while !speaking.isEmpty && rounds < Limits.speakingRounds {
            rounds += 1
            var list: [SpeakingSession] = []
            swap(&list, &speaking)
            for entry in list {
                switch entry {
                case .downstream(let id): speak(downstream: id)
                case .upstream(let id): speak(upstream: id)
                }
            }
            list.removeAll(keepingCapacity: true)
            if speaking.isEmpty { swap(&list, &speaking) }
            drainWork()
        }
        // Who has still more to say does so in the next turn, which comes at once.
        for entry in speaking {
            switch entry {
            case .downstream(let id): if downstreams.contains(id) { post(downstream: id) }
            case .upstream(let id): if upstreams.contains(id) { post(upstream: id) }
            }
        }
    }

    private mutating func speak(downstream id: SlotID) {
        guard downstreams.contains(id), downstreams[id].machine.isSession else { return }
        let place = downstreams[id].session
        sessions[place].speaks = false
        var goesOn = true
        while goesOn {
            goesOn = false
            sessions[place].session.flush()
            guard sendSession(id) else { return }
            readEvents(id, from: 0)
            guard sessions.contains(place), !sessions[place].session.hasUnsent else { break }
            while let key = sessions[place].session.nextWritable() {
                goesOn = true
                streamWritable(SlotID(bits: key.exchange))
                guard sessions.contains(place) else { return }
            }
        }
        finishSpeaking(id)
    }

    /// Sends what the session has; false where the connection failed.
    private mutating func sendSession(_ id: SlotID) -> Bool {
        let place = downstreams[id].session
        let waiting = downstreams[id].pendingCount
        if waiting > 0, case .failed(let errno) = flushPending(id) {
            sessionLost(id, clientCause(id, .send, errno))
            return false
        }
        if downstreams[id].pendingCount < waiting { sessions[place].wasTaken = true }
        let count = sessions[place].session.unsentCount
        if count == 0 || downstreams[id].pendingCount > 0 || !downstreams[id].socket.contains(.writable) { return true }
        if downstreams[id].secure.isNone {
            let result = kernel.send(downstreams[id].descriptor, sessions[place].session.unsent)
            downstreams[id].socket.wrote(result, of: count)
            if result.failed && !result.wouldBlock {
                sessionLost(id, .clientFailed(.send, errno: result.errno.rawValue))
                return false
            }
            if result.value > 0 { sessions[place].wasTaken = true }
            sessions[place].session.sent(result.value, &pool)
            return true
        }
        wire.clear()
        sessions[place].wasTaken = true
        let isWell = secured[downstreams[id].secure].session.write(sessions[place].session.unsent, output: &wire)
        sessions[place].session.sent(count, &pool)
        guard isWell, case .failed(let errno) = push(downstream: id, wire.span, Span()) else {
            if isWell { return true }
            sessionLost(id, clientCause(id, .sslWrite, .protocolError))
            return false
        }
        sessionLost(id, .clientFailed(.send, errno: errno.rawValue))
        return false
    }

    /// After a session has spoken: what waits has a deadline, and one that is over ends.
    private mutating func finishSpeaking(_ id: SlotID) {
        let place = downstreams[id].session
        if sessions[place].session.isOver { return sessionOver(id) }
        awaitOutput(id)
    }

    /// The client must take something within `send_timeout`; each time it has, the time begins anew.
    private mutating func awaitOutput(_ id: SlotID) {
        let place = downstreams[id].session
        let waits = sessions[place].session.hasUnsent || downstreams[id].pendingCount > 0
        if !waits {
            downstreams[id].machine.outputTaken(now: loop.now)
        } else if sessions[place].wasTaken || downstreams[id].machine.outputDeadline.isNever {
            let epoch = epochs[Int(downstreams[id].epoch)]
            let timeout = epoch.defaultScope(listener: Int(downstreams[id].listener)).sendTimeout
            downstreams[id].machine.outputAwaited(until: loop.now.after(Int64(timeout)))
        }
        sessions[place].wasTaken = false
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.nextDeadline)
    }

    // MARK: the end

    /// Whether there are bytes for the client that the socket has not taken.
    func owesOutput(_ id: SlotID) -> Bool {
        let place = downstreams[id].session
        return downstreams[id].pendingCount > 0 || !place.isNone && sessions[place].session.hasUnsent
    }

    /// Tells a client that speaks HTTP/2 that its connection is about to be closed (RFC 9113 §6.8), as far as the
    /// socket takes it; where that fails, it is closed.
    mutating func sayGoAway(downstream id: SlotID) {
        let place = downstreams[id].session
        if place.isNone { return }
        sessions[place].session.goAway(.noError)
        sessions[place].session.flush()
        if sendSession(id) { sayGoodbye(downstream: id) }
    }

    /// Begins to go: no new streams, those there go on (RFC 9113 §6.8). What the client sent before it knew is still
    /// served, unless it is to be `atOnce`, or nothing is going on: then the client asks again elsewhere.
    mutating func beginDrain(_ id: SlotID, atOnce: Bool = false) {
        guard downstreams[id].machine.takesStreams else { return }
        unlistIdle(id)
        let place = downstreams[id].session
        if atOnce || downstreams[id].machine.streams == 0 && !downstreams[id].machine.isFresh {
            sessions[place].session.finishDrain()
        } else {
            sessions[place].session.beginDrain()
        }
        downstreams[id].machine.drainBegan(now: loop.now)
        wantsToSpeak(downstream: id)
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.nextDeadline)
    }

    /// The session's time is over: idle for too long, or the client does not take what is said.
    mutating func sessionTimedOut(_ id: SlotID) {
        if downstreams[id].machine.outputDeadline <= loop.now {
            return sessionLost(id, .client(.timedOut, errno: Errno.timedOut.rawValue))
        }
        let place = downstreams[id].session
        // What was said last is not even taken: nobody is there.
        if sessions[place].session.isOver { return perform(downstreams[id].machine.ended(), downstream: id) }
        if case .opening = downstreams[id].machine.state {
            logClient(id, .client(.timedOut, errno: Errno.timedOut.rawValue))
        }
        unlistIdle(id)
        sessions[place].session.goAway(.noError)
        readEvents(id, from: 0)
        downstreams[id].machine.sessionTimedOut(now: loop.now)
        wantsToSpeak(downstream: id)
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.nextDeadline)
    }

    /// The session ended: by agreement, or because of what the client did, which gets its line.
    private mutating func sessionOver(_ id: SlotID) {
        let place = downstreams[id].session
        if let failure = sessions[place].session.failure, !sessions[place].isTold {
            sessions[place].isTold = true
            logClient(id, sessionCause(place, failure))
        }
        readEvents(id, from: 0)
        if sessions[place].session.hasUnsent || downstreams[id].pendingCount > 0 { return awaitOutput(id) }
        let scope = epochs[Int(downstreams[id].epoch)].defaultScope(listener: Int(downstreams[id].listener))
        let actions = downstreams[id].machine.sessionEnded(
            now: loop.now, linger: (total: scope.lingeringTime, between: scope.lingeringTimeout))
        forgetSession(id)
        unlistIdle(id)
        perform(actions, downstream: id)
    }

    private mutating func sessionCause(_ place: SlotID, _ failure: SessionFailure) -> Cause {
        text.clear()
        sessions[place].session.appendFailureText(to: &text)
        if text.isEmpty { text.append(failure.code.name) }
        evidence.set(text.span)
        switch failure.kind {
        case .flood: return .stream(.flood)
        case .tooLargeHead: return .request(.headTooLarge)
        case .badPreface, .violation, .library: return .stream(.violation)
        }
    }

    /// The connection is no more; each of its requests ends with it. Where it had none, that gets a line of its own.
    mutating func sessionLost(_ id: SlotID, _ cause: Cause) {
        if downstreams[id].machine.streams == 0 { logClient(id, cause) }
        perform(downstreams[id].machine.ended(), downstream: id)
    }

    /// FIN or an errno came on a connection that speaks HTTP/2.
    mutating func sessionEnded(_ id: SlotID, _ result: SystemResult) {
        if result.failed { return sessionLost(id, clientCause(id, .recv, result.errno)) }
        if downstreams[id].machine.isFresh { return sessionLost(id, .client(.closedUnasked)) }
        text.clear()
        downstreams[id].peer.appendHost(to: &text)
        evidence.set(text.span)
        sessionLost(id, .client(.closedKeepalive))
    }

    /// Ends what a connection carries; it is closed.
    mutating func endSession(_ id: SlotID) {
        let place = downstreams[id].session
        if place.isNone { return }
        sessions[place].session.end()
        readEvents(id, from: 0)
        forgetSession(id)
    }

    /// Gives a session's memory back.
    private mutating func forgetSession(_ id: SlotID) {
        let place = downstreams[id].session
        downstreams[id].session = .none
        _ = sessions.remove(place)
    }
}

extension SessionSettings {
    /// What a server allows its clients.
    init(_ settings: ConnectionSettings) {
        self.init()
        streamLimit = settings.http2StreamLimit
        streamWindowBytes = max(1, settings.http2BodyPrereadBytes)
        headLimitBytes = settings.largeHeadBuffers.count * settings.largeHeadBuffers.bytes
        fieldLimitBytes = settings.largeHeadBuffers.bytes
    }
}

extension SlotID {
    /// The id as one number, for a session's streams.
    var bits: UInt64 { UInt64(generation) << 32 | UInt64(index) }

    /// The id that such a number is; 0 is none.
    init(bits: UInt64) {
        self = bits == 0 ? .none : SlotID(index: UInt32(truncatingIfNeeded: bits), generation: UInt32(bits >> 32))
    }
}
