import Platform

/// What the driver of a downstream connection does.
enum DownstreamAction: BitwiseCopyable {
    /// Look at what else has arrived, then wait for it.
    case readNext
    /// Send FIN and read away what still comes, for a while.
    case linger
    /// Close; what was not read makes the kernel send a reset.
    case close
    /// Close with a reset: the client must not take what it has for whole.
    case reset
    /// An idle connection's memory goes back.
    case releaseInput
}

/// Why a downstream connection's exchange is over, and what that allows.
enum ExchangeEnd: BitwiseCopyable {
    /// Request and response are whole and both sides may go on.
    case keepAlive
    /// The response is whole, but this connection carries no other.
    case close
    /// As `close`, but the client may still be sending: closing at once would reset what it has not read yet.
    case linger
    /// The response was cut: a FIN says so where its framing tells, a reset where it cannot.
    case cut(reset: Bool)
    /// The client is gone.
    case gone
}

/// The life of a connection from a client: PROXY protocol → handshaking → idle ⇄ reading a head ⇄ exchanging →
/// lingering → closed.
///
/// It decides; `Worker` does. Every state but `exchanging` (whose deadlines are the exchange's) has a deadline.
struct DownstreamMachine {
    enum State: BitwiseCopyable {
        /// Before the PROXY protocol header that the listener asks for.
        case proxyHeader
        /// Before the end of the TLS handshake.
        case handshaking
        /// Between requests; `first` before the first byte of all.
        case idle(first: Bool)
        case readingHead
        case exchanging
        case lingering
        case closed
    }

    private(set) var state: State
    /// Requests whose head was read.
    private(set) var requests: UInt32
    /// When the present state has lasted too long.
    private(set) var deadline: Instant
    /// Lingering ends here whatever comes; an idle connection is not closed for others' sake before (nginx:
    /// keepalive_min_timeout).
    private(set) var bound: Instant

    /// A connection just accepted; the first head must be there within `headTimeout` milliseconds, and so must be the
    /// PROXY protocol header and the TLS handshake, where they come before it.
    init(now: Instant, headTimeout: Int, awaitsProxyHeader: Bool = false, shakesHands: Bool = false) {
        state = awaitsProxyHeader ? .proxyHeader : shakesHands ? .handshaking : .idle(first: true)
        deadline = now.after(Int64(headTimeout))
        requests = 0
        bound = now
    }

    var isIdle: Bool {
        if case .idle = state { return true }
        return false
    }

    var isShakingHands: Bool {
        if case .handshaking = state { return true }
        return false
    }

    var isExchanging: Bool {
        if case .exchanging = state { return true }
        return false
    }

    var isLingering: Bool {
        if case .lingering = state { return true }
        return false
    }

    var isClosed: Bool {
        if case .closed = state { return true }
        return false
    }

    /// Whether no request has come on it yet.
    var isFresh: Bool {
        switch state {
        case .proxyHeader, .handshaking, .idle(first: true): true
        case .idle, .readingHead, .exchanging, .lingering, .closed: false
        }
    }

    /// Whether nothing of a request has arrived yet: closing loses nothing.
    var isBetweenRequests: Bool {
        switch state {
        case .proxyHeader, .handshaking, .idle: true
        case .readingHead, .exchanging, .lingering, .closed: false
        }
    }

    // MARK: inputs

    /// The PROXY protocol header is whole: what the client itself sent follows. The deadline stands.
    mutating func proxyHeaderArrived(shakesHands: Bool) -> ActionList<DownstreamAction> {
        switch state {
        case .proxyHeader:
            state = shakesHands ? .handshaking : .idle(first: true)
            return ActionList(.readNext)
        case .handshaking, .idle, .readingHead, .exchanging, .lingering, .closed:
            preconditionFailure("a PROXY protocol header comes once, and first")
        }
    }

    /// The TLS handshake is complete, or the client speaks plainly where it should not. The deadline stands.
    mutating func handshakeEnded() -> ActionList<DownstreamAction> {
        switch state {
        case .handshaking:
            state = .idle(first: true)
            return ActionList(.readNext)
        case .proxyHeader, .idle, .readingHead, .exchanging, .lingering, .closed:
            preconditionFailure("a handshake ends once, before the first head")
        }
    }

    /// Bytes came that are no whole head yet.
    mutating func headBegan(now: Instant, headTimeout: Int) {
        switch state {
        case .idle(let first):
            if !first { deadline = now.after(Int64(headTimeout)) }
            state = .readingHead
        case .readingHead: break
        case .proxyHeader, .handshaking, .exchanging, .lingering, .closed:
            preconditionFailure("a head begins on a connection that waits for none")
        }
    }

    /// A whole head was read, or one that is answered with a refusal: an exchange is made of it.
    mutating func headArrived() {
        switch state {
        case .idle, .readingHead:
            state = .exchanging
            deadline = .never
            requests += 1
        case .proxyHeader, .handshaking, .exchanging, .lingering, .closed:
            preconditionFailure("a head arrives on a connection that waits for none")
        }
    }

    /// The connection's exchange is over.
    mutating func exchangeEnded(
        _ end: ExchangeEnd, now: Instant, keepAlive: (most: Int, least: Int), linger: (total: Int, between: Int)
    ) -> ActionList<DownstreamAction> {
        guard case .exchanging = state else { preconditionFailure("an exchange ends on a connection that has none") }
        switch end {
        case .keepAlive:
            state = .idle(first: false)
            deadline = now.after(Int64(keepAlive.most))
            bound = now.after(Int64(keepAlive.least))
            return ActionList(.readNext)
        case .linger:
            state = .lingering
            bound = now.after(Int64(linger.total))
            deadline = min(now.after(Int64(linger.between)), bound)
            return ActionList(.releaseInput, .linger)
        case .close, .gone, .cut(reset: false):
            state = .closed
            deadline = .never
            return ActionList(.close)
        case .cut(reset: true):
            state = .closed
            deadline = .never
            return ActionList(.reset)
        }
    }

    /// Bytes came that nobody wants any more.
    mutating func lingered(now: Instant, between: Int) {
        guard case .lingering = state else { preconditionFailure("only a lingering connection reads bytes away") }
        deadline = min(now.after(Int64(between)), bound)
    }

    /// The client sent FIN or a reset, or the deadline passed, while no exchange was there.
    mutating func ended() -> ActionList<DownstreamAction> {
        switch state {
        case .proxyHeader, .handshaking, .idle, .readingHead, .lingering:
            state = .closed
            deadline = .never
            return ActionList(.close)
        case .exchanging: preconditionFailure("the exchange decides how its connection ends")
        case .closed: return ActionList()
        }
    }
}
