import Configuration
import Failures
import Platform

/// One exchange: the request half, the response half and the attempt between them.
///
/// It decides what follows from what happens; `Worker` does it. A restart (error_page, a named location,
/// X-Accel-Redirect) is legal until the head is committed.
struct ExchangeMachine {
    enum RequestHalf: UInt8, CaseIterable { case none, unread, receiving, complete, discarding, aborted }
    enum ResponseHalf: UInt8, CaseIterable { case routing, storingBody, trying, committed, tunnelling, ended, logged }
    /// The first ones hold no connection yet: `resolving` waits for the name of the target, `queued` for a peer below
    /// its `max_conns`, `waiting` for an upstream that refuses connections, which is tried again after a pause.
    enum Attempt: UInt8, CaseIterable {
        case none, resolving, queued, waiting, connecting, handshaking, sending, awaitingHead, body, over
    }

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
    /// A rate lets more bytes go to the client by then.
    private(set) var sendPace: Instant
    /// A rate lets the upstream be read again by then.
    private(set) var readPace: Instant
    /// Bytes of the request went to the present peer.
    private(set) var requestSent: Bool
    /// Attempts that may still be begun.
    private(set) var triesLeft: Int
    /// So many there were to begin with.
    private var triesAllowed: Int
    /// Refused ones since the last pause: they cost no try where the exchange waits.
    private(set) var triesRefused: Int
    /// The present attempt has cost a try.
    private var hasChosen: Bool
    /// It waits for an upstream that refuses: in a pause, or in a try between two.
    private(set) var waits: Bool
    /// When that has taken long enough; `never` before it began.
    private(set) var waitEnd: Instant

    /// An exchange whose head was read.
    init(hasBody: Bool) {
        request = hasBody ? .unread : .none
        response = .routing
        attempt = .none
        bodyDeadline = .never
        discardEnd = .never
        attemptDeadline = .never
        sendDeadline = .never
        sendPace = .never
        readPace = .never
        requestSent = false
        triesLeft = 0
        triesAllowed = 0
        triesRefused = 0
        hasChosen = false
        waits = false
        waitEnd = .never
    }

    // MARK: the way in

    /// The request goes to a group of `tries` peers; `buffersBody` asks for the whole body first.
    mutating func routedToProxy(buffersBody: Bool, tries: Int) -> ActionList<ExchangeAction> {
        guard case .routing = response else { preconditionFailure("an exchange goes to a group when it is routed") }
        triesLeft = tries
        triesAllowed = tries
        triesRefused = 0
        waitEnd = .never
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

    /// Body bytes came, or are waited for from now on; `never` while there is no room for more: the client is not read
    /// then, and its silence is no failure.
    mutating func bodyAwaited(until deadline: Instant) {
        switch request {
        case .receiving: bodyDeadline = deadline
        case .none, .unread, .complete, .discarding, .aborted:
            preconditionFailure("a body is awaited while it is received")
        }
    }

    /// The last body byte is here.
    mutating func bodyCompleted() -> ActionList<ExchangeAction> {
        guard case .receiving = request else { preconditionFailure("a body ends once, while it is received") }
        bodyDeadline = .never
        request = .complete
        switch response {
        case .storingBody:
            response = .trying
            return ActionList(.startAttempt)
        case .trying, .committed: return ActionList(.sendRequest)
        case .routing, .tunnelling, .ended, .logged: preconditionFailure("a body is received on its way to a group")
        }
    }

    /// More of the body came while it is passed on as it comes.
    mutating func bodyGrew() -> ActionList<ExchangeAction> {
        switch attempt {
        case .sending, .awaitingHead, .body: return ActionList(.sendRequest)
        case .none, .resolving, .queued, .waiting, .connecting, .handshaking, .over: return ActionList()
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

    /// More of an unwanted body is due; only an exchange whose response is over waits for it.
    mutating func discardAwaited(until deadline: Instant) {
        guard case .ended = response, isDiscarding else { preconditionFailure("nothing is left to discard") }
        bodyDeadline = min(deadline, discardEnd)
    }

    /// The last byte of an unwanted body came.
    mutating func bodyDiscarded() {
        guard isDiscarding else { preconditionFailure("only an unwanted body is discarded") }
        bodyDeadline = .never
        request = .complete
    }

    // MARK: the attempt

    /// The target's name is looked up, until `deadline` at the latest.
    mutating func lookupBegan(deadline: Instant) {
        guard isTrying, case .none = attempt else {
            preconditionFailure("a name is looked up before the first attempt")
        }
        attempt = .resolving
        attemptDeadline = deadline
    }

    /// The name is known, or known not to be: the attempt begins.
    mutating func lookupEnded() -> ActionList<ExchangeAction> {
        precondition(isResolving, "a lookup ends where one was begun")
        attempt = .none
        attemptDeadline = .never
        return ActionList(.startAttempt)
    }

    /// So many addresses are there to be tried.
    mutating func addressesFound(_ count: Int) {
        guard isTrying, case .none = attempt else {
            preconditionFailure("addresses are found before the first attempt")
        }
        triesLeft = max(1, triesLeft + count - triesAllowed)
        triesAllowed = count
    }

    /// A peer is about to be chosen: one try less, however early this one fails.
    mutating func attemptChosen() {
        precondition(isTrying && !isAttempting, "an attempt begins where none is live")
        triesLeft -= 1
        hasChosen = true
        requestSent = false
    }

    /// Every peer is at its `max_conns`: the exchange waits in its group's queue, until `deadline` at the latest.
    mutating func queued(deadline: Instant) {
        precondition(isTrying && !isAttempting && !isHeldUp, "an exchange is queued where it chose no peer")
        attempt = .queued
        attemptDeadline = deadline
    }

    /// A connection was got (`connected`) or begun. By `deadline` it must be connected, its handshake included.
    mutating func attemptBegan(connected: Bool, deadline: Instant) -> ActionList<ExchangeAction> {
        precondition(isTrying && !isAttempting, "an attempt begins where none is live")
        attemptDeadline = deadline
        attempt = connected ? .sending : .connecting
        if connected { waits = false }
        return connected ? ActionList(.sendRequest) : ActionList()
    }

    /// The connection stands, and TLS is agreed on over it. The deadline stands, too (nginx: proxy_connect_timeout).
    mutating func handshakeBegan() {
        switch attempt {
        case .connecting: attempt = .handshaking
        case .none, .resolving, .queued, .waiting, .handshaking, .sending, .awaitingHead, .body, .over:
            preconditionFailure("a handshake begins when the connection stands")
        }
    }

    /// The connection can take the request.
    mutating func attemptConnected(deadline: Instant) -> ActionList<ExchangeAction> {
        switch attempt {
        case .connecting, .handshaking:
            attempt = .sending
            attemptDeadline = deadline
            waits = false
            return ActionList(.sendRequest)
        case .none, .resolving, .queued, .waiting, .sending, .awaitingHead, .body, .over:
            preconditionFailure("only a connecting attempt becomes connected")
        }
    }

    /// Bytes of the request left; more are to go by `deadline`.
    mutating func requestProgressed(deadline: Instant) {
        requestSent = true
        switch attempt {
        case .sending: attemptDeadline = deadline
        case .none, .resolving, .queued, .waiting, .connecting, .handshaking, .awaitingHead, .body, .over: break
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
        case .none, .resolving, .queued, .waiting, .connecting, .handshaking, .over:
            preconditionFailure("a request leaves over a live attempt")
        }
    }

    /// The final head was read whole.
    mutating func headArrived(deadline: Instant) {
        switch attempt {
        case .sending, .awaitingHead:
            attempt = .body
            attemptDeadline = deadline
        case .none, .resolving, .queued, .waiting, .connecting, .handshaking, .body, .over:
            preconditionFailure("a head arrives once and while it is awaited")
        }
    }

    /// Body bytes of the response came, or the upstream is not being read (`never`).
    mutating func bodyAwaitedFromUpstream(until deadline: Instant) {
        readPace = .never
        if case .body = attempt { attemptDeadline = deadline }
        if isTunnelling { attemptDeadline = deadline }
    }

    /// The upstream is not read before `moment`, for its bytes come faster than they may (nginx: proxy_limit_rate).
    mutating func readingPaced(until moment: Instant) {
        guard case .body = attempt else { preconditionFailure("only a body is read at a rate") }
        attemptDeadline = .never
        readPace = moment
    }

    /// The response's body is whole.
    ///
    /// What is left of the request then is for nobody, but read all the same: some clients send to the end before they
    /// read.
    mutating func responseBodyEnded(reusable: Bool) -> ActionList<ExchangeAction> {
        guard case .body = attempt else { preconditionFailure("a body ends where one is read") }
        let reusable = reusable && isRequestWhole
        attemptIsOver()
        bodyUnwanted()
        return ActionList(.endAttempt(reusable: reusable, outcome: .succeeded))
    }

    /// The attempt is over without a response that is used (a status that is passed on to the next peer,
    /// X-Accel-Redirect).
    mutating func attemptDropped(reusable: Bool, outcome: AttemptEnd) -> ActionList<ExchangeAction> {
        precondition(isAttempting || isHeldUp, "only a live attempt is dropped")
        attemptIsOver()
        return ActionList(.endAttempt(reusable: reusable && isRequestWhole, outcome: outcome))
    }

    /// The attempt failed. What follows: another peer, an answer, or the end of a committed response.
    mutating func attemptFailed(_ verdict: Verdict, onReused: Bool, rules: RetryRules) -> ActionList<ExchangeAction> {
        var outcome: AttemptEnd = verdict.countsAgainstPeer ? .failed : .neutral
        if rules.isRefusal && verdict.countsAgainstPeer { outcome = waits ? .neutral : .refused }
        // Also where no connection came to be: the peer was counted busy when it was chosen.
        var actions = ActionList<ExchangeAction>(.endAttempt(reusable: false, outcome: outcome))
        switch response {
        case .trying: break
        case .committed, .tunnelling:
            guard case .body = attempt else { preconditionFailure("a response fails while its body is read") }
            actions.append(.abort(reset: !isTunnelling && verdict.ending == .reset))
            response = .committed
            bodyUnwanted()
        case .routing, .storingBody, .ended, .logged: preconditionFailure("an attempt fails where one was begun")
        }
        attemptIsOver()
        if isCommitted { return actions }
        if onReused { triesLeft += 1 }
        actions.append(mayRetry(verdict, rules) ? .startAttempt : .answer(status: verdict.status))
        return actions
    }

    private mutating func attemptIsOver() {
        attempt = .over
        attemptDeadline = .never
        readPace = .never
        hasChosen = false
        waits = false
    }

    // MARK: an upstream that refuses

    /// The upstream refused the connection, or has no address. Nil where that fails the attempt as anything else does;
    /// else the exchange waits (`proxy_wait`), and neither the client nor the peer's record knows of this try.
    ///
    /// A wait begins once no other peer can be tried. Then all are tried in each round, and between rounds it pauses.
    mutating func attemptRefused(_ verdict: Verdict, rules: RetryRules, wait: WaitRules) -> ActionList<ExchangeAction>?
    {
        guard isTrying else { preconditionFailure("an attempt is refused where one was begun") }
        let hasOther = wait.hasOther && mayRetry(verdict, rules)
        if hasChosen { triesRefused += 1 }
        if !waits {
            if hasOther || !wait.mayBegin { return nil }
            waitEnd = min(waitEnd, wait.end)
        }
        if !hasOther && wait.now >= waitEnd {
            triesLeft = 0
            return nil
        }
        var actions = ActionList<ExchangeAction>(.endAttempt(reusable: false, outcome: .neutral))
        attemptIsOver()
        waits = true
        if hasOther {
            actions.append(.startAttempt)
        } else {
            attempt = .waiting
            attemptDeadline = min(wait.next, waitEnd)
        }
        return actions
    }

    /// The pause is over: a new round of tries begins.
    mutating func pauseEnded() -> ActionList<ExchangeAction> {
        precondition(isPausing, "a pause ends where one was begun")
        triesLeft += triesRefused
        triesRefused = 0
        attempt = .none
        attemptDeadline = .never
        return ActionList(.startAttempt)
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

    /// The peer said that it did nothing about what was sent to it.
    mutating func requestUnprocessed() {
        precondition(isAttempting, "a peer speaks of a live attempt")
        requestSent = false
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

    /// The final head goes to the client now: the upstream's, or one made here while no attempt is live.
    mutating func committed() {
        precondition(!isCommitted, "a head is committed once")
        switch attempt {
        case .none, .body, .over: response = .committed
        case .resolving, .queued, .waiting, .connecting, .handshaking, .sending, .awaitingHead:
            preconditionFailure("an answer is made once the attempt is over")
        }
    }

    /// Both sides speak another protocol from now on.
    mutating func tunnelBegan(deadline: Instant) {
        guard case .committed = response, case .body = attempt, isRequestWhole else {
            preconditionFailure("a tunnel begins with a response's head, behind a whole request")
        }
        response = .tunnelling
        sendDeadline = .never
        attemptDeadline = deadline
    }

    /// The client has bytes to take until `deadline`; `never` where it has taken all.
    mutating func clientAwaited(until deadline: Instant) {
        precondition(!isOver, "a client takes bytes until the response is over")
        sendDeadline = deadline
        sendPace = .never
    }

    /// The client gets nothing more before `moment`, though it might take it (nginx: limit_rate).
    mutating func sendingPaced(until moment: Instant) {
        precondition(isCommitted && !isOver, "only a response is sent at a rate")
        sendDeadline = .never
        sendPace = moment
    }

    /// The last byte of the response left, or nobody is there to take it. What is left of an unwanted body may still
    /// be waited for.
    mutating func ended() {
        switch response {
        case .routing, .storingBody, .trying, .committed, .tunnelling, .ended: response = .ended
        case .logged: preconditionFailure("a logged exchange has ended")
        }
        if isAttempting || isHeldUp { attempt = .over }
        waits = false
        bodyDeadline = .never
        attemptDeadline = .never
        readPace = .never
        sendDeadline = .never
        sendPace = .never
    }

    /// The access line is written.
    mutating func logged() {
        guard case .ended = response else { preconditionFailure("an exchange is logged once, at its end") }
        response = .logged
        bodyDeadline = .never
    }

    /// The client is gone, and the attempt is given up.
    mutating func clientGone(status: UInt16) -> ActionList<ExchangeAction> {
        precondition(!isOver, "a client leaves before the response is over")
        switch request {
        case .unread, .receiving, .discarding: request = .aborted
        case .none, .complete, .aborted: break
        }
        bodyDeadline = .never
        sendDeadline = .never
        sendPace = .never
        var actions = ActionList<ExchangeAction>()
        if isAttempting { actions.append(.endAttempt(reusable: false, outcome: .neutral)) }
        attemptIsOver()
        actions.append(.giveUp(status: status))
        return actions
    }
}
