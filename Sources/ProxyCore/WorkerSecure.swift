import Bytes
import EventLoop
import Failures
import Platform
import TLS

// Reading through a TLS session, and what its failures are called.
extension Worker {
    /// The least ciphertext that one read asks for: a whole record with what is around it.
    private static var recordReadBytes: Int { 17 << 10 }

    /// Reads ciphertext from the socket and gives what it means: at most `limit` bytes of plaintext, 0 for the end, an
    /// errno, or would-block. What the session has to answer lies in `wire` afterwards.
    ///
    /// Goes on while the socket has bytes that mean no plaintext: OpenSSL bounds how many such records it takes.
    func unseal(
        _ place: SlotID, _ descriptor: Descriptor, _ socket: inout SocketState, into buffer: inout ByteBuffer,
        limit: Int
    ) -> SystemResult {
        let before = buffer.count
        let wanted = min(Limits.scratchBytes, max(limit, Self.recordReadBytes))
        wire.clear()
        var isDrained = false
        while true {
            if let end = sessionEnd(place) {
                socket.remove(.readable)
                socket.insert(.readOver)
                return end
            }
            sealed.clear()
            if !secured[place].hasMore && !secured[place].session.holdsInput {
                if isDrained {
                    socket.remove(.readable)
                    return .wouldBlock
                }
                let result = kernel.receive(descriptor, into: &sealed, limit: wanted)
                if result.value == 0 { return unsealedEnd(place, result, &socket) }
                isDrained = result.value < wanted && !socket.contains(.ending)
            }
            let progress = secured[place].session.read(sealed.span, into: &buffer, limit: limit, output: &wire)
            secured[place].hasMore = progress.contains(.more)
            if buffer.count > before {
                // What the session still has, or has to say, is asked for the next time.
                if isDrained && !secured[place].hasMore && sessionEnd(place) == nil { socket.remove(.readable) }
                return SystemResult(raw: buffer.count - before)
            }
        }
    }

    /// What reading comes to where the session is over: 0 after close_notify, an errno after a failure.
    private func sessionEnd(_ place: SlotID) -> SystemResult? {
        if secured[place].session.failure != nil { return SystemResult(.protocolError) }
        return secured[place].session.isClosedByPeer ? SystemResult(raw: 0) : nil
    }

    private func unsealedEnd(_ place: SlotID, _ result: SystemResult, _ socket: inout SocketState) -> SystemResult {
        socket.remove(.readable)
        if result.wouldBlock { return result }
        socket.insert(.readOver)
        if !result.failed { _ = secured[place].session.endOfInput() }
        return result
    }

    /// Whether a peer's bytes ended without close_notify: what came may be cut short (RFC 9112 §9.8).
    func isTruncated(upstream id: SlotID) -> Bool {
        let place = upstreams[id].secure
        return !place.isNone && secured[place].session.failure?.kind == .truncated
    }

    /// Gives a connection's session back, if it has one.
    func forgetSecure(_ place: SlotID) {
        if !place.isNone { _ = secured.remove(place) }
    }

    // MARK: causes

    /// Why reading from or writing to a peer failed: its session knows better than an errno.
    mutating func upstreamCause(
        _ id: SlotID, _ operation: Failures.Operation, _ errno: Errno, marks: CauseMarks = []
    ) -> Cause {
        if let cause = streamCause(id, marks) { return cause }
        let place = upstreams[id].secure
        guard errno == .protocolError, !place.isNone, let failure = secured[place].session.failure else {
            return .upstreamFailed(operation, errno: errno.rawValue, marks: marks)
        }
        var cause = upstreamCause(failure)
        cause.marks.formUnion(marks)
        return cause
    }

    /// The cause that a failure of a session with a peer is; its words become the evidence.
    mutating func upstreamCause(_ failure: TLSFailure) -> Cause {
        evidence.set(failure.text.span)
        let operation = Failures.Operation(failure.operation)
        switch failure.kind {
        case .closed, .truncated: return .connection(.tlsClosed)
        case .alert: return .upstreamTLS(operation, alert: Int64(failure.number))
        case .certificateWrongName: return .connection(.certificateMismatch)
        case _ where failure.isAboutCertificate:
            var cause = Cause.connection(.certificateUntrusted)
            cause.number = Int64(failure.number)
            return cause
        default: return .upstreamTLS(operation)
        }
    }

    /// Why reading from or writing to a client failed.
    mutating func clientCause(_ id: SlotID, _ operation: Failures.Operation, _ errno: Errno) -> Cause {
        let place = downstreams[id].secure
        guard errno == .protocolError, !place.isNone, let failure = secured[place].session.failure else {
            return .clientFailed(operation, errno: errno.rawValue)
        }
        return clientCause(failure)
    }

    /// The cause that a failure of a session with a client is; its words become the evidence.
    mutating func clientCause(_ failure: TLSFailure) -> Cause {
        switch failure.kind {
        case .closed, .truncated: return .client(.tlsClosed)
        case .rejected: return .client(.handshakeRejected)
        default:
            evidence.set(failure.text.span)
            let marks: CauseMarks = failure.isExpected ? [] : .unexpected
            return Cause(.client(.tlsFailed), operation: Failures.Operation(failure.operation), marks: marks)
        }
    }
}

extension Failures.Operation {
    /// The call of OpenSSL by its name in log lines.
    init(_ operation: TLSFailure.Operation) {
        switch operation {
        case .handshake: self = .sslHandshake
        case .read: self = .sslRead
        case .write: self = .sslWrite
        case .shutdown: self = .sslShutdown
        }
    }
}
