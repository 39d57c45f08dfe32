import Bytes
import CLinux
import Glibc

/// A stream or datagram socket whose calls wait: each at most so long as it is told, and never past a `StopSignal`.
///
/// For test equipment with one thread per connection. The descriptor itself is non-blocking; waiting is poll(2).
/// It is closed with the value.
package struct BlockingSocket: ~Copyable {
    /// The open descriptor, which stays this value's.
    package let descriptor: Descriptor

    /// Takes over an open, non-blocking descriptor, to be closed with this value.
    package init(adopting descriptor: Descriptor) { self.descriptor = descriptor }

    deinit { Kernel().close(descriptor) }

    /// Gives the descriptor away unclosed: for handing a socket to another thread.
    package consuming func release() -> Descriptor {
        let given = descriptor
        discard self
        return given
    }

    // MARK: opening

    /// A socket that has the address but does not listen: connecting to it is refused.
    ///
    /// A unix socket's file that nobody listens on any more is replaced; `permissions` are the new file's.
    /// Fails where the address is in use or not this machine's: the fault of whoever chose it.
    package static func bound(to endpoint: Endpoint, permissions: UInt32 = 0o777) throws(SocketFailure)
        -> BlockingSocket
    {
        let socket = try opened(for: endpoint)
        let kernel = Kernel()
        if case .unix(let path) = endpoint {
            if try isAbandoned(endpoint) { _ = kernel.unlink(path) }
        } else {
            _ = kernel.set(.reuseAddress, 1, on: socket.descriptor)
        }
        let answer = kernel.bind(socket.descriptor, to: endpoint)
        if answer.failed { throw SocketFailure(call: "bind", endpoint: endpoint, errno: answer.errno) }
        if case .unix(let path) = endpoint { _ = unsafe chmod(path, permissions) }
        return socket
    }

    /// A socket that listens, with at most `backlog` + 1 connections not yet accepted (listen(2)).
    package static func listening(
        at endpoint: Endpoint, backlog: Int32 = 128, permissions: UInt32 = 0o777
    ) throws(SocketFailure) -> BlockingSocket {
        let socket = try bound(to: endpoint, permissions: permissions)
        let answer = Kernel().listen(socket.descriptor, backlog: backlog)
        if answer.failed { throw SocketFailure(call: "listen", endpoint: endpoint, errno: answer.errno) }
        return socket
    }

    /// A socket that has begun to connect and need not have come through.
    package static func connecting(to endpoint: Endpoint) throws(SocketFailure) -> BlockingSocket {
        let socket = try opened(for: endpoint)
        let answer = Kernel().connect(socket.descriptor, to: endpoint)
        if answer.failed && answer.errno != .inProgress && !answer.wouldBlock {
            throw SocketFailure(call: "connect", endpoint: endpoint, errno: answer.errno)
        }
        return socket
    }

    /// A connected socket, after at most `milliseconds`; late ones fail with `timedOut`.
    package static func connected(to endpoint: Endpoint, milliseconds: Int) throws(SocketFailure) -> BlockingSocket {
        let socket = try opened(for: endpoint)
        let kernel = Kernel()
        var answer = kernel.connect(socket.descriptor, to: endpoint)
        if answer.errno == .inProgress {
            let waited = socket.wait(for: .output, milliseconds: milliseconds, stop: nil)
            answer = SystemResult(waited == .ready ? kernel.pendingError(socket.descriptor) : .timedOut)
        }
        if answer.failed { throw SocketFailure(call: "connect", endpoint: endpoint, errno: answer.errno) }
        if case .ip = endpoint { _ = kernel.set(.noDelay, 1, on: socket.descriptor) }
        return socket
    }

    /// A UDP socket with that address.
    package static func datagrams(at address: SocketAddress) throws(SocketFailure) -> BlockingSocket {
        let domain = address.family == .ipv6 ? AF_INET6 : AF_INET
        let kind = Int32(SOCK_DGRAM.rawValue) | CL_SOCK_NONBLOCK | CL_SOCK_CLOEXEC
        let opened = SystemResult.of(Glibc.socket(domain, kind, 0))
        if opened.failed { throw SocketFailure(call: "socket", endpoint: .ip(address), errno: opened.errno) }
        let socket = BlockingSocket(adopting: Descriptor(Int32(opened.value)))
        let answer = Kernel().bind(socket.descriptor, to: .ip(address))
        if answer.failed { throw SocketFailure(call: "bind", endpoint: .ip(address), errno: answer.errno) }
        return socket
    }

    private static func opened(for endpoint: Endpoint) throws(SocketFailure) -> BlockingSocket {
        var family = AddressFamily.unix
        if case .ip(let address) = endpoint { family = address.family }
        let answer = Kernel().socket(family)
        if answer.failed { throw SocketFailure(call: "socket", endpoint: endpoint, errno: answer.errno) }
        return BlockingSocket(adopting: Descriptor(Int32(answer.value)))
    }

    private static func isAbandoned(_ endpoint: Endpoint) throws(SocketFailure) -> Bool {
        let probe = try opened(for: endpoint)
        return Kernel().connect(probe.descriptor, to: endpoint).errno == .connectionRefused
    }

    /// The port that the socket has, 0 for a unix socket.
    package var port: Int { Int(Kernel().localAddress(descriptor).port) }

    // MARK: waiting

    /// What a wait is for.
    package enum Interest: Sendable {
        /// Bytes, a connection, the peer's FIN, or an error.
        case input
        /// Room for bytes, or an error.
        case output
        /// The peer's FIN or an error; bytes do not count.
        case hangup

        // POLLRDHUP is not in Swift's Glibc module; the kernel defines it and EPOLLRDHUP as the same bit.
        var events: Int16 {
            switch self {
            case .input: return Int16(POLLIN)
            case .output: return Int16(POLLOUT)
            case .hangup: return Int16(truncatingIfNeeded: CL_EPOLLRDHUP)
            }
        }
    }

    /// How a wait ended.
    package enum Wait: Equatable, Sendable {
        case ready, timedOut, stopped
    }

    /// Waits at most `milliseconds` for `interest`; a stop ends every wait.
    package func wait(for interest: Interest, milliseconds: Int, stop: StopSignal?) -> Wait {
        pollTwo(descriptor.number, interest.events, stop, milliseconds: milliseconds)
    }

    // MARK: moving bytes

    /// Takes a connection that waits, without waiting itself; the descriptor is the caller's to adopt.
    package func accept() -> SystemResult {
        var peer = SocketAddress.none
        let answer = Kernel().accept(descriptor, peer: &peer)
        // A unix socket has no such option and stays as it is.
        if !answer.failed { _ = Kernel().set(.noDelay, 1, on: Descriptor(Int32(answer.value))) }
        return answer
    }

    /// Reads once, at most `limit` bytes, appended to `buffer`.
    package func receive(
        into buffer: inout ByteBuffer, limit: Int, milliseconds: Int, stop: StopSignal?
    ) -> SocketOutcome {
        receive(into: &buffer, limit: limit, milliseconds: milliseconds, stop: stop, flags: 0)
    }

    /// Like `receive`, but the bytes stay in the kernel, to be read again.
    package func peek(
        into buffer: inout ByteBuffer, limit: Int, milliseconds: Int, stop: StopSignal?
    ) -> SocketOutcome {
        receive(into: &buffer, limit: limit, milliseconds: milliseconds, stop: stop, flags: CL_MSG_PEEK)
    }

    private func receive(
        into buffer: inout ByteBuffer, limit: Int, milliseconds: Int, stop: StopSignal?, flags: Int32
    ) -> SocketOutcome {
        buffer.reserve(limit)
        while true {
            switch wait(for: .input, milliseconds: milliseconds, stop: stop) {
            case .timedOut: return .timedOut
            case .stopped: return .stopped
            case .ready: break
            }
            let raw = unsafe buffer.fill(limit: limit) { memory in
                SystemResult.of(unsafe recv(descriptor.number, memory.baseAddress, memory.count, flags)).raw
            }
            let answer = SystemResult(raw: raw)
            if answer.wouldBlock || answer.errno == .interrupted { continue }
            if answer.failed { return .failed(answer.errno) }
            return answer.value == 0 ? .finished : .bytes(answer.value)
        }
    }

    /// Sends all of `bytes`, waiting at most `milliseconds` each time that the peer takes no more.
    package func send(_ bytes: Span<UInt8>, milliseconds: Int, stop: StopSignal?) -> SocketOutcome {
        var sent = 0
        while sent < bytes.count {
            let answer = Kernel().send(descriptor, bytes.extracting(sent..<bytes.count))
            if answer.wouldBlock {
                switch wait(for: .output, milliseconds: milliseconds, stop: stop) {
                case .timedOut: return .timedOut
                case .stopped: return .stopped
                case .ready: continue
                }
            }
            if answer.failed { return .failed(answer.errno) }
            sent += answer.value
            if sent < bytes.count, let stop, stop.isRaised { return .stopped }
        }
        return .bytes(sent)
    }

    /// Waits for one datagram of at most `limit` bytes and sends its sender what `reply` makes of it, if anything.
    package func answerDatagram(limit: Int, milliseconds: Int, stop: StopSignal?, _ reply: ([UInt8]) -> [UInt8]?)
        -> Wait
    {
        let waited = wait(for: .input, milliseconds: milliseconds, stop: stop)
        if waited != .ready { return waited }
        var bytes = [UInt8](repeating: 0, count: limit)
        var sender = RawAddress()
        let count = unsafe sender.withMutable { address, size in
            unsafe recvfrom(descriptor.number, &bytes, limit, 0, address, size)
        }
        if count < 0 { return .ready }
        guard let answer = reply(Array(bytes[..<count])) else { return .ready }
        _ = unsafe sender.with { unsafe sendto(descriptor.number, answer, answer.count, CL_MSG_NOSIGNAL, $0, $1) }
        return .ready
    }

    // MARK: ending

    /// Sends FIN; the peer's bytes can still be read.
    package func shutdownWrite() { _ = Kernel().shutdownWrite(descriptor) }

    /// Refuses to read on. TCP tells the peer nothing of it; a unix socket's peer gets EPIPE.
    package func shutdownRead() { _ = shutdown(descriptor.number, Int32(SHUT_RD)) }

    /// Makes the close a reset that throws unsent bytes away. A unix socket knows no reset; its peer sees the end.
    ///
    /// Without it a close is a FIN, or a reset where bytes of the peer are unread (the kernel's rule).
    package func resetOnClose() { Kernel().resetOnClose(descriptor) }
}

/// What came of one read or send.
package enum SocketOutcome: Equatable, Sendable {
    /// So many bytes, at least one.
    case bytes(Int)
    /// The peer's FIN.
    case finished
    /// The call failed; a reset is `connectionReset` or `brokenPipe`.
    case failed(Errno)
    case timedOut
    case stopped
}

/// A socket that could not be opened, bound or connected.
package struct SocketFailure: Error, CustomStringConvertible, Sendable {
    /// The call that failed, as in `bind`.
    package let call: String
    /// Where to.
    package let endpoint: Endpoint
    /// Why.
    package let errno: Errno

    /// A call that failed with this errno.
    package init(call: String, endpoint: Endpoint, errno: Errno) {
        (self.call, self.endpoint, self.errno) = (call, endpoint, errno)
    }

    /// `bind() to 127.0.0.1:80 failed (13: Permission denied)`.
    package var description: String { "\(call)() to \(endpoint.text) failed (\(errno.rawValue): \(errno.text))" }
}

/// Ends the waits of all threads that look at it, once and for good.
package final class StopSignal: Sendable {
    private let descriptor: Descriptor

    /// Fails (nil) where no descriptor is left.
    package init?() {
        let answer = Kernel().makeWaker()
        if answer.failed { return nil }
        descriptor = Descriptor(Int32(answer.value))
    }

    deinit { Kernel().close(descriptor) }

    /// Ends all waits, those to come as well.
    package func raise() { _ = Kernel().write(descriptor, [1, 0, 0, 0, 0, 0, 0, 0].span) }

    /// Whether it was raised.
    package var isRaised: Bool { wait(milliseconds: 0) }

    /// Waits at most `milliseconds`; true where it was raised.
    package func wait(milliseconds: Int) -> Bool { pollTwo(-1, 0, self, milliseconds: milliseconds) == .stopped }

    fileprivate var number: Int32 { descriptor.number }
}

/// poll(2) for one descriptor (negative: none) and the stop, begun again where a signal interrupts it.
private func pollTwo(_ number: Int32, _ events: Int16, _ stop: StopSignal?, milliseconds: Int) -> BlockingSocket.Wait {
    let kernel = Kernel()
    let end = kernel.now().after(Int64(milliseconds))
    var both = [
        pollfd(fd: number, events: events, revents: 0),
        pollfd(fd: stop?.number ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    while true {
        let left = Int32(clamping: max(0, end.since(kernel.now())))
        let count = unsafe Glibc.poll(&both, 2, left)
        if count < 0 && errno == EINTR { continue }
        if both[1].revents != 0 { return .stopped }
        return count > 0 ? .ready : .timedOut
    }
}

/// Threads for calls that wait.
package enum BlockingThread {
    /// Runs `body` in a thread of its own, which ends with it; an errno where no thread could be had.
    package static func start(_ body: @escaping @Sendable () -> Void) -> Errno? {
        let box = unsafe Unmanaged.passRetained(Body(run: body))
        var thread = pthread_t()
        let answer = unsafe pthread_create(
            &thread, nil,
            { argument in
                // The box was retained for this one thread.
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        if answer != 0 {
            unsafe box.release()
            return Errno(rawValue: answer)
        }
        pthread_detach(thread)
        return nil
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// SIGTERM and SIGINT, for a program whose main thread does nothing but wait for them.
package enum TerminationSignals {
    /// Keeps both from ending the process. To be called before any thread is started, since threads inherit it.
    package static func hold() {
        var set = signals()
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits until one comes, whenever since `hold` that was.
    package static func wait() {
        var set = signals()
        var number: Int32 = 0
        while unsafe sigwait(&set, &number) != 0 {}
    }

    private static func signals() -> sigset_t {
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        _ = unsafe sigaddset(&set, SIGTERM)
        _ = unsafe sigaddset(&set, SIGINT)
        return set
    }
}
