import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Routing
import TLS

// TLS handshakes with peers, between connecting and the request. `SSL handshaking to upstream` in log lines.
extension Worker {
    /// Whom the exchange's upstream has to be, and what is shown to it: part of what makes pooled connections alike.
    struct SecureTarget {
        let context: TLSContext
        let settings: ProxyTLSSettings
        /// `proxy_ssl_name`, without a port.
        let name: String
        /// The files of a certificate whose name has variables.
        let shown: TLSPair?

        /// What is written in files, of the key's password.
        var passwords: [[UInt8]] { settings.passwords }
    }

    /// What TLS the exchange wants of its upstream; nil where it wants none.
    mutating func secureTarget(_ id: SlotID) -> SecureTarget? {
        guard exchanges[id].record.route.proxy.isTLS else { return nil }
        let epoch = epochs[Int(exchanges[id].epoch)]
        let location = exchanges[id].record.route.location
        guard let context = epoch.tls.locations[location] else {
            preconditionFailure("a location that speaks TLS with its upstream has a context")
        }
        let settings = epoch.model.locations[location].proxy.tls
        text.clear()
        if let name = settings.name {
            epoch.routing.append(name, &exchanges[id].record, moment, to: &text)
        } else {
            _ = epoch.routing.append(.builtIn(.proxyHost), &exchanges[id].record, moment, to: &text)
        }
        let name = Self.withoutPort(text.span.text)
        var shown: TLSPair?
        if let certificate = settings.certificate, let key = settings.certificateKey,
            !certificate.value.isLiteral || !key.value.isLiteral
        {
            let named = NamedCertificate(certificate: certificate, key: key, passwords: settings.passwords)
            let pair = evaluate(named, epoch, &exchanges[id].record)
            if !pair.certificate.isEmpty { shown = pair }
        }
        return SecureTarget(context: context, settings: settings, name: name, shown: shown)
    }

    /// The number of the way in which this exchange speaks with a peer, see `TransportProfiles`.
    mutating func transportProfile(_ id: SlotID) -> UInt32 {
        let ownAddress = writtenOwnAddress(id)
        if !exchanges[id].record.route.proxy.isTLS && ownAddress.isEmpty && !speaksHTTP2(id) {
            return TransportProfiles.plain
        }
        var key = TransportProfiles.Key(isHTTP2: speaksHTTP2(id), ownAddress: ownAddress)
        if let target = secureTarget(id) {
            key.context = ObjectIdentifier(target.context)
            key.name = target.settings.sendsServerName ? target.name : "-" + target.name
            key.certificate = target.shown?.certificate ?? ""
        }
        return epochs[Int(exchanges[id].epoch)].profile(key)
    }

    /// `[::1]:80` and `name:80` without the port.
    private static func withoutPort(_ name: String) -> String {
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            return String(name[name.index(after: name.startIndex)..<end])
        }
        guard let colon = name.lastIndex(of: ":") else { return name }
        return String(name[..<colon])
    }

    /// The connection stands: what TLS says first goes out.
    mutating func beginHandshake(upstream id: SlotID) {
        let exchange = upstreams[id].exchange
        guard let target = secureTarget(exchange) else { preconditionFailure("TLS is begun where it is wanted") }
        let resuming =
            target.settings.reusesSessions
            ? epochs[Int(upstreams[id].epoch)].resumption(ResumptionKey(upstreams[id])) : nil
        let session = TLSSession(
            client: target.context, name: target.name, sendsName: target.settings.sendsServerName, resuming: resuming)
        guard let place = secured.insert(SecureConnection(session: session)) else {
            preconditionFailure("there are as many places for TLS sessions as connections")
        }
        upstreams[id].secure = place
        exchanges[exchange].machine.handshakeBegan()
        if showsNamedCertificate(exchange, place, target) { shakeHands(upstream: id) }
    }

    /// Goes on with the handshake with a peer.
    mutating func shakeHands(upstream id: SlotID) {
        let place = upstreams[id].secure
        let exchange = upstreams[id].exchange
        var isFirst = !secured[place].hasBegun
        secured[place].hasBegun = true
        flushHandshake(id)
        while true {
            sealed.clear()
            wire.clear()
            if !isFirst && !secured[place].session.holdsInput {
                guard upstreams[id].socket.contains(.readable) else { return }
                let limit = Limits.headReadBytes
                let result = kernel.receive(upstreams[id].descriptor, into: &sealed, limit: limit)
                upstreams[id].socket.read(result, of: limit)
                if result.wouldBlock { return }
                if result.value == 0 {
                    return failAttempt(
                        exchange, Cause(.connection(.tlsClosed), errno: result.errno.rawValue),
                        phase: .handshakingUpstream)
                }
            }
            isFirst = false
            scratch.clear()
            let progress = secured[place].session.read(sealed.span, into: &scratch, limit: 0, output: &wire)
            if !wire.isEmpty { _ = pushWire(upstream: id) }
            if progress.contains(.failed) { return handshakeFailed(upstream: id) }
            if progress.contains(.handshakeDone) { return handshakeDone(upstream: id, more: progress.contains(.more)) }
        }
    }

    private mutating func flushHandshake(_ id: SlotID) {
        if upstreams[id].pendingCount == 0 || !upstreams[id].socket.contains(.writable) { return }
        let result = pushAgain(upstream: id)
        upstreams[id].noteSent(result.value)
    }

    private mutating func handshakeFailed(upstream id: SlotID) {
        let exchange = upstreams[id].exchange
        guard let failure = secured[upstreams[id].secure].session.failure else { return }
        epochs[Int(upstreams[id].epoch)].forgetResumption(ResumptionKey(upstreams[id]))
        failAttempt(exchange, upstreamCause(failure), phase: .handshakingUpstream)
    }

    private mutating func handshakeDone(upstream id: SlotID, more: Bool) {
        let exchange = upstreams[id].exchange
        secured[upstreams[id].secure].hasMore = more
        if more { upstreams[id].socket.insert(.readable) }
        if speaksHTTP2(exchange) && !secured[upstreams[id].secure].session.isHTTP2 {
            return failAttempt(exchange, .connection(.http2Refused), phase: .handshakingUpstream)
        }
        upstreams[id].machine.handshakeEnded()
        upstreamStands(id, exchange)
    }

    /// Whether nothing has come but what TLS says for itself: tickets come when they like (RFC 8446 §4.6.1).
    mutating func isStillIdle(_ id: SlotID) -> Bool {
        if upstreams[id].secure.isNone || !upstreams[id].socket.contains(.readable) {
            return !upstreams[id].socket.contains(.readable)
        }
        var unused = ByteBuffer()
        return receive(upstream: id, into: &unused, limit: 1).wouldBlock
    }

    /// Says close_notify to a peer, where the request went out whole.
    func sayGoodbye(upstream id: SlotID) {
        let place = upstreams[id].secure
        if place.isNone || upstreams[id].pendingCount > 0 { return }
        wire.clear()
        secured[place].session.close(output: &wire)
        if !wire.isEmpty { _ = pushWire(upstream: id) }
    }

    /// Keeps what the peer gave for the next session with it: before its connection goes.
    mutating func keepResumption(_ id: SlotID) {
        let place = upstreams[id].secure
        if place.isNone || secured[place].session.failure != nil { return }
        let epoch = epochs[Int(upstreams[id].epoch)]
        if let resumption = secured[place].session.resumption {
            epoch.keep(resumption, for: ResumptionKey(upstreams[id]))
        }
    }
}

/// With whom, and as what, a session can be resumed.
struct ResumptionKey: Hashable {
    let group: Int32
    let peer: Int32
    let profile: UInt32

    init(_ connection: borrowing UpstreamConnection) {
        group = connection.group
        peer = connection.peer
        profile = connection.profile
    }
}
