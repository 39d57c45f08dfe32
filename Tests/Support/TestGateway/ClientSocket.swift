import Bytes
import Platform
import TLS

/// A client's connection: a socket, and a TLS session over it where the wire has one.
final class ClientSocket {
    private let socket: BlockingSocket
    private var session: TLSSession?
    /// Ciphertext that the socket did not take yet.
    private var output = ByteBuffer()
    private var sealed = ByteBuffer()

    /// Shakes hands at once, where the wire is TLS.
    init(_ socket: consuming BlockingSocket, over wire: Wire, milliseconds: Int) throws {
        self.socket = socket
        session = nil
        if wire == .plain { return }
        session = TLSSession(client: Ends.client, name: "localhost", sendsName: true)
        var none = ByteBuffer()
        var progress = feed(into: &none)
        while !progress.contains(.handshakeDone) {
            guard flush(milliseconds), read(milliseconds) == .open else { throw Trouble("the handshake ended early") }
            progress = feed(into: &none)
            if progress.contains(.failed) { throw Trouble("the handshake failed") }
        }
        if !flush(milliseconds) { throw Trouble("the handshake was not finished") }
    }

    /// Sends all of it, as long as each wait for the socket is at most `milliseconds`.
    func send(_ bytes: Span<UInt8>, milliseconds: Int) {
        if session == nil {
            _ = socket.send(bytes, milliseconds: milliseconds, stop: nil)
        } else if session?.isClosed == false, session?.write(bytes, output: &output) == true {
            _ = flush(milliseconds)
        }
    }

    /// Sends what the socket takes within one wait: how much that was; nil where the connection ended.
    func sendSome(_ bytes: Span<UInt8>, milliseconds: Int) -> Int? {
        var sent = 0
        while sent < bytes.count {
            let piece = session == nil ? bytes.count - sent : min(bytes.count - sent, TLSSession.recordBytes)
            if session != nil && output.isEmpty {
                let part = bytes.extracting(sent..<sent + piece)
                if session?.write(part, output: &output) != true { return nil }
                // It is on its way, whatever the socket takes of it now.
                sent += piece
            }
            let answer =
                session == nil
                ? Kernel().send(socket.descriptor, bytes.extracting(sent..<bytes.count))
                : Kernel().send(socket.descriptor, output.span)
            if answer.wouldBlock {
                if socket.wait(for: .output, milliseconds: milliseconds, stop: nil) != .ready { return sent }
                continue
            }
            if answer.failed { return nil }
            if session == nil { sent += answer.value } else { output.removeFirst(answer.value) }
        }
        return sent
    }

    /// Reads once more: `open` where bytes came, an end, or nil where nothing came in time.
    func more(into buffer: inout ByteBuffer, milliseconds: Int) -> Client.End? {
        if session == nil {
            switch socket.receive(into: &buffer, limit: 65_536, milliseconds: milliseconds, stop: nil) {
            case .bytes: return .open
            case .finished: return .fin
            case .failed: return .reset
            case .timedOut, .stopped: return nil
            }
        }
        let before = buffer.count
        while true {
            guard let end = read(milliseconds) else { return nil }
            if end != .open { return end == .fin && session?.isClosedByPeer != true ? .truncated : end }
            let progress = feed(into: &buffer)
            _ = flush(milliseconds)
            if progress.contains(.failed) { return .reset }
            if buffer.count > before { return .open }
        }
    }

    /// Whether anything is there within `milliseconds`: bytes, which go into `buffer`, or an end.
    func hears(into buffer: inout ByteBuffer, within milliseconds: Int) -> Bool {
        if session == nil { return socket.wait(for: .input, milliseconds: milliseconds, stop: nil) == .ready }
        return more(into: &buffer, milliseconds: milliseconds) != nil
    }

    /// Sends close_notify, where the wire has it, and FIN.
    func finish() {
        if session != nil {
            session?.close(output: &output)
            _ = flush(1_000)
        }
        socket.shutdownWrite()
    }

    /// Makes the end of this value a reset.
    func resetAtEnd() { socket.resetOnClose() }

    // MARK: ciphertext

    private func read(_ milliseconds: Int) -> Client.End? {
        sealed.clear()
        switch socket.receive(into: &sealed, limit: 65_536, milliseconds: milliseconds, stop: nil) {
        case .bytes: return .open
        case .finished: return .fin
        case .failed: return .reset
        case .timedOut, .stopped: return nil
        }
    }

    /// Gives what was read to the session.
    private func feed(into buffer: inout ByteBuffer) -> TLSProgress {
        let progress = session?.read(sealed.span, into: &buffer, limit: 1 << 20, output: &output) ?? .failed
        sealed.clear()
        return progress
    }

    private func flush(_ milliseconds: Int) -> Bool {
        if output.isEmpty { return true }
        let outcome = socket.send(output.span, milliseconds: milliseconds, stop: nil)
        let isWhole = outcome == .bytes(output.count)
        output.clear()
        return isWhole
    }
}
