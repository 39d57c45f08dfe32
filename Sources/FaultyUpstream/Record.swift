import Platform

/// What the upstream saw on one connection, and how it ended.
package struct ConnectionRecord: Sendable {
    /// Counts all accepted connections of the server, from 0.
    package let number: Int
    /// The requests whose heads were read or looked at, at most `requestLimit`.
    package internal(set) var requests: [SeenRequest] = []
    /// Names of the faults played, at most `requestLimit`.
    package internal(set) var faults: [String] = []
    /// Bytes handed to the kernel for sending.
    package internal(set) var sentBytes = 0
    /// How it ended; nil while it is open.
    package internal(set) var end: ConnectionEnd?

    /// Most requests and faults that a record keeps.
    package static let requestLimit = 1024

    /// A request, and so much of its body as was read.
    package struct SeenRequest: Sendable {
        /// Its head.
        package let request: Request
        /// Bytes of the body that were read, without the chunks' framing.
        package internal(set) var bodyBytes = 0
    }
}

/// Why the upstream's side of a connection is over. Thrown to leave a script, since every end is final.
package enum ConnectionEnd: Error, Equatable, Sendable {
    /// The steps said: FIN, and the rest of the peer's bytes was thrown away.
    case finished
    /// The steps said: close.
    case closed
    /// The steps said: reset.
    case reset
    /// The peer sent FIN while more was expected, or while nothing was left to do.
    case peerFinished
    /// The peer reset the connection.
    case peerReset
    /// A wait reached the server's limit.
    case timedOut
    /// The server stopped.
    case stopped
    /// The peer's bytes are no HTTP/1 that could be read on.
    case malformed
    /// A call failed otherwise.
    case failed(Errno)
}
