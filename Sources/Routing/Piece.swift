import Bytes

/// Some bytes of an exchange: which of its memories they lie in, and where.
///
/// Stays good as long as the exchange does: heads do not change and the arena only grows.
package struct Piece: Equatable, Sendable {
    package var home: Home
    package var range: ByteRange

    /// The memory that a piece lies in.
    package enum Home: UInt8, Sendable {
        /// There is no such thing; not the same as an empty one.
        case absent
        /// The request's head.
        case head
        /// The exchange's arena.
        case arena
        /// The last upstream's response head.
        case answer
    }

    package init(_ home: Home, _ range: ByteRange) {
        self.home = home
        self.range = range
    }

    /// Nothing, as against something empty.
    package static var absent: Piece { Piece(.absent, .empty) }

    package var isAbsent: Bool { home == .absent }
    package var count: Int { range.count }
    package var isEmpty: Bool { range.isEmpty }

    /// What follows the first `count` bytes, at most all of them.
    package func dropping(_ count: Int) -> Piece {
        let dropped = min(count, range.count)
        return Piece(home, ByteRange(range.start + dropped, range.end))
    }

    /// The part at `inner`, an offset range within this piece.
    package func part(_ inner: ByteRange) -> Piece {
        precondition(inner.end <= range.count, "a part lies within its piece")
        return Piece(home, ByteRange(start: range.start + inner.start, count: inner.count))
    }
}
