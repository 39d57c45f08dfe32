import Bytes
import EventLoop
import Failures
import HTTP2
import Platform
import Routing
import Upstreams

// Connections to peers over which HTTP/2 is spoken: carriers. Exchanges lease their streams, never the connection; a
// stream is a slot like a connection (WorkerUpstreamStreams). What a session has to say leaves at the end of the turn.
extension Worker {
    /// The most streams that one carrier has at a time, whatever its peer allows.
    private static var streamLimit: Int { 128 }
    /// The most bytes of frames that are read at once.
    private static var frameReadBytes: Int { 64 << 10 }
    /// Bounds a head before it is known whose it is; `proxy_buffer_size` bounds it then.
    private static var headLimitBytes: Int { 64 << 10 }

    /// Whether the exchange's upstream is spoken to in HTTP/2 (nginx: proxy_http_version 2).
    func speaksHTTP2(_ id: SlotID) -> Bool { settings(id).version == .http2 }

    /// The connection stands, and HTTP/2 is spoken over it from now on: the exchange that made it gets its first
    /// stream. The request may leave before the peer's SETTINGS come (RFC 9113 §3.4). False where no stream is left.
    mutating func openCarrier(_ id: SlotID) -> Bool {
        let exchange = upstreams[id].exchange
        var settings = SessionSettings()
        settings.headLimitBytes = max(Self.headLimitBytes, 2 * self.settings(exchange).headBufferBytes)
        settings.fieldLimitBytes = settings.headLimitBytes
        let session = HTTP2Session(isServer: false, settings: settings, &pool)
        guard let place = sessions.insert(SessionConnection(session: session)) else {
            preconditionFailure("there are as many places for sessions as connections")
        }
        upstreams[id].session = place
        upstreams[id].exchange = .none
        upstreams[id].machine.carriesStreams(
            settingsBy: loop.now.after(Int64(self.settings(exchange).connectTimeout)))
        loop.arm(.upstream, id.index, deadline: upstreams[id].machine.deadline)
        exchanges[exchange].upstream = .none
        if !isForCheck(id) { group(ofUpstream: id).addCarrier(idleEntry(id)) }
        if makeStream(on: id, for: exchange, isReused: false) { return true }
        releaseLease(id)
        return false
    }

    private func group(ofUpstream id: SlotID) -> Group {
        epochs[Int(upstreams[id].epoch)].groups[Int(upstreams[id].group)]
    }

    func idleEntry(_ id: SlotID) -> IdleConnection {
        IdleConnection(
            connection: id, peer: Int(upstreams[id].peer), profile: upstreams[id].profile,
            location: upstreams[id].location)
    }

    // MARK: leases

    /// Gives the exchange a stream of a connection that stands; false where a new one has to be made.
    ///
    /// Who waits for a connection that is being made waits for its own: the first burst makes several, and what comes
    /// later shares those that stand. Nobody depends so on a connection whose fate is another exchange's.
    mutating func leaseStream(of group: Group, peer: Int, _ profile: UInt32, to id: SlotID) -> Bool {
        if !TransportProfiles.isPooled(profile) || group.idleLimit == 0 { return false }
        let location = poolLocation(id, group)
        var chosen = SlotID.none
        for entry in group.carriers
        where entry.peer == peer && entry.profile == profile && entry.location == location
            && hasRoom(entry.connection, group)
        {
            chosen = entry.connection
            break
        }
        while chosen.isNone {
            guard let idle = group.takeIdle(peer: peer, profile: profile, location: location) else { return false }
            if hasRoom(idle, group) {
                chosen = idle
                group.addCarrier(idleEntry(idle))
            } else {
                perform(upstreams[idle].machine.discarded(), upstream: idle)
            }
        }
        let isReused = upstreams[chosen].machine.isIdle
        upstreams[chosen].machine.streamLeased()
        if !makeStream(on: chosen, for: id, isReused: isReused) {
            releaseLease(chosen)
            return false
        }
        exchanges[id].record.attempts.current.connectTime = 0
        perform(
            exchanges[id].machine.attemptBegan(
                connected: true, deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout))),
            exchange: id)
        return true
    }

    private func hasRoom(_ id: SlotID, _ group: Group) -> Bool {
        guard upstreams[id].machine.takesStreams, isWorthKeeping(id, group) else { return false }
        let leases = Int(upstreams[id].machine.leases)
        return leases < Self.streamLimit && sessions[upstreams[id].session].session.capacity > 0
    }

    /// Whether a health check made it: such a connection carries one stream, and is closed behind it.
    private func isForCheck(_ id: SlotID) -> Bool { PeerCheck.index(location: upstreams[id].location) != nil }

    /// Whether others may be served over it (nginx: keepalive_requests, keepalive_time).
    private func isWorthKeeping(_ id: SlotID, _ group: Group) -> Bool {
        let place = upstreams[id].session
        if sessions[place].cause != nil || sessions[place].goAway != nil || sessions[place].session.isOver {
            return false
        }
        return !isForCheck(id) && group.idleLimit > 0 && TransportProfiles.isPooled(upstreams[id].profile)
            && Int(upstreams[id].machine.requests) < group.keepAlive.requestLimit
            && loop.now.since(upstreams[id].created) < Int64(group.keepAlive.lifetime)
            && upstreams[id].socket.isDisjoint(with: [.ending, .readOver])
    }

    /// A stream's lease is over; its connection lies idle or goes with the last one.
    mutating func releaseLease(_ id: SlotID) {
        let group = group(ofUpstream: id)
        let actions = upstreams[id].machine.streamReleased(
            keeps: isWorthKeeping(id, group), now: loop.now, idleTimeout: group.keepAlive.timeout)
        if actions.count > 0 { keepResumption(id) }
        perform(actions, upstream: id)
        if !upstreams[id].machine.isClosed { wantsToSpeak(upstream: id) }
    }

    /// The connection serves nobody any more: it goes now, or with its last stream.
    mutating func retire(upstream id: SlotID) {
        if upstreams[id].machine.isIdle {
            perform(upstreams[id].machine.discarded(), upstream: id)
        } else {
            upstreams[id].machine.drain()
        }
    }

    /// The connection is about to be closed: says goodbye (RFC 9113 §6.8) and gives its session back.
    mutating func forgetCarrier(_ id: SlotID) {
        let place = upstreams[id].session
        if place.isNone { return }
        if !sessions[place].session.isOver {
            sessions[place].session.goAway(.noError)
            writeFrames(id)
        }
        upstreams[id].session = .none
        _ = sessions.remove(place)
        group(ofUpstream: id).removeCarrier(id)
    }

    // MARK: reading

    /// The carrier's socket is ready.
    mutating func carrierReady(_ id: SlotID) {
        if upstreams[id].socket.contains(.writable) { wantsToSpeak(upstream: id) }
        if upstreams[id].socket.contains(.readable) { readFrames(id) }
    }

    private mutating func readFrames(_ id: SlotID) {
        if sessions[upstreams[id].session].cause != nil { return }
        // What came of what was said since the last feed.
        takeEvents(id, from: 0)
        frames.clear()
        let result = receive(upstream: id, into: &frames, limit: Self.frameReadBytes)
        if result.value == 0, let errno = sessions[upstreams[id].session].writeErrno {
            return carrierLost(id, upstreamCause(id, .writev, errno))
        }
        if result.wouldBlock { return }
        if result.value == 0 {
            return carrierLost(id, result.failed ? upstreamCause(id, .recv, result.errno) : .connection(.closed))
        }
        let place = upstreams[id].session
        let second = loop.now.milliseconds / 1000
        var offset = 0
        repeat {
            let start = offset
            offset += sessions[place].session.feed(frames.span.extracting(droppingFirst: start), second: second)
            takeEvents(id, from: start)
        } while offset < frames.count || sessions[place].session.isPaused
        settleSession(id)
        if !upstreams[id].machine.isClosed && upstreams[id].socket.contains(.readable) { post(upstream: id) }
    }

    /// What follows for the connection from what its session said.
    private mutating func settleSession(_ id: SlotID) {
        let place = upstreams[id].session
        if let code = sessions[place].goAway, code != .noError, sessions[place].cause == nil {
            // nginx fails what is under way as soon as such a GOAWAY comes.
            return carrierLost(id, .response(.goaway, number: Int64(code.rawValue)))
        }
        wakeWaiting(id)
        wantsToSpeak(upstream: id)
        if sessions[place].session.failure != nil {
            if sessions[place].cause == nil { sessions[place].cause = violation(id) }
        } else if sessions[place].goAway == nil {
            return
        }
        endStreamsLater(id)
    }

    /// The connection takes no more streams. It is closed with its last one, or at once where it has none.
    private mutating func endStreamsLater(_ id: SlotID) {
        if upstreams[id].machine.isClosed { return }
        writeFrames(id)
        if upstreams[id].machine.isIdle { return discardIdle(id) }
        upstreams[id].machine.drain()
    }

    /// The connection ended, failed, or broke its protocol: so do all of its streams.
    mutating func carrierLost(_ id: SlotID, _ cause: Cause) {
        let place = upstreams[id].session
        if sessions[place].cause == nil { sessions[place].cause = cause }
        sessions[place].session.end()
        takeEvents(id, from: 0)
        evidence.clear()
        endStreamsLater(id)
    }

    /// What the failed session's peer did wrong.
    private func violation(_ id: SlotID) -> Cause {
        let place = upstreams[id].session
        if upstreams[id].machine.isOpening, frames.count >= 9 {
            // Its first bytes are no SETTINGS. As a frame's length they are what nginx complains of.
            let length = Int64(frames[0]) << 16 | Int64(frames[1]) << 8 | Int64(frames[2])
            if length > 16384 { return .response(.frameTooLarge, number: length) }
        }
        switch sessions[place].session.failure?.kind {
        case .tooLargeHead: return .response(.headTooBig)
        case .badPreface, .violation, .flood, .library, nil: return .response(.http2Violation)
        }
    }

    // MARK: events

    private mutating func takeEvents(_ id: SlotID, from start: Int) {
        let place = upstreams[id].session
        while let event = sessions[place].session.nextEvent() {
            switch event {
            case .head(let key, let head): if let stream = stream(key) { headArrived(stream, place, head, key.stream) }
            case .data(let key, let range):
                guard let stream = stream(key) else { break }
                let bytes = ByteRange(start: start + range.start, count: range.count)
                bodyArrived(stream, bytes)
            case .ended(let key): if let stream = stream(key) { streamEnded(stream) }
            case .fault(let key, let fault):
                text.clear()
                text.append(text: fault.text)
                if let stream = stream(key) { failMessage(stream, Cause(fault)) }
                sessions[place].session.reset(key.stream, .protocolError)
            case .closed(let key, let end): if let stream = stream(key) { streamClosed(stream, id, end) }
            case .settings: upstreams[id].machine.settingsArrived()
            case .goAway(_, let code): sessions[place].goAway = code
            case .refused, .pong: break
            }
        }
    }

    /// The slot of a stream; nil where its exchange is over.
    private func stream(_ key: StreamKey) -> SlotID? {
        let id = Token(rawValue: key.exchange).id
        return upstreams.contains(id) && !upstreams[id].stream.isNone ? id : nil
    }

    /// The library is done with a stream, for whatever it was.
    private mutating func streamClosed(_ stream: SlotID, _ carrier: SlotID, _ end: StreamEnd) {
        let place = upstreams[carrier].session
        let marks: CauseMarks = end.isUnprocessed ? .unprocessed : []
        text.clear()
        switch end.closer {
        case .both: streamEnded(stream)
        case .peer:
            failStream(stream, .response(.streamRejected, number: Int64(end.code.rawValue), marks: marks))
        case .us:
            text.append("stream error")
            failStream(stream, .response(.http2Violation))
        case .session:
            if end.isUnprocessed, let code = sessions[place].goAway {
                return failStream(stream, .response(.goaway, number: Int64(code.rawValue), marks: marks))
            }
            let cause = sessions[place].cause ?? violation(carrier)
            sessions[place].session.appendFailureText(to: &text)
            if text.isEmpty { text.append(evidence.first) }
            failStream(stream, cause)
        }
    }

    // MARK: speaking

    /// The session has something to say: it does at the end of the turn.
    func wantsToSpeak(upstream id: SlotID) {
        let place = upstreams[id].session
        if sessions[place].speaks { return }
        sessions[place].speaks = true
        speaking.append(.upstream(id))
    }

    /// Writes what a session has to say, in one call where the socket takes it.
    mutating func speak(upstream id: SlotID) {
        guard upstreams.contains(id), !upstreams[id].session.isNone else { return }
        let place = upstreams[id].session
        sessions[place].speaks = false
        sessions[place].session.flush()
        writeFrames(id)
        guard !upstreams[id].session.isNone, !upstreams[id].machine.isClosed else { return }
        takeEvents(id, from: 0)
        wakeWaiting(id)
    }

    /// Sends what lies in the session's output, as far as the socket takes it.
    private mutating func writeFrames(_ id: SlotID) {
        let place = upstreams[id].session
        if upstreams[id].pendingCount > 0 {
            guard upstreams[id].socket.contains(.writable) else { return }
            let result = pushAgain(upstream: id)
            if result.failed && !result.wouldBlock { return writeFailed(id, result.errno) }
            upstreams[id].noteSent(result.value)
        }
        guard sessions[place].session.hasUnsent, upstreams[id].pendingCount == 0,
            upstreams[id].socket.contains(.writable)
        else { return }
        let result = send(upstream: id, sessions[place].session.unsent)
        if result.failed && !result.wouldBlock { return writeFailed(id, result.errno) }
        sessions[place].session.sent(result.value, &pool)
    }

    /// The peer takes no more. It may have said why: what can be read is read first.
    private mutating func writeFailed(_ id: SlotID, _ errno: Errno) {
        upstreams[id].socket.remove(.writable)
        if upstreams[id].machine.isClosed || sessions[upstreams[id].session].cause != nil { return }
        sessions[upstreams[id].session].writeErrno = errno
        upstreams[id].socket.formUnion([.readable, .ending])
        post(upstream: id)
    }

    /// Streams that waited for window or room can go on.
    private mutating func wakeWaiting(_ id: SlotID) {
        let place = upstreams[id].session
        while let key = sessions[place].session.nextWritable() {
            guard let stream = stream(key) else { continue }
            upstreams[stream].socket.insert(.writable)
            work.append(.send(upstreams[stream].exchange))
        }
    }
}
