import Bytes
import HTTP

/// The response, as far as there is one.
package struct Answer: ~Copyable {
    /// What the client gets, or would have got; 0 until it is known.
    package var status = 0
    /// The last upstream's final response head; empty where there was none.
    package var head = FieldBlock()
    /// What that head says. Ranges are offsets into it.
    package var facts = ResponseFacts()
    /// Bytes of trailers received, as field lines in the arena, for `$upstream_trailer_`.
    package var trailers = Piece.absent
    /// `Location` of a response that Postern makes, in the arena; a path where redirects may be made absolute.
    package var location = Piece.absent
    /// Fields of an upstream's response that this one took the place of, as whole lines in the arena:
    /// WWW-Authenticate of an intercepted 401, Set-Cookie and its like of an X-Accel-Redirect.
    var carried = Piece.absent
    /// The Content-Type of a response whose X-Accel-Redirect named a file, in the arena.
    var carriedType = Piece.absent
    /// The head as it went out, in the arena; kept only where a variable may ask for it.
    package internal(set) var sentHead = Piece.absent
    /// The trailers as they went out, as field lines in the arena.
    package var sentTrailers = Piece.absent
    /// `$bytes_sent`: head and body, as they were handed to the connection.
    package var bytesSent: Int64 = 0
    package var bodyBytesSent: Int64 = 0
    /// When the file that is sent was changed, in seconds since 1970; nil where none is.
    var modifiedSeconds: Int?
    /// `$request_completion`.
    package var isComplete = false

    package init() {}
}

/// What a response head says, for both protocols. Ranges are offsets into its bytes.
package struct ResponseFacts: Sendable {
    /// 0 where there is no head.
    package var status = 0
    package var version = Version.http11
    /// Status and reason phrase, `404 Not Found`.
    package var statusText = ByteRange.empty
    package var framing = BodyFraming.none
    /// What Content-Length said; −1 for nothing.
    package var contentLength: Int64 = -1
    /// Whether the upstream's connection may be used again.
    package var keepsAlive = false
    package var hasUpgrade = false

    /// The facts of no head.
    package init() {}

    /// The facts of a whole HTTP/1 head that answers a request of `method`.
    package init(_ parser: borrowing ResponseHeadParser, method: Method) {
        status = parser.status
        version = parser.version
        statusText = parser.statusText
        framing = parser.framing(for: method)
        contentLength = parser.framingFields.length
        keepsAlive = parser.keepsAlive(after: framing)
        hasUpgrade = parser.hasUpgrade
    }
}
