import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Routing

// What a socket to an upstream gets before it connects: its options, and an address of its own.
extension Worker {
    /// nginx: proxy_socket_keepalive, proxy_socket_rcvbuf, proxy_socket_sndbuf.
    func setOptions(_ id: SlotID, _ descriptor: Descriptor) {
        let scope = settings(id)
        if scope.socketKeepAlive { _ = kernel.set(.keepAlive, 1, on: descriptor) }
        if scope.receiveBufferBytes > 0 {
            _ = kernel.set(.receiveBuffer, Int32(clamping: scope.receiveBufferBytes), on: descriptor)
        }
        if scope.sendBufferBytes > 0 {
            _ = kernel.set(.sendBuffer, Int32(clamping: scope.sendBufferBytes), on: descriptor)
        }
    }

    /// nginx: proxy_bind. What went wrong, if anything.
    mutating func bindOwnAddress(_ id: SlotID, _ descriptor: Descriptor, _ family: AddressFamily) -> Cause? {
        let epoch = epochs[Int(exchanges[id].epoch)]
        guard let settings = epoch.ownAddress(location: exchanges[id].record.route.location) else { return nil }
        guard let endpoint = settings.endpoint ?? computedAddress(id, settings.value) else { return nil }
        var name = ByteBuffer()
        var port: UInt16 = 0
        if case .ip(let address) = endpoint {
            port = address.port
            port == 0 ? address.appendHost(to: &name) : address.append(to: &name)
        }
        evidence.set(name.span)
        if settings.isTransparent && family != .unix {
            let set = kernel.set(family == .ipv6 ? .transparent6 : .transparent, 1, on: descriptor)
            if set.failed { return ownAddressFailed(.setsockopt, set.errno) }
        }
        if port == 0 { _ = kernel.set(.bindAddressNoPort, 1, on: descriptor) }
        let result = kernel.bind(descriptor, to: endpoint)
        return result.failed ? ownAddressFailed(.bind, result.errno) : nil
    }

    /// Where the exchange's connections to peers come from, as it is written: part of what makes them alike.
    mutating func writtenOwnAddress(_ id: SlotID) -> String {
        let epoch = epochs[Int(exchanges[id].epoch)]
        guard let settings = epoch.ownAddress(location: exchanges[id].record.route.location) else { return "" }
        text.clear()
        epoch.routing.append(settings.value, &exchanges[id].record, moment, to: &text)
        if text.isEmpty || text.span.equals("off") { return "" }
        return (settings.isTransparent ? "transparent " : "") + text.span.text
    }

    private func ownAddressFailed(_ operation: Failures.Operation, _ errno: Errno) -> Cause {
        var cause = Cause.choice(operation == .bind ? .bindFailed : .callFailed)
        cause.operation = operation
        cause.errno = errno.rawValue
        return cause
    }

    /// What the variables of `proxy_bind` come to; nil where that is nothing, or no address, which has a line.
    private mutating func computedAddress(_ id: SlotID, _ value: ComplexValue) -> Endpoint? {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        text.clear()
        routing.append(value, &exchanges[id].record, moment, to: &text)
        if text.isEmpty || text.span.equals("off") { return nil }
        if let address = SocketAddress(bytesWithPort: text.span) { return .ip(address) }
        evidence.set(text.span)
        logExchange(id, .choice(.invalidLocalAddress), phase: .connecting)
        return nil
    }
}
