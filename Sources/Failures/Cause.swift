/// Why an exchange or a connection ended, or what was noticed on the way: made where it is seen, never guessed later.
///
/// Plain data of 16 bytes. What was read or named (a header line, an address, a path) is copied into an `Evidence`
/// that travels beside it. What follows from a cause is in `FailureTable`, its words are in `CauseText`.
package struct Cause: Equatable, Hashable, Sendable {
    /// What happened.
    package var kind: CauseKind
    /// The call that failed, for the kinds that name one in their text.
    package var operation: Operation
    /// What else was known when it was seen.
    package var marks: CauseMarks
    /// The call's errno; 0 where none failed.
    package var errno: Int32
    /// The number in the text, where its kind has one: an HTTP/2 error, a verify result, an alert, a count of bytes.
    package var number: Int64

    /// A cause; the short forms below say more.
    package init(
        _ kind: CauseKind, operation: Operation = .none, marks: CauseMarks = [], errno: Int32 = 0, number: Int64 = 0
    ) {
        self.kind = kind
        self.operation = operation
        self.marks = marks
        self.errno = errno
        self.number = number
    }

    /// Whether nothing ended: the exchange goes on, only a line is written.
    package var isNotice: Bool { FailureTable.row(for: self, at: Place(.routing)).ending == .notice }
}

extension Cause {
    /// The upstream's connection failed, went, or timed out.
    package static func connection(_ kind: ConnectionCause, marks: CauseMarks = []) -> Cause {
        Cause(.connection(kind), marks: marks)
    }

    /// The upstream sent something it must not send. `number`: an HTTP/2 error code or a frame's length.
    package static func response(_ kind: ResponseCause, number: Int64 = 0, marks: CauseMarks = []) -> Cause {
        Cause(.response(kind), marks: marks, number: number)
    }

    /// No address to connect to was found, or the connection could not be begun here.
    package static func choice(_ kind: ChoiceCause, number: Int64 = 0) -> Cause {
        Cause(.choice(kind), number: number)
    }

    /// The client went away or stood still. `errno`: 0, or what the socket said.
    package static func client(_ kind: ClientCause, errno: Int32 = 0, number: Int64 = 0) -> Cause {
        Cause(.client(kind), errno: errno, number: number)
    }

    /// The client sent something it must not send. `number`: bytes, or a verify result.
    package static func request(_ kind: RequestCause, number: Int64 = 0) -> Cause {
        Cause(.request(kind), number: number)
    }

    /// The client's HTTP/2. `number`: a stream's, or bytes.
    package static func stream(_ kind: StreamCause, number: Int64 = 0) -> Cause {
        Cause(.stream(kind), number: number)
    }

    /// Something in this process or its files.
    package static func local(
        _ kind: LocalCause, operation: Operation = .none, errno: Int32 = 0, number: Int64 = 0
    ) -> Cause {
        Cause(.local(kind), operation: operation, errno: errno, number: number)
    }

    /// `connect` failed. `atOnce`: by the call itself, so that the text has the address (the evidence).
    package static func connectFailed(errno: Int32, atOnce: Bool, unixSocket: Bool = false) -> Cause {
        var marks: CauseMarks = []
        if atOnce { marks.insert(.atOnce) }
        if unixSocket { marks.insert(.unixSocket) }
        return Cause(.connection(.connectFailed), operation: .connect, marks: marks, errno: errno)
    }

    /// Reading from or writing to the upstream failed with an errno.
    package static func upstreamFailed(_ operation: Operation, errno: Int32, marks: CauseMarks = []) -> Cause {
        Cause(.connection(.failed), operation: operation, marks: marks, errno: errno)
    }

    /// OpenSSL refused what the upstream sent. The evidence is OpenSSL's error text; `alert` is the alert's number, if
    /// the upstream sent one.
    package static func upstreamTLS(_ operation: Operation, alert: Int64? = nil) -> Cause {
        guard let alert else { return Cause(.connection(.tlsFailed), operation: operation) }
        return Cause(.connection(.tlsAlert), operation: operation, number: alert)
    }

    /// Reading from or writing to the client failed with an errno.
    package static func clientFailed(_ operation: Operation, errno: Int32) -> Cause {
        Cause(.client(.failed), operation: operation, errno: errno)
    }
}

/// What else was known when a cause was seen.
package struct CauseMarks: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `connect` itself answered with the error.
    package static let atOnce = CauseMarks(rawValue: 1)
    /// The peer's address is a Unix socket's path.
    package static let unixSocket = CauseMarks(rawValue: 2)
    /// The connection came from the keep-alive pool and had not answered this request: its end is no fault of the peer.
    package static let stale = CauseMarks(rawValue: 4)
    /// Bytes of this response had arrived, interim responses included: it is incomplete and not missing.
    package static let answerBegun = CauseMarks(rawValue: 8)
    /// OpenSSL's error is none of those that a peer causes at will, so the fault may be here.
    package static let unexpected = CauseMarks(rawValue: 16)
    /// The peer did nothing about the request, and said so (RFC 9113 §8.7): it may be sent again, whatever it asks.
    package static let unprocessed = CauseMarks(rawValue: 32)
}

/// The call that failed, by the name that log lines use.
package enum Operation: UInt8, CaseIterable, Sendable {
    /// No call.
    case none
    case connect, recv, readv, send, writev, sendfile
    case socket, bind, setsockopt, getsockopt, accept4, epollCtl
    case open, stat, pread, write, pwrite, unlink
    case sslHandshake, sslRead, sslWrite, sslShutdown

    /// The name without its parentheses; empty for `none`.
    package var name: StaticString {
        switch self {
        case .none: ""
        case .connect: "connect"
        case .recv: "recv"
        case .readv: "readv"
        case .send: "send"
        case .writev: "writev"
        case .sendfile: "sendfile"
        case .socket: "socket"
        case .bind: "bind"
        case .setsockopt: "setsockopt"
        case .getsockopt: "getsockopt"
        case .accept4: "accept4"
        case .epollCtl: "epoll_ctl"
        case .open: "open"
        case .stat: "stat"
        case .pread: "pread"
        case .write: "write"
        case .pwrite: "pwrite"
        case .unlink: "unlink"
        case .sslHandshake: "SSL_do_handshake"
        case .sslRead: "SSL_read"
        case .sslWrite: "SSL_write"
        case .sslShutdown: "SSL_shutdown"
        }
    }
}
