import Bytes

/// One HTTP/2 connection's protocol, in either role (RFC 9113): bytes in, bytes and events out. No sockets, no clock.
///
/// How a driver uses it:
///
/// - Bytes came: `feed` them, read `nextEvent` to nil, go on behind what was taken; again while bytes are left or
///   `isPaused`. Ranges of `data` are within the bytes that were fed, those of `head` within `heads`.
/// - Body bytes were passed on or stored: `consumed`, so that the peer may send more.
/// - There is a head: `respond`, `inform` or `request`. There are body bytes: `offer`, which takes what window and
///   room allow; the rest stays with the driver until `nextWritable` names the stream.
/// - At the end of the turn, and when the socket takes bytes again: `flush`, send `unsent`, say how much left by
///   `sent`, then serve `nextWritable` and send again. Events may have come of it: read them.
/// - `isOver`: when `unsent` is empty, close. `failure` says why where it is not by agreement.
///
/// Nobody but the driver knows the time: a wait for the preface, for SETTINGS, for a window or for an answer to a ping
/// is bounded by the driver's deadlines.
package struct HTTP2Session: ~Copyable {
    private let box: SinkBox
    var library: Library
    /// Bytes of the output that were sent.
    private(set) var sentBytes = 0
    private var nextEventIndex = 0
    /// Streams that wait for window or room, the longest waiting first.
    var waiting: [Int32] = []
    var drain = Drain.none
    private(set) var hasEnded = false
    var headText = ByteBuffer()
    /// The first bytes of a client, until its preface and the header of its first frame are there.
    var opening = ByteBuffer()
    /// The preface was read, or is not looked for.
    var hasOpened: Bool

    /// What the callbacks write down.
    var sink: SessionSink {
        _read { yield box.cell.value }
        nonmutating _modify { yield &box.cell.value }
    }

    /// Where that lies, for a call of the library.
    var cell: Cell<SessionSink> { box.cell }

    enum Drain { case none, announced, final }

    /// How many bytes one feed takes at most.
    package static var pieceLimitBytes: Int { 16384 }

    /// A session for a connection that a client made, or that we made to a server. Its preface is in the output.
    package init(isServer: Bool, settings: SessionSettings, _ pool: inout BufferPool) {
        box = SinkBox(isServer: isServer, settings: settings)
        hasOpened = !isServer
        library = Library(box)
        sink.output = pool.take(atLeast: 512)
        var entries: [(id: UInt16, value: UInt32)] = [(4, UInt32(clamping: settings.streamWindowBytes))]
        if isServer {
            // MAX_CONCURRENT_STREAMS comes first: `advertise` patches it.
            entries.insert((3, UInt32(clamping: settings.streamLimit + Self.refusableStreams)), at: 0)
            entries += [(6, UInt32(clamping: settings.headLimitBytes)), (8, 1), (9, 1)]
        } else {
            entries.append((2, 0))
        }
        library.submit(entries)
        if settings.connectionWindowBytes > 65535 { library.setConnectionWindow(settings.connectionWindowBytes) }
        pump()
        if isServer { advertise(settings.streamLimit) }
    }

    /// Streams beyond the limit that are refused one by one. The library would end the connection at the limit that it
    /// knows (RFC 9113 §5.1.2 asks for a stream error), so it is told a higher one than the peer.
    private static var refusableStreams: Int { 256 }

    private func advertise(_ limit: Int) {
        precondition(sink.output.count > 15 && sink.output[10] == 3, "a session does not begin with its SETTINGS")
        for place in 0..<4 {
            sink.output[11 + place] = UInt8(truncatingIfNeeded: UInt32(clamping: limit) >> UInt32(24 - 8 * place))
        }
    }

    // MARK: bytes in

    /// Reads bytes from the peer. Events of the feed before must have been read.
    ///
    /// - Parameters:
    ///   - bytes: what arrived; at most `pieceLimitBytes` of it are taken
    ///   - second: the present second of a clock that never goes back; floods are measured by it
    /// - Returns: how many bytes were taken; all, once the session is over
    package mutating func feed(_ bytes: Span<UInt8>, second: Int64) -> Int {
        precondition(nextEventIndex == sink.events.count, "a session is fed before its events are read")
        forgetEvents()
        sink.isPaused = false
        if hasEnded { return bytes.count }
        let piece = bytes.extracting(0..<min(bytes.count, Self.pieceLimitBytes))
        sink.gauge.received(piece.count, second: second)
        let taken = hasOpened ? library.receive(piece, cell) : open(piece)
        if sink.bodyBytes > 0 {
            library.consumeConnection(sink.bodyBytes)
            sink.bodyBytes = 0
        }
        for stream in sink.refusals { library.reset(stream, .refusedStream) }
        sink.refusals.removeAll(keepingCapacity: true)
        if taken < 0 { noteError(taken) }
        if sink.gauge.isFlood { sink.fail(.flood, .enhanceYourCalm, text: "flood detected") }
        if sink.failure != nil {
            end()
            return bytes.count
        }
        pump()
        return sink.failure == nil ? taken : bytes.count
    }

    /// Whether `feed` stopped for its events to be read: call it again, with what is left or with nothing.
    package var isPaused: Bool { sink.isPaused && sink.failure == nil }

    /// The next thing that happened; nil where all are read.
    package mutating func nextEvent() -> SessionEvent? {
        if nextEventIndex == sink.events.count { return nil }
        let slot = sink.eventSlots[nextEventIndex]
        let event = sink.events[nextEventIndex]
        nextEventIndex += 1
        guard slot >= 0 else { return event }
        // The driver may have bound the stream since it was written down.
        let key = sink.streams[slot].key
        switch event {
        case .head(_, let head): return .head(key, head)
        case .data(_, let range): return .data(key, range)
        case .ended: return .ended(key)
        case .fault(_, let fault): return .fault(key, fault)
        case .closed(_, let how):
            sink.streams.remove(slot)
            return .closed(key, how)
        case .refused, .settings, .pong, .goAway: return event
        }
    }

    private mutating func forgetEvents() {
        nextEventIndex = 0
        let isLarge = sink.events.count > 64
        sink.events.removeAll(keepingCapacity: !isLarge)
        sink.eventSlots.removeAll(keepingCapacity: !isLarge)
        sink.forgetHeads()
    }

    private mutating func noteError(_ error: Int) {
        switch error {
        case Library.badPreface: sink.fail(.badPreface, .protocolError, text: "bad preface")
        case Library.flooded, Library.tooManyContinuations: sink.fail(.flood, .enhanceYourCalm, text: "flood detected")
        default: sink.fail(.library, .internalError, text: "library error")
        }
    }

    // MARK: bytes out

    /// Writes into the output what is ready: window updates, above all. For the end of a turn.
    package mutating func flush() { pump() }

    /// Whether bytes wait to be sent.
    package var hasUnsent: Bool { unsentCount > 0 }
    /// How many bytes wait to be sent.
    package var unsentCount: Int { sink.output.count - sentBytes }

    /// Says how many bytes of `unsent` the socket took. While some are left, no body is framed.
    package mutating func sent(_ count: Int, _ pool: inout BufferPool) {
        sentBytes += count
        precondition(sentBytes <= sink.output.count, "more sent than there was")
        sink.isBlocked = sentBytes < sink.output.count
        if sink.isBlocked {
            if sentBytes > sink.output.count / 2 {
                sink.output.removeFirst(sentBytes)
                sentBytes = 0
            }
            return
        }
        sentBytes = 0
        sink.queuedControls = 0
        sink.giveOutput(to: &pool)
    }

    /// Makes sure that the output has room, with memory of the pool's.
    mutating func makeRoom(_ bytes: Int, _ pool: inout BufferPool) {
        let output = sink.outputCell
        if output.value.free >= bytes { return }
        // Larger than asked for: many streams add to it in one turn.
        let count = output.value.count
        var larger = pool.take(atLeast: max(count + bytes, min(2 * count, sink.settings.outputLimitBytes), 4096))
        larger.append(output.value.span)
        swap(&larger, &output.value)
        pool.give(larger)
    }

    /// Lets the library write what it has to say.
    mutating func pump() {
        let isWell = library.send(cell)
        if !isWell { sink.fail(.library, .internalError, text: "library error") }
        if sink.queuedControls > sink.settings.queuedControlLimit {
            sink.fail(.flood, .enhanceYourCalm, text: "flood detected")
        }
        if sink.failure != nil, !hasEnded { end() }
    }

    // MARK: the end

    /// Why the session is over before its time; nil where it is not.
    package var failure: SessionFailure? { sink.failure }

    /// What the failure's log line quotes: the library's words.
    package func appendFailureText(to out: inout ByteBuffer) { out.append(sink.failureText.span) }

    /// The library's words for a `StreamFault.library`.
    package static func text(ofError error: Int32) -> String { Library.text(of: error) }

    /// Whether nothing will come any more: send what is unsent, then close.
    package var isOver: Bool { hasEnded || !library.isAlive }

    /// Ends the session, because of its failure, or of the connection's: every open stream is told as closed.
    package mutating func end() {
        if hasEnded { return }
        hasEnded = true
        if let failure = sink.failure { library.terminate(failure.code) }
        _ = library.send(cell)
        sink.closeAll(failure?.code ?? .noError)
        waiting.removeAll()
    }
}
