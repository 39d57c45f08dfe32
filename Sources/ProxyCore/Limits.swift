/// The bounds of one worker that no directive sets, and those that one does.
package struct Limits: Sendable {
    /// nginx: worker_connections; downstream and upstream connections together.
    package var connections: Int
    /// What all connections of a worker may hold together beyond their configured buffers, in bytes.
    package var overshootBytes = 8 << 20
    /// What request bodies of a worker may take together beyond `client_body_buffer_size`, in bytes, before files are
    /// used.
    package var bodyBudgetBytes = 64 << 20

    /// The most one read takes.
    static let scratchBytes = 256 << 10
    /// The most bytes read at once while a head is awaited: what follows it waits in memory until its turn comes.
    static let headReadBytes = 16 << 10
    /// The most bytes read at once for an HTTP/2 session.
    static let sessionReadBytes = 64 << 10
    /// The window of an HTTP/2 stream whose body is stored: the connection's, for each byte is taken as it comes.
    static let bodyWindowBytes = 1 << 20
    /// How often in a turn sessions speak, where what one says makes another say something.
    static let speakingRounds = 4
    /// The most field lines in any head.
    static let fieldLimit = 4096
    /// Interim responses of one exchange, before the upstream is taken for broken.
    static let interimLimit = 32
    /// Restarts of one exchange (nginx: NGX_HTTP_MAX_URI_CHANGES).
    static let restartLimit = 10
    /// Ways of resolving names that a worker keeps: `resolver` directives that differ.
    static let resolverLimit = 64
    /// Health checks that ask at the same time; others wait for their turn.
    static let checkLimit = 256
    /// What a check looks at of a response's body, in bytes (nginx: 256k).
    static let checkBodyBytes = 256 << 10
    /// How long a check rests at the most that could not be made, in milliseconds.
    static let checkRestMilliseconds: Int64 = 1_000
    /// How often those that wait for an upstream look again, in milliseconds (Postern: proxy_wait; nginx: queue).
    static let waitStepMilliseconds: Int64 = 50
    /// The least time between two lookups of a group's name for which somebody waits, in milliseconds.
    static let namesHastenedMilliseconds: Int64 = 500
    /// Connections accepted in one go from one listener.
    static let acceptLimit = 64
    /// Idle connections that are protected yet, before the search for one that may be closed is given up.
    static let protectedIdleLimit = 16
    /// How long a listener rests when no descriptor is to be had, in milliseconds (nginx: accept_mutex_delay).
    static let listenerRestMilliseconds: Int64 = 500
    /// How long a worker that drains waits for the first request of connections already made, in milliseconds.
    static let drainGraceMilliseconds: Int64 = 1000

    /// HTTP/2 streams on each side; beyond it a client's are refused, as never begun.
    package var streams: Int { max(4096, 8 * connections) }

    package init(connections: Int) { self.connections = connections }
}
