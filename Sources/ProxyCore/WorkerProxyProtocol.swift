import Bytes
import Failures
import HTTP
import Platform
import Routing

/// What the PROXY protocol header of a connection said, in a side table: plain connections have none.
struct ProxiedConnection: ~Copyable {
    /// The header as far as it came; once it is whole, its type-length-values.
    var bytes: ByteBuffer
    /// The client of whoever passes the connection on; none until the header is whole.
    var client = SocketAddress.none
    /// Where that client connected to.
    var server = SocketAddress.none
}

extension Worker {
    /// Whether this connection's own address is one that takes PROXY protocol.
    func takesProxyHeader(_ descriptor: Descriptor, _ epoch: Int, _ listener: Int) -> Bool {
        let isOneOfMany = epochs[epoch].needsLocalAddress(listener: listener)
        let local = isOneOfMany ? kernel.localAddress(descriptor) : .none
        return epochs[epoch].takesProxyHeader(listener: listener, local: local)
    }

    /// Reads the header, or more of it. What comes after it is the client's.
    mutating func readProxyHeader(_ id: SlotID) {
        scratch.clear()
        let place = downstreams[id].proxied
        if !place.isNone { scratch.append(proxied[place].bytes.span) }
        let before = scratch.count
        guard receive(id, limit: Limits.headReadBytes) else { return }
        switch ProxyHeader.parse(scratch.span) {
        case .incomplete: keepProxyHeader(id, from: before)
        case .refused(let refusal): refuseProxyHeader(id, refusal)
        case .complete(let header, let end):
            keepProxied(id, header)
            if end < scratch.count {
                var rest = pool.take(atLeast: scratch.count - end)
                rest.append(scratch.span.extracting(end..<scratch.count))
                swap(&rest, &downstreams[id].input)
            }
            let context = secureContext(
                downstreams[id].descriptor, Int(downstreams[id].epoch), Int(downstreams[id].listener))
            if let context { beginSecure(id, context) }
            perform(downstreams[id].machine.proxyHeaderArrived(shakesHands: context != nil), downstream: id)
        }
    }

    private mutating func keepProxyHeader(_ id: SlotID, from start: Int) {
        if downstreams[id].proxied.isNone { addProxied(id) }
        proxied[downstreams[id].proxied].bytes.append(scratch.span.extracting(start..<scratch.count))
        if downstreams[id].socket.contains(.readable) { post(downstream: id) }
    }

    private mutating func addProxied(_ id: SlotID) {
        guard let place = proxied.insert(ProxiedConnection(bytes: ByteBuffer())) else {
            preconditionFailure("there are as many places for PROXY protocol headers as connections")
        }
        downstreams[id].proxied = place
    }

    /// The header in `scratch` is whole. One that says nothing leaves nothing behind.
    private mutating func keepProxied(_ id: SlotID, _ header: ProxyHeader) {
        guard let source = header.source, let destination = header.destination else { return forgetProxied(id) }
        if downstreams[id].proxied.isNone { addProxied(id) }
        let place = downstreams[id].proxied
        proxied[place].client = SocketAddress(source)
        proxied[place].server = SocketAddress(destination)
        var values = ByteBuffer()
        values.append(scratch.span(header.values))
        swap(&values, &proxied[place].bytes)
    }

    /// Gives a connection's place in the side table back.
    mutating func forgetProxied(_ id: SlotID) {
        let place = downstreams[id].proxied
        if place.isNone { return }
        downstreams[id].proxied = .none
        _ = proxied.remove(place)
    }

    private mutating func refuseProxyHeader(_ id: SlotID, _ refusal: ProxyHeaderRefusal) {
        switch refusal {
        case .broken(let range):
            evidence.set(scratch.span(range))
            clientFailed(id, .request(.brokenProxyHeader), status: 0)
        case .unknownVersion(let version):
            clientFailed(id, .request(.brokenProxyHeader, number: Int64(version)), status: 0)
        case .tooLarge: clientFailed(id, .request(.brokenProxyHeader, number: -1), status: 0)
        }
    }

    /// FIN or an errno before the header was whole.
    mutating func proxyHeaderEnded(_ id: SlotID, _ result: SystemResult) {
        if result.failed { return clientFailed(id, .clientFailed(.recv, errno: result.errno.rawValue), status: 0) }
        let place = downstreams[id].proxied
        if place.isNone { return clientFailed(id, .client(.closedUnasked), status: 0) }
        evidence.set(proxied[place].bytes.span)
        clientFailed(id, .request(.brokenProxyHeader), status: 0)
    }

    /// Tells a request what its connection's header said.
    func tellProxied(_ connection: SlotID, _ record: inout ExchangeRecord) {
        let place = downstreams[connection].proxied
        record.asked.connection.proxyClient = proxied[place].client
        record.asked.connection.proxyServer = proxied[place].server
        if epochs[Int(downstreams[connection].epoch)].routing.usesProxyProtocolValues {
            record.asked.proxyProtocolValues = record.keep(proxied[place].bytes.span)
        }
    }
}

extension SocketAddress {
    /// An address that a PROXY protocol header named.
    init(_ address: ProxyAddress) {
        self.init(family: address.isIPv6 ? .ipv6 : .ipv4, high: address.high, low: address.low, port: address.port)
    }
}
