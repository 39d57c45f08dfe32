import Bytes
import EventLoop
import HTTP
import Platform

// A response that does not need the request's body: what comes of it is read and forgotten, so that the next request on
// the connection can be found behind it (nginx: ngx_http_discard_request_body).
extension Worker {
    /// The response is made without the request's body. False where what came of it is no body.
    ///
    /// The connection does not stay where the body was begun to be read for another use, or where the client waits to
    /// be told to send it: nobody knows then whether it will.
    mutating func discardBody(_ id: SlotID) -> Bool {
        if exchanges[id].machine.isRequestWhole { return true }
        let isUntouched = exchanges[id].machine.isBodyUnread
        exchanges[id].machine.bodyUnwanted()
        guard isUntouched, case .connection(let connection) = exchanges[id].client else {
            exchanges[id].keepsClient = false
            return true
        }
        if downstreams[connection].input.isEmpty {
            if exchanges[id].record.asked.facts.expectsContinue { exchanges[id].keepsClient = false }
            return true
        }
        scratch.clear()
        scratch.append(downstreams[connection].input.span)
        releaseInput(connection)
        return skipBody(id, connection)
    }

    /// What came of the body is no body: 400 in the place of the response.
    mutating func refuseBody(_ id: SlotID) {
        evidence.clear()
        exchanges[id].keepsClient = false
        let verdict = record(id, .request(.invalidChunk), phase: exchanges[id].machine.phase)
        answer(id, status: verdict.status)
    }

    /// Reads and forgets what the client still sends of a body that nobody wants, one read a turn.
    mutating func discardMore(_ id: SlotID, _ connection: SlotID) {
        guard downstreams[connection].socket.contains(.readable), !isStreamOver(connection) else { return }
        scratch.clear()
        guard receive(connection, limit: Limits.scratchBytes) else { return }
        let isValid = skipBody(id, connection)
        if !isValid { exchanges[id].keepsClient = false }
        if exchanges[id].machine.isOver {
            if !isValid { return conclude(id, .close) }
            if exchanges[id].machine.isRequestWhole { return conclude(id, .keepAlive) }
            awaitDiscarded(id)
        }
        if !exchanges[id].machine.isRequestWhole && downstreams[connection].socket.contains(.readable) {
            post(downstream: connection)
        }
    }

    /// The response is sent; the rest of the request has to come before the next one can.
    mutating func beginDiscarding(_ id: SlotID) {
        exchanges[id].machine.discardingBegan(until: loop.now.after(Int64(settings(id).lingeringTime)))
        awaitDiscarded(id)
        guard case .connection(let connection) = exchanges[id].client else { return }
        if downstreams[connection].socket.contains(.readable) { post(downstream: connection) }
    }

    /// The client's bytes ended, or did not come in time, where the rest of an unwanted body was due.
    mutating func discardingEnded(_ id: SlotID) {
        exchanges[id].keepsClient = false
        if exchanges[id].machine.isOver { conclude(id, .close) }
    }

    private mutating func awaitDiscarded(_ id: SlotID) {
        exchanges[id].machine.discardAwaited(until: loop.now.after(Int64(settings(id).lingeringTimeout)))
        arm(id)
    }

    /// Passes over the body's bytes in `scratch` and keeps what follows it. False where they are no body.
    private mutating func skipBody(_ id: SlotID, _ connection: SlotID) -> Bool {
        var used = 0
        switch exchanges[id].record.asked.facts.framing {
        case .length:
            used = Int(min(Int64(scratch.count), exchanges[id].requestLeft))
            exchanges[id].requestLeft -= Int64(used)
            exchanges[id].requestEnded = exchanges[id].requestLeft == 0
        case .chunked where exchanges[id].record.asked.facts.version == .http2:
            used = scratch.count
            exchanges[id].requestEnded = isStreamOver(connection)
        case .chunked:
            text.clear()
            chunks: while true {
                switch exchanges[id].requestChunks.step(scratch.span, from: used, trailer: &text) {
                case .data(let range): used = range.end
                case .needMore:
                    used = scratch.count
                    break chunks
                case .end(let next):
                    used = next
                    exchanges[id].requestEnded = true
                    break chunks
                case .refused: return false
                }
            }
        case .none, .untilClose: exchanges[id].requestEnded = true
        }
        exchanges[id].record.asked.bytesRead += Int64(used)
        if used < scratch.count { keepRest(connection, from: used) }
        if exchanges[id].requestEnded { exchanges[id].machine.bodyDiscarded() }
        return true
    }
}
