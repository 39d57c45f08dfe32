import Bytes
import HTTP2Ends
import Platform
import TLS

/// A client's connection: a socket, and over it a TLS session and HTTP/2 where the wire has them.
final class ClientSocket {
    private let socket: BlockingSocket
    private var session: TLSSession?
    private var speech: HTTP2Speech?
    /// Ciphertext that the socket did not take yet.
    private var output = ByteBuffer()
    private var sealed = ByteBuffer()

    /// Shakes hands at once, where the wire is TLS, and says HTTP/2's preface.
    init(_ socket: consuming BlockingSocket, over wire: Wire, milliseconds: Int) throws {
        self.socket = socket
        session = nil
        speech = nil
        if wire.isTLS {
            session = TLSSession(client: Ends.client(wire), name: "localhost", sendsName: true)
            try shakeHands(milliseconds)
        }
        if wire.isHTTP2 {
            if session?.isHTTP2 == false { throw Trouble("ALPN did not choose HTTP/2") }
            speech = HTTP2Speech()
            speak(milliseconds)
        }
    }

    private func shakeHands(_ milliseconds: Int) throws {
        var none = ByteBuffer()
        var progress = feed(into: &none)
        while !progress.contains(.handshakeDone) {
            guard flush(milliseconds), read(milliseconds) == .open else { throw Trouble("the handshake ended early") }
            progress = feed(into: &none)
            if progress.contains(.failed) { throw Trouble("the handshake failed") }
        }
        if !flush(milliseconds) { throw Trouble("the handshake was not finished") }
    }

    /// What went wrong with what was said or heard; nil where all is well.
    var trouble: String? { speech?.trouble ?? nil }
    /// Over HTTP/2: whether the other side takes no more requests. Nil elsewhere.
    var isGoing: Bool? { speech?.isGoing }
    /// Over HTTP/2: whether no response is awaited. Nil elsewhere.
    var isQuiet: Bool? { speech?.isQuiet }

    // MARK: sending

    /// Sends all of it, as long as each wait for the socket is at most `milliseconds`.
    func send(_ bytes: Span<UInt8>, milliseconds: Int) {
        if speech == nil { return carry(bytes, milliseconds) }
        speech?.say(bytes)
        speak(milliseconds)
        // What the windows hold back waits for the other side.
        while speech?.hasSaidAll == false, hearOnce(milliseconds) == .open {}
    }

    private func carry(_ bytes: Span<UInt8>, _ milliseconds: Int) {
        if session == nil {
            _ = socket.send(bytes, milliseconds: milliseconds, stop: nil)
        } else if session?.isClosed == false, session?.write(bytes, output: &output) == true {
            _ = flush(milliseconds)
        }
    }

    private func speak(_ milliseconds: Int) {
        guard let bytes = speech?.output(), !bytes.isEmpty else { return }
        carry(bytes.span, milliseconds)
    }

    /// Sends what the socket takes within one wait: how much that was; nil where the connection ended.
    func sendSome(_ bytes: Span<UInt8>, milliseconds: Int) -> Int? {
        if speech != nil {
            send(bytes.extracting(0..<min(bytes.count, 16_384)), milliseconds: Wait.patience)
            return min(bytes.count, 16_384)
        }
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

    // MARK: reading

    /// Reads once more: `open` where bytes came, an end, or nil where nothing came in time.
    func more(into buffer: inout ByteBuffer, milliseconds: Int) -> Client.End? {
        if speech == nil { return arrive(into: &buffer, milliseconds) }
        let end = Kernel().now().after(Int64(milliseconds))
        while true {
            if !heard.isEmpty {
                buffer.append(heard.span)
                heard.clear()
                return .open
            }
            if speech?.isCut == true { return .reset }
            if speech?.isTunnelOver == true { return .fin }
            let left = Int(end.since(Kernel().now()))
            guard left > 0, let outcome = hearOnce(left) else { return nil }
            if outcome != .open, heard.isEmpty { return outcome }
        }
    }

    /// What HTTP/2 told, as HTTP/1 would have it, and nobody has read yet.
    private var heard = ByteBuffer()

    private func hearOnce(_ milliseconds: Int) -> Client.End? {
        var wire = ByteBuffer()
        let outcome = arrive(into: &wire, milliseconds)
        if !wire.isEmpty {
            speech?.hear(wire.span, into: &heard)
            speak(Wait.patience)
        }
        return outcome
    }

    /// Reads once from under HTTP/2.
    private func arrive(into buffer: inout ByteBuffer, _ milliseconds: Int) -> Client.End? {
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
        if session == nil && speech == nil {
            return socket.wait(for: .input, milliseconds: milliseconds, stop: nil) == .ready
        }
        return more(into: &buffer, milliseconds: milliseconds) != nil
    }

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
