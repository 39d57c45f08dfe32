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
    case http1(SlotID)
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
    var requestChunks = ChunkedDecoder()
    /// Body bytes that the client still owes, where it said how many.
    var requestLeft: Int64 = 0
    /// Whether the body is passed on as it comes.
    var passesBody = false
    /// Whether the body goes to the upstream in chunks.
    var chunksRequest = false
    /// The last chunk was put into `body.memory` (in passing).
    var bodyClosed = false

    // The attempt.
    var group: Int32 = -1
    var peer: Int32 = -1
    var upstream = SlotID.none
    var tried = TriedPeers()
    var attemptStarted = Instant.never
    var firstAttempt = Instant.never
    /// The head of the request has been written to the upstream's output.
    var headWritten = false
    /// The peer is counted busy by this exchange.
    var holdsPeer = false

    // The response.
    var parser = ResponseHeadParser()
    var interims = 0
    var responseChunks = ChunkedDecoder()
    var responseLeft: Int64 = 0
    var responseFraming = BodyFraming.none
    /// How the body goes to the client.
    var clientFraming = BodyFraming.none
    var isBuffering = true
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
    /// Which status the client's leaving has in the access log.
    var trailers = ByteRange.empty
}

/// The cause that ended the last attempt or the exchange.
struct ExchangeFailure {
    var cause: Cause
    var phase: Phase
    var verdict: Verdict
    /// The whole log line as it was written, in the record's arena.
    var line = Piece.absent
}

/// The two directions of an upgraded connection.
struct TunnelState: BitwiseCopyable {
    var clientEnded = false
    var upstreamEnded = false
    init() {}
}
