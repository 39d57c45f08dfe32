import Bytes

/// A stream of a session, and the number that its user gave it (0 before `bind`).
package struct StreamKey: Equatable, Sendable {
    /// From 1; odd, for the client opens all.
    package let stream: Int32
    /// The exchange's id, or whatever the user bound.
    package let exchange: UInt64
}

/// What happened while bytes were fed. Plain data; read all before the next feed.
package enum SessionEvent: Equatable, Sendable {
    /// A request, a response, an interim response or a trailer section is whole.
    case head(StreamKey, HeadEvent)
    /// Body bytes, as a range of the bytes that were given to `feed`. Never more than a Content-Length said.
    case data(StreamKey, ByteRange)
    /// The peer will send no more on the stream; the head's `ends` says the same for a message without a body.
    case ended(StreamKey)
    /// A message is malformed beyond its head: nothing more of it is reported. Answer if you can, then `reset`.
    case fault(StreamKey, StreamFault)
    /// The stream is gone: the last event of every stream that was opened or told by a head. Its number is used up.
    case closed(StreamKey, StreamEnd)
    /// The peer opened more streams than it may; this one was refused and is not known (nginx: concurrent streams
    /// exceeded).
    case refused(stream: Int32)
    /// The peer sent SETTINGS: `capacity` may have changed.
    case settings
    /// The peer answered a `ping`.
    case pong(UInt64)
    /// The peer will take no stream above that one.
    case goAway(lastStream: Int32, ErrorCode)
}

/// A head within `HTTP2Session.heads`.
package struct HeadEvent: Equatable, Sendable {
    /// What a head belongs to.
    package enum Section: UInt8, Sendable { case request, response, trailers }

    package let section: Section
    /// The head as HTTP/1 would have it: start line, field lines, empty line. For trailers: field lines alone.
    package let text: ByteRange
    /// What it took of the wire, compressed, without the headers of its frames.
    package let wireBytes: Int
    /// Whether no body follows.
    package let ends: Bool
    /// An extended CONNECT (RFC 8441), told as GET with Connection and Upgrade. Answer it with 200 instead of 101.
    package let isExtendedConnect: Bool
    /// Of a response; 1xx for an interim one. 0 for others.
    package let status: Int
    /// What is wrong with it; `text` then ends before the field that is.
    package let fault: HeadFault?
    /// Of the field that is wrong.
    package let faultName: ByteRange
    package let faultValue: ByteRange
}

/// What is wrong with a message whose head was right.
package enum StreamFault: Equatable, Sendable {
    /// More body than Content-Length says, or a body where there can be none.
    case bodyBeyondLength
    /// The body ended after `received` of `length` bytes.
    case bodyTooShort(received: Int64, length: Int64)
    /// A second head that does not end the stream.
    case trailersWithoutEnd
    /// Body bytes before the head.
    case bodyBeforeHead
    /// The stream ended without a final response.
    case noResponse
    /// The library refused a frame of the stream: its error number, for `HTTP2Session.text(ofError:)`.
    case library(Int32)
}

/// How a stream went.
package struct StreamEnd: Equatable, Sendable {
    /// Who ended a stream.
    package enum Closer: UInt8, Sendable {
        /// Both sides ended it.
        case both
        /// The peer reset it.
        case peer
        /// We did, on whatever ground.
        case us
        /// It went with the session.
        case session
    }

    package let closer: Closer
    package let code: ErrorCode
    /// The peer says, or its GOAWAY does, that it did nothing about the stream: it may be asked again, whatever was
    /// asked (RFC 9113 §8.7).
    package let isUnprocessed: Bool
}
