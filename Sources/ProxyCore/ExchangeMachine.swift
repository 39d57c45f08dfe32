import Configuration
import Failures
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
enum AttemptEnd: BitwiseCopyable { case succeeded, failed, neutral }

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
}

/// One exchange: the request half, the response half and the attempt between them.
///
/// It decides what follows from what happens; `Worker` does it. A restart (error_page, a named location,
/// X-Accel-Redirect) is legal until the head is committed.
struct ExchangeMachine {
    enum RequestHalf: BitwiseCopyable { case none, unread, receiving, complete, discarding, aborted }
    enum ResponseHalf: BitwiseCopyable { case routing, storingBody, trying, committed, tunnelling, ended, logged }
    /// `resolving` and `queued` hold no connection yet: the peer's name is looked up, or a peer is waited for.
    enum Attempt: BitwiseCopyable { case none, resolving, queued, connecting, sending, awaitingHead, body, over }

    private(set) var request: RequestHalf
    private(set) var response: ResponseHalf
    private(set) var attempt: Attempt
    /// The client's next body byte is due.
    private(set) var bodyDeadline: Instant
    /// What is thrown away of the request's body must have come by then.
    private var discardEnd: Instant
    /// The attempt's next step is due: connect, send or read.
    private(set) var attemptDeadline: Instant
    /// The client must take bytes by then.
    private(set) var sendDeadline: Instant
    /// Bytes of the request went to the present peer.
    private(set) var requestSent: Bool
    /// Attempts that may still be begun.
    private(set) var triesLeft: Int

    /// An exchange whose head was read.
    init(hasBody: Bool) {
        request = hasBody ? .unread : .none
        response = .routing
        attempt = .none
        bodyDeadline = .never
        discardEnd = .never
        attemptDeadline = .never
        sendDeadline = .never
        requestSent = false
        triesLeft = 0
    }

    /// The earliest deadline, which the exchange's timer is armed for.
    var nextDeadline: Instant { min(bodyDeadline, min(attemptDeadline, sendDeadline)) }

    /// Whether the final head is committed, or more.
    var isCommitted: Bool {
        switch response {
        case .committed, .tunnelling, .ended, .logged: true
        case .routing, .storingBody, .trying: false
        }
    }

    /// Whether the response is over.
    var isOver: Bool {
        switch response {
        case .ended, .logged: true
        case .routing, .storingBody, .trying, .committed, .tunnelling: false
        }
    }

    var isTunnelling: Bool { if case .tunnelling = response { true } else { false } }
    var isTrying: Bool { if case .trying = response { true } else { false } }
    /// Whether body bytes of the client are wanted now.
    var wantsBody: Bool { if case .receiving = request { true } else { false } }
    /// Whether all of the request has been read.
    var isRequestWhole: Bool {
        switch request {
        case .none, .complete: true
        case .unread, .receiving, .discarding, .aborted: false
        }
    }

    /// Whether nothing of the request's body was asked for yet.
    var isBodyUnread: Bool { if case .unread = request { true } else { false } }
    /// Whether what comes of the request's body is thrown away.
    var isDiscarding: Bool { if case .discarding = request { true } else { false } }

    /// Whether an attempt holds a connection.
    var isAttempting: Bool {
        switch attempt {
        case .connecting, .sending, .awaitingHead, .body: true
        case .none, .resolving, .queued, .over: false
        }
    }

    /// Where the exchange stands, for lines and verdicts.
    var phase: Phase {
        switch response {
        case .routing: return .routing
        case .storingBody: return .readingBody
        case .tunnelling: return .tunnelling
        case .ended: return .sendingResponse
        case .logged: return .closing
        case .trying, .committed: break
        }
        switch attempt {
        case .none: return isCommitted ? .sendingResponse : .routing
        case .resolving: return .resolving
        case .queued: return .queued
        case .connecting: return .connecting
        case .sending: return .sendingRequest
        case .awaitingHead: return .readingResponseHead
        case .body: return .readingUpstream
        case .over: return .sendingToClient
        }
    }

    // MARK: the way in

    /// The request goes to a group of `tries` peers; `buffersBody` asks for the whole body first.
    mutating func routedToProxy(buffersBody: Bool, tries: Int) -> ActionList<ExchangeAction> {
        precondition(!isCommitted, "an exchange is routed before its head is committed")
        triesLeft = tries
        attempt = .none
        switch request {
        case .unread where buffersBody, .receiving where buffersBody:
            request = .receiving
            response = .storingBody
            return ActionList(.readBody)
        case .unread:
            request = .receiving
            response = .trying
            return ActionList(.readBody, .startAttempt)
        case .none, .complete, .receiving, .discarding, .aborted:
            response = .trying
            return ActionList(.startAttempt)
        }
    }

    /// The exchange is routed anew; what was tried is kept elsewhere.
    mutating func restarted() {
        precondition(!isCommitted, "a restart is legal until the head is committed")
        precondition(!isAttempting, "the attempt ends before a restart")
        response = .routing
        attempt = .none
        attemptDeadline = .never
    }

    /// Body bytes came, or are waited for from now on.
    mutating func bodyAwaited(until deadline: Instant) { bodyDeadline = deadline }

    /// The last body byte is here.
    mutating func bodyCompleted() -> ActionList<ExchangeAction> {
        bodyDeadline = .never
        switch request {
        case .receiving, .unread: request = .complete
        case .none, .complete, .discarding, .aborted: return ActionList()
        }
        switch response {
        case .storingBody:
            response = .trying
            return ActionList(.startAttempt)
        case .trying, .committed: return ActionList(.sendRequest)
        case .routing, .tunnelling, .ended, .logged: return ActionList()
        }
    }

    /// More of the body came while it is passed on as it comes.
    mutating func bodyGrew() -> ActionList<ExchangeAction> {
        switch attempt {
        case .sending, .awaitingHead, .body: return ActionList(.sendRequest)
        case .none, .resolving, .queued, .connecting, .over: return ActionList()
        }
    }

    /// Nobody needs the rest of the body: what comes of it is thrown away.
    mutating func bodyUnwanted() {
        bodyDeadline = .never
        switch request {
        case .unread, .receiving: request = .discarding
        case .none, .complete, .discarding, .aborted: break
        }
    }

    /// The response is over, and the rest of an unwanted body may come until then at the latest.
    mutating func discardingBegan(until end: Instant) { discardEnd = end }

    /// More of an unwanted body is due.
    mutating func discardAwaited(until deadline: Instant) { bodyDeadline = min(deadline, discardEnd) }

    /// The last byte of an unwanted body came.
    mutating func bodyDiscarded() {
        bodyDeadline = .never
        if isDiscarding { request = .complete }
    }

    // MARK: the attempt

    /// Whether the peer's name is being looked up.
    var isResolving: Bool { if case .resolving = attempt { true } else { false } }
    /// Whether a peer is waited for.
    var isQueued: Bool { if case .queued = attempt { true } else { false } }

    /// The peer's name is looked up, until `deadline` at the latest.
    mutating func lookupBegan(deadline: Instant) { beginWait(.resolving, deadline) }

    /// No peer can be had now: the exchange waits for one, until `deadline` at the latest.
    mutating func queued(deadline: Instant) { beginWait(.queued, deadline) }

    private mutating func beginWait(_ wait: Attempt, _ deadline: Instant) {
        precondition(isTrying && !isAttempting, "an exchange waits for a peer while it has none")
        attempt = wait
        attemptDeadline = deadline
    }

    /// The name is known or a peer may be had, or neither: the attempt that waited is begun anew.
    mutating func waitEnded() -> ActionList<ExchangeAction> {
        precondition(isResolving || isQueued, "only a wait ends so")
        attempt = .none
        attemptDeadline = .never
        return ActionList(.startAttempt)
    }

    /// So many addresses are there to be tried.
    mutating func addressesFound(_ count: Int) { triesLeft = count }

    /// A peer is about to be chosen: one try less, however early this one fails.
    mutating func attemptChosen() {
        precondition(isTrying && !isAttempting, "an attempt begins where none is live")
        triesLeft -= 1
        requestSent = false
    }

    /// A connection was got (`connected`) or begun.
    mutating func attemptBegan(connected: Bool, deadline: Instant) -> ActionList<ExchangeAction> {
        precondition(isTrying && !isAttempting, "an attempt begins where none is live")
        attemptDeadline = deadline
        attempt = connected ? .sending : .connecting
        return connected ? ActionList(.sendRequest) : ActionList()
    }

    /// The connection stands.
    mutating func attemptConnected(deadline: Instant) -> ActionList<ExchangeAction> {
        guard case .connecting = attempt else { preconditionFailure("only a connecting attempt becomes connected") }
        attempt = .sending
        attemptDeadline = deadline
        return ActionList(.sendRequest)
    }

    /// Bytes of the request left; more are to go by `deadline`.
    mutating func requestProgressed(deadline: Instant) {
        requestSent = true
        switch attempt {
        case .sending: attemptDeadline = deadline
        case .none, .resolving, .queued, .connecting, .awaitingHead, .body, .over: break
        }
    }

    /// The upstream's socket takes nothing now, though there is something to send.
    mutating func requestBlocked(deadline: Instant) {
        if case .sending = attempt, attemptDeadline.isNever { attemptDeadline = deadline }
    }

    /// The whole request left. The head has one deadline, from now.
    mutating func requestFinished(deadline: Instant) {
        requestSent = true
        switch attempt {
        case .sending:
            attempt = .awaitingHead
            attemptDeadline = deadline
        case .awaitingHead, .body: break
        case .none, .resolving, .queued, .connecting, .over: preconditionFailure("a request leaves over a live attempt")
        }
    }

    /// The final head was read whole.
    mutating func headArrived(deadline: Instant) {
        switch attempt {
        case .sending, .awaitingHead:
            attempt = .body
            attemptDeadline = deadline
        case .none, .resolving, .queued, .connecting, .body, .over:
            preconditionFailure("a head arrives once and while it is awaited")
        }
    }

    /// Body bytes of the response came, or the upstream is not being read (`never`).
    mutating func bodyAwaitedFromUpstream(until deadline: Instant) {
        if case .body = attempt { attemptDeadline = deadline }
        if isTunnelling { attemptDeadline = deadline }
    }

    /// The response's body is whole.
    mutating func responseBodyEnded(reusable: Bool) -> ActionList<ExchangeAction> {
        attempt = .over
        attemptDeadline = .never
        return ActionList(.endAttempt(reusable: reusable && isRequestWhole, outcome: .succeeded))
    }

    /// The attempt is over without a response that is used (a status that is passed on to the next peer,
    /// X-Accel-Redirect).
    mutating func attemptDropped(reusable: Bool, outcome: AttemptEnd) -> ActionList<ExchangeAction> {
        attempt = .over
        attemptDeadline = .never
        return ActionList(.endAttempt(reusable: reusable && isRequestWhole, outcome: outcome))
    }

    /// The attempt failed. What follows: another peer, an answer, or the end of a committed response.
    mutating func attemptFailed(_ verdict: Verdict, onReused: Bool, rules: RetryRules) -> ActionList<ExchangeAction> {
        let outcome: AttemptEnd = verdict.countsAgainstPeer ? .failed : .neutral
        attempt = .over
        attemptDeadline = .never
        if isTunnelling {
            response = .committed
            return ActionList(.endAttempt(reusable: false, outcome: outcome), .abort(reset: false))
        }
        if isCommitted {
            return ActionList(.endAttempt(reusable: false, outcome: outcome), .abort(reset: verdict.ending == .reset))
        }
        if onReused { triesLeft += 1 }
        // Also where no connection came to be: the peer was counted busy when it was chosen.
        var actions = ActionList<ExchangeAction>(.endAttempt(reusable: false, outcome: outcome))
        if mayRetry(verdict, rules) {
            actions.append(.startAttempt)
        } else {
            actions.append(.answer(status: verdict.status))
        }
        return actions
    }

    /// Whether another peer may be tried after this verdict.
    func mayRetry(_ verdict: Verdict, _ rules: RetryRules) -> Bool {
        if triesLeft <= 0 || rules.timeIsUp || rules.conditions.contains(.off) { return false }
        switch verdict.retry {
        case .never: return false
        case .error: if !rules.conditions.contains(.error) { return false }
        case .timeout: if !rules.conditions.contains(.timeout) { return false }
        case .invalidHeader: if !rules.conditions.contains(.invalidHeader) { return false }
        }
        return mayResend(rules)
    }

    /// Whether the request may be sent once more at all.
    func mayResend(_ rules: RetryRules) -> Bool {
        if !requestSent { return true }
        return rules.canReplayBody && (rules.isIdempotent || rules.conditions.contains(.nonIdempotent))
    }

    /// Whether a response with such a status is passed over for another peer (nginx: http_500 … http_429).
    func mayPassOver(_ condition: NextUpstream, _ rules: RetryRules) -> Bool {
        triesLeft > 0 && !rules.timeIsUp && !rules.conditions.contains(.off) && rules.conditions.contains(condition)
            && mayResend(rules)
    }

    // MARK: the way out

    /// The final head goes to the client now.
    mutating func committed() {
        precondition(!isCommitted, "a head is committed once")
        response = .committed
    }

    /// Both sides speak another protocol from now on.
    mutating func tunnelBegan(deadline: Instant) {
        response = .tunnelling
        request = .complete
        bodyDeadline = .never
        attemptDeadline = deadline
    }

    /// The client has bytes to take until `deadline`; `never` where it has taken all.
    mutating func clientAwaited(until deadline: Instant) { sendDeadline = deadline }

    /// The last byte of the response left, or nobody is there to take it.
    mutating func ended() {
        response = .ended
        bodyDeadline = .never
        attemptDeadline = .never
        sendDeadline = .never
    }

    /// The access line is written.
    mutating func logged() { response = .logged }

    /// The client is gone. The attempt is given up unless it is to go on for its own sake.
    mutating func clientGone(status: UInt16, keepGoing: Bool) -> ActionList<ExchangeAction> {
        switch request {
        case .unread, .receiving, .discarding: request = .aborted
        case .none, .complete, .aborted: break
        }
        bodyDeadline = .never
        sendDeadline = .never
        if keepGoing { return ActionList() }
        var actions = ActionList<ExchangeAction>()
        if isAttempting { actions.append(.endAttempt(reusable: false, outcome: .neutral)) }
        attempt = .over
        attemptDeadline = .never
        actions.append(.giveUp(status: status))
        return actions
    }
}
