import Bytes

extension HTTP2Session {
    /// The heads that events name, until the next feed.
    package var heads: Span<UInt8> {
        @_lifetime(borrow self) get {
            // Safe: the sink holds the bytes and lives as long as the session, which must be mutated to change them.
            unsafe _overrideLifetime(sink.headsCell.value.span, borrowing: self)
        }
    }

    /// What is to be sent to the peer, in order. Send it, then call `sent`.
    package var unsent: Span<UInt8> {
        @_lifetime(borrow self) get {
            let whole = sink.outputCell.value.span
            // Safe: as above.
            return unsafe _overrideLifetime(whole.extracting(sentBytes..<whole.count), borrowing: self)
        }
    }
}
