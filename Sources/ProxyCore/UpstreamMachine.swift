import Platform

/// What the driver of an upstream connection does.
enum UpstreamAction: BitwiseCopyable {
    /// Into the pool of its group.
    case keepIdle
    case close
}

/// The life of a connection to a peer: connecting → handshaking → leased ⇄ idle → closed.
///
/// One that speaks HTTP/2 is not leased itself; its streams are: opening → open ⇄ idle, draining → closed. A stream has
/// a machine of its own, which is leased from its beginning to its end.
///
/// While leased its deadlines are the attempts'; idle, or opening, it has its own.
struct UpstreamMachine {
    enum State: BitwiseCopyable { case connecting, handshaking, leased, idle, opening, open, draining, closed }

    private(set) var state: State
    private(set) var deadline: Instant
    /// Requests sent over it.
    private(set) var requests: UInt32
    /// Streams that exchanges have.
    private(set) var leases: UInt32 = 0
    /// It speaks HTTP/2.
    private(set) var isCarrier = false
    /// Whether an earlier exchange used it: then a failure before the first byte may only mean that it was stale.
    var isReused: Bool { requests > 1 }

    /// A connection whose `connect` was begun, or was done at once; `shakesHands`: TLS is spoken over it.
    init(connected: Bool, shakesHands: Bool) {
        state = connected ? (shakesHands ? .handshaking : .leased) : .connecting
        deadline = .never
        requests = 1
    }

    /// A stream; `isReused`: its connection lay idle before.
    init(streamOnReused isReused: Bool) {
        state = .leased
        deadline = .never
        requests = isReused ? 2 : 1
    }

    var isConnecting: Bool { if case .connecting = state { true } else { false } }
    var isShakingHands: Bool { if case .handshaking = state { true } else { false } }
    var isLeased: Bool { if case .leased = state { true } else { false } }
    var isIdle: Bool { if case .idle = state { true } else { false } }
    var isOpening: Bool { if case .opening = state { true } else { false } }
    /// Whether another stream may be leased.
    var takesStreams: Bool {
        switch state {
        case .opening, .open: true
        case .idle: isCarrier
        case .connecting, .handshaking, .leased, .draining, .closed: false
        }
    }

    var isClosed: Bool { if case .closed = state { true } else { false } }

    // MARK: inputs

    /// The kernel says that the connection stands.
    mutating func connected(shakesHands: Bool) {
        switch state {
        case .connecting: state = shakesHands ? .handshaking : .leased
        case .handshaking, .leased, .idle, .opening, .open, .draining, .closed:
            preconditionFailure("only a connecting connection becomes connected")
        }
    }

    /// The TLS handshake is complete, and the peer is who it should be.
    mutating func handshakeEnded() {
        switch state {
        case .handshaking: state = .leased
        case .connecting, .leased, .idle, .opening, .open, .draining, .closed:
            preconditionFailure("a handshake ends once, before the first lease")
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
        case .idle, .opening, .open, .draining, .closed: preconditionFailure("a lease ends once")
        }
    }

    /// Taken from the pool for another exchange.
    mutating func leased() {
        switch state {
        case .idle where !isCarrier:
            state = .leased
            deadline = .never
            requests += 1
        case .connecting, .handshaking, .leased, .idle, .opening, .open, .draining, .closed:
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
        case .connecting, .handshaking, .leased, .opening, .open, .draining, .closed:
            preconditionFailure("only an idle connection is discarded")
        }
    }

    // MARK: HTTP/2

    /// HTTP/2 is spoken from now on: streams are leased, the first one to the exchange that had the connection. The
    /// peer's SETTINGS must come by `deadline`.
    mutating func carriesStreams(settingsBy deadline: Instant) {
        guard case .leased = state, !isCarrier else {
            preconditionFailure("a connection becomes a carrier once, when it stands")
        }
        state = .opening
        self.deadline = deadline
        isCarrier = true
        leases = 1
    }

    /// SETTINGS came, for the first time or once more.
    mutating func settingsArrived() {
        switch state {
        case .opening:
            state = .open
            deadline = .never
        case .open, .draining: break
        case .idle where isCarrier: break
        case .connecting, .handshaking, .leased, .idle, .closed: preconditionFailure("only a carrier gets SETTINGS")
        }
    }

    /// Another exchange gets a stream.
    mutating func streamLeased() {
        precondition(takesStreams, "only an open carrier leases streams")
        if case .idle = state {
            state = .open
            deadline = .never
        }
        leases += 1
        requests += 1
    }

    /// A stream's lease is over. `keeps`: whether the connection may serve others, where this was the last.
    mutating func streamReleased(keeps: Bool, now: Instant, idleTimeout: Int) -> ActionList<UpstreamAction> {
        precondition(leases > 0, "a stream's lease ends once")
        leases -= 1
        if leases > 0 { return ActionList() }
        switch state {
        case .open where keeps:
            state = .idle
            deadline = now.after(Int64(idleTimeout))
            return ActionList(.keepIdle)
        case .opening, .open, .draining: return close()
        case .connecting, .handshaking, .leased, .idle, .closed: preconditionFailure("a carrier with leases is open")
        }
    }

    /// No more streams: GOAWAY came, the connection is lost, or it served enough. It goes with the last lease.
    mutating func drain() {
        switch state {
        case .opening, .open:
            state = .draining
            deadline = .never
        case .draining: break
        case .connecting, .handshaking, .leased, .idle, .closed:
            preconditionFailure("only an open carrier drains; an idle one is discarded")
        }
    }

    private mutating func close() -> ActionList<UpstreamAction> {
        state = .closed
        deadline = .never
        return ActionList(.close)
    }
}
