import Bytes

/// What a session knows of one open stream.
struct StreamState {
    /// 0 where the slot is free.
    var stream: Int32 = 0
    var exchange: UInt64 = 0
    /// Body bytes that Content-Length promises; −1 where nothing does.
    var expected: Int64 = -1
    var received: Int64 = 0
    /// The user knows of it: it asked, or a head was told.
    var isKnown = false
    /// The final head is there.
    var hasHead = false
    /// The peer's message is whole.
    var hasEnded = false
    /// Something is wrong with the peer's message: no more of it is reported.
    var isFaulty = false
    /// The request was HEAD: its answer has no body.
    var isHeadRequest = false
    var isResetByPeer = false
    var isResetByUs = false
    /// We have ended our message.
    var hasSentEnd = false
    /// It is in the list of those that wait for window or room.
    var isWaiting = false
    /// Gone from the library; the slot is free once `closed` is read.
    var isClosed = false

    var key: StreamKey { StreamKey(stream: stream, exchange: exchange) }
}

/// Slots for open streams. A slot's number is what the library knows of its stream.
struct StreamTable {
    private(set) var slots: [StreamState] = []
    private var free: [Int] = []
    /// Streams that the library has.
    private(set) var openCount = 0

    mutating func insert(_ stream: Int32) -> Int {
        openCount += 1
        if let slot = free.popLast() {
            slots[slot] = StreamState(stream: stream)
            return slot
        }
        slots.append(StreamState(stream: stream))
        return slots.count - 1
    }

    subscript(slot: Int) -> StreamState {
        get { slots[slot] }
        _modify { yield &slots[slot] }
    }

    /// The library is done with it.
    mutating func close(_ slot: Int) {
        slots[slot].isClosed = true
        openCount -= 1
    }

    /// Nobody will name it again.
    mutating func remove(_ slot: Int) {
        precondition(slots[slot].isClosed, "a stream's slot is freed before the stream is closed")
        slots[slot] = StreamState()
        free.append(slot)
    }
}

/// The ids that a client used up: what comes again on one of them is an error of the connection (RFC 9113 §5.1,
/// §5.1.1), unless it may have crossed our reset. The library forgets them; the last ones are kept here.
struct UsedStreams {
    private static var limit: Int { 64 }

    private var last: Int32 = 0
    /// Ended by both sides, or reset by the client.
    private var ended: [Int32] = []
    /// First and last id of what was passed over.
    private var skipped: [(first: Int32, last: Int32)] = []

    enum Meaning { case fine, endedBefore, neverOpened }

    /// What a head or body on that stream means, which is not open.
    func meaning(_ stream: Int32) -> Meaning {
        if stream > last { return .fine }
        if ended.contains(stream) { return .endedBefore }
        return skipped.contains { $0.first <= stream && stream <= $0.last } ? .neverOpened : .fine
    }

    mutating func open(_ stream: Int32) {
        if stream > last + 2 {
            if skipped.count == Self.limit { skipped.removeFirst() }
            skipped.append((last + 1, stream - 1))
        }
        last = max(last, stream)
    }

    mutating func end(_ stream: Int32) {
        if ended.count == Self.limit { ended.removeFirst() }
        ended.append(stream)
    }
}
