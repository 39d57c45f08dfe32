import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing
import TLS

// TLS handshakes with clients: what comes before the first request. `SSL handshaking` in log lines.
extension Worker {
    /// The context that a client's handshake begins with; nil where its address does not speak TLS.
    func secureContext(_ descriptor: Descriptor, _ epoch: Int, _ listener: Int) -> TLSContext? {
        if !epochs[epoch].securesAny(listener: listener) { return nil }
        let isOneOfMany = epochs[epoch].needsLocalAddress(listener: listener)
        let local = isOneOfMany ? kernel.localAddress(descriptor) : .none
        return epochs[epoch].secureContext(listener: listener, local: local)
    }

    /// Gives a connection its session.
    mutating func beginSecure(_ id: SlotID, _ context: TLSContext) {
        guard let place = secured.insert(SecureConnection(session: TLSSession(server: context))) else {
            preconditionFailure("there are as many places for TLS sessions as connections")
        }
        downstreams[id].secure = place
    }

    /// The connection's own address where that decides among several, else none.
    private func decidingAddress(_ id: SlotID) -> SocketAddress {
        let epoch = epochs[Int(downstreams[id].epoch)]
        if !epoch.needsLocalAddress(listener: Int(downstreams[id].listener)) { return .none }
        return kernel.localAddress(downstreams[id].descriptor)
    }

    /// Goes on with a client's handshake.
    mutating func shakeHands(_ id: SlotID) {
        let place = downstreams[id].secure
        var goesOn = false
        while true {
            sealed.clear()
            wire.clear()
            if goesOn {
                // A context was chosen: the session has the client's hello already.
            } else if !downstreams[id].input.isEmpty {
                // What came behind a PROXY protocol header.
                sealed.append(downstreams[id].input.span)
                releaseInput(id)
            } else if !secured[place].session.holdsInput {
                guard downstreams[id].socket.contains(.readable) else { return }
                let limit = Limits.headReadBytes
                let result = kernel.receive(downstreams[id].descriptor, into: &sealed, limit: limit)
                downstreams[id].socket.read(result, of: limit)
                if result.wouldBlock { return }
                if result.value == 0 { return handshakeLost(id, result) }
            }
            if !secured[place].hasBegun {
                secured[place].hasBegun = true
                if !sealed.isEmpty && !TLSSession.begins(with: sealed[0]) { return goOnPlainly(id) }
            }
            scratch.clear()
            let progress = secured[place].session.read(sealed.span, into: &scratch, limit: 0, output: &wire)
            if !wire.isEmpty { _ = push(downstream: id, wire.span, Span()) }
            if progress.contains(.failed) { return handshakeFailed(id) }
            if progress.contains(.handshakeDone) {
                secured[place].hasMore = progress.contains(.more)
                if secured[place].hasMore { downstreams[id].socket.insert(.readable) }
                perform(downstreams[id].machine.handshakeEnded(), downstream: id)
                if secured[place].session.isHTTP2 { beginSession(id) }
                return
            }
            goesOn = progress.contains(.serverName)
            if goesOn { chooseContext(id) }
        }
    }

    /// FIN or an errno in the middle of the handshake.
    private mutating func handshakeLost(_ id: SlotID, _ result: SystemResult) {
        let cause: Cause =
            secured[downstreams[id].secure].hasBegun
            ? .client(.tlsClosed, errno: result.errno.rawValue)
            : result.failed ? .clientFailed(.recv, errno: result.errno.rawValue) : .client(.closedUnasked)
        clientFailed(id, cause, status: 0)
    }

    private mutating func handshakeFailed(_ id: SlotID) {
        guard let failure = secured[downstreams[id].secure].session.failure else { return }
        clientFailed(id, clientCause(failure), status: 0)
    }

    /// The client speaks HTTP where TLS is spoken: its request is read, and told so (nginx: 497).
    private mutating func goOnPlainly(_ id: SlotID) {
        var rest = pool.take(atLeast: sealed.count)
        rest.append(sealed.span)
        swap(&rest, &downstreams[id].input)
        forgetSecure(downstreams[id].secure)
        downstreams[id].secure = .none
        downstreams[id].isPlain = true
        perform(downstreams[id].machine.handshakeEnded(), downstream: id)
    }

    /// The client said whom it wants: the certificate of that server is shown (RFC 6066 §3).
    private mutating func chooseContext(_ id: SlotID) {
        let place = downstreams[id].secure
        let epoch = epochs[Int(downstreams[id].epoch)]
        let name = secured[place].session.serverName
        let server = epoch.routing.server(
            listener: epoch.listenerIndex(Int(downstreams[id].listener)), local: decidingAddress(id), host: name.span)
        if let context = epoch.tls.servers[server] { secured[place].session.choose(context) }
        guard let names = epoch.tls.namedCertificates[server] else { return }
        showCertificates(id, server, names)
    }

    // MARK: what a request sees of it

    /// What is wrong with the connection that a request came over; nil where nothing is.
    mutating func connectionRefusal(_ connection: SlotID, server: Int) -> Cause? {
        if downstreams[connection].isPlain { return .request(.plainToTLS) }
        if isMisdirectedStream(connection, server) { return .request(.protocolDisabled) }
        let place = downstreams[connection].secure
        if place.isNone { return nil }
        guard let failure = secured[place].session.clientFailure else {
            return isMisdirected(connection, server) ? .request(.wrongServerName) : nil
        }
        secured[place].session.forget()
        if failure.kind == .certificateMissing { return .request(.certificateMissing) }
        evidence.set(failure.text.span)
        return .request(.certificateUntrusted, number: Int64(failure.number))
    }

    /// A request for a server that asks for client certificates, over a connection that another server's name was
    /// negotiated for (RFC 9110 §15.5.20).
    private func isMisdirected(_ connection: SlotID, _ server: Int) -> Bool {
        let epoch = epochs[Int(downstreams[connection].epoch)]
        guard let context = epoch.tls.servers[server], context.verifiesClient != .off else { return false }
        let name = secured[downstreams[connection].secure].session.serverName
        if name.isEmpty { return false }
        let negotiated = epoch.routing.server(
            listener: epoch.listenerIndex(Int(downstreams[connection].listener)),
            local: decidingAddress(connection), host: name.span)
        return negotiated != server
    }

    /// Tells a request what its TLS session is: what `$ssl_*` variables ask for.
    func tellSecure(_ connection: SlotID, _ record: inout ExchangeRecord) {
        let place = downstreams[connection].secure
        if place.isNone { return }
        record.asked.connection.isTLS = true
        let routing = epochs[Int(downstreams[connection].epoch)].routing
        if routing.tlsVariables.isEmpty { return }
        text.clear()
        for variable in routing.tlsVariables {
            let start = TLSValues.beginValue(in: &text)
            if let asked = TLSVariable(variable) {
                secured[place].session.append(asked, now: Int(loop.wallTime.seconds), to: &text)
            }
            TLSValues.endValue(from: start, in: &text)
        }
        record.asked.tls = record.keep(text.span)
    }
}

extension TLSVariable {
    /// What a variable of the configuration's language asks of the session.
    init?(_ variable: VariableID) {
        switch variable {
        case .sslProtocol: self = .version
        case .sslCipher: self = .cipher
        case .sslCiphers: self = .ciphers
        case .sslCurve: self = .curve
        case .sslCurves: self = .curves
        case .sslSessionID: self = .sessionID
        case .sslSessionReused: self = .sessionReused
        case .sslEarlyData: self = .earlyData
        case .sslServerName: self = .serverName
        case .sslALPNProtocol: self = .protocolName
        case .sslClientCert: self = .clientCertificate
        case .sslClientRawCert: self = .clientRawCertificate
        case .sslClientEscapedCert: self = .clientEscapedCertificate
        case .sslClientSDN: self = .clientSubject
        case .sslClientIDN: self = .clientIssuer
        case .sslClientSDNLegacy: self = .clientSubjectLegacy
        case .sslClientIDNLegacy: self = .clientIssuerLegacy
        case .sslSignature: self = .signature
        case .sslSignatures: self = .signatures
        case .sslClientSignature: self = .clientSignature
        case .sslClientSerial: self = .clientSerial
        case .sslClientFingerprint: self = .clientFingerprint
        case .sslClientVerify: self = .clientVerify
        case .sslClientVStart: self = .clientStart
        case .sslClientVEnd: self = .clientEnd
        case .sslClientVRemain: self = .clientRemaining
        default: return nil
        }
    }
}
