import Bytes
import CLinux
import Glibc

extension Kernel {
    /// A non-blocking stream socket for that kind of address; `multipath` asks for MPTCP (RFC 8684).
    package func socket(_ family: AddressFamily, multipath: Bool = false) -> SystemResult {
        if let simulated { return simulated.socket(family) }
        let domain = family == .ipv6 ? AF_INET6 : family == .unix ? AF_UNIX : AF_INET
        let number: Int32 = multipath ? 262 : 0
        return .of(Glibc.socket(domain, CL_SOCK_STREAM | CL_SOCK_NONBLOCK | CL_SOCK_CLOEXEC, number))
    }

    /// Sets one option.
    package func set(_ option: SocketOption, _ value: Int32, on descriptor: Descriptor) -> SystemResult {
        if let simulated { return simulated.set(option, value, on: descriptor) }
        var value = value
        let name = option.name
        return unsafe .of(
            setsockopt(descriptor.number, name.level, name.number, &value, socklen_t(MemoryLayout<Int32>.size)))
    }

    /// Makes `close` send a reset instead of a FIN.
    package func resetOnClose(_ descriptor: Descriptor) {
        if let simulated { return simulated.resetOnClose(descriptor) }
        var value = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Gives the socket its own address.
    package func bind(_ descriptor: Descriptor, to endpoint: Endpoint) -> SystemResult {
        if let simulated { return simulated.bind(descriptor, to: endpoint) }
        guard let raw = RawAddress(endpoint) else { return SystemResult(Errno(rawValue: ENAMETOOLONG)) }
        return unsafe raw.with { unsafe .of(Glibc.bind(descriptor.number, $0, $1)) }
    }

    /// Starts to queue connections, at most `backlog` of them (the kernel's own bound applies too).
    package func listen(_ descriptor: Descriptor, backlog: Int32) -> SystemResult {
        if let simulated { return simulated.listen(descriptor, backlog: backlog) }
        return .of(Glibc.listen(descriptor.number, backlog))
    }

    /// Takes a queued connection, non-blocking; `peer` is set on success.
    package func accept(_ listener: Descriptor, peer: inout SocketAddress) -> SystemResult {
        if let simulated { return simulated.accept(listener, peer: &peer) }
        var raw = RawAddress()
        var answer: Int32
        repeat {
            answer = unsafe raw.withMutable {
                unsafe accept4(listener.number, $0, $1, CL_SOCK_NONBLOCK | CL_SOCK_CLOEXEC)
            }
        } while answer < 0 && errno == EINTR
        if answer >= 0 { peer = raw.address }
        return .of(answer)
    }

    /// Begins to connect; `inProgress` is the usual answer.
    package func connect(_ descriptor: Descriptor, to endpoint: Endpoint) -> SystemResult {
        if let simulated { return simulated.connect(descriptor, to: endpoint) }
        guard let raw = RawAddress(endpoint) else { return SystemResult(Errno(rawValue: ENAMETOOLONG)) }
        return unsafe raw.with { unsafe .of(Glibc.connect(descriptor.number, $0, $1)) }
    }

    /// Reads and clears the socket's pending error; `raw` 0 means none.
    package func pendingError(_ descriptor: Descriptor) -> Errno {
        if let simulated { return simulated.pendingError(descriptor) }
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let answer = unsafe getsockopt(descriptor.number, SOL_SOCKET, SO_ERROR, &value, &size)
        return answer < 0 ? .current : Errno(rawValue: value)
    }

    /// The socket's own address.
    package func localAddress(_ descriptor: Descriptor) -> SocketAddress {
        if let simulated { return simulated.localAddress(descriptor) }
        var raw = RawAddress()
        let answer = unsafe raw.withMutable { unsafe getsockname(descriptor.number, $0, $1) }
        return answer < 0 ? .none : raw.address
    }

    /// What the kernel measures of a TCP connection; nil of any other.
    package func transport(_ descriptor: Descriptor) -> TransportFacts? {
        if simulated != nil { return TransportFacts() }
        var raw = cl_tcp()
        // The structure lives for the call.
        guard unsafe cl_read_tcp(descriptor.number, &raw) == 0 else { return nil }
        return TransportFacts(
            roundTripMicroseconds: Int(raw.rtt_microseconds),
            roundTripVarianceMicroseconds: Int(raw.rtt_variance_microseconds),
            sendWindowSegments: Int(raw.send_window_segments), receiveSpaceBytes: Int(raw.receive_space_bytes))
    }

    /// Reads at most `limit` bytes, appended to `buffer`; 0 is the other side's FIN.
    package func receive(_ descriptor: Descriptor, into buffer: inout ByteBuffer, limit: Int) -> SystemResult {
        if let simulated { return simulated.receive(descriptor, into: &buffer, limit: limit) }
        buffer.reserve(limit)
        return SystemResult(
            raw: unsafe buffer.fill(limit: limit) { memory in
                var answer: Int
                repeat {
                    answer = unsafe cl_receive(descriptor.number, memory.baseAddress, memory.count)
                } while answer < 0 && errno == EINTR
                return SystemResult.of(answer).raw
            })
    }

    /// Sends what the socket takes of `bytes`.
    package func send(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> SystemResult {
        if let simulated { return simulated.send(descriptor, bytes) }
        return unsafe bytes.withUnsafeBytes { memory in
            var answer: Int
            repeat {
                answer = unsafe cl_send(descriptor.number, memory.baseAddress, memory.count)
            } while answer < 0 && errno == EINTR
            return SystemResult.of(answer)
        }
    }

    /// Sends what the socket takes of two runs of bytes, in one call.
    package func send(_ descriptor: Descriptor, _ first: Span<UInt8>, _ second: Span<UInt8>) -> SystemResult {
        if second.isEmpty { return send(descriptor, first) }
        if first.isEmpty { return send(descriptor, second) }
        if let simulated { return simulated.send(descriptor, first, second) }
        return unsafe first.withUnsafeBytes { one in
            unsafe second.withUnsafeBytes { two in
                var pieces = unsafe (
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: one.baseAddress), iov_len: one.count),
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: two.baseAddress), iov_len: two.count)
                )
                return unsafe withUnsafeMutablePointer(to: &pieces) { pointer in
                    unsafe pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vector in
                        var message = unsafe msghdr()
                        unsafe message.msg_iov = vector
                        unsafe message.msg_iovlen = 2
                        var answer: Int
                        repeat {
                            answer = unsafe sendmsg(descriptor.number, &message, CL_MSG_NOSIGNAL)
                        } while answer < 0 && errno == EINTR
                        return SystemResult.of(answer)
                    }
                }
            }
        }
    }

    /// Sends FIN: no more bytes will be sent, those of the other side can still be read.
    package func shutdownWrite(_ descriptor: Descriptor) -> SystemResult {
        if let simulated { return simulated.shutdownWrite(descriptor) }
        return .of(Glibc.shutdown(descriptor.number, Int32(SHUT_WR)))
    }
}

/// Socket options in use; values are as in setsockopt.
package enum SocketOption: Sendable {
    case reuseAddress, reusePort, ipv6Only, noDelay, keepAlive, sendBuffer, receiveBuffer, deferAccept
    case keepAliveIdle, keepAliveInterval, keepAliveCount, bindAddressNoPort, transparent, transparent6, fastOpen

    var name: (level: Int32, number: Int32) {
        switch self {
        case .reuseAddress: return (SOL_SOCKET, SO_REUSEADDR)
        case .reusePort: return (SOL_SOCKET, SO_REUSEPORT)
        case .ipv6Only: return (Int32(IPPROTO_IPV6), IPV6_V6ONLY)
        case .noDelay: return (Int32(IPPROTO_TCP), TCP_NODELAY)
        case .keepAlive: return (SOL_SOCKET, SO_KEEPALIVE)
        case .sendBuffer: return (SOL_SOCKET, SO_SNDBUF)
        case .receiveBuffer: return (SOL_SOCKET, SO_RCVBUF)
        case .deferAccept: return (Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT)
        case .keepAliveIdle: return (Int32(IPPROTO_TCP), TCP_KEEPIDLE)
        case .keepAliveInterval: return (Int32(IPPROTO_TCP), TCP_KEEPINTVL)
        case .keepAliveCount: return (Int32(IPPROTO_TCP), TCP_KEEPCNT)
        case .bindAddressNoPort: return (Int32(IPPROTO_IP), 24)
        case .transparent: return (Int32(IPPROTO_IP), IP_TRANSPARENT)
        case .transparent6: return (Int32(IPPROTO_IPV6), 75)
        case .fastOpen: return (Int32(IPPROTO_TCP), TCP_FASTOPEN)
        }
    }
}

/// What the kernel measures of a TCP connection (`struct tcp_info`).
package struct TransportFacts: Equatable, Sendable {
    package var roundTripMicroseconds = 0
    package var roundTripVarianceMicroseconds = 0
    /// What may be under way unacknowledged, in segments.
    package var sendWindowSegments = 0
    /// What the other side may send ahead, in bytes.
    package var receiveSpaceBytes = 0
}
