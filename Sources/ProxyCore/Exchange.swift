import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing
import Upstreams

/// How the client of an exchange is reached.
enum ClientSide: BitwiseCopyable {
    /// The one exchange of an HTTP/1 connection.
    case connection(SlotID)
    /// There is none: a health check asks, the one at that index of the worker's.
    case check(Int32)
    /// The client is gone; the exchange goes on for its own sake (proxy_ignore_client_abort).
    case gone
}

/// One request and its response: one slot, from the whole head to the access line.
struct Exchange: ~Copyable {
    var record: ExchangeRecord
    var machine: ExchangeMachine
    var client: ClientSide
    let epoch: Int32
    /// The request's body.
    var body = StoredBody()
    /// Decodes the client's chunks.
    var requestChunks = ChunkedDecoder(trailerLimitBytes: 8192)
    /// Body bytes that the client still owes, where it said how many.
    var requestLeft: Int64 = 0
    /// Whether the body is passed on as it comes.
    var passesBody = false
    /// The body was refused, or passed on, before the request was led to another place: it goes there without.
    var isBodyLost = false
    /// Whether the body goes to the upstream in chunks.
    var chunksRequest = false
    /// What `body.memory` holds, in passing, is framed in chunks already.
    var framesBody = false
    /// The last chunk was put into `body.memory` (in passing).
    var bodyClosed = false

    // The attempt.
    var group: Int32 = -1
    /// The addresses of a target with variables are known for this try of it.
    var isResolved = false
    /// The resolver that is asked for them; −1 while none is.
    var resolver: Int32 = -1
    var peer: Int32 = -1
    var upstream = SlotID.none
    var tried = TriedPeers()
    var attemptStarted = Instant.never
    var firstAttempt = Instant.never
    /// The head of the request has been written to the upstream's output.
    var headWritten = false
    /// The peer is counted busy by this exchange.
    var holdsPeer = false
    /// When the present wait for a peer, or for an upstream that refuses, began.
    var pausedAt = Instant.never
    /// How long the present attempt has waited so, in milliseconds; −1 where it has not.
    var waitedMilliseconds: Int64 = -1
    /// The worker counts it among those that wait for upstreams that refuse.
    var isCountedWaiting = false

    // The response.
    var parser = ResponseHeadParser()
    var interims = 0
    var responseChunks = ChunkedDecoder(trailerLimitBytes: 4096)
    var responseLeft: Int64 = 0
    var responseFraming = BodyFraming.none
    /// How the body goes to the client.
    var clientFraming = BodyFraming.none
    var isBuffering = true
    /// The file that the response is.
    var file = OutgoingFile()
    /// How fast the response may go to the client.
    var sendRate = Rate()
    /// How fast its body may be read from the upstream.
    var readRate = Rate()
    /// What may wait for the client before the upstream is paused.
    var heldLimit = 0
    var keepsClient = false
    /// The last failure, for the page, `Proxy-Status` and who looks later.
    var failure: ExchangeFailure?
    var surplusNoticed = false
    var isErrorAnswer = false
    var asksUpgrade = false
    var tunnel = TunnelState()
    /// Its access line is written.
    var isLogged = false
    /// The upstream's trailer section, as field lines.
    var trailers = ByteBuffer()
    /// All of the request's body has been taken from the client.
    var requestEnded = false
    /// All of the request has been given to the present upstream's socket.
    var requestDelivered = false
    /// All of the response is sent, or waits for the client.
    var responseEnded = false
    /// A head went out to the client.
    var headSent = false
    /// The good bytes that wait for the client are the last ones: then the connection is cut.
    var cutAfterPending = false
    /// Bytes of a response head were seen that was refused.
    var answerBegun = false
    /// The next attempt is the first on its way to a place: another one before it was elsewhere.
    var restarted = false
    /// Why the upstream's socket takes no more, until it is known whether a response is there.
    var writeErrno: Errno?
    /// The method as the upstream got it.
    var upstreamMethod = Method.other
    /// A status that `proxy_next_upstream` lists was passed on for want of another peer: it counts all the same.
    var countsStatus = false
    /// A peer did nothing about the request, and another try was had for nothing: once.
    var wasUnprocessed = false
    /// Where the attempt stood when it failed, for the notice about its peer.
    var failurePhase = Phase.readingResponseHead
}

/// The cause that ended the last attempt or the exchange.
struct ExchangeFailure {
    var cause: Cause
    var phase: Phase
    var verdict: Verdict
    /// The cause's words, in the record's arena.
    var text = Piece.absent
    /// The whole log line as it was written, there too.
    var line = Piece.absent
}

/// The two directions of an upgraded connection.
struct TunnelState: BitwiseCopyable {
    var clientEnded = false
    var upstreamEnded = false
    init() {}
}
