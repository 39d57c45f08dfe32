import Bytes
import Platform

/// One connection's bytes in both directions.
///
/// Nothing is read ahead: a head is looked at in the kernel's buffer and taken from there to the byte, so that what
/// the upstream did not read stays unread, and closing has the effect that it would have on a real server.
struct Wire: ~Copyable {
    let socket: BlockingSocket
    let stop: StopSignal
    /// Bound on each wait.
    let limitMilliseconds: Int
    private(set) var sentBytes = 0
    private var scratch = ByteBuffer()

    init(socket: consuming BlockingSocket, stop: StopSignal, limitMilliseconds: Int) {
        self.socket = socket
        self.stop = stop
        self.limitMilliseconds = limitMilliseconds
    }

    // MARK: looking and taking

    /// Waits until `complete` finds in the unread bytes what it looks for, and gives these bytes up to its answer.
    ///
    /// `complete` gets all that is there and answers how many bytes belong to it. More than `limit` is malformed.
    mutating func look(limit: Int, complete: ([UInt8]) -> Int?) throws(ConnectionEnd) -> [UInt8] {
        let end = Kernel().now().after(Int64(limitMilliseconds))
        while true {
            scratch.clear()
            let left = max(0, Int(end.since(Kernel().now())))
            try check(socket.peek(into: &scratch, limit: limit, milliseconds: left, stop: stop))
            let bytes = scratch.span.array
            if let count = complete(bytes) { return Array(bytes[..<count]) }
            if bytes.count >= limit { throw .malformed }
            if left == 0 { throw .timedOut }
            // Unread bytes make the socket readable all the time, so the wait for more is a short rest.
            switch socket.wait(for: .hangup, milliseconds: 5, stop: stop) {
            case .timedOut: continue
            case .stopped: throw .stopped
            case .ready: try drainToEnd(than: bytes.count, limit: limit, complete: complete)
            }
        }
    }

    /// The peer sends no more. Where it did so between the last look and now, there is something new to look at.
    private mutating func drainToEnd(than seen: Int, limit: Int, complete: ([UInt8]) -> Int?) throws(ConnectionEnd) {
        scratch.clear()
        let outcome = socket.peek(into: &scratch, limit: limit, milliseconds: 0, stop: stop)
        try check(outcome)
        if scratch.count > seen { return }
        while true { _ = try take(atMost: 65_536) }
    }

    /// Takes exactly `count` bytes.
    mutating func take(_ count: Int) throws(ConnectionEnd) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count { all += try take(atMost: count - all.count) }
        return all
    }

    /// Takes what is there, at least one byte.
    mutating func take(atMost count: Int) throws(ConnectionEnd) -> [UInt8] {
        scratch.clear()
        try check(
            socket.receive(into: &scratch, limit: min(count, 65_536), milliseconds: limitMilliseconds, stop: stop))
        return scratch.span.array
    }

    /// Takes and throws away for at most so long; the peer's end is thrown.
    mutating func discard(milliseconds: Int) throws(ConnectionEnd) {
        let end = Kernel().now().after(Int64(milliseconds))
        while true {
            let left = Int(end.since(Kernel().now()))
            if left <= 0 { return }
            scratch.clear()
            let outcome = socket.receive(into: &scratch, limit: 65_536, milliseconds: left, stop: stop)
            if outcome == .timedOut { return }
            try check(outcome)
        }
    }

    /// Waits until something can be read.
    func awaitInput() throws(ConnectionEnd) {
        switch socket.wait(for: .input, milliseconds: limitMilliseconds, stop: stop) {
        case .ready: return
        case .timedOut: throw .timedOut
        case .stopped: throw .stopped
        }
    }

    /// Reads nothing for at most so long; the peer's end is thrown.
    mutating func stall(milliseconds: Int) throws(ConnectionEnd) {
        switch socket.wait(for: .hangup, milliseconds: min(milliseconds, limitMilliseconds), stop: stop) {
        case .timedOut: return
        case .stopped: throw .stopped
        case .ready: throw Kernel().pendingError(socket.descriptor) == .connectionReset ? .peerReset : .peerFinished
        }
    }

    // MARK: sending

    mutating func send(_ bytes: [UInt8]) throws(ConnectionEnd) {
        try check(socket.send(bytes.span, milliseconds: limitMilliseconds, stop: stop))
        sentBytes += bytes.count
    }

    mutating func send(_ payload: Payload) throws(ConnectionEnd) { try send(payload.bytes) }

    mutating func dribble(_ bytes: [UInt8], size: Int, milliseconds: Int) throws(ConnectionEnd) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + max(size, 1))
            try send(Array(bytes[start..<end]))
            try sleep(milliseconds: milliseconds)
            start = end
        }
    }

    func sleep(milliseconds: Int) throws(ConnectionEnd) {
        if stop.wait(milliseconds: min(milliseconds, limitMilliseconds)) { throw .stopped }
    }

    /// Sends FIN and throws away what still comes, so that the kernel makes no reset of the close.
    mutating func finish() throws(ConnectionEnd) -> Never {
        socket.shutdownWrite()
        do { try discard(milliseconds: limitMilliseconds) } catch {}
        throw .finished
    }

    private func check(_ outcome: SocketOutcome) throws(ConnectionEnd) {
        switch outcome {
        case .bytes: return
        case .finished: throw .peerFinished
        case .failed(.connectionReset), .failed(.brokenPipe): throw .peerReset
        case .failed(let errno): throw .failed(errno)
        case .timedOut: throw .timedOut
        case .stopped: throw .stopped
        }
    }
}
