import Platform

/// One listening socket.
///
/// As in nginx a wildcard address takes over the specific addresses of its port: they become further `addresses`, told
/// apart by the local address of the accepted connection.
package struct ListenerSettings: Sendable {
    /// Where to bind.
    package internal(set) var endpoint: Endpoint
    /// Options of the socket.
    package internal(set) var options: ListenOptions
    /// The addresses served through this socket: specific ones first, the bound one last.
    package internal(set) var addresses: [ListenerAddress]
    /// The `listen` directive that gave the options, else the first one.
    package internal(set) var position: SourcePosition
}

/// One `address:port` of a listener with its servers.
package struct ListenerAddress: Sendable {
    /// The local address of its connections.
    package internal(set) var endpoint: Endpoint
    /// Index of the server for requests whose host matches no name.
    package internal(set) var defaultServer: Int
    /// Whether `default_server` was written.
    package internal(set) var hasExplicitDefault = false
    /// Indices of the servers at this address, in the order of the file.
    package internal(set) var servers: [Int]
    /// Set by any of the `listen` directives of this address.
    package internal(set) var isTLS = false
    /// `http2` of a `listen`; the `http2` directive is in `ConnectionSettings`.
    package internal(set) var isHTTP2 = false
    /// `proxy_protocol`.
    package internal(set) var takesProxyProtocol = false
}

/// Socket options of `listen`; nil leaves the kernel's value.
package struct ListenOptions: Equatable, Sendable {
    /// Pending connections; nginx's default on Linux is 511.
    package internal(set) var backlog = 511
    /// SO_RCVBUF.
    package internal(set) var receiveBufferBytes: Int?
    /// SO_SNDBUF.
    package internal(set) var sendBufferBytes: Int?
    /// One socket for each worker.
    package internal(set) var reusePort = false
    /// TCP_DEFER_ACCEPT.
    package internal(set) var deferred = false
    /// IPV6_V6ONLY; nil for IPv4.
    package internal(set) var ipv6Only: Bool?
    /// Queue length of TCP_FASTOPEN.
    package internal(set) var fastOpen: Int?
    /// SO_KEEPALIVE; nil leaves it alone.
    package internal(set) var keepAlive: Bool?
    /// TCP_KEEPIDLE and TCP_KEEPINTVL in seconds, TCP_KEEPCNT.
    package internal(set) var keepAliveIdle: Int?
    /// TCP_KEEPINTVL, in seconds.
    package internal(set) var keepAliveInterval: Int?
    /// TCP_KEEPCNT.
    package internal(set) var keepAliveCount: Int?
    /// IPPROTO_MPTCP.
    package internal(set) var multipath = false
    /// Whether any of these, or `bind`, was written.
    package internal(set) var isSet = false
}
