import Bytes
import HTTP
import Platform

/// All that is known of one request and its response: what variables and the access line are made of.
///
/// Lives in the exchange's slot from the first byte of the request to its access line. Owns the heads and the arena;
/// they
/// go back to the pool by `release`.
package struct ExchangeRecord: ~Copyable {
    /// What the client sent; never changed once it is parsed.
    package var asked: Asked
    /// What became of it: replaced by rewrite, error_page, a named location.
    package var route = Route()
    /// The tries on upstream peers.
    package var attempts = Attempts()
    /// The response.
    package var answer = Answer()
    /// Bytes that were made on the way: normalised URIs, evaluated values, peers' names. Only grows.
    package var arena = ByteBuffer()
    private let inPlace = InPlace()
    /// What is to be said of the way; see `takeNotes`.
    var notes: [RouteNote] = []

    /// Whether there is something to be said.
    package var hasNotes: Bool { !notes.isEmpty }

    /// A record of a request that arrives on `connection` now.
    package init(connection: ConnectionFacts, startedAt: Instant, wall: WallTime) {
        asked = Asked(connection: connection, startedAt: startedAt, wall: wall)
    }

    /// The bytes of a piece; none where it is absent.
    @_lifetime(borrow self)
    package func span(_ piece: Piece) -> Span<UInt8> {
        switch piece.home {
        case .head: return asked.head.span(piece.range)
        case .arena: return arena.span(piece.range)
        case .answer: return answer.head.span(piece.range)
        case .absent: return arena.span(.empty)
        }
    }

    /// Copies bytes into the arena. They must not be the arena's own.
    package mutating func keep(_ bytes: Span<UInt8>) -> Piece {
        let start = arena.count
        arena.append(bytes)
        return Piece(.arena, ByteRange(start, arena.count))
    }

    /// Keeps a copy of the request's body for `$request_body`.
    package mutating func keepBody(_ bytes: Span<UInt8>) { asked.body = keep(bytes) }

    /// Copies a literal into the arena.
    package mutating func keep(_ text: StaticString) -> Piece {
        let start = arena.count
        arena.append(text)
        return Piece(.arena, ByteRange(start, arena.count))
    }

    /// Takes the arena out for a moment, so that bytes of the heads can be appended to it. Put it back at once.
    mutating func takeArena() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &arena)
        return taken
    }

    /// Makes sure that the arena has memory of the pool's, before the first thing is kept.
    package mutating func openArena(_ pool: inout BufferPool) {
        if arena.capacity == 0 { arena = pool.take(atLeast: 512) }
    }

    /// Gives all memory back; the record is of no use afterwards.
    package mutating func release(to pool: inout BufferPool) {
        asked.head.release(to: &pool)
        answer.head.release(to: &pool)
        var old = ByteBuffer()
        swap(&old, &arena)
        pool.give(old)
    }
}
