import Bytes
import Failures
import HTTP2
import Platform

/// The HTTP/2 session over a connection, in a side table: HTTP/1 connections have none.
struct SessionConnection: ~Copyable {
    var session: HTTP2Session
    /// It is in the worker's list of sessions that speak at the end of the turn.
    var speaks = false
    /// The client took something of what it says since its deadline was set.
    var wasTaken = false
    /// Why its connection is lost: what its streams fail with.
    var cause: Cause?
    /// The peer's socket takes no more; what it said is read to its end.
    var writeErrno: Errno?
    /// Of an upstream's: the code of the GOAWAY that came.
    var goAway: ErrorCode?
    /// Why it is over has its line in the log.
    var isTold = false
}

/// What a stream has where a connection has a socket, in a side table.
///
/// A stream stands where an HTTP/1 connection stands: it has a slot among the connections, with the same machine, the
/// same exchange and the same calls to receive and send; only that its bytes come from and go to the session of the
/// connection that carries it.
struct StreamConnection: ~Copyable {
    /// The connection that carries it.
    let carrier: SlotID
    /// Its number in the session; 0 before the head was sent that opens it.
    var number: Int32
    /// What the request's head took of the wire (nginx: $request_length).
    var headBytes = 0
    /// What came on it and was not taken yet: at most the stream's window.
    var received = ByteBuffer()
    /// How its peer's side stands.
    var input = StreamInput.open
    /// What came on it is on the work list, to be looked at.
    var isHeard = false
    /// A trailer section that goes out behind the last byte, as field lines.
    var trailers = ByteBuffer()
    /// The session was told the final head.
    var saidHead = false
    /// The session was told that our side ends.
    var saidEnd = false
    /// How many bytes of `received` are heads, which no window counts.
    var headLeft = 0
    /// Interim heads that came.
    var interims = 0
    /// Why it was reset.
    var cause: Cause?
    /// What that cause quotes.
    var words = ByteBuffer()
    /// What came on it is malformed: it ends with a reset that says so.
    var isFaulty = false
    /// It carries a tunnel of its own (RFC 8441): 200 stands for 101.
    var isExtendedConnect = false
}

/// Whether more comes on a stream.
enum StreamInput: BitwiseCopyable {
    /// More may come.
    case open
    /// END_STREAM came.
    case ended
    /// It was reset, or its connection went: nothing comes, and nothing is taken.
    case reset
}

/// A connection whose session has something to say at the end of the turn.
enum SpeakingSession: BitwiseCopyable {
    case downstream(SlotID)
    case upstream(SlotID)
}
