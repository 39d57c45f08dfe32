import Bytes

/// The object that the library's callbacks are given: a place for the sink that is not checked at each access, for what
/// the library does in a call happens between the session's own accesses.
final class SinkBox {
    let cell: Cell<SessionSink>

    init(isServer: Bool, settings: SessionSettings) { cell = Cell(SessionSink(isServer: isServer, settings: settings)) }

    deinit { cell.destroy() }
}

/// All that the library's callbacks touch: they write down what happened, the session reads it after the call.
///
/// Everything here is bounded: events and heads by the 16 KiB piece that is fed and by `headStoreLimitBytes`, streams
/// by the limit of them, output by its limit and that of queued control frames.
struct SessionSink: ~Copyable {
    /// Beyond this many bytes of whole and begun heads, reading pauses until the events are read.
    static var headStoreLimitBytes: Int { 65536 }

    /// Stand first, as a worker's memory does: for ThreadSanitizer the struct's first word has to be a pointer.
    let headsCell = Cell(ByteBuffer())
    let outputCell = Cell(ByteBuffer())
    let isServer: Bool
    let settings: SessionSettings
    var events: [SessionEvent] = []
    var eventSlots: [Int] = []
    /// A head is half there.
    var isInHead = false
    /// The socket did not take all of the output.
    var isBlocked = false
    var builder: HeadBuilder
    var streams = StreamTable()
    var used = UsedStreams()
    var gauge: FloodGauge
    /// Control frames in the output.
    var queuedControls = 0
    /// Streams to refuse once the piece is read.
    var refusals: [Int32] = []
    /// Body bytes of the piece, whoever they were for.
    var bodyBytes = 0
    /// What is fed at present.
    var piece = Piece()
    var isPaused = false
    var failure: SessionFailure?
    var failureText = ByteBuffer()
    /// What `offer` lends.
    var offered = Offered()

    init(isServer: Bool, settings: SessionSettings) {
        self.isServer = isServer
        self.settings = settings
        builder = HeadBuilder(headLimitBytes: settings.headLimitBytes, fieldLimitBytes: settings.fieldLimitBytes)
        gauge = FloodGauge(settings.flood)
    }

    deinit {
        headsCell.destroy()
        outputCell.destroy()
    }

    /// Heads of this feed, and the beginning of one that is not whole.
    var heads: ByteBuffer {
        _read { yield headsCell.value }
        _modify { yield &headsCell.value }
    }

    /// What is to be sent.
    var output: ByteBuffer {
        _read { yield outputCell.value }
        _modify { yield &outputCell.value }
    }

    /// Bytes of body that may still be framed.
    var room: Int { isBlocked ? 0 : max(0, settings.outputLimitBytes - output.count) }

    /// Gives the output's memory back.
    mutating func giveOutput(to pool: inout BufferPool) {
        var old = ByteBuffer()
        swap(&old, &output)
        pool.give(old)
    }

    /// Forgets the heads that were read; the beginning of another moves to the front.
    mutating func forgetHeads() {
        if isInHead {
            if builder.start > 0 { heads.removeFirst(builder.start) }
            builder.moveToFront()
        } else if heads.capacity > 8192 {
            heads = ByteBuffer()
        } else {
            heads.clear()
        }
    }

    /// Tells all streams as closed with the session.
    mutating func closeAll(_ code: ErrorCode) {
        for slot in streams.slots.indices where streams[slot].stream > 0 && !streams[slot].isClosed {
            streamClosed(slot, code: code)
        }
    }

    mutating func record(_ event: SessionEvent, slot: Int = -1) {
        events.append(event)
        eventSlots.append(slot)
    }

    /// Remembers the first failure; false, so that a callback can stop the library with it.
    @discardableResult
    mutating func fail(_ kind: SessionFailure.Kind, _ code: ErrorCode, text: StaticString = "") -> Bool {
        if failure == nil {
            failure = SessionFailure(kind: kind, code: code)
            failureText.append(text)
        }
        return false
    }
}

// MARK: frames that arrive

/// The types of frames (RFC 9113 §6) that callbacks tell apart.
enum FrameType {
    static var data: UInt8 { 0 }
    static var headers: UInt8 { 1 }
    static var priority: UInt8 { 2 }
    static var reset: UInt8 { 3 }
    static var settings: UInt8 { 4 }
    static var ping: UInt8 { 6 }
    static var goAway: UInt8 { 7 }
    /// END_STREAM, and ACK of SETTINGS and PING.
    static var endOrAck: UInt8 { 1 }
}

/// What a callback answers to a field.
enum FieldAnswer { case goOn, pause, stop }

extension SessionSink {
    /// The header is there of a frame that the library does not ignore. False stops the session.
    mutating func frameBegan(type: UInt8, flags: UInt8, length: Int, stream: Int32, isOpen: Bool) -> Bool {
        let isFlagged = flags & FrameType.endOrAck != 0
        switch type {
        case FrameType.data, FrameType.headers:
            if type == FrameType.data, length == 0, !isFlagged { gauge.controls.add() }
            if !isServer || isOpen { return true }
            switch used.meaning(stream) {
            case .fine: return true
            case .endedBefore: return fail(.violation, .streamClosed, text: "frame for a closed stream")
            case .neverOpened: return fail(.violation, .protocolError, text: "stream with invalid id")
            }
        case FrameType.settings, FrameType.ping: if !isFlagged { gauge.controls.add() }
        case FrameType.priority:
            gauge.controls.add()
            // Priorities are not looked at, but this much is still asked for (RFC 9113 §6.3).
            if stream == 0 { return fail(.violation, .protocolError, text: "PRIORITY: stream_id == 0") }
        default: break
        }
        return true
    }

    /// A head begins. The slot of the stream, which for a request is a new one; nil where it is not wanted.
    mutating func headBegan(stream: Int32, slot: Int?, isRequest: Bool) -> Int? {
        var slot = slot
        if isRequest {
            used.open(stream)
            if streams.openCount >= settings.streamLimit {
                refusals.append(stream)
                gauge.refused.add()
                record(.refused(stream: stream))
                return nil
            }
            slot = streams.insert(stream)
        }
        guard let slot else { return nil }
        let section: HeadBuilder.Section = isRequest ? .request : streams[slot].hasHead ? .trailers : .response
        builder.begin(section, in: headsCell.value)
        isInHead = true
        return slot
    }

    /// The next field of that head.
    mutating func field(name: Span<UInt8>, value: Span<UInt8>) -> FieldAnswer {
        // Its own handle: with ThreadSanitizer, one inside `self` counts as an access to all of it.
        let store = headsCell
        builder.add(name: name, value: value, to: &store.value)
        if isServer ? builder.isTooLarge : builder.isBomb {
            fail(.tooLargeHead, .enhanceYourCalm)
            return .stop
        }
        if heads.count <= Self.headStoreLimitBytes { return .goOn }
        isPaused = true
        return .pause
    }

    /// The head is whole.
    mutating func headEnded(slot: Int, ends: Bool, wireBytes: Int) {
        // Its own handle: with ThreadSanitizer, one inside `self` counts as an access to all of it.
        let store = headsCell
        builder.finish(to: &store.value)
        isInHead = false
        if streams[slot].isFaulty { return heads.truncate(to: builder.start) }
        let isFaulty = builder.fault != nil
        let textEnd = isFaulty ? builder.faultName.start : heads.count
        let text = ByteRange(builder.start, textEnd)
        gauge.carried(builder.totalBytes)
        let section: HeadEvent.Section
        switch builder.section {
        case .request: section = .request
        case .response: section = .response
        case .trailers: section = .trailers
        }
        let status = builder.status
        let hasNoBody = streams[slot].isHeadRequest || status == 204 || status == 304
        let expected = hasNoBody ? 0 : builder.length
        // One that ends its stream and promised a body has not ended well: the fault that follows says so.
        let isShort = !isFaulty && section != .trailers && expected > 0
        let event = HeadEvent(
            section: section, text: text, wireBytes: wireBytes, ends: ends && !isShort,
            isExtendedConnect: builder.isExtendedConnect, status: builder.status, fault: builder.fault,
            faultName: builder.faultName, faultValue: builder.faultValue)
        streams[slot].isKnown = true
        record(.head(streams[slot].key, event), slot: slot)
        if isFaulty {
            streams[slot].isFaulty = true
        } else if section == .trailers {
            if !ends { fault(.trailersWithoutEnd, slot) }
        } else if status >= 200 || section == .request {
            streams[slot].hasHead = true
            streams[slot].expected = expected
        }
        if ends { bodyEnded(slot, afterHead: true) }
    }

    /// Body bytes of a frame; `range` is where they stand in what is fed. They count towards the connection's window
    /// whether anybody wants them or not.
    mutating func bodyArrived(slot: Int?, range: ByteRange) {
        bodyBytes += range.count
        guard let slot, !streams[slot].isFaulty else { return }
        if !streams[slot].hasHead { return fault(.bodyBeforeHead, slot) }
        let expected = streams[slot].expected
        let allowed = expected < 0 ? Int64.max : expected - streams[slot].received
        // As many as were promised, so that it does not matter how the bytes were cut on their way.
        let count = Int(min(Int64(range.count), allowed))
        if count > 0 {
            streams[slot].received += Int64(count)
            gauge.carried(count)
            record(.data(streams[slot].key, ByteRange(start: range.start, count: count)), slot: slot)
        }
        if count < range.count { fault(.bodyBeyondLength, slot) }
    }

    /// The peer has ended its message.
    mutating func bodyEnded(_ slot: Int, afterHead: Bool = false) {
        streams[slot].hasEnded = true
        if streams[slot].isFaulty { return }
        if !streams[slot].hasHead { return fault(.noResponse, slot) }
        let (expected, received) = (streams[slot].expected, streams[slot].received)
        if expected > received { return fault(.bodyTooShort(received: received, length: expected), slot) }
        if !afterHead { record(.ended(streams[slot].key), slot: slot) }
    }

    /// The message on that stream cannot be trusted from here on.
    mutating func fault(_ fault: StreamFault, _ slot: Int) {
        if streams[slot].isFaulty { return }
        streams[slot].isFaulty = true
        record(.fault(streams[slot].key, fault), slot: slot)
    }

    /// RST_STREAM arrived. What resets a stream that had not ended counts as a rapid reset.
    mutating func resetArrived(_ slot: Int) {
        streams[slot].isResetByPeer = true
        gauge.resets.add()
    }

    /// The library is done with a stream.
    mutating func streamClosed(_ slot: Int, code: ErrorCode) {
        let state = streams[slot]
        let isEnded = state.hasEnded && state.hasSentEnd
        let closer: StreamEnd.Closer =
            state.isResetByPeer ? .peer : state.isResetByUs ? .us : isEnded ? .both : .session
        if closer == .both { gauge.ended() }
        if isServer, closer == .both || closer == .peer { used.end(state.stream) }
        let isUnprocessed = !isServer && !state.isResetByUs && code == .refusedStream
        streams.close(slot)
        // The session failed within its head.
        if !state.isKnown { return streams.remove(slot) }
        record(.closed(state.key, StreamEnd(closer: closer, code: code, isUnprocessed: isUnprocessed)), slot: slot)
    }
}

// MARK: frames that leave

extension SessionSink {
    /// A frame was written into the output.
    mutating func frameSent(type: UInt8, flags: UInt8, slot: Int?, code: ErrorCode) {
        let isFlagged = flags & FrameType.endOrAck != 0
        switch type {
        case FrameType.headers, FrameType.data: if isFlagged, let slot { streams[slot].hasSentEnd = true }
        case FrameType.reset:
            queuedControls += 1
            guard let slot, !streams[slot].isResetByUs, !streams[slot].isResetByPeer else { return }
            // Not our user's wish, so the peer has made us do it.
            streams[slot].isResetByUs = true
            gauge.resets.add()
        case FrameType.settings, FrameType.ping: if isFlagged { queuedControls += 1 }
        default: break
        }
    }

    /// GOAWAY was written into the output: where nobody here asked for it, the library had to.
    mutating func goAwaySent(code: ErrorCode, text: Span<UInt8>) {
        if code == .noError || failure != nil { return }
        fail(.violation, code)
        if text.isEmpty { failureText.append(code.name) } else { failureText.append(text) }
    }
}
