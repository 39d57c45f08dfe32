import Bytes
import COpenSSL

/// What one reading came to, besides the plaintext; several may be true of one call.
package struct TLSProgress: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The handshake is complete: what was negotiated can be asked for, plaintext can be written. Once in a session.
    package static let handshakeDone = TLSProgress(rawValue: 1)
    /// A client's hello is there: `serverName` can be read, and another context or a refusal chosen. Call `read` again
    /// to go on. Once in a session, of a server only.
    package static let serverName = TLSProgress(rawValue: 2)
    /// The limit of plaintext was reached and there is more: call `read` again, without new ciphertext.
    package static let more = TLSProgress(rawValue: 4)
    /// The peer sent close_notify: no plaintext follows.
    package static let closed = TLSProgress(rawValue: 8)
    /// The session failed, see `failure`: send what is left in the output (an alert), and close.
    package static let failed = TLSProgress(rawValue: 16)
}

/// One TLS connection without a socket: ciphertext in, plaintext and events out, and the other way round.
///
/// Ends once, with the value. Never blocks and never waits: where OpenSSL wants more input, `read` returns without
/// having made progress. Everything that is to be sent is appended to the caller's output, in the order in which it
/// must leave; so nothing is lost if the caller sends it later, and the caller bounds it by what it writes and feeds.
///
/// What a session holds: OpenSSL's state, at most one record of input; ciphertext that was fed and not yet taken, at
/// most one feeding.
///
/// Safe: OpenSSL's object belongs to this value alone and is freed with it, once.
@safe package struct TLSSession: ~Copyable {
    /// The most bytes of input that a handshake may have; OpenSSL bounds each message of it besides.
    package static let handshakeLimitBytes = 256 << 10
    /// The most bytes that are sent without being asked to, answers to key updates and refused renegotiations, in the
    /// life of a session.
    package static let answerLimitBytes = 64 << 10
    /// The most plaintext in one record (RFC 8446 §5.1).
    package static let recordBytes = 16 << 10

    let ssl: OpaquePointer
    let sink: TLSSink
    /// Why the session failed; nil while it has not.
    package internal(set) var failure: TLSFailure?
    /// Whether the handshake is complete.
    package private(set) var isOpen = false
    /// Whether the peer sent close_notify.
    package private(set) var isClosedByPeer = false
    /// Whether close_notify was put into the output.
    package private(set) var isClosed = false
    /// The name that the upstream's certificate must have; empty on the server's side.
    let verifiedName: [UInt8]
    private var held = ByteBuffer()
    private var answered = 0

    /// The server's side of a connection that a client made.
    package init(server context: TLSContext) {
        precondition(context.isServer, "a server's session needs a server's context")
        self.init(context, verifiedName: [])
        unsafe SSL_set_accept_state(ssl)
    }

    /// The client's side of a connection to an upstream. Call `read` without ciphertext for the first bytes to send.
    ///
    /// - Parameters:
    ///   - name: what the certificate must be for, where the context verifies (nginx: proxy_ssl_name, without a port).
    ///   - sendsName: also tells the name to the upstream, unless it is an address (nginx: proxy_ssl_server_name).
    ///   - resuming: what an earlier session with the same upstream left.
    package init(client context: TLSContext, name: String, sendsName: Bool, resuming: TLSResumption? = nil) {
        precondition(!context.isServer, "a client's session needs a client's context")
        self.init(context, verifiedName: Array(name.utf8))
        if sendsName, !ServerIdentity.isAddress(name), !name.isEmpty, name.utf8.count <= TLSEXT_MAXLEN_host_name {
            _ = unsafe postern_tls_set_server_name(ssl, name)
        }
        if let resuming { unsafe SSL_set_session(ssl, resuming.session) }
        unsafe SSL_set_connect_state(ssl)
        ErrorQueue.clear()
    }

    private init(_ context: TLSContext, verifiedName: [UInt8]) {
        ErrorQueue.clear()
        guard let ssl = unsafe SSL_new(context.context) else {
            preconditionFailure("no memory is left for a TLS session")
        }
        unsafe self.ssl = ssl
        sink = TLSSink(first: context)
        self.verifiedName = verifiedName
        let bio = unsafe sink.makeBIO()
        unsafe SSL_set_bio(ssl, bio, bio)
    }

    deinit {
        // Without this, OpenSSL would take a session that was not shut down out of the cache (nginx does the same).
        if failure == nil && isOpen {
            unsafe SSL_set_quiet_shutdown(ssl, 1)
            unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        unsafe SSL_free(ssl)
        ErrorQueue.clear()
    }

    /// Whether a connection begins with TLS, by its first byte; if not, a client talks plainly to a port for TLS.
    package static func begins(with byte: UInt8) -> Bool { byte == 0x16 || byte & 0x80 != 0 }

    // MARK: reading

    /// Whether ciphertext that was fed waits; feed no more until `read` has taken it.
    package var holdsInput: Bool { !held.isEmpty }

    /// Takes ciphertext, and gives what it means: progress, plaintext, and whatever has to be sent for it.
    ///
    /// - Parameters:
    ///   - ciphertext: lent for the call; taken whole, also where the limit is reached. Empty where `holdsInput`, or to
    ///     begin, or to go on.
    ///   - plaintext: appended to, at most `limit` bytes; grows where it has less room than that, or than a record.
    ///   - limit: the most bytes of plaintext.
    ///   - output: ciphertext to send is appended.
    package mutating func read(
        _ ciphertext: Span<UInt8>, into plaintext: inout ByteBuffer, limit: Int, output: inout ByteBuffer
    ) -> TLSProgress {
        precondition(ciphertext.isEmpty || held.isEmpty, "ciphertext is fed while older is held")
        if failure != nil { return .failed }
        if isClosedByPeer { return .closed }
        swap(&sink.output, &output)
        defer { swap(&sink.output, &output) }
        ErrorQueue.clear()
        var progress: TLSProgress = []
        if held.isEmpty {
            let left = lend(ciphertext, into: &plaintext, limit, &progress)
            if left > 0 && keepsInput { held.append(ciphertext.extracting(last: left)) }
        } else {
            var older = ByteBuffer()
            swap(&older, &held)
            let left = lend(older.span, into: &plaintext, limit, &progress)
            if left > 0 && keepsInput {
                older.removeFirst(older.count - left)
                swap(&older, &held)
            }
        }
        return progress
    }

    private var keepsInput: Bool { failure == nil && !isClosedByPeer }

    private mutating func lend(
        _ bytes: Span<UInt8>, into plaintext: inout ByteBuffer, _ limit: Int, _ progress: inout TLSProgress
    ) -> Int {
        let sink = sink
        sink.lend(bytes)
        if isOpen || shakeHands(&progress) { decrypt(into: &plaintext, limit, &progress) }
        return sink.takeBack()
    }

    /// Whether plaintext may follow.
    private mutating func shakeHands(_ progress: inout TLSProgress) -> Bool {
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 {
            isOpen = true
            progress.insert(.handshakeDone)
            if let found = upstreamFailure {
                fail(found, &progress)
                return false
            }
            return true
        }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ:
            if sink.taken > Self.handshakeLimitBytes {
                fail(TLSFailure(.tooLong, .handshake, text: Array("handshake too long".utf8)), &progress)
            }
        case SSL_ERROR_WANT_CLIENT_HELLO_CB:
            if sink.current.rejectsHandshake { sink.hello = .rejected }
            progress.insert(.serverName)
        case SSL_ERROR_ZERO_RETURN: fail(TLSFailure(.closed, .handshake), &progress)
        default:
            if sink.hello == .rejected {
                ErrorQueue.clear()
                fail(TLSFailure(.rejected, .handshake), &progress)
            } else {
                fail(TLSFailure(draining: .handshake, sink: sink), &progress)
            }
        }
        return false
    }

    private mutating func decrypt(into plaintext: inout ByteBuffer, _ limit: Int, _ progress: inout TLSProgress) {
        var left = limit
        let before = sink.output.count
        while true {
            if left == 0 {
                if unsafe sink.hasInput || SSL_pending(ssl) > 0 { progress.insert(.more) }
                break
            }
            let piece = min(left, Self.recordBytes)
            plaintext.reserve(piece)
            var result: Int32 = 0
            let ssl = unsafe ssl
            let count = unsafe plaintext.fill(limit: piece) { room in
                result = unsafe SSL_read(ssl, room.baseAddress, Int32(room.count))
                return Int(max(0, result))
            }
            left -= count
            if result > 0 { continue }
            switch unsafe SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ: break
            case SSL_ERROR_ZERO_RETURN:
                isClosedByPeer = true
                progress.insert(.closed)
            default: fail(TLSFailure(draining: .read, sink: sink), &progress)
            }
            break
        }
        answered += sink.output.count - before
        if answered > Self.answerLimitBytes && failure == nil {
            fail(TLSFailure(.tooLong, .read, text: Array("too many answers".utf8)), &progress)
        }
    }

    private mutating func fail(_ found: TLSFailure, _ progress: inout TLSProgress) {
        failure = found
        progress.insert(.failed)
    }

    /// The socket has no more: `recv` returned 0, or the connection was reset. Call it when all input has been read.
    ///
    /// - Returns: `closed` where the peer had said so; else `failed`, with `closed` or `truncated` as the failure.
    package mutating func endOfInput() -> TLSProgress {
        if failure != nil { return .failed }
        if isClosedByPeer { return .closed }
        failure = isOpen ? TLSFailure(.truncated, .read) : TLSFailure(.closed, .handshake)
        return .failed
    }

    // MARK: writing

    /// Encrypts a head and what follows it as one run of bytes, in records of 16 KiB.
    ///
    /// - Parameter output: grows by the bytes and at most some 22 to 85 more a record.
    /// - Returns: false where the session failed, before or now.
    package mutating func write(_ head: Span<UInt8>, _ body: Span<UInt8>, output: inout ByteBuffer) -> Bool {
        precondition(isOpen, "nothing is written before the handshake is complete")
        precondition(!isClosed, "nothing is written after close_notify")
        if failure != nil { return false }
        swap(&sink.output, &output)
        defer { swap(&sink.output, &output) }
        ErrorQueue.clear()
        if head.isEmpty || body.isEmpty { return encrypt(head.isEmpty ? body : head) }
        if head.count >= Self.recordBytes { return encrypt(head) && encrypt(body) }
        // What begins the body shares the head's record.
        let shared = min(body.count, Self.recordBytes - head.count)
        var first = ByteBuffer(capacity: head.count + shared)
        first.append(head)
        first.append(body.extracting(first: shared))
        return encrypt(first.span) && encrypt(body.extracting(droppingFirst: shared))
    }

    /// Encrypts one run of bytes.
    package mutating func write(_ bytes: Span<UInt8>, output: inout ByteBuffer) -> Bool {
        let none = ByteBuffer()
        return write(none.span, bytes, output: &output)
    }

    private mutating func encrypt(_ bytes: Span<UInt8>) -> Bool {
        if bytes.isEmpty { return true }
        var wrote = 0
        let ssl = unsafe ssl
        let result = unsafe bytes.withUnsafeBufferPointer {
            unsafe SSL_write_ex(ssl, $0.baseAddress, $0.count, &wrote)
        }
        if result == 1 {
            precondition(wrote == bytes.count, "a BIO that always takes all lets OpenSSL write all")
            return true
        }
        failure = TLSFailure(draining: .write, sink: sink)
        return false
    }

    /// Says close_notify: nothing more will be written, what comes can still be read. Does nothing twice, inside the
    /// handshake, or after a failure, except one about the certificate.
    package mutating func close(output: inout ByteBuffer) {
        let isSound = failure?.isAboutCertificate ?? true
        if !isOpen || isClosed || !isSound { return }
        isClosed = true
        swap(&sink.output, &output)
        defer { swap(&sink.output, &output) }
        ErrorQueue.clear()
        if unsafe SSL_shutdown(ssl) < 0 && !ErrorQueue.isEmpty && failure == nil {
            failure = TLSFailure(draining: .shutdown, sink: sink)
        }
        ErrorQueue.clear()
    }

    // MARK: the client's name

    /// The name in the client's hello, as it came; empty where there was none. At most 255 bytes.
    package var serverName: [UInt8] { sink.serverName }

    /// Goes on with another context: after `serverName` and before the next `read`. A context that rejects handshakes
    /// ends the session then.
    package func choose(_ context: TLSContext) {
        precondition(
            sink.hello == .asked || sink.hello == .rejected, "a context is chosen once the client's hello is there")
        precondition(context.isServer, "a server's session needs a server's context")
        sink.current = context
        sink.hello = context.rejectsHandshake ? .rejected : .asked
        unsafe SSL_set_SSL_CTX(ssl, context.context)
        unsafe SSL_set_verify(
            ssl, SSL_CTX_get_verify_mode(context.context), SSL_CTX_get_verify_callback(context.context))
        unsafe SSL_set_verify_depth(ssl, SSL_CTX_get_verify_depth(context.context))
        let options = unsafe SSL_CTX_get_options(context.context)
        unsafe SSL_clear_options(ssl, SSL_get_options(ssl) & ~options)
        unsafe SSL_set_options(ssl, options)
    }

    /// Shows this certificate instead of the context's: after `serverName` and `choose`, before the next `read`
    /// (nginx: ssl_certificate with variables); or on the client's side before the first (proxy_ssl_certificate).
    ///
    /// - Throws: nginx's words, where certificate and key do not belong together.
    package func show(_ identity: TLSIdentity) throws(TLSSetupError) {
        try unsafe identity.use(session: ssl)
        ErrorQueue.clear()
    }
}
