import Bytes
import EventLoop
import Platform

// Where a connection's bytes come from and go to. What a call says of the socket's readiness is kept here, once for all
// callers: a short read means drained, would-block and a short write wait for the next edge, an end is the last read.
extension Worker {
    /// Reads at most `limit` bytes from a client, appended to `buffer`; a value of 0 is its end, or an errno.
    func receive(downstream id: SlotID, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        let result = kernel.receive(downstreams[id].descriptor, into: &buffer, limit: limit)
        downstreams[id].socket.read(result, of: limit)
        return result
    }

    /// Reads at most `limit` bytes from a peer, appended to `buffer`; a value of 0 is its end, or an errno.
    func receive(upstream id: SlotID, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        let result = kernel.receive(upstreams[id].descriptor, into: &buffer, limit: limit)
        upstreams[id].socket.read(result, of: limit)
        return result
    }

    /// Sends what the peer's socket takes of two runs of bytes, in one call.
    func send(upstream id: SlotID, _ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> SystemResult {
        let result = kernel.send(upstreams[id].descriptor, first, second)
        upstreams[id].socket.wrote(result, of: first.count + second.count)
        return result
    }

    /// Sends what the client's socket takes of two runs of bytes, in one call.
    func send(downstream id: SlotID, _ first: Span<UInt8>, _ second: Span<UInt8> = Span()) -> SystemResult {
        let result = kernel.send(downstreams[id].descriptor, first, second)
        downstreams[id].socket.wrote(result, of: first.count + second.count)
        return result
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
