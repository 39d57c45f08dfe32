import Bytes

/// What a server does: answer, and go.
extension HTTP2Session {
    /// Sends the head of a response. Head and body that are offered in one turn leave in one send.
    ///
    /// - Parameters:
    ///   - status: 200 … 999
    ///   - lines: `name: value` lines, each with CRLF, without any that belong to a connection
    ///   - ends: whether there is neither body nor trailers
    package mutating func respond(
        _ stream: Int32, status: Int, _ lines: Span<UInt8>, ends: Bool, _ pool: inout BufferPool
    ) {
        precondition(status >= 200, "an interim head is sent as the final one")
        guard prepare(stream, status, lines, &pool) else { return }
        var text = ByteBuffer()
        swap(&text, &headText)
        if library.respond(stream, text.span, ends: ends) { pump() }
        swap(&text, &headText)
    }

    /// Sends an interim head: 100, 102, 103.
    package mutating func inform(_ stream: Int32, status: Int, _ lines: Span<UInt8>, _ pool: inout BufferPool) {
        precondition(status < 200 && status != 101, "no interim status")
        guard prepare(stream, status, lines, &pool) else { return }
        var text = ByteBuffer()
        swap(&text, &headText)
        if library.inform(stream, text.span) { pump() }
        swap(&text, &headText)
    }

    private mutating func prepare(
        _ stream: Int32, _ status: Int, _ lines: Span<UInt8>, _ pool: inout BufferPool
    ) -> Bool {
        if !isOpen(stream) { return false }
        makeRoom(lines.count + 64, &pool)
        headText.clear()
        headText.append(":status: ")
        headText.append(decimal: status, width: 3)
        headText.append("\r\n")
        headText.append(lines)
        return true
    }

    /// Ends a stream whose request was malformed, after it was answered (RFC 9113 §8.1.1).
    package mutating func refuse(_ stream: Int32, _ code: ErrorCode) {
        if library.slot(of: stream) != nil { return reset(stream, code) }
        // Both sides have ended it: the answer is on its way, and the code says what it was about.
        library.reset(stream, code)
        pump()
    }

    /// Begins to go: the peer is told to open no more streams, but those that are on their way are still taken
    /// (RFC 9113 §6.8). Comes a `pong` of `drainPing`, call `finishDrain`; or at a deadline.
    package mutating func beginDrain() {
        if drain != .none { return }
        drain = .announced
        library.announceShutdown()
        library.ping(Self.drainPing)
        pump()
    }

    /// What `pong` has after `beginDrain`.
    package static var drainPing: UInt64 { 0x706f_7374_6572_6e00 }

    /// Takes no more streams. When the last one is closed, `isOver` is true.
    package mutating func finishDrain() {
        if drain == .final { return }
        drain = .final
        library.goAway(.noError)
        pump()
    }

    /// Whether the session is going.
    package var isDraining: Bool { drain != .none }

    /// Says an error to the peer and ends the session (nginx: a timeout while processing HTTP/2, for example).
    package mutating func goAway(_ code: ErrorCode) {
        drain = .final
        library.terminate(code)
        pump()
        end()
    }

    /// Asks for a `pong` with the same number.
    package mutating func ping(_ number: UInt64) {
        library.ping(number)
        pump()
    }
}
