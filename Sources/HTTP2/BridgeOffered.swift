import Bytes

/// Body bytes that are lent for one call of `offer`, and how far the library has taken them.
///
/// Safe: the memory is set for the time of one closure that its owner's borrow outlives, and taken back at its end.
@safe struct Offered {
    /// 0 where nothing is lent.
    private(set) var stream: Int32 = 0
    private(set) var taken = 0
    /// Whether the body ends after these bytes.
    private(set) var ends = false
    /// Whether a trailer section follows, so that the last DATA does not end the stream.
    private(set) var hasTrailers = false
    /// The library was told of the end.
    private(set) var hasEnded = false
    /// Bytes of the next frame.
    private(set) var chunk = 0
    private var base: UnsafePointer<UInt8>?
    private var count = 0

    init() { unsafe base = nil }

    /// Lends `bytes` to `body`, which gives the sink the value and runs the library.
    mutating func lend(_ stream: Int32, _ bytes: UnsafeBufferPointer<UInt8>, ends: Bool, hasTrailers: Bool) {
        self.stream = stream
        unsafe base = bytes.baseAddress
        count = bytes.count
        self.ends = ends
        self.hasTrailers = hasTrailers
        (taken, chunk, hasEnded) = (0, 0, false)
    }

    /// Takes the memory back.
    mutating func takeBack() {
        stream = 0
        unsafe base = nil
        count = 0
    }

    /// How many bytes the next frame takes; nil where there are none to send now.
    mutating func next(limit: Int, room: Int) -> Int? {
        let left = count - taken
        chunk = min(left, limit, room)
        if chunk == left && ends {
            hasEnded = true
            return chunk
        }
        return chunk > 0 ? chunk : nil
    }

    /// Appends the bytes that `next` promised.
    mutating func write(to out: inout ByteBuffer) {
        if chunk == 0 { return }
        let lent = unsafe UnsafeBufferPointer(start: base.unsafelyUnwrapped + taken, count: chunk)
        let part = unsafe Span(_unsafeElements: lent)
        out.append(part)
        taken += chunk
        chunk = 0
    }
}
