import Bytes
import Glibc

/// What lies between a far end's script and its socket: it turns what the script says into what goes over the wire, and
/// back. TLS is one; whatever speaks another version of HTTP for the script can be one, and one can lie on another.
package protocol FarCoat: AnyObject {
    /// Whether what the script says can be said: no handshake is in the way.
    var isOpen: Bool { get }
    /// Bytes for the wire; the far end takes them out as the network takes them.
    var output: ByteBuffer { get set }
    /// The connection stands.
    func begin()
    /// Takes bytes from the wire and appends what they mean to `input`.
    func take(_ wire: Span<UInt8>, into input: inout ByteBuffer) -> FarCoatState
    /// Puts what the script says into `output`; only where it is open.
    func say(_ bytes: Span<UInt8>)
    /// Puts what is said before FIN into `output`.
    func sayGoodbye()
}

/// What a coat makes of what came.
package enum FarCoatState {
    case open
    /// The other side said that nothing follows.
    case finished
    /// It cannot be read.
    case broken
}

/// After so many bytes on the wire, whatever they mean, a far end does one last thing: an end, or nothing any more.
package struct WireLimit: Sendable, Equatable {
    package var bytes: Int
    /// `.close`, `.reset` or `.stall`; `.close` sends FIN without what is said before it.
    package var action: FarAction

    package init(bytes: Int, action: FarAction) {
        self.bytes = bytes
        self.action = action
    }
}

// How far ends send and receive through a coat.
extension SimulatedKernel {
    /// Sends what the coat has for the wire; false where some of it waits, or the far end is done.
    func flushCoat(_ far: FarEnd, _ socket: StreamEnd) -> Bool {
        guard let coat = far.coat else { return true }
        while !coat.output.isEmpty {
            let allowed = far.wireLimit.map { min(coat.output.count, $0.bytes - far.wireCount) } ?? coat.output.count
            if allowed <= 0 {
                endAtLimit(far, socket)
                return false
            }
            let count = put(socket, coat.output.span.extracting(0..<allowed))
            if count == -Int(EAGAIN) { return false }
            if count < 0 {
                noteEnd(far, .reset(Int32(-count)))
                leave(far)
                return false
            }
            coat.output.removeFirst(count)
            far.wireCount += count
            note(.far(far.number, "sends on the wire", count))
        }
        return true
    }

    private func endAtLimit(_ far: FarEnd, _ socket: StreamEnd) {
        guard let limit = far.wireLimit else { return }
        note(.far(far.number, "is at its limit", limit.bytes))
        far.coat?.output.clear()
        if limit.action == .stall {
            far.isDone = true
            return
        }
        socket.resetsOnClose = limit.action == .reset
        leave(far)
    }

    /// Says a part of `bytes` through the coat, up to `end`; false where it is not sent yet.
    func say(_ far: FarEnd, _ socket: StreamEnd, _ coat: any FarCoat, _ bytes: [UInt8], upTo end: Int) -> Bool {
        if !coat.isOpen {
            // Nothing can be said on a connection that ended before.
            if far.ending != .open { leave(far) }
            return false
        }
        while far.sendOffset < end {
            if !flushCoat(far, socket) { return false }
            let piece = min(end - far.sendOffset, 16 << 10)
            coat.say(bytes.span.extracting(far.sendOffset..<far.sendOffset + piece))
            far.sendOffset += piece
            far.sentCount += piece
            note(.far(far.number, "says", piece))
        }
        return flushCoat(far, socket)
    }

    /// Says goodbye, once; false where that is not sent yet, but may be.
    func partWith(_ far: FarEnd, _ socket: StreamEnd) -> Bool {
        guard let coat = far.coat else { return true }
        if !far.saidGoodbye {
            far.saidGoodbye = true
            coat.sayGoodbye()
        }
        return flushCoat(far, socket) || far.ending != .open
    }

    /// Reads at most `limit` bytes of the wire: as `take`, but what they mean is appended to the far end's input.
    func takeCoated(_ far: FarEnd, _ socket: StreamEnd, _ coat: any FarCoat, limit: Int) -> Int {
        var wire = ByteBuffer()
        let count = take(socket, into: &wire, limit: limit)
        if count <= 0 { return count }
        switch coat.take(wire.span, into: &far.input) {
        case .open: break
        case .finished: far.wasToldGoodbye = true
        case .broken: noteEnd(far, .garbled)
        }
        return count
    }
}
