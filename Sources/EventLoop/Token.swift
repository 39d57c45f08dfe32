import Bytes

/// What a descriptor or timer belongs to.
package enum TokenKind: UInt8, Sendable {
    case listener, waker, downstream, exchange, upstream, other, resolver
}

/// epoll's 64 bits: kind (4) · slot index (28) · generation (32). A stale one misses its slot and is dropped.
package struct Token: Equatable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The token of a slot; its index must be below 2^28.
    package init(_ kind: TokenKind, _ id: SlotID) {
        precondition(id.index < 1 << 28, "slot indices have 28 bits")
        rawValue = UInt64(kind.rawValue) << 60 | UInt64(id.index) << 32 | UInt64(id.generation)
    }

    package var kind: TokenKind { TokenKind(rawValue: UInt8(rawValue >> 60)) ?? .other }
    package var id: SlotID {
        SlotID(
            index: UInt32(truncatingIfNeeded: rawValue >> 32) & 0x0fff_ffff,
            generation: UInt32(truncatingIfNeeded: rawValue))
    }
}
