import Bytes
import EventLoop
import Platform

// Where a connection's bytes come from and go to: the socket, or the TLS session over it. What a call says of the
// socket's readiness is kept here, once for all callers: a short read means drained, would-block and a short write wait
// for the next edge, an end is the last read.
extension Worker {
    /// Reads at most `limit` bytes from a client, appended to `buffer`; a value of 0 is its end, or an errno.
    func receive(downstream id: SlotID, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        if !downstreams[id].stream.isNone { return receive(stream: id, into: &buffer, limit: limit) }
        let place = downstreams[id].secure
        if place.isNone {
            let result = kernel.receive(downstreams[id].descriptor, into: &buffer, limit: limit)
            downstreams[id].socket.read(result, of: limit)
            return result
        }
        let result = unseal(
            place, downstreams[id].descriptor, &downstreams[id].socket, into: &buffer, limit: limit)
        if !wire.isEmpty { _ = push(downstream: id, wire.span, Span()) }
        return result
    }

    /// Reads at most `limit` bytes from a peer, appended to `buffer`; a value of 0 is its end, or an errno.
    func receive(upstream id: SlotID, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        if !upstreams[id].stream.isNone { return receive(upstreamStream: id, into: &buffer, limit: limit) }
        let place = upstreams[id].secure
        if place.isNone {
            let result = kernel.receive(upstreams[id].descriptor, into: &buffer, limit: limit)
            upstreams[id].socket.read(result, of: limit)
            return result
        }
        let result = unseal(place, upstreams[id].descriptor, &upstreams[id].socket, into: &buffer, limit: limit)
        if !wire.isEmpty { _ = pushWire(upstream: id) }
        return result
    }

    // MARK: to a client

    /// Sends all of `output`, then `body` of `scratch`, to a client in one call; what the socket does not take waits.
    mutating func send(to id: SlotID, body: ByteRange) -> SendOutcome {
        if !downstreams[id].stream.isNone { return sendOnStream(id, body) }
        let place = downstreams[id].secure
        if place.isNone { return push(downstream: id, output.span, scratch.span(body)) }
        wire.clear()
        guard secured[place].session.write(output.span, scratch.span(body), output: &wire) else {
            return .failed(.protocolError)
        }
        return push(downstream: id, wire.span, Span())
    }

    /// Sends two runs of bytes in one call; what the socket does not take, or a rate does not allow, waits behind what
    /// waits already.
    func push(downstream id: SlotID, _ first: Span<UInt8>, _ second: Span<UInt8>) -> SendOutcome {
        let total = first.count + second.count
        if total == 0 { return downstreams[id].pendingCount == 0 ? .all : .some }
        var sent = 0
        if downstreams[id].pendingCount == 0 && downstreams[id].socket.contains(.writable) {
            let allowed = min(total, sendAllowance(id))
            if allowed > 0 {
                let firstCount = min(allowed, first.count)
                let result = kernel.send(
                    downstreams[id].descriptor, first.extracting(first: firstCount),
                    second.extracting(first: allowed - firstCount))
                downstreams[id].socket.wrote(result, of: allowed)
                if result.failed && !result.wouldBlock { return .failed(result.errno) }
                sent = result.value
                noteSent(id, sent)
            }
            if sent == total { return .all }
        }
        if downstreams[id].pending.capacity == 0 { downstreams[id].pending = pool.take(atLeast: total - sent) }
        if sent < first.count {
            downstreams[id].pending.append(first.extracting(droppingFirst: sent))
            downstreams[id].pending.append(second)
        } else {
            downstreams[id].pending.append(second.extracting(droppingFirst: sent - first.count))
        }
        return .some
    }

    /// Sends at most `limit` bytes of what the client's socket did not take.
    func pushAgain(downstream id: SlotID, limit: Int) -> SystemResult {
        if !downstreams[id].stream.isNone { return pushAgain(stream: id, limit: limit) }
        let start = Int(downstreams[id].pendingSent)
        let result = kernel.send(
            downstreams[id].descriptor, downstreams[id].pending.span.extracting(start..<start + limit))
        downstreams[id].socket.wrote(result, of: limit)
        return result
    }

    // MARK: to a peer

    /// The most of a request's body that is encrypted at once, in bytes.
    static var sealedPieceBytes: Int { 128 << 10 }

    /// Sends what the peer's socket takes of two runs of bytes, in one call. Over TLS it takes all: what its socket
    /// does not take waits in `pending`.
    func send(upstream id: SlotID, _ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> SystemResult {
        let place = upstreams[id].secure
        let total = first.count + second.count
        if place.isNone {
            let result = kernel.send(upstreams[id].descriptor, first, second)
            upstreams[id].socket.wrote(result, of: total)
            return result
        }
        wire.clear()
        guard secured[place].session.write(first, second, output: &wire) else { return SystemResult(.protocolError) }
        let result = pushWire(upstream: id)
        return result.failed ? result : SystemResult(raw: total)
    }

    /// Keeps bytes behind those that wait for the peer's socket.
    func keep(upstream id: SlotID, _ bytes: Span<UInt8>) {
        let place = upstreams[id].secure
        if place.isNone || bytes.isEmpty { return upstreams[id].pending.append(bytes) }
        wire.clear()
        // A session that fails here fails again where it is read, which says why.
        if secured[place].session.write(bytes, output: &wire) { upstreams[id].pending.append(wire.span) }
    }

    /// Sends again what the peer's socket did not take.
    func pushAgain(upstream id: SlotID) -> SystemResult {
        let (start, count) = (upstreams[id].pendingSent, upstreams[id].pending.count)
        let result = kernel.send(upstreams[id].descriptor, upstreams[id].pending.span.extracting(start..<count))
        upstreams[id].socket.wrote(result, of: count - start)
        return result
    }

    /// Sends what lies in `wire`, or keeps it behind what waits: a failure is an errno, never would-block.
    func pushWire(upstream id: SlotID) -> SystemResult {
        var sent = 0
        if upstreams[id].pendingCount == 0 && upstreams[id].socket.contains(.writable) {
            let result = kernel.send(upstreams[id].descriptor, wire.span)
            upstreams[id].socket.wrote(result, of: wire.count)
            if result.failed && !result.wouldBlock { return result }
            sent = result.value
        }
        if sent < wire.count { upstreams[id].pending.append(wire.span.extracting(droppingFirst: sent)) }
        return SystemResult(raw: wire.count)
    }
}

extension SocketState {
    /// What a read of at most `limit` bytes says.
    mutating func read(_ result: SystemResult, of limit: Int) {
        if result.value > 0 {
            if result.value < limit && !contains(.ending) { remove(.readable) }
            return
        }
        remove(.readable)
        if !result.wouldBlock { insert(.readOver) }
    }

    /// What a write of `count` bytes says.
    mutating func wrote(_ result: SystemResult, of count: Int) {
        if result.value < count { remove(.writable) }
    }
}
