import Bytes

/// What both roles do with a stream. A stream that is gone is a normal miss: nothing happens.
extension HTTP2Session {
    /// Streams that are open.
    package var openStreamCount: Int { sink.streams.openCount }

    /// Gives a stream the number that its events carry from now on.
    package mutating func bind(_ stream: Int32, to exchange: UInt64) {
        // One that was opened and reset in one piece is gone from the library, but its events are still to be read.
        let slot = library.slot(of: stream) ?? sink.streams.slots.firstIndex { $0.stream == stream }
        if let slot { sink.streams[slot].exchange = exchange }
    }

    /// Whether the stream is there and takes body bytes of ours.
    package func isOpen(_ stream: Int32) -> Bool {
        guard let slot = library.slot(of: stream) else { return false }
        return !sink.streams[slot].hasSentEnd && !sink.streams[slot].isResetByUs
    }

    /// Body bytes were passed on or stored: the peer may send as many more. The frame leaves with the next `flush`.
    package mutating func consumed(_ stream: Int32, _ count: Int) {
        if count > 0 { library.consume(stream, count) }
    }

    /// The peer may send so many body bytes of the stream ahead of `consumed` from now on, if that is more than before.
    package mutating func widen(_ stream: Int32, to bytes: Int) {
        if library.slot(of: stream) == nil { return }
        library.widen(stream, to: bytes, initial: sink.settings.streamWindowBytes)
    }

    /// Frames body bytes into the output, as many as the stream's and the connection's windows and the output's room
    /// allow. What is not taken is the caller's: `nextWritable` names the stream when it is worth trying again.
    ///
    /// - Parameters:
    ///   - stream: whose head was submitted with `ends` false
    ///   - bytes: lent for the call
    ///   - ends: whether the body ends after them; it has, where all are taken and `isWaiting` is false. Say it with
    ///     the last bytes where you can: the library sends an end without bytes only while the windows are open
    /// - Returns: how many were taken
    package mutating func offer(
        _ stream: Int32, _ bytes: Span<UInt8>, ends: Bool, _ pool: inout BufferPool
    ) -> Int {
        offer(stream, bytes, ends: ends, hasTrailers: false, &pool)
    }

    /// Ends a body, of which all bytes were taken, with a trailer section.
    ///
    /// - Parameters:
    ///   - lines: `name: value` lines, each with CRLF
    package mutating func offerTrailers(_ stream: Int32, _ lines: Span<UInt8>, _ pool: inout BufferPool) {
        if !isOpen(stream) { return }
        let none = ByteBuffer()
        makeRoom(lines.count + 64, &pool)
        _ = offer(stream, none.span, ends: true, hasTrailers: true, &pool)
        if library.trail(stream, lines) { pump() }
    }

    private mutating func offer(
        _ stream: Int32, _ bytes: Span<UInt8>, ends: Bool, hasTrailers: Bool, _ pool: inout BufferPool
    ) -> Int {
        guard let slot = library.slot(of: stream), isOpen(stream) else { return 0 }
        if bytes.isEmpty, !ends { return 0 }
        // A frame's header for each 16 KiB, and what else may be ready.
        makeRoom(min(bytes.count, sink.room) + min(bytes.count, sink.room) / 1024 + 64, &pool)
        let isWell = library.send(bytes, on: stream, ends: ends, hasTrailers: hasTrailers, cell)
        if !isWell { sink.fail(.library, .internalError, text: "library error") }
        let taken = sink.offered.taken
        // Events say what became of the stream; its slot stays until `closed` is read.
        if taken == 0, !bytes.isEmpty, sink.room > 0, library.hasWindow(stream), isOpen(stream) {
            // The library does not send its head either: whoever waits for it waits for ever.
            reset(stream, .internalError)
        } else if taken < bytes.count || ends && !sink.offered.hasEnded { wait(slot) }
        pump()
        return taken
    }

    private mutating func wait(_ slot: Int) {
        if sink.streams[slot].isClosed || sink.streams[slot].isWaiting { return }
        sink.streams[slot].isWaiting = true
        waiting.append(sink.streams[slot].stream)
    }

    /// Puts a stream that has something to say later into the list of `nextWritable`.
    package mutating func awaitWindow(_ stream: Int32) {
        if let slot = library.slot(of: stream), isOpen(stream) { wait(slot) }
    }

    /// Whether an `offer` was not taken whole, so that the stream is in the list of `nextWritable`.
    package func isWaiting(_ stream: Int32) -> Bool {
        guard let slot = library.slot(of: stream) else { return false }
        return sink.streams[slot].isWaiting
    }

    /// The stream that has waited longest and could send now: offer it what is left. Nil where none could.
    package mutating func nextWritable() -> StreamKey? {
        var index = 0
        while index < waiting.count {
            let stream = waiting[index]
            guard let slot = library.slot(of: stream), !sink.streams[slot].isResetByUs else {
                waiting.remove(at: index)
                continue
            }
            if sink.room > 0, library.hasWindow(stream) {
                waiting.remove(at: index)
                sink.streams[slot].isWaiting = false
                return sink.streams[slot].key
            }
            index += 1
        }
        return nil
    }

    /// Whether a stream waits for the peer's window: a deadline of the driver's bounds that.
    package var isWaitingForWindow: Bool { !waiting.isEmpty && sink.room > 0 }

    /// Body bytes that `offer` would take now.
    package func capacity(of stream: Int32) -> Int { isOpen(stream) ? min(library.window(stream), sink.room) : 0 }

    /// Resets a stream: `closed` follows. What is in the output already leaves.
    package mutating func reset(_ stream: Int32, _ code: ErrorCode) {
        guard let slot = library.slot(of: stream) else { return }
        if sink.streams[slot].isResetByUs { return }
        sink.streams[slot].isResetByUs = true
        // The peer has made us do it.
        if sink.streams[slot].isFaulty { sink.gauge.resets.add() }
        library.reset(stream, code)
        pump()
    }
}
