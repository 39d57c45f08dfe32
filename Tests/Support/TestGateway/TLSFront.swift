import Bytes
import Platform
import Synchronization
import TLS

/// TLS before an upstream that speaks plainly: what comes over TLS goes to it, and the other way round, ends and resets
/// included. Once a handshake is done, all that the upstream does is seen through it.
enum TLSFront {
    /// Listens on a free port of 127.0.0.1 for what listens on `port`, in cleartext.
    static func before(port: Int, context: TLSContext) throws -> Acceptor {
        try Acceptor { far, _, stop in Relay.serve(far, port, context, stop) }
    }
}

/// One connection through the front: this thread takes what comes over TLS, another one what the upstream says.
private final class Relay: Sendable {
    private let far: Descriptor
    private let near: Descriptor
    private let session: Mutex<Box>
    private let stop: StopSignal
    private let isOver = Atomic(false)

    private struct Box: ~Copyable {
        var session: TLSSession
    }

    static func serve(
        _ far: consuming BlockingSocket, _ port: Int, _ context: TLSContext, _ stop: StopSignal
    ) {
        guard
            let near = try? BlockingSocket.connected(
                to: .ip(.loopback(port: UInt16(port))), milliseconds: Wait.patience)
        else { return far.resetOnClose() }
        let relay = Relay(far.descriptor, near.descriptor, context, stop)
        guard relay.shakeHands(far) else { return }
        let other = Background { relay.takeAnswers() }
        relay.takeRequests(far, near)
        relay.isOver.store(true, ordering: .releasing)
        while (try? other.wait()) == nil {}
    }

    private init(_ far: Descriptor, _ near: Descriptor, _ context: TLSContext, _ stop: StopSignal) {
        (self.far, self.near, self.stop) = (far, near, stop)
        session = Mutex(Box(session: TLSSession(server: context)))
    }

    /// Descriptors are closed by `serve`, after both threads are done with them.
    private func lend<Answer>(_ descriptor: Descriptor, _ body: (borrowing BlockingSocket) -> Answer) -> Answer {
        let socket = BlockingSocket(adopting: descriptor)
        let answer = body(socket)
        _ = socket.release()
        return answer
    }

    private func shakeHands(_ far: borrowing BlockingSocket) -> Bool {
        var sealed = ByteBuffer()
        while true {
            sealed.clear()
            guard case .bytes = far.receive(into: &sealed, limit: 65_536, milliseconds: Wait.patience, stop: stop)
            else { return false }
            var plain = ByteBuffer()
            let (progress, output) = decrypt(sealed, into: &plain, limit: 0)
            if !output.isEmpty { _ = far.send(output.span, milliseconds: Wait.patience, stop: stop) }
            if progress.contains(.failed) { return false }
            if progress.contains(.handshakeDone) { return true }
        }
    }

    private func decrypt(
        _ sealed: borrowing ByteBuffer, into plain: inout ByteBuffer, limit: Int
    ) -> (TLSProgress, [UInt8]) {
        let input = sealed.span.array
        let (progress, said, output) = session.withLock { box -> (TLSProgress, [UInt8], [UInt8]) in
            var collected = ByteBuffer()
            var output = ByteBuffer()
            var progress = box.session.read(input.span, into: &collected, limit: limit, output: &output)
            if progress.contains(.serverName) {
                progress = box.session.read(Span(), into: &collected, limit: limit, output: &output)
            }
            return (progress, collected.span.array, output.span.array)
        }
        plain.append(said.span)
        return (progress, output)
    }

    /// Until the gateway's side ends.
    private func takeRequests(_ far: borrowing BlockingSocket, _ near: borrowing BlockingSocket) {
        var sealed = ByteBuffer()
        while true {
            // What came behind the handshake is in the session.
            var plain = ByteBuffer()
            let (progress, _) = decrypt(sealed, into: &plain, limit: 1 << 20)
            sealed.clear()
            if !plain.isEmpty {
                let sent = near.send(plain.span, milliseconds: Wait.patience, stop: stop)
                // The upstream went; the other thread sees how.
                if sent != .bytes(plain.count) { break }
            }
            if progress.contains(.closed) || progress.contains(.failed) { break }
            guard !isOver.load(ordering: .acquiring) else { return }
            switch far.receive(into: &sealed, limit: 65_536, milliseconds: 20, stop: stop) {
            case .bytes, .timedOut: continue
            case .failed: return near.resetOnClose()
            case .finished, .stopped: break
            }
            break
        }
        near.shutdownWrite()
        while !isOver.load(ordering: .acquiring), !stop.wait(milliseconds: 5) {
            // Gone, and not only half closed, is told by a reset.
            sealed.clear()
            if case .failed = far.receive(into: &sealed, limit: 65_536, milliseconds: 5, stop: stop) { return }
        }
    }

    /// Until the upstream's side ends.
    private func takeAnswers() {
        defer { isOver.store(true, ordering: .releasing) }
        var plain = ByteBuffer()
        while !isOver.load(ordering: .acquiring) {
            plain.clear()
            let outcome = lend(near) {
                $0.receive(into: &plain, limit: 16_384, milliseconds: 20, stop: stop)
            }
            switch outcome {
            case .bytes:
                if !say(plain) { return }
            case .timedOut: continue
            case .finished:
                sayGoodbye()
                return lend(far) { $0.shutdownWrite() }
            case .failed:
                return lend(far) { $0.resetOnClose() }
            case .stopped: return
            }
        }
    }

    private func say(_ plain: borrowing ByteBuffer) -> Bool {
        let bytes = plain.span.array
        let output = session.withLock { box -> [UInt8]? in
            var output = ByteBuffer()
            return box.session.write(bytes.span, output: &output) ? output.span.array : nil
        }
        guard let output else { return false }
        return lend(far) { $0.send(output.span, milliseconds: Wait.patience, stop: stop) } == .bytes(output.count)
    }

    private func sayGoodbye() {
        let output = session.withLock { box in
            var output = ByteBuffer()
            box.session.close(output: &output)
            return output.span.array
        }
        _ = lend(far) { $0.send(output.span, milliseconds: 1_000, stop: stop) }
    }
}
