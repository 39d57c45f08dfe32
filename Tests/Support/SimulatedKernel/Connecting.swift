import Glibc
import Platform

// SYN, its answers, and who listens where.
extension SimulatedKernel {
    func makeEnd(_ family: AddressFamily) -> StreamEnd {
        let end = StreamEnd(
            family, sendLimitBytes: chance.skewed(adversity.sendBufferBytes),
            receiveLimitBytes: chance.skewed(adversity.receiveBufferBytes))
        ends.append(end)
        return end
    }

    /// Starts to connect: 0, or a negated errno (EINPROGRESS as a rule).
    func startConnecting(_ end: StreamEnd, to endpoint: Endpoint) -> Int {
        switch end.phase {
        case .connecting: return -Int(EALREADY)
        case .established:
            if end.family == .unix || end.saidConnected { return -Int(EISCONN) }
            end.saidConnected = true
            return 0
        case .closed: return end.error != 0 ? -Int(end.takeError()) : -Int(ECONNABORTED)
        case .fresh: break
        }
        let route = routes[endpoint]
        if case .immediateFailure(let errno) = route { return -Int(errno) }
        guard case .ip(let address) = endpoint else { return beginUnix(end, endpoint, route) }
        if end.family == .unix { return -Int(EINVAL) }
        if address.family != end.family { return -Int(end.family == .ipv6 ? EINVAL : EAFNOSUPPORT) }
        end.local = source(of: end, towards: address)
        end.remote = address
        end.phase = .connecting
        switch route {
        case .blackHole: schedule(.connectFailed(end, errno: ETIMEDOUT), afterMicroseconds: 127_000_000)
        case .lateFailure(let errno, let delay):
            schedule(.connectFailed(end, errno: errno), afterMicroseconds: Int64(delay) * 1000)
        case nil, .immediateFailure: sendSyn(end, attempt: 0)
        }
        return -Int(EINPROGRESS)
    }

    private func source(of end: StreamEnd, towards address: SocketAddress) -> SocketAddress {
        var source = SocketAddress(family: address.family, low: 0x0a00_0001)
        if address.family == .ipv6 { (source.high, source.low) = (0xfd00 << 48, 1) }
        if address.isLoopback { (source.high, source.low) = (address.high, address.low) }
        if case .ip(let own) = end.boundTo, own.high != 0 || own.low != 0 { source = own }
        if source.port == 0 { source.port = takePort() }
        return source
    }

    func takePort() -> UInt16 {
        nextPort = nextPort == 60_999 ? 32_768 : nextPort + 1
        return nextPort
    }

    private func sendSyn(_ end: StreamEnd, attempt: Int) {
        let delay = latency()
        if delay == 0 { return synArrives(from: end, attempt: attempt) }
        schedule(.syn(end, attempt: attempt), afterMicroseconds: delay)
    }

    func synArrives(from end: StreamEnd, attempt: Int) {
        if end.phase != .connecting || end.isOrphan { return }
        guard let listener = listener(at: .ip(end.remote)) else {
            let delay = latency()
            if delay == 0 { return failConnect(end, ECONNREFUSED) }
            return schedule(.connectFailed(end, errno: ECONNREFUSED), afterMicroseconds: delay)
        }
        if listener.isFull {
            // Linux drops the SYN; it comes again after 1, 2, 4, … 32 seconds, then the wait for it is given up.
            if attempt < 6 {
                return schedule(.syn(end, attempt: attempt + 1), afterMicroseconds: 1_000_000 << attempt)
            }
            return schedule(.connectFailed(end, errno: ETIMEDOUT), afterMicroseconds: 64_000_000)
        }
        let child = makeEnd(listener.socket.family)
        child.local = mapped(end.remote, for: child.family)
        child.remote = mapped(end.local, for: child.family)
        listener.underWay += 1
        let delay = latency()
        if delay == 0 { return finishHandshake(end, child: child, listener: listener) }
        schedule(.established(end, child: child, listener: listener), afterMicroseconds: delay)
    }

    /// An IPv6 socket sees IPv4 addresses as mapped ones (RFC 4291 §2.5.5.2).
    private func mapped(_ address: SocketAddress, for family: AddressFamily) -> SocketAddress {
        if address.family == family { return address }
        return SocketAddress(family: .ipv6, low: 0xffff_0000_0000 | address.low, port: address.port)
    }

    func finishHandshake(_ end: StreamEnd, child: StreamEnd, listener: Listener) {
        listener.underWay -= 1
        if end.phase != .connecting || end.isOrphan { return }
        join(end, child)
        wake(end, [])
        if listener.isClosed {
            child.isOrphan = true
            return abort(child)
        }
        listener.queue.append(child)
        wake(listener, .readable)
    }

    private func join(_ end: StreamEnd, _ child: StreamEnd) {
        end.phase = .established
        child.phase = .established
        end.peer = child
        child.peer = end
    }

    func failConnect(_ end: StreamEnd, _ errno: Int32) {
        if end.phase != .connecting || end.isOrphan { return }
        end.die(errno)
        wake(end, [])
    }

    /// Unix sockets connect at once or not at all.
    private func beginUnix(_ end: StreamEnd, _ endpoint: Endpoint, _ route: Route?) -> Int {
        guard end.family == .unix, case .unix(let path) = endpoint else { return -Int(EAFNOSUPPORT) }
        if route != nil { return -Int(ECONNREFUSED) }
        guard let name = names[path] else { return -Int(ENOENT) }
        guard case .socket(let owner) = name,
            let listener = listeners[endpoint]?.first(where: { $0.socket === owner })
        else { return -Int(ECONNREFUSED) }
        if listener.isFull { return -Int(EAGAIN) }
        let child = makeEnd(.unix)
        child.local = .unix
        child.remote = .unix
        end.remote = .unix
        join(end, child)
        listener.queue.append(child)
        wake(listener, .readable)
        return 0
    }

    // MARK: listening

    /// Who takes connections to that endpoint: the exact address first, then the wildcards.
    func listener(at endpoint: Endpoint) -> Listener? {
        if let found = pick(listeners[endpoint]) { return found }
        guard case .ip(let address) = endpoint else { return nil }
        let any = SocketAddress(family: address.family, port: address.port)
        if let found = pick(listeners[.ip(any)]) { return found }
        if address.family != .ipv4 { return nil }
        let both = listeners[.ip(SocketAddress(family: .ipv6, port: address.port))]
        return pick(both?.filter { !$0.socket.onlyIPv6 })
    }

    /// Listeners that share an address by SO_REUSEPORT take turns by chance.
    private func pick(_ some: [Listener]?) -> Listener? {
        guard let some, !some.isEmpty else { return nil }
        return some[chance.below(some.count)]
    }

    /// Binds: 0 or a negated errno.
    func bind(_ end: StreamEnd, to endpoint: Endpoint) -> Int {
        if end.boundTo != nil || end.phase != .fresh { return -Int(EINVAL) }
        guard case .ip(var address) = endpoint else {
            guard end.family == .unix, case .unix(let path) = endpoint else { return -Int(EINVAL) }
            if names[path] != nil { return -Int(EADDRINUSE) }
            names[path] = .socket(end)
            end.boundTo = endpoint
            end.local = .unix
            return 0
        }
        if end.family != address.family { return -Int(end.family == .unix ? EINVAL : EAFNOSUPPORT) }
        if address.port == 0 { address.port = takePort() }
        for other in overlapping(address) where !mayShare(end, other) { return -Int(EADDRINUSE) }
        end.boundTo = .ip(address)
        end.local = address
        bound[.ip(address), default: []].append(end)
        return 0
    }

    /// Sockets bound to the same address and port; a wildcard overlaps with its own kind only.
    private func overlapping(_ address: SocketAddress) -> [StreamEnd] { bound[.ip(address)] ?? [] }

    private func mayShare(_ end: StreamEnd, _ other: StreamEnd) -> Bool {
        if end.reusesPort && other.reusesPort { return true }
        let listens = listeners[other.boundTo ?? .unix(path: "")]?.contains { $0.socket === other } ?? false
        return end.reusesAddress && other.reusesAddress && !listens
    }

    /// Makes a listener of a bound socket.
    func startListening(_ end: StreamEnd, backlog: Int) -> Listener? {
        if end.boundTo == nil && end.family != .unix {
            _ = bind(end, to: .ip(SocketAddress(family: end.family)))
        }
        guard let endpoint = end.boundTo else { return nil }
        let others = listeners[endpoint] ?? []
        let isTaken = others.contains { !($0.socket.reusesPort && end.reusesPort) && $0.socket.family != .unix }
        if isTaken { return nil }
        let listener = Listener(end, at: endpoint, backlog: max(0, min(backlog, 4_096)))
        listeners[endpoint, default: []].append(listener)
        return listener
    }

    /// Nobody listens any more; what was queued is reset.
    func release(_ listener: Listener) {
        listener.isClosed = true
        removeWatches(listener)
        listeners[listener.endpoint]?.removeAll { $0 === listener }
        release(binding: listener.socket)
        for child in listener.queue {
            child.isOrphan = true
            if child.family == .unix, let peer = child.peer {
                unlink(child, peer)
                peer.receiveShut = true
                peer.sendShut = true
                peer.error = ECONNRESET
                wake(peer, [])
            } else {
                abort(child)
            }
        }
        listener.queue.removeAll()
    }

    func release(binding end: StreamEnd) {
        guard let endpoint = end.boundTo else { return }
        bound[endpoint]?.removeAll { $0 === end }
    }
}
