import Bytes
import Glibc
import Platform

// The calls on sockets.
extension SimulatedKernel {
    package func socket(_ family: AddressFamily) -> SystemResult {
        if let failure = enter(.socket) { return leave(.socket, .none, 0, -Int(failure)) }
        let stream = makeEnd(family == .none ? .ipv4 : family)
        return leave(.socket, .none, Int(family.rawValue), install(stream))
    }

    package func set(_ option: SocketOption, _ value: Int32, on descriptor: Descriptor) -> SystemResult {
        let failure = enter(.set, descriptor.number)
        guard let socket = socketObject(descriptor, "set") else { return leave(.set, descriptor, 0, -Int(EBADF)) }
        if let failure { return leave(.set, descriptor, 0, -Int(failure)) }
        return leave(.set, descriptor, Int(value), apply(option, value, to: socket))
    }

    private func apply(_ option: SocketOption, _ value: Int32, to socket: StreamEnd) -> Int {
        switch option {
        case .reuseAddress: socket.reusesAddress = value != 0
        case .reusePort:
            if socket.family == .unix { return -Int(EOPNOTSUPP) }
            socket.reusesPort = value != 0
        case .sendBuffer: socket.sendLimitBytes = max(1, Int(value))
        case .receiveBuffer: socket.receiveLimitBytes = max(1, Int(value))
        case .keepAlive: break
        case .ipv6Only:
            if socket.family != .ipv6 { return -Int(socket.family == .unix ? EOPNOTSUPP : ENOPROTOOPT) }
            socket.onlyIPv6 = value != 0
        case .noDelay, .deferAccept, .keepAliveIdle, .keepAliveInterval, .keepAliveCount, .bindAddressNoPort,
            .transparent, .transparent6, .fastOpen:
            if socket.family == .unix { return -Int(EOPNOTSUPP) }
        }
        return 0
    }

    package func resetOnClose(_ descriptor: Descriptor) {
        _ = enter(.resetOnClose, descriptor.number)
        socketObject(descriptor, "resetOnClose")?.resetsOnClose = true
        _ = leave(.resetOnClose, descriptor, 0, 0)
    }

    package func bind(_ descriptor: Descriptor, to endpoint: Endpoint) -> SystemResult {
        let failure = enter(.bind, descriptor.number)
        guard let stream = stream(descriptor, "bind") else { return leave(.bind, descriptor, 0, -Int(EBADF)) }
        return leave(.bind, descriptor, 0, failure.map { -Int($0) } ?? bind(stream, to: endpoint))
    }

    package func listen(_ descriptor: Descriptor, backlog: Int32) -> SystemResult {
        let failure = enter(.listen, descriptor.number)
        guard let object = object(descriptor, "listen") else { return leave(.listen, descriptor, 0, -Int(EBADF)) }
        if let failure { return leave(.listen, descriptor, 0, -Int(failure)) }
        guard let stream = object as? StreamEnd else {
            return leave(.listen, descriptor, 0, object is Listener ? 0 : -Int(ENOTSOCK))
        }
        if stream.phase != .fresh || (stream.boundTo == nil && stream.family == .unix) {
            return leave(.listen, descriptor, 0, -Int(EINVAL))
        }
        guard let listener = startListening(stream, backlog: Int(backlog)) else {
            return leave(.listen, descriptor, 0, -Int(EADDRINUSE))
        }
        for watch in stream.watches {
            watch.isGone = true
            _ = addWatch(watch.poller, listener, token: watch.token, interest: watch.interest, number: watch.number)
        }
        stream.watches.removeAll()
        listener.references = 1
        descriptors[Int(descriptor.number)] = listener
        return leave(.listen, descriptor, Int(backlog), 0)
    }

    package func accept(_ descriptor: Descriptor, peer: inout SocketAddress) -> SystemResult {
        let failure = enter(.accept, descriptor.number)
        guard let listener = object(descriptor, "accept") as? Listener else {
            return leave(.accept, descriptor, 0, -Int(EINVAL))
        }
        if let failure {
            if failure == ECONNABORTED, !listener.queue.isEmpty {
                let child = listener.queue.removeFirst()
                child.resetsOnClose = true
                release(child)
            }
            return leave(.accept, descriptor, 0, -Int(failure))
        }
        if listener.queue.isEmpty { return leave(.accept, descriptor, 0, -Int(EAGAIN)) }
        if chance.percent(adversity.wouldBlockPercent) {
            schedule(.amends(listener, .readable), afterMicroseconds: latency())
            return leave(.accept, descriptor, 0, -Int(EAGAIN))
        }
        let answer = install(listener.queue[0])
        if answer >= 0 { peer = listener.queue.removeFirst().remote }
        return leave(.accept, descriptor, 0, answer)
    }

    package func connect(_ descriptor: Descriptor, to endpoint: Endpoint) -> SystemResult {
        let failure = enter(.connect, descriptor.number)
        guard let stream = stream(descriptor, "connect") else { return leave(.connect, descriptor, 0, -Int(EBADF)) }
        if let failure { return leave(.connect, descriptor, 0, -Int(failure)) }
        return leave(.connect, descriptor, 0, startConnecting(stream, to: endpoint))
    }

    package func pendingError(_ descriptor: Descriptor) -> Errno {
        guard let stream = socketObject(descriptor, "pendingError") else { return .badDescriptor }
        let failure = stream.error == 0 ? enter(.pendingError, descriptor.number) : nil
        if let failure { fail(stream, failure) }
        let errno = stream.takeError()
        _ = leave(.pendingError, descriptor, 0, Int(errno))
        return Errno(rawValue: errno)
    }

    package func localAddress(_ descriptor: Descriptor) -> SocketAddress {
        _ = enter(.localAddress, descriptor.number)
        guard let stream = socketObject(descriptor, "localAddress") else { return .none }
        return stream.family == .unix ? .unix : stream.local
    }

    package func receive(_ descriptor: Descriptor, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        let failure = enter(.receive, descriptor.number)
        guard let stream = stream(descriptor, "receive") else { return leave(.receive, descriptor, limit, -Int(EBADF)) }
        if let failure {
            if failure != ENOMEM { fail(stream, failure) }
            stream.error = 0
            return leave(.receive, descriptor, limit, -Int(failure))
        }
        if !stream.inbox.isEmpty && chance.percent(adversity.wouldBlockPercent) {
            schedule(.amends(stream, .readable), afterMicroseconds: latency())
            return leave(.receive, descriptor, limit, -Int(EAGAIN))
        }
        return leave(.receive, descriptor, limit, take(stream, into: &buffer, limit: limit))
    }

    package func send(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> SystemResult {
        if let answer = beginSend(descriptor, bytes.count) { return answer }
        guard let stream = stream(descriptor, "send") else { return leave(.send, descriptor, bytes.count, -Int(EBADF)) }
        let short = chance.percent(adversity.shortWritePercent)
        return leave(.send, descriptor, bytes.count, put(stream, bytes, shortened: short))
    }

    package func send(_ descriptor: Descriptor, _ first: Span<UInt8>, _ second: Span<UInt8>) -> SystemResult {
        let total = first.count + second.count
        if let answer = beginSend(descriptor, total) { return answer }
        guard let stream = stream(descriptor, "send") else { return leave(.send, descriptor, total, -Int(EBADF)) }
        var joined = ByteBuffer(capacity: total)
        joined.append(first)
        joined.append(second)
        let short = chance.percent(adversity.shortWritePercent)
        return leave(.send, descriptor, total, put(stream, joined.span, shortened: short))
    }

    /// The answer where sending does not even begin.
    private func beginSend(_ descriptor: Descriptor, _ count: Int) -> SystemResult? {
        let wanted = enter(.send, descriptor.number)
        guard let wanted else {
            // An error that waits is told by the send itself, once.
            guard chance.percent(adversity.wouldBlockPercent), let stream = stream(descriptor, "send"),
                stream.error == 0, refusalToSend(stream) == nil
            else { return nil }
            return leave(.send, descriptor, count, wouldBlock(stream))
        }
        guard let stream = stream(descriptor, "send") else { return leave(.send, descriptor, count, -Int(EBADF)) }
        // Linux says EPIPE where a FIN came before the reset, and nowhere else.
        let failure = wanted == EPIPE && !stream.sawFin ? ECONNRESET : wanted
        injected[injected.count - 1].errno = failure
        switch failure {
        case EAGAIN: _ = wouldBlock(stream)
        case ENOBUFS, ENOMEM: break
        default:
            fail(stream, failure)
            stream.error = 0
        }
        return leave(.send, descriptor, count, -Int(failure))
    }

    /// A would-block without a cause: memory was short for a moment, an edge says when it is over.
    private func wouldBlock(_ stream: StreamEnd) -> Int {
        schedule(.amends(stream, .writable), afterMicroseconds: latency())
        return -Int(EAGAIN)
    }

    package func shutdownWrite(_ descriptor: Descriptor) -> SystemResult {
        let failure = enter(.shutdownWrite, descriptor.number)
        guard let stream = stream(descriptor, "shutdownWrite") else {
            return leave(.shutdownWrite, descriptor, 0, -Int(EBADF))
        }
        if failure != nil { fail(stream, 0) }
        return leave(.shutdownWrite, descriptor, 0, shut(stream))
    }

    // MARK: helpers

    /// The connection dies of `errno` at this end, and the other side is told by RST.
    private func fail(_ stream: StreamEnd, _ errno: Int32) {
        if stream.peer != nil {
            if stream.family == .unix { cut(stream) } else { abort(stream) }
        }
        // What came before a FIN came whole, and stays.
        if errno != EPIPE { stream.inbox.clear() }
        stream.die(errno)
        wake(stream, [])
    }

    private func cut(_ stream: StreamEnd) {
        guard let peer = stream.peer else { return }
        unlink(stream, peer)
        peer.receiveShut = true
        peer.sendShut = true
        wake(peer, [])
    }

    private func stream(_ descriptor: Descriptor, _ use: StaticString) -> StreamEnd? {
        guard let object = object(descriptor, use) else { return nil }
        if let stream = object as? StreamEnd { return stream }
        violation("\(use) of descriptor \(descriptor.number), which is a \(object.kind)")
        return nil
    }

    private func socketObject(_ descriptor: Descriptor, _ use: StaticString) -> StreamEnd? {
        guard let object = object(descriptor, use) else { return nil }
        if let listener = object as? Listener { return listener.socket }
        if let stream = object as? StreamEnd { return stream }
        violation("\(use) of descriptor \(descriptor.number), which is a \(object.kind)")
        return nil
    }
}
