import Bytes

/// What a client does: ask.
extension HTTP2Session {
    /// How many streams may be opened now: what the peer allows, without those that are open. 0 once it said GOAWAY or
    /// the ids are used up. Before its SETTINGS came, 100 are taken for allowed (RFC 9113 §6.5.2).
    package var capacity: Int {
        if isOver || !library.allowsRequests || drain != .none { return 0 }
        return max(0, library.peerStreamLimit - sink.streams.openCount)
    }

    /// Whether the peer takes extended CONNECT (RFC 8441 §3).
    package var peerAllowsExtendedConnect: Bool { library.peerAllowsExtendedConnect }

    /// Opens a stream with a request's head.
    ///
    /// - Parameters:
    ///   - lines: `name: value` lines, each with CRLF; those of `:method`, `:scheme`, `:path` and `:authority` first
    ///   - isHead: whether the method is HEAD, whose answer has no body whatever it says
    ///   - ends: whether there is neither body nor trailers
    ///   - exchange: what the stream is bound to
    /// - Returns: the stream's id; nil where `capacity` is 0
    package mutating func request(
        _ lines: Span<UInt8>, isHead: Bool, ends: Bool, exchange: UInt64, _ pool: inout BufferPool
    ) -> Int32? {
        if capacity == 0 { return nil }
        makeRoom(lines.count + 64, &pool)
        let slot = sink.streams.insert(.max)
        sink.streams[slot].isKnown = true
        sink.streams[slot].isHeadRequest = isHead
        sink.streams[slot].exchange = exchange
        let stream = library.request(lines, ends: ends, slot: slot)
        if stream <= 0 {
            sink.streams.close(slot)
            sink.streams.remove(slot)
            return nil
        }
        sink.streams[slot].stream = stream
        pump()
        return stream
    }
}
