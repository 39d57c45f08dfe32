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
/// lingering → closed; with HTTP/2 opening → open → draining → lingering → closed. A stream of such a connection is one
/// that is exchanging from its beginning to its end.
///
/// It decides; `Worker` does. Every state has a deadline, but for `exchanging`, and for HTTP/2 with streams: there the
/// deadlines are the exchanges'.
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
        /// HTTP/2, before its first request.
        case opening
        /// HTTP/2, with so many streams.
        case open(streams: UInt32)
        /// HTTP/2 that takes no more streams (GOAWAY), with so many left.
        case draining(streams: UInt32)
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
    /// When the client must have taken something of what HTTP/2 has to say; never where nothing waits.
    private(set) var outputDeadline = Instant.never
    /// How long HTTP/2 without streams waits once all is sent, in milliseconds.
    private var rest: Int64 = 0

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
        case .proxyHeader, .handshaking, .idle(first: true), .opening: true
        case .idle, .readingHead, .exchanging, .open, .draining, .lingering, .closed: false
        }
    }

    /// Whether HTTP/2 is spoken.
    var isSession: Bool {
        switch state {
        case .opening, .open, .draining: true
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .lingering, .closed: false
        }
    }

    /// Whether HTTP/2 is spoken, and takes new streams.
    var takesStreams: Bool {
        switch state {
        case .opening, .open: true
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .draining, .lingering, .closed: false
        }
    }

    /// Streams of an HTTP/2 connection.
    var streams: UInt32 {
        switch state {
        case .open(let streams), .draining(let streams): streams
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .opening, .lingering, .closed: 0
        }
    }

    /// What it waits for next: while something is to be sent nothing else is waited for.
    var nextDeadline: Instant { outputDeadline.isNever ? deadline : outputDeadline }

    /// Whether nothing of a request has arrived yet: closing loses nothing.
    var isBetweenRequests: Bool {
        switch state {
        case .proxyHeader, .handshaking, .idle: true
        case .readingHead, .exchanging, .opening, .open, .draining, .lingering, .closed: false
        }
    }

    // MARK: inputs

    /// The PROXY protocol header is whole: what the client itself sent follows. The deadline stands.
    mutating func proxyHeaderArrived(shakesHands: Bool) -> ActionList<DownstreamAction> {
        switch state {
        case .proxyHeader:
            state = shakesHands ? .handshaking : .idle(first: true)
            return ActionList(.readNext)
        case .handshaking, .idle, .readingHead, .exchanging, .opening, .open, .draining, .lingering, .closed:
            preconditionFailure("a PROXY protocol header comes once, and first")
        }
    }

    /// The TLS handshake is complete, or the client speaks plainly where it should not. The deadline stands.
    mutating func handshakeEnded() -> ActionList<DownstreamAction> {
        switch state {
        case .handshaking:
            state = .idle(first: true)
            return ActionList(.readNext)
        case .proxyHeader, .idle, .readingHead, .exchanging, .opening, .open, .draining, .lingering, .closed:
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
        case .proxyHeader, .handshaking, .exchanging, .opening, .open, .draining, .lingering, .closed:
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
        case .proxyHeader, .handshaking, .exchanging, .opening, .open, .draining, .lingering, .closed:
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
        case .proxyHeader, .handshaking, .idle, .readingHead, .opening, .open, .draining, .lingering:
            state = .closed
            deadline = .never
            outputDeadline = .never
            return ActionList(.close)
        case .exchanging: preconditionFailure("the exchange decides how its connection ends")
        case .closed: return ActionList()
        }
    }
}

// MARK: HTTP/2

extension DownstreamMachine {
    /// HTTP/2 is spoken from now on. The deadline of the first head stands.
    mutating func sessionBegan() {
        switch state {
        case .idle(first: true), .readingHead: state = .opening
        case .proxyHeader, .handshaking, .idle, .exchanging, .opening, .open, .draining, .lingering, .closed:
            preconditionFailure("HTTP/2 begins before the first request")
        }
    }

    /// A request came on a new stream. One that was on its way as the connection began to drain is served.
    mutating func streamOpened() {
        switch state {
        case .opening: state = .open(streams: 1)
        case .open(let streams): state = .open(streams: streams + 1)
        case .draining(let streams): state = .draining(streams: streams + 1)
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .lingering, .closed:
            preconditionFailure("a stream opens where HTTP/2 is not spoken")
        }
        requests += 1
        deadline = .never
    }

    /// A stream is over. Without any the connection waits for the next one, `keepAlive` milliseconds.
    mutating func streamEnded(now: Instant, keepAlive: (most: Int, least: Int)) {
        switch state {
        case .open(let streams) where streams > 0:
            state = .open(streams: streams - 1)
            if streams > 1 { return }
            rest = Int64(keepAlive.most)
            deadline = now.after(rest)
            bound = now.after(Int64(keepAlive.least))
        case .draining(let streams) where streams > 0:
            state = .draining(streams: streams - 1)
            if streams > 1 { return }
            rest = Limits.drainGraceMilliseconds
            deadline = now.after(rest)
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .opening, .open, .draining, .lingering,
            .closed:
            preconditionFailure("a stream ends that was never opened")
        }
    }

    /// No more streams are wanted: GOAWAY was said. Those there are go on; without any, the client has a moment to say
    /// what it had already sent.
    mutating func drainBegan(now: Instant) {
        switch state {
        case .opening: state = .draining(streams: 0)
        case .open(let streams): state = .draining(streams: streams)
        case .draining: return
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .lingering, .closed:
            preconditionFailure("only HTTP/2 drains")
        }
        if streams > 0 { return }
        rest = Limits.drainGraceMilliseconds
        deadline = now.after(rest)
    }

    /// Nothing came in time: the last word is said, for which there is a moment yet.
    mutating func sessionTimedOut(now: Instant) {
        switch state {
        case .opening, .open(streams: 0), .draining(streams: 0):
            state = .draining(streams: 0)
            rest = Limits.drainGraceMilliseconds
            deadline = now.after(rest)
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .open, .draining, .lingering, .closed:
            preconditionFailure("HTTP/2 with streams waits for none")
        }
    }

    /// What HTTP/2 has to say waits for the client's socket until `deadline`.
    mutating func outputAwaited(until deadline: Instant) {
        guard isSession else { preconditionFailure("only what HTTP/2 says waits here") }
        outputDeadline = deadline
    }

    /// All that was to be said is sent; what is waited for without streams begins now.
    mutating func outputTaken(now: Instant) {
        if outputDeadline.isNever { return }
        outputDeadline = .never
        if !isFresh && streams == 0 { deadline = now.after(rest) }
    }

    /// All streams are over, and all that was to be said is said: FIN, then what the client still sends is read away.
    mutating func sessionEnded(now: Instant, linger: (total: Int, between: Int)) -> ActionList<DownstreamAction> {
        switch state {
        case .opening, .open(streams: 0), .draining(streams: 0):
            state = .lingering
            outputDeadline = .never
            bound = now.after(Int64(linger.total))
            deadline = min(now.after(Int64(linger.between)), bound)
            return ActionList(.releaseInput, .linger)
        case .proxyHeader, .handshaking, .idle, .readingHead, .exchanging, .open, .draining, .lingering, .closed:
            preconditionFailure("HTTP/2 ends where it is spoken, after its last stream")
        }
    }
}
