import Bytes
import HTTP
import Platform

/// What the client asked for, and over which connection.
package struct Asked: ~Copyable {
    /// The head as it came; empty until it is parsed.
    package var head = FieldBlock()
    /// What the head says. Ranges are offsets into it.
    package var facts = RequestFacts()
    package var connection: ConnectionFacts
    /// The client: the TCP peer, or who a trusted peer says it is (nginx: real_ip_header).
    package var client: SocketAddress
    /// What `$ssl_*` variables tell, see `TLSValues`; absent without TLS, or where nobody asks.
    package var tls = Piece.absent
    /// The PROXY protocol's type-length-values as they came, in the arena.
    package var proxyProtocolValues = Piece.absent
    /// When the first byte of the request arrived.
    package var startedAt: Instant
    package var startedWall: WallTime
    /// `$request_length`: request line, fields and body as they were read, in bytes.
    package var bytesRead: Int64 = 0
    /// The bytes of a chunked body that was stored whole; -1 until then.
    package var bodyLength: Int64 = -1
    /// `$request_body`: where the whole body lies in memory and a variable may ask for it, it was copied into the
    /// arena.
    package var body = Piece.absent
    /// The path of the body's temporary file, in the arena.
    package var bodyFile = Piece.absent

    package init(connection: ConnectionFacts, startedAt: Instant, wall: WallTime) {
        self.connection = connection
        client = connection.peer
        self.startedAt = startedAt
        startedWall = wall
    }
}

/// What a request head says, for both protocols. Ranges are offsets into the head's bytes.
package struct RequestFacts: Sendable {
    package var method = Method.other
    package var version = Version.http11
    package var methodName = ByteRange.empty
    /// `$request`: method, target and version, without the line's end.
    package var requestLine = ByteRange.empty
    /// `$request_uri`: the target from the path on, with arguments and fragment, as it was sent.
    package var requestURI = ByteRange.empty
    /// The path as it was sent.
    package var path = ByteRange.empty
    /// What follows the first `?`.
    package var arguments = ByteRange.empty
    /// `$server_protocol`.
    package var protocolName = ByteRange.empty
    /// Whether the path is as it would be after normalising.
    package var isPathNormal = true
    package var isAsterisk = false
    /// The host without its port; nil where none was sent (HTTP/1.0).
    package var host: HostName?
    package var framing = BodyFraming.none
    /// Whether the client's connection may serve another request.
    package var keepsAlive = true
    package var asksForUpgrade = false
    package var expectsContinue = false

    /// The facts of an unparsed head.
    package init() {}

    /// The facts of a whole HTTP/1 head.
    package init(_ parser: borrowing RequestHeadParser) {
        method = parser.method
        version = parser.version
        methodName = parser.methodName
        requestLine = parser.requestLine
        requestURI = parser.requestURI
        path = parser.path
        arguments = parser.arguments
        protocolName = parser.protocolName
        isPathNormal = parser.isPathNormal
        isAsterisk = parser.targetForm == .asterisk
        host = parser.host
        framing = parser.framing
        keepsAlive = parser.keepsAlive
        asksForUpgrade = parser.asksForUpgrade
        expectsContinue = parser.expectsContinue
    }
}

/// The client's connection, as a request sees it.
package struct ConnectionFacts: Sendable {
    /// `$connection`, and the `*N` of log lines.
    package var serial: UInt64
    /// `$connection_requests`: 1 for the first.
    package var requestNumber = 1
    /// The other end of the TCP connection.
    package var peer: SocketAddress
    package var local: SocketAddress
    /// Index in the model's `listeners`.
    package var listener: Int
    package var isTLS = false
    /// `$pipe`: whether the request came before the answer to the one before it was sent.
    package var isPipelined = false
    package var openedAt: Instant
    /// What the PROXY protocol said; `none` without it.
    package var proxyClient = SocketAddress.none
    package var proxyServer = SocketAddress.none

    package init(serial: UInt64, peer: SocketAddress, local: SocketAddress, listener: Int, openedAt: Instant) {
        self.serial = serial
        self.peer = peer
        self.local = local
        self.listener = listener
        self.openedAt = openedAt
    }
}
