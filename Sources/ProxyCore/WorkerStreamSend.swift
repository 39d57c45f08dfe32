import Bytes
import Failures
import HTTP
import HTTP2
import Platform
import Routing

// What goes to a client on a stream: a head as such, body bytes as the session takes them, and the end with the last
// of them. What it does not take waits in the slot's `pending`, like what a socket does not take.
extension Worker {
    /// Whether the client of an exchange is reached by an HTTP/2 stream.
    func isOnStream(_ id: SlotID) -> Bool {
        guard case .connection(let connection) = exchanges[id].client else {
            return exchanges[id].record.asked.facts.version == .http2
        }
        return !downstreams[connection].stream.isNone
    }

    /// Sends the head whose field lines lie in `output`, where one does, and body bytes of `scratch`.
    mutating func sendOnStream(_ connection: SlotID, _ body: ByteRange) -> SendOutcome {
        let side = downstreams[connection].stream
        let id = downstreams[connection].exchange
        if !streams[side].saidHead {
            let ends = exchanges[id].responseEnded && body.isEmpty && streams[side].trailers.isEmpty
            sayHead(connection, status: exchanges[id].record.answer.status, ends: ends)
        }
        output.clear()
        return push(stream: connection, scratch.span(body))
    }

    /// The final head of a stream's response; its lines lie in `output`.
    mutating func sayHead(_ connection: SlotID, status: Int, ends: Bool) {
        let side = downstreams[connection].stream
        let carrier = streams[side].carrier
        // RFC 8441 §5: 200 is what 101 is in HTTP/1.
        let said = status == 101 ? 200 : Int(StatusPhrase.wire(UInt16(clamping: status)))
        sessions[downstreams[carrier].session].session.respond(
            streams[side].number, status: said, output.span, ends: ends, &pool)
        streams[side].saidHead = true
        streams[side].saidEnd = ends
        wantsToSpeak(downstream: carrier)
    }

    /// An interim head; its lines lie in `output`.
    mutating func sayInterim(_ connection: SlotID, status: Int) {
        let side = downstreams[connection].stream
        let carrier = streams[side].carrier
        sessions[downstreams[carrier].session].session.inform(streams[side].number, status: status, output.span, &pool)
        wantsToSpeak(downstream: carrier)
    }

    /// Offers body bytes to a stream; what the session does not take waits behind what waits already.
    func push(stream id: SlotID, _ bytes: Span<UInt8>) -> SendOutcome {
        var taken = 0
        if downstreams[id].pendingCount == 0 {
            let allowed = min(bytes.count, sendAllowance(id))
            if allowed > 0 { taken = offer(stream: id, bytes.extracting(0..<allowed), isLast: allowed == bytes.count) }
            if taken == bytes.count { return sayEnd(id) }
        }
        let rest = bytes.extracting(droppingFirst: taken)
        if downstreams[id].pending.capacity == 0 { downstreams[id].pending = pool.take(atLeast: rest.count) }
        downstreams[id].pending.append(rest)
        return .some
    }

    /// Offers at most `limit` bytes of what waits.
    func pushAgain(stream id: SlotID, limit: Int) -> SystemResult {
        let start = Int(downstreams[id].pendingSent)
        let isLast = start + limit == downstreams[id].pending.count
        var pending = ByteBuffer()
        swap(&pending, &downstreams[id].pending)
        let taken = offer(stream: id, pending.span.extracting(start..<start + limit), isLast: isLast)
        swap(&pending, &downstreams[id].pending)
        return SystemResult(raw: taken)
    }

    /// How many of the bytes the session takes now.
    private func offer(stream id: SlotID, _ bytes: Span<UInt8>, isLast: Bool) -> Int {
        let side = downstreams[id].stream
        let carrier = streams[side].carrier
        let place = downstreams[carrier].session
        let number = streams[side].number
        let ends = isLast && endsResponse(id) && streams[side].trailers.isEmpty
        let taken = sessions[place].session.offer(number, bytes, ends: ends, &pool)
        if taken < bytes.count { downstreams[id].socket.remove(.writable) }
        if ends && taken == bytes.count && !sessions[place].session.isWaiting(number) { streams[side].saidEnd = true }
        noteSent(id, taken)
        wantsToSpeak(downstream: carrier)
        return taken
    }

    private func endsResponse(_ id: SlotID) -> Bool {
        let exchange = downstreams[id].exchange
        return !exchange.isNone && exchanges[exchange].responseEnded
    }

    /// All bytes are taken: says that the response ends, where it does and that is not said. `.some` where the session
    /// cannot say it yet.
    func sayEnd(_ id: SlotID) -> SendOutcome {
        let side = downstreams[id].stream
        if streams[side].saidEnd || !endsResponse(id) { return .all }
        let carrier = streams[side].carrier
        let place = downstreams[carrier].session
        let number = streams[side].number
        wantsToSpeak(downstream: carrier)
        if !streams[side].trailers.isEmpty && sessions[place].session.capacity(of: number) > 0 {
            var trailers = ByteBuffer()
            swap(&trailers, &streams[side].trailers)
            sessions[place].session.offerTrailers(number, trailers.span, &pool)
            streams[side].saidEnd = true
            return .all
        }
        if streams[side].trailers.isEmpty {
            let none = ByteBuffer()
            _ = sessions[place].session.offer(number, none.span, ends: true, &pool)
            if !sessions[place].session.isWaiting(number) {
                streams[side].saidEnd = true
                return .all
            }
        } else {
            sessions[place].session.awaitWindow(number)
        }
        downstreams[id].socket.remove(.writable)
        return .some
    }

    /// Whether a stream has all bytes of its response, but not yet its end.
    func awaitsEnd(_ id: SlotID) -> Bool {
        let side = downstreams[id].stream
        return !side.isNone && !streams[side].saidEnd && endsResponse(id)
    }
}
