import Bytes
import EventLoop
import Failures
import HTTP
import HTTP2
import Platform
import Routing

// A stream to a peer stands where an HTTP/1 connection stands: it is leased to one exchange, gives its bytes as HTTP/1
// would (head, then body up to its end), and takes head and body of the request.
extension Worker {
    /// Makes the slot of a stream that was leased to the exchange; false where no place is left for one.
    mutating func makeStream(on carrier: SlotID, for exchange: SlotID, isReused: Bool) -> Bool {
        guard !upstreams.isFull, let place = streams.insert(StreamConnection(carrier: carrier, number: 0)) else {
            return false
        }
        let stream = UpstreamConnection(
            descriptor: upstreams[carrier].descriptor, epoch: upstreams[carrier].epoch,
            group: upstreams[carrier].group, peer: upstreams[carrier].peer, profile: upstreams[carrier].profile,
            location: upstreams[carrier].location, created: upstreams[carrier].created,
            machine: UpstreamMachine(streamOnReused: isReused), socket: [.writable], exchange: exchange,
            input: ByteBuffer(), stream: place, pending: ByteBuffer(), pendingSent: 0)
        guard let id = upstreams.insert(stream) else { preconditionFailure("a slab that is not full takes one more") }
        epochs[Int(upstreams[carrier].epoch)].users += 1
        exchanges[exchange].upstream = id
        return true
    }

    /// The stream's lease is over. What of the exchange is not over yet is not wanted any more.
    mutating func closeLeasedStream(_ id: SlotID) {
        let place = upstreams[id].stream
        let carrier = streams[place].carrier
        if streams[place].number > 0 {
            // After a whole response only the rest of the request is given up (RFC 9113 §8.1).
            let code: ErrorCode = streams[place].input == .ended ? .noError : .cancel
            sessions[upstreams[carrier].session].session.reset(streams[place].number, code)
        }
        upstreams[id].stream = .none
        var stream = streams.remove(place)
        var received = ByteBuffer()
        swap(&received, &stream.received)
        pool.give(received)
        var pending = ByteBuffer()
        swap(&pending, &upstreams[id].pending)
        pool.give(pending)
        epochs[Int(upstreams[id].epoch)].users -= 1
        endedUpstreams.append(id)
        releaseLease(carrier)
    }

    // MARK: the response

    /// A head came, or a trailer section.
    mutating func headArrived(_ id: SlotID, _ session: SlotID, _ head: HeadEvent, _ number: Int32) {
        let place = upstreams[id].stream
        if let fault = head.fault {
            text.clear()
            fault.appendOfResponse(
                name: sessions[session].session.heads.part(head.faultName),
                value: sessions[session].session.heads.part(head.faultValue), isTrailer: head.section == .trailers,
                to: &text)
            failMessage(id, Cause(fault))
            return sessions[session].session.reset(number, .protocolError)
        }
        if head.section == .trailers {
            keepTrailers(id, session, head, number)
        } else {
            if head.status < 200 { streams[place].interims += 1 }
            // The exchange gives up at the first that is too many.
            if streams[place].interims <= Limits.interimLimit + 1 {
                streams[place].received.append(sessions[session].session.heads.part(head.text))
                streams[place].headLeft += head.text.count
            }
            wake(stream: id)
        }
        if head.ends { streamEnded(id) }
    }

    private mutating func keepTrailers(_ id: SlotID, _ session: SlotID, _ head: HeadEvent, _ number: Int32) {
        let exchange = upstreams[id].exchange
        if head.text.count > settings(exchange).headBufferBytes {
            text.clear()
            failMessage(id, .response(.trailersTooBig))
            return sessions[session].session.reset(number, .protocolError)
        }
        exchanges[exchange].trailers.append(sessions[session].session.heads.part(head.text))
    }

    /// Body bytes came, within `frames`.
    mutating func bodyArrived(_ id: SlotID, _ range: ByteRange) {
        streams[upstreams[id].stream].received.append(frames.span(range))
        wake(stream: id)
    }

    /// The peer ended the stream.
    mutating func streamEnded(_ id: SlotID) {
        let place = upstreams[id].stream
        guard streams[place].input == .open else { return }
        streams[place].input = .ended
        upstreams[id].socket.insert(.ending)
        wake(stream: id)
    }

    /// Nothing good comes on the stream any more: its exchange reads what came before, then this cause, which quotes
    /// what lies in `text`.
    mutating func failStream(_ id: SlotID, _ cause: Cause) {
        let place = upstreams[id].stream
        guard streams[place].input == .open else { return }
        streams[place].input = .reset
        streams[place].cause = cause
        streams[place].words.append(text.span.extracting(first: min(text.count, 1024)))
        upstreams[id].socket.insert(.ending)
        wake(stream: id)
    }

    /// What came is malformed: none of it goes on that has not yet (RFC 9113 §8.1.1).
    mutating func failMessage(_ id: SlotID, _ cause: Cause) {
        failStream(id, cause)
        let place = upstreams[id].stream
        guard streams[place].input == .reset else { return }
        streams[place].received.clear()
        streams[place].headLeft = 0
    }

    /// Whether a stream has failed. While its head has not gone on, the failure is told in its place.
    func streamHasFailed(_ id: SlotID) -> Bool {
        let place = upstreams[id].stream
        return !place.isNone && streams[place].input == .reset
    }

    private mutating func wake(stream id: SlotID) {
        if upstreams[id].socket.contains(.readable) { return }
        upstreams[id].socket.insert(.readable)
        work.append(.relay(upstreams[id].exchange))
    }

    /// Gives at most `limit` of the bytes that came; a value of 0 is the stream's end, an errno its failure.
    func receive(upstreamStream id: SlotID, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        let place = upstreams[id].stream
        let count = min(limit, streams[place].received.count)
        if count > 0 {
            buffer.append(streams[place].received.span.extracting(first: count))
            streams[place].received.removeFirst(count)
            let ofHead = min(count, streams[place].headLeft)
            streams[place].headLeft -= ofHead
            let session = upstreams[streams[place].carrier].session
            sessions[session].session.consumed(streams[place].number, count - ofHead)
            wantsToSpeak(upstream: streams[place].carrier)
            if streams[place].received.isEmpty && streams[place].input == .open {
                upstreams[id].socket.remove(.readable)
            }
            return SystemResult(raw: count)
        }
        upstreams[id].socket.remove(.readable)
        switch streams[place].input {
        case .open: return .wouldBlock
        case .ended:
            upstreams[id].socket.insert(.readOver)
            return SystemResult(raw: 0)
        case .reset:
            upstreams[id].socket.insert(.readOver)
            return SystemResult(.protocolError)
        }
    }

    /// How a stream's body ends, whatever the head says: the session has compared both.
    func streamFraming(_ id: SlotID) -> BodyFraming? {
        let upstream = exchanges[id].upstream
        if upstreams[upstream].stream.isNone || exchanges[id].record.answer.facts.framing == .none { return nil }
        return .untilClose
    }

    /// Whether all of a stream's body was read, and it ended well.
    func streamIsReadOut(_ id: SlotID) -> Bool {
        let place = upstreams[exchanges[id].upstream].stream
        return !place.isNone && streams[place].input == .ended && streams[place].received.isEmpty
    }

    /// Why a stream failed, with its evidence; nil where it did not, or is none.
    mutating func streamCause(_ id: SlotID, _ marks: CauseMarks) -> Cause? {
        let place = upstreams[id].stream
        guard !place.isNone, var cause = streams[place].cause else { return nil }
        if !streams[place].words.isEmpty { evidence.set(streams[place].words.span) }
        // What was not processed has no answer.
        if !cause.marks.contains(.unprocessed) { cause.marks.formUnion(marks) }
        return cause
    }

    /// Whether the peer did nothing about the request: then it may be sent again, and the first time this is no try.
    mutating func wasUnprocessed(_ id: SlotID, _ cause: Cause) -> Bool {
        guard cause.marks.contains(.unprocessed), exchanges[id].machine.isAttempting,
            !exchanges[id].machine.isCommitted
        else { return false }
        // Body bytes that were passed on are nowhere any more.
        if exchanges[id].passesBody && exchanges[id].body.received > 0 { return false }
        exchanges[id].machine.requestUnprocessed()
        if exchanges[id].wasUnprocessed { return false }
        exchanges[id].wasUnprocessed = true
        return true
    }

    // MARK: the request

    /// Hands what there is of the request to the session, as far as it takes it.
    mutating func sendStreamed(_ id: SlotID, _ upstream: SlotID) {
        if !exchanges[id].headWritten && !sendStreamHead(id, upstream) { return }
        let place = upstreams[upstream].stream
        for _ in 0..<32 {
            if streams[place].saidEnd { return requestSentSoFar(id) }
            // A body of the configuration's own goes in place of the client's.
            let isOwn = upstreams[upstream].pendingCount > 0
            var piece = ByteRange.empty
            if !isOwn {
                guard let next = nextPiece(id) else { return }
                piece = next
            }
            let ends = isOwn || exchanges[id].machine.isRequestOver && isLast(id, piece)
            if !isOwn && piece.isEmpty && !ends { return requestSentSoFar(id) }
            guard upstreams[upstream].socket.contains(.writable) else { return streamBlocked(id) }
            let count = isOwn ? upstreams[upstream].pendingCount : piece.count
            let taken = offer(id, upstream, piece, isOwn: isOwn, ends: ends)
            guard let taken else { return }
            if taken > 0 {
                exchanges[id].record.attempts.current.bytesSent += Int64(taken)
                exchanges[id].machine.requestProgressed(
                    deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout)))
                if isOwn { upstreams[upstream].noteSent(taken) } else { advanceBody(id, by: taken) }
            }
            if taken < count || ends && !streams[place].saidEnd {
                upstreams[upstream].socket.remove(.writable)
                return streamBlocked(id)
            }
        }
        post(upstream: upstream)
    }

    private func isLast(_ id: SlotID, _ piece: ByteRange) -> Bool {
        if exchanges[id].passesBody || !settings(id).passesRequestBody { return true }
        return exchanges[id].body.sent + Int64(piece.count) >= exchanges[id].body.storedBytes
    }

    /// Offers body bytes to the session; how many it took, or nil where the stream takes none any more.
    private mutating func offer(
        _ id: SlotID, _ upstream: SlotID, _ piece: ByteRange, isOwn: Bool, ends: Bool
    ) -> Int? {
        let place = upstreams[upstream].stream
        let number = streams[place].number
        let carrier = streams[place].carrier
        let session = upstreams[carrier].session
        guard sessions[session].session.isOpen(number) else { return nil }
        let (count, taken): (Int, Int)
        if isOwn {
            let bytes = upstreams[upstream].pending.span.extracting(droppingFirst: upstreams[upstream].pendingSent)
            count = bytes.count
            taken = sessions[session].session.offer(number, bytes, ends: ends, &pool)
        } else {
            count = piece.count
            taken =
                exchanges[id].body.file.isNone
                ? sessions[session].session.offer(number, exchanges[id].body.memory.span(piece), ends: ends, &pool)
                : sessions[session].session.offer(number, scratch.span(piece), ends: ends, &pool)
        }
        if ends && taken == count && !sessions[session].session.isWaiting(number) { streams[place].saidEnd = true }
        wantsToSpeak(upstream: carrier)
        return taken
    }

    /// The window, or the connection, takes no more for now.
    private mutating func streamBlocked(_ id: SlotID) {
        exchanges[id].machine.requestBlocked(deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout)))
        arm(id)
    }

    /// Opens the stream with the request's head; false where the attempt failed.
    private mutating func sendStreamHead(_ id: SlotID, _ upstream: SlotID) -> Bool {
        exchanges[id].headWritten = true
        output.clear()
        let routing = epochs[Int(exchanges[id].epoch)].routing
        let head = routing.appendStreamHead(
            &exchanges[id].record, moment, framing: requestFraming(id), &pool, to: &output)
        exchanges[id].asksUpgrade = false
        exchanges[id].upstreamMethod = head.method
        if let trouble = head.trouble {
            failAttempt(id, Cause(trouble))
            return false
        }
        let hasOwn = output.count > head.linesEnd
        if hasOwn { upstreams[upstream].pending.append(output.span.extracting(droppingFirst: head.linesEnd)) }
        var ends = !hasOwn && exchanges[id].machine.isRequestOver
        if ends {
            guard let first = nextPiece(id) else { return false }
            ends = first.isEmpty
        }
        let place = upstreams[upstream].stream
        let carrier = streams[place].carrier
        let number = sessions[upstreams[carrier].session].session.request(
            output.span.extracting(first: head.linesEnd), isHead: head.isHead, ends: ends,
            exchange: Token(.upstream, upstream).rawValue, &pool)
        guard let number else {
            let refused = Int64(ErrorCode.refusedStream.rawValue)
            failAttempt(id, .response(.streamRejected, number: refused, marks: .unprocessed))
            return false
        }
        streams[place].number = number
        streams[place].saidEnd = ends
        exchanges[id].record.attempts.current.bytesSent += Int64(head.linesEnd)
        exchanges[id].machine.requestProgressed(deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout)))
        wantsToSpeak(upstream: carrier)
        return true
    }
}

// MARK: causes

extension Cause {
    /// The cause that a malformed message is.
    init(_ fault: StreamFault) {
        switch fault {
        case .bodyBeyondLength: self = .response(.bodyBeyondLength)
        case .bodyTooShort, .noResponse: self = .response(.streamClosed)
        case .trailersWithoutEnd, .bodyBeforeHead: self = .response(.malformedFields)
        case .library: self = .response(.http2Violation)
        }
    }

    /// The cause that a malformed head is.
    init(_ fault: HeadFault) {
        switch fault {
        case .tooLargeHead, .tooLargeField: self = .response(.headTooBig)
        case .noMethod, .noScheme, .noPath, .noStatus, .noAuthority, .duplicatePseudo, .emptyPseudo, .unknownPseudo,
            .misplacedPseudo, .unexpectedProtocol, .invalidMethod, .invalidScheme, .invalidPath, .invalidStatus,
            .unexpectedStatus, .authorityMismatch, .invalidName, .invalidValue, .connectionField, .invalidTE:
            self = .response(.malformedFields)
        }
    }
}

extension StreamFault {
    /// What a log line quotes of it.
    var text: String {
        switch self {
        case .bodyBeyondLength, .bodyTooShort, .noResponse: ""
        case .trailersWithoutEnd: "trailer without end stream flag"
        case .bodyBeforeHead: "unexpected http2 frame: 0"
        case .library(let error): HTTP2Session.text(ofError: error)
        }
    }
}
