import Platform

/// What the driver of an upstream connection does.
enum UpstreamAction: BitwiseCopyable {
    /// Into the pool of its group.
    case keepIdle
    case close
}

/// The life of a connection to a peer: connecting → handshaking → leased ⇄ idle → closed.
///
/// While leased its deadlines are the attempt's; idle it has its own.
struct UpstreamMachine {
    enum State: BitwiseCopyable { case connecting, handshaking, leased, idle, closed }

    private(set) var state: State
    private(set) var deadline: Instant
    /// Requests sent over it.
    private(set) var requests: UInt32
    /// Whether an earlier exchange used it: then a failure before the first byte may only mean that it was stale.
    var isReused: Bool { requests > 1 }

    /// A connection whose `connect` was begun, or was done at once; `shakesHands`: TLS is spoken over it.
    init(connected: Bool, shakesHands: Bool) {
        state = connected ? (shakesHands ? .handshaking : .leased) : .connecting
        deadline = .never
        requests = 1
    }

    var isConnecting: Bool { if case .connecting = state { true } else { false } }
    var isShakingHands: Bool { if case .handshaking = state { true } else { false } }
    var isLeased: Bool { if case .leased = state { true } else { false } }
    var isIdle: Bool { if case .idle = state { true } else { false } }
    var isClosed: Bool { if case .closed = state { true } else { false } }

    // MARK: inputs

    /// The kernel says that the connection stands.
    mutating func connected(shakesHands: Bool) {
        switch state {
        case .connecting: state = shakesHands ? .handshaking : .leased
        case .handshaking, .leased, .idle, .closed:
            preconditionFailure("only a connecting connection becomes connected")
        }
    }

    /// The TLS handshake is complete, and the peer is who it should be.
    mutating func handshakeEnded() {
        switch state {
        case .handshaking: state = .leased
        case .connecting, .leased, .idle, .closed: preconditionFailure("a handshake ends once, before the first lease")
        }
    }

    /// The lease is over; `reusable` only where request and response are whole and no byte is left.
    mutating func released(reusable: Bool, now: Instant, idleTimeout: Int, requestLimit: Int, lifetimeOver: Bool)
        -> ActionList<UpstreamAction>
    {
        switch state {
        case .leased where reusable && Int(requests) < requestLimit && !lifetimeOver:
            state = .idle
            deadline = now.after(Int64(idleTimeout))
            return ActionList(.keepIdle)
        case .connecting, .handshaking, .leased:
            state = .closed
            deadline = .never
            return ActionList(.close)
        case .idle, .closed: preconditionFailure("a lease ends once")
        }
    }

    /// Taken from the pool for another exchange.
    mutating func leased() {
        switch state {
        case .idle:
            state = .leased
            deadline = .never
            requests += 1
        case .connecting, .handshaking, .leased, .closed:
            preconditionFailure("only an idle connection is leased")
        }
    }

    /// Bytes, FIN, a reset or the deadline came while it lay idle; or the pool is full.
    mutating func discarded() -> ActionList<UpstreamAction> {
        switch state {
        case .idle:
            state = .closed
            deadline = .never
            return ActionList(.close)
        case .connecting, .handshaking, .leased, .closed:
            preconditionFailure("only an idle connection is discarded")
        }
    }
}
