import Configuration
import Platform

/// What the driver of an exchange does.
enum ExchangeAction: BitwiseCopyable {
    /// Take the request's body from the client (and say 100 Continue where the client waits for it).
    case readBody
    /// Choose a peer and get a connection to it.
    case startAttempt
    /// Send head and body of the request, as far as they are there.
    case sendRequest
    /// The attempt's connection goes back: into the pool where it is reusable, else it is closed.
    case endAttempt(reusable: Bool, outcome: AttemptEnd)
    /// Make a response for this status here (error_page first).
    case answer(status: UInt16)
    /// The committed response cannot be completed.
    case abort(reset: Bool)
    /// Nobody is there to answer.
    case giveUp(status: UInt16)
}

/// How an attempt ended for its peer, as far as the machine knows.
enum AttemptEnd: BitwiseCopyable { case succeeded, failed, refused, neutral }

/// What allows another try, gathered by the driver where an attempt failed (nginx: proxy_next_upstream).
struct RetryRules {
    /// The words of `proxy_next_upstream`.
    var conditions: NextUpstream
    /// POST, LOCK, PATCH: sent twice, they may be done twice (RFC 9110 §9.2.2).
    var isIdempotent: Bool
    /// Whether the body can be sent again from its start.
    var canReplayBody: Bool
    /// `proxy_next_upstream_timeout` has passed.
    var timeIsUp: Bool
    /// Nobody listened, or there is no address.
    var isRefusal = false
}

/// What lets an exchange wait for an upstream that refuses connections (Postern: proxy_wait).
struct WaitRules {
    /// The location waits at all, and fewer than may do so now.
    var mayBegin: Bool
    /// Another peer of the group can be had at once.
    var hasOther: Bool
    var now: Instant
    /// Where a pause that begins now ends.
    var next: Instant
    /// Where a wait that begins now ends.
    var end: Instant
}
