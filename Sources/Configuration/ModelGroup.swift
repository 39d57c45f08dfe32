/// An upstream group: an `upstream {}` block, or what a literal `proxy_pass` makes.
package struct GroupSettings: Sendable {
    /// As written after `upstream`, or the host of the `proxy_pass`.
    package internal(set) var name: String
    /// Whether it was made by a `proxy_pass`.
    package internal(set) var isImplicit: Bool
    /// Of an implicit group: as written, else the scheme's.
    package internal(set) var port: UInt16 = 0
    /// At least one, in the order of the file.
    package internal(set) var servers: [GroupServer] = []
    /// How a peer is chosen among them.
    package internal(set) var balancing = Balancing.roundRobin
    /// Idle connections.
    package internal(set) var keepAlive = UpstreamKeepAlive()
    /// nginx: zone. Postern's peers are shared by the workers whether or not it is written.
    package internal(set) var zone: String?
    /// nginx: queue; nil answers at once where all peers are busy.
    package internal(set) var queue: GroupQueue?
    /// The group's own, or what the http context has.
    package internal(set) var resolver = ResolverSettings()
    /// By `HealthCheck.number`, one bit each: peers get no requests before these are passed.
    package internal(set) var mandatoryChecks: UInt32 = 0
    /// Those of them that a reload does not ask of healthy peers.
    package internal(set) var persistentChecks: UInt32 = 0
    /// Where the block, or the `proxy_pass`, stands.
    package internal(set) var position: SourcePosition
}

/// One `server` of a group.
package struct GroupServer: Equatable, Sendable {
    /// Where it is; a name may stand for several peers.
    package internal(set) var address: PeerAddress
    /// As written, for `$upstream_addr` of names and for messages.
    package internal(set) var name: String
    /// From 1 to 2²⁰.
    package internal(set) var weight = 1
    /// 0 for no limit.
    package internal(set) var connectionLimit = 0
    /// 0 never counts a failure.
    package internal(set) var maxFails = 1
    /// nginx: fail_timeout.
    package internal(set) var failTimeout = 10_000
    /// nginx: slow_start; 0 gives a peer that came back its whole weight at once.
    package internal(set) var slowStart = 0
    /// Whether it is taken only where no other peer is live.
    package internal(set) var isBackup = false
    /// Whether it is never taken.
    package internal(set) var isDown = false
    /// Whether it gets no new clients (nginx: drain).
    package internal(set) var isDraining = false
    /// Whether the name is resolved again as its answer grows old.
    package internal(set) var resolves = false
    /// Where the directive stands.
    package internal(set) var position: SourcePosition
}

/// How a peer is chosen.
package enum Balancing: Equatable, Sendable {
    case roundRobin
    case leastConnections
    case ipHash
    case hash(ComplexValue, isConsistent: Bool)
    case random
    /// `random two`, with `least_conn` as the choice between them.
    case randomTwo
}

/// nginx: keepalive and its companions in `upstream {}`. An implicit group keeps no connections, as in nginx.
package struct UpstreamKeepAlive: Equatable, Sendable {
    /// Idle connections for each worker; 0 keeps none.
    package internal(set) var connections = 32
    /// `local`: a connection serves only the location that opened it. So it is where no `keepalive` is written.
    package internal(set) var isPerLocation = true
    /// nginx: keepalive_requests.
    package internal(set) var requestLimit = 1000
    /// nginx: keepalive_time.
    package internal(set) var lifetime = 3_600_000
    /// nginx: keepalive_timeout.
    package internal(set) var timeout = 60_000

    /// nginx's defaults.
    package init() {}
}

/// nginx: queue.
package struct GroupQueue: Equatable, Sendable {
    /// Requests that may wait, for each worker.
    package let limit: Int
    /// How long one waits.
    package let timeout: Int
}
