import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing
import Upstreams

extension Worker {
    /// The request goes upstream: the body first where it is stored, then the first attempt.
    mutating func beginProxying(_ id: SlotID) {
        guard hasBodyOrNeedsNone(id) else {
            let status = exchanges[id].record.route.errorStatus
            let failed = exchanges[id].failure?.verdict.status ?? 502
            return answer(id, status: status == 0 ? failed : UInt16(status))
        }
        exchanges[id].restarted = true
        let scope = settings(id)
        let epoch = epochs[Int(exchanges[id].epoch)]
        switch exchanges[id].record.route.proxy.destination {
        case .group(let index): setGroup(id, index)
        case .address(let address): setGroup(id, epoch.dynamicGroup(.ip(address)))
        case .unix(let path):
            text.clear()
            exchanges[id].record.append(path, to: &text)
            setGroup(id, epoch.dynamicGroup(.unix(path: text.span.text)))
        case .name(let name, let port):
            text.clear()
            exchanges[id].record.append(name, to: &text)
            let known = epoch.namedGroup(text.span, port: port)
            setGroup(id, known ?? epoch.dynamicGroup(name: text.span.array, port: port))
        }
        exchanges[id].isResolved = false
        let hasBody = !exchanges[id].machine.isRequestOver
        if !hasBody && exchanges[id].record.asked.facts.expectsContinue
            && !exchanges[id].record.attempts.current.isBegun && !sayContinue(id)
        {
            return
        }
        exchanges[id].passesBody = hasBody && !scope.buffersRequest && exchanges[id].body.received == 0
        if exchanges[id].body.received == 0 { forgetFraming(id) }
        exchanges[id].chunksRequest =
            exchanges[id].passesBody && exchanges[id].record.asked.facts.framing == .chunked && !speaksHTTP2(id)
        exchanges[id].isBuffering = scope.buffersResponse
        exchanges[id].heldLimit =
            scope.headBufferBytes + (scope.buffersResponse ? scope.bufferCount * scope.bufferBytes : 0)
        exchanges[id].tried.removeAll()
        let group = epoch.groups[Int(exchanges[id].group)]
        let tries = scope.nextUpstreamTries > 0 ? min(scope.nextUpstreamTries, group.tryLimit) : group.tryLimit
        perform(
            exchanges[id].machine.routedToProxy(buffersBody: !exchanges[id].passesBody, tries: tries), exchange: id)
    }

    /// The exchange goes to this group from now on.
    mutating func setGroup(_ id: SlotID, _ group: Int) {
        let (epoch, old) = (Int(exchanges[id].epoch), Int(exchanges[id].group))
        if epochs[epoch].isDynamic(old) || epochs[epoch].isDynamic(group) { epochs[epoch].move(from: old, to: group) }
        exchanges[id].group = Int32(group)
    }

    /// After `error_page` a body may be lost: it was refused, did not come whole, or was passed on as it came. Then
    /// only a request that can do without goes to another place.
    private mutating func hasBodyOrNeedsNone(_ id: SlotID) -> Bool {
        let isPassed = exchanges[id].passesBody && exchanges[id].body.received > 0
        if !isPassed && !exchanges[id].isBodyLost && !exchanges[id].machine.isDiscarding { return true }
        let method = exchanges[id].record.route.method
        if method != .get && method != .head { return false }
        exchanges[id].isBodyLost = true
        exchanges[id].machine.bodyUnwanted()
        releaseBody(of: id)
        return true
    }

    /// Chooses a peer and gets a connection to it, from the pool or a new one; or waits in the group's queue.
    mutating func startAttempt(_ id: SlotID) {
        guard exchanges[id].machine.isTrying, !exchanges[id].machine.isAttempting, !exchanges[id].isLogged,
            !exchanges[id].machine.isHeldUp
        else { return }
        if !resolveTarget(id) { return }
        exchanges[id].machine.attemptChosen()
        beginAttemptRecord(id)
        exchanges[id].attemptStarted = loop.now
        if exchanges[id].firstAttempt.isNever { exchanges[id].firstAttempt = loop.now }
        exchanges[id].headWritten = false
        exchanges[id].body.sent = 0
        exchanges[id].writeErrno = nil
        if case .check(let number) = exchanges[id].client { return askPeer(id, check: Int(number)) }
        if !lines.isEmpty && isBehindOthers(id) {
            namePeer(id, epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)].nameBytes)
            _ = lineUp(id)
            return
        }
        switch choosePeer(id) {
        case .peer(let peer):
            hold(id, peer)
            connectToPeer(id)
        case .noneLive(let busy):
            namePeer(id, epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)].nameBytes)
            if busy && lineUp(id) { return }
            failChoice(id, busy: busy)
        }
    }

    /// Asks the group's balancer.
    mutating func choosePeer(_ id: SlotID) -> PeerChoice {
        let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
        if !group.method.usesKey { return group.choose(tried: &exchanges[id].tried, now: loop.now) }
        setBalancingKey(id, group.method)
        return group.choose(tried: &exchanges[id].tried, now: loop.now, key: text.span)
    }

    /// The peer is counted busy by this exchange from now on.
    mutating func hold(_ id: SlotID, _ peer: Int) {
        exchanges[id].peer = Int32(peer)
        exchanges[id].holdsPeer = true
        epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)].countBegun(peer)
    }

    /// Gets a connection to the peer that was chosen.
    mutating func connectToPeer(_ id: SlotID) {
        let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
        let peer = Int(exchanges[id].peer)
        namePeer(id, group.peers[peer].nameBytes)
        let profile = transportProfile(id)
        if speaksHTTP2(id) && leaseStream(of: group, peer: peer, profile, to: id) { return }
        if !speaksHTTP2(id),
            let idle = group.takeIdle(peer: peer, profile: profile, location: poolLocation(id, group))
        {
            lease(idle, to: id)
        } else {
            connect(id, to: group.peers[peer].settings.endpoint, profile)
        }
    }

    /// No peer can be had.
    mutating func failChoice(_ id: SlotID, busy: Bool) {
        let epoch = epochs[Int(exchanges[id].epoch)]
        let group = epoch.groups[Int(exchanges[id].group)]
        if !group.isUnresolved { return failAttempt(id, .choice(busy ? .limitReached : .noLivePeers)) }
        let name = epoch.unresolvedName(Int(exchanges[id].group)) ?? group.nameBytes
        evidence.set(name.span)
        let code = group.lookupCode
        failAttempt(id, code == 0 ? .choice(.lookupTimedOut) : .choice(.nameNotResolved, number: Int64(code)))
    }

    /// What the balancer goes by becomes `text`: the value of `hash`, or what `ip_hash` takes of the client's address:
    /// three bytes of an IPv4 one, all of an IPv6 one, and nothing of a Unix socket's.
    private mutating func setBalancingKey(_ id: SlotID, _ method: BalancingMethod) {
        text.clear()
        if method != .ipHash {
            let routing = epochs[Int(exchanges[id].epoch)].routing
            routing.appendBalancingKey(
                group: Int(exchanges[id].group), &exchanges[id].record, moment, to: &text)
            return
        }
        let client = exchanges[id].record.asked.client
        let count = client.family == .ipv6 ? 16 : 3
        for index in 0..<count {
            let half = count == 16 && index < 8 ? client.high : client.low
            let shift = count == 16 ? 56 - 8 * (index & 7) : 24 - 8 * index
            text.append(UInt8(truncatingIfNeeded: half >> UInt64(shift)))
        }
    }

    /// Where the group's connections serve only the location that opened them: that one; else −1.
    func poolLocation(_ id: SlotID, _ group: Group) -> Int32 {
        if case .check(let number) = exchanges[id].client { return PeerCheck.location(Int(number)) }
        return group.keepAlive.isPerLocation ? Int32(exchanges[id].record.route.location) : -1
    }

    mutating func namePeer(_ id: SlotID, _ name: [UInt8]) {
        let kept = exchanges[id].record.keep(name.span)
        exchanges[id].record.attempts.current.peerName = kept
    }

    mutating func lease(_ upstream: SlotID, to id: SlotID) {
        upstreams[upstream].machine.leased()
        upstreams[upstream].exchange = id
        exchanges[id].upstream = upstream
        exchanges[id].record.attempts.current.connectTime = 0
        perform(
            exchanges[id].machine.attemptBegan(
                connected: true, deadline: loop.now.after(Int64(settings(id).upstreamSendTimeout))),
            exchange: id)
    }

    mutating func connect(_ id: SlotID, to endpoint: Endpoint, _ profile: UInt32) {
        // Connections that ended in this turn have their slots to its end; here nobody holds one of them any more.
        if upstreams.isFull { sweepUpstreams() }
        if connectionsLeft <= 0 && !reuseIdleConnection() {
            logExhausted()
            return failAttempt(id, .local(.connectionsExhausted, number: Int64(limits.connections)))
        }
        let family: AddressFamily
        switch endpoint {
        case .ip(let address): family = address.family
        case .unix: family = .unix
        }
        let made = kernel.socket(family)
        if made.failed { return failAttempt(id, .local(.callFailed, operation: .socket, errno: made.errno.rawValue)) }
        let descriptor = Descriptor(Int32(made.value))
        if family != .unix { _ = kernel.set(.noDelay, 1, on: descriptor) }
        setOptions(id, descriptor)
        if let failure = bindOwnAddress(id, descriptor, family) {
            kernel.close(descriptor)
            return failAttempt(id, failure)
        }
        let result = kernel.connect(descriptor, to: endpoint)
        if result.failed && result.errno != .inProgress {
            kernel.close(descriptor)
            setPeerEvidence(id)
            return failAttempt(
                id, .connectFailed(errno: result.errno.rawValue, atOnce: true, unixSocket: family == .unix))
        }
        let connected = !result.failed
        let isSecure = TransportProfiles.isSecure(profile)
        let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
        let connection = UpstreamConnection(
            descriptor: descriptor, epoch: exchanges[id].epoch, group: exchanges[id].group, peer: exchanges[id].peer,
            profile: profile, location: poolLocation(id, group), created: loop.now,
            machine: UpstreamMachine(connected: connected, shakesHands: isSecure),
            socket: connected ? [.writable] : [],
            exchange: id, input: ByteBuffer(), pending: ByteBuffer(), pendingSent: 0)
        guard let upstream = upstreams.insert(connection) else {
            preconditionFailure("there are as many slots as connections")
        }
        connectionsLeft -= 1
        epochs[Int(exchanges[id].epoch)].users += 1
        exchanges[id].upstream = upstream
        let watched = kernel.watch(
            loop.poller, descriptor, token: Token(.upstream, upstream).rawValue, interest: .stream)
        if watched.failed {
            return failAttempt(id, .local(.callFailed, operation: .epollCtl, errno: watched.errno.rawValue))
        }
        let isReady = connected && !isSecure
        if isReady { exchanges[id].record.attempts.current.connectTime = 0 }
        if isReady && speaksHTTP2(id) && !openCarrier(upstream) {
            return failAttempt(id, .local(.connectionsExhausted, number: Int64(limits.streams)))
        }
        let timeout = isReady ? settings(id).upstreamSendTimeout : settings(id).connectTimeout
        perform(
            exchanges[id].machine.attemptBegan(connected: isReady, deadline: loop.now.after(Int64(timeout))),
            exchange: id)
        if connected && isSecure { beginHandshake(upstream: upstream) }
    }

    /// The peer's address becomes the evidence.
    mutating func setPeerEvidence(_ id: SlotID) {
        text.clear()
        exchanges[id].record.append(exchanges[id].record.attempts.current.peerName, to: &text)
        evidence.set(text.span)
    }

    // MARK: events of the upstream's connection

    mutating func upstreamReady(_ id: SlotID, _ readiness: Readiness) {
        upstreams[id].socket.take(readiness)
        upstreams[id].socket.remove(.posted)
        if !upstreams[id].session.isNone { return carrierReady(id) }
        switch upstreams[id].machine.state {
        case .connecting:
            if upstreams[id].socket.contains(.writable) { finishConnect(id) }
        case .handshaking: shakeHands(upstream: id)
        case .leased:
            let exchange = upstreams[id].exchange
            if exchanges[exchange].machine.isTunnelling { return pumpTunnel(exchange) }
            if upstreams[id].socket.contains(.readable) { relayResponse(exchange) }
            guard upstreams.contains(id), upstreams[id].machine.isLeased, upstreams[id].exchange == exchange else {
                return
            }
            if upstreams[id].socket.contains(.writable) && !exchanges[exchange].requestDelivered {
                sendRequest(exchange)
            }
        case .idle:
            if upstreams[id].socket.contains(.readable) && !isStillIdle(id) { discardIdle(id) }
        case .opening, .open, .draining, .closed: break
        }
    }

    /// Asks for another turn of this connection.
    mutating func post(upstream id: SlotID) {
        if upstreams[id].socket.contains(.posted) { return }
        upstreams[id].socket.insert(.posted)
        loop.post(Token(.upstream, id))
    }

    private mutating func finishConnect(_ id: SlotID) {
        let exchange = upstreams[id].exchange
        let errno = kernel.pendingError(upstreams[id].descriptor)
        if errno == .connectionReset {
            // A refusal would have said so: the connection stood, and was reset before the request was sent.
            return failAttempt(exchange, .upstreamFailed(.recv, errno: errno.rawValue), phase: .readingResponseHead)
        }
        if errno.rawValue != 0 {
            return failAttempt(exchange, .connectFailed(errno: errno.rawValue, atOnce: false))
        }
        upstreams[id].machine.connected(shakesHands: TransportProfiles.isSecure(upstreams[id].profile))
        if upstreams[id].machine.isShakingHands { return beginHandshake(upstream: id) }
        upstreamStands(id, exchange)
    }

    /// The connection can take requests: that of the exchange that made it goes first.
    mutating func upstreamStands(_ id: SlotID, _ exchange: SlotID) {
        if speaksHTTP2(exchange) && !openCarrier(id) {
            return failAttempt(exchange, .local(.connectionsExhausted, number: Int64(limits.streams)))
        }
        exchanges[exchange].record.attempts.current.connectTime = Int(
            loop.now.since(exchanges[exchange].attemptStarted))
        perform(
            exchanges[exchange].machine.attemptConnected(
                deadline: loop.now.after(Int64(settings(exchange).upstreamSendTimeout))),
            exchange: exchange)
        guard upstreams.contains(id), !upstreams[id].machine.isClosed, upstreams[id].socket.contains(.readable) else {
            return
        }
        post(upstream: id)
    }

    mutating func upstreamTimer(_ id: SlotID) {
        let deadline = upstreams[id].machine.deadline
        if deadline > loop.now { return loop.arm(.upstream, id.index, deadline: deadline) }
        if upstreams[id].machine.isIdle { return discardIdle(id) }
        if upstreams[id].machine.isOpening { carrierLost(id, .connection(.timedOut)) }
    }

    /// The attempt took too long.
    mutating func attemptTimedOut(_ id: SlotID) {
        if exchanges[id].machine.isResolving { return lookupTimedOut(id) }
        if exchanges[id].machine.isQueued { return queueTimedOut(id) }
        if exchanges[id].machine.isPausing { return pauseEnded(id) }
        failAttempt(id, .connection(.timedOut))
    }

    // MARK: the end of an attempt

    /// Lets go of the peer and of its connection.
    mutating func endAttempt(_ id: SlotID, reusable: Bool, outcome: AttemptEnd) {
        forgetLookup(id)
        leaveLine(id)
        noteAttemptOver(id)
        releasePeer(id, outcome)
        let upstream = exchanges[id].upstream
        guard !upstream.isNone else { return }
        exchanges[id].upstream = .none
        let group = epochs[Int(exchanges[id].epoch)].groups[Int(upstreams[upstream].group)]
        let keepAlive = keepAlive(id, group)
        // An answer may come before the request has left: what is still owed to this peer must not be the next
        // request's.
        keepResumption(upstream)
        let isClean =
            isStillIdle(upstream) && TransportProfiles.isPooled(upstreams[upstream].profile)
            && upstreams[upstream].stream.isNone && exchanges[id].requestDelivered && upstreams[upstream].input.isEmpty
            && upstreams[upstream].pendingCount == 0
            && upstreams[upstream].socket.isDisjoint(with: [.ending, .readOver, .readable])
        let actions = upstreams[upstream].machine.released(
            reusable: reusable && isClean && (isCheck(id) ? keepAlive.connections : group.idleLimit) > 0,
            now: loop.now, idleTimeout: keepAlive.timeout,
            requestLimit: keepAlive.requestLimit,
            lifetimeOver: loop.now.since(upstreams[upstream].created) >= Int64(keepAlive.lifetime))
        upstreams[upstream].exchange = .none
        perform(actions, upstream: upstream)
    }

    /// How connections are kept for other exchanges of the group, or for the next check.
    private func keepAlive(_ id: SlotID, _ group: Group) -> UpstreamKeepAlive {
        guard case .check(let number) = exchanges[id].client else { return group.keepAlive }
        return epochs[Int(exchanges[id].epoch)].model.checks[checks[Int(number)].check].keepAlive
    }

    /// Counts the exchange out of its peer; where that disables the peer, a notice says so.
    mutating func releasePeer(_ id: SlotID, _ outcome: AttemptEnd) {
        if !exchanges[id].holdsPeer { return }
        exchanges[id].holdsPeer = false
        let group = epochs[Int(exchanges[id].epoch)].groups[Int(exchanges[id].group)]
        let result: AttemptOutcome
        switch outcome {
        case .succeeded: result = .succeeded
        case .failed: result = .failed
        case .refused: result = .refused
        case .neutral: result = .neutral
        }
        if !isCheck(id) { countAttempt(id, group, result) }
        if group.release(Int(exchanges[id].peer), result, now: loop.now) {
            logExchange(id, .connection(.disabled), phase: exchanges[id].failurePhase)
        }
        if !lines.isEmpty { work.append(.serveLines) }
    }

    mutating func perform(_ actions: ActionList<UpstreamAction>, upstream id: SlotID) {
        for index in 0..<actions.count {
            switch actions[index] {
            case .keepIdle: keepIdle(id)
            case .close: closeUpstream(id)
            }
        }
    }

    private mutating func keepIdle(_ id: SlotID) {
        loop.arm(.upstream, id.index, deadline: upstreams[id].machine.deadline)
        if let index = PeerCheck.index(location: upstreams[id].location) {
            checks[index].idle = id
            return
        }
        let group = epochs[Int(upstreams[id].epoch)].groups[Int(upstreams[id].group)]
        group.removeCarrier(id)
        let entry = IdleConnection(
            connection: id, peer: Int(upstreams[id].peer), profile: upstreams[id].profile,
            location: upstreams[id].location)
        if let surplus = group.keepIdle(entry) { perform(upstreams[surplus].machine.discarded(), upstream: surplus) }
    }

    /// An idle connection ended, said something unasked, or grew too old.
    mutating func discardIdle(_ id: SlotID) {
        if let index = PeerCheck.index(location: upstreams[id].location) {
            checks[index].idle = .none
        } else {
            epochs[Int(upstreams[id].epoch)].groups[Int(upstreams[id].group)].removeIdle(id)
        }
        perform(upstreams[id].machine.discarded(), upstream: id)
    }

    mutating func closeUpstream(_ id: SlotID) {
        if !upstreams[id].stream.isNone { return closeLeasedStream(id) }
        forgetCarrier(id)
        sayGoodbye(upstream: id)
        kernel.close(upstreams[id].descriptor)
        forgetSecure(upstreams[id].secure)
        var input = ByteBuffer()
        swap(&input, &upstreams[id].input)
        pool.give(input)
        var pending = ByteBuffer()
        swap(&pending, &upstreams[id].pending)
        pool.give(pending)
        connectionsLeft += 1
        epochs[Int(upstreams[id].epoch)].users -= 1
        endedUpstreams.append(id)
    }
}
