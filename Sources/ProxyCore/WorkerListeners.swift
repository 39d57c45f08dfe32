import Bytes
import EventLoop
import Failures
import Platform

/// A listening socket as one worker sees it.
struct WorkerListener {
    var descriptor: Descriptor
    let endpoint: Endpoint
    /// Whether other workers accept from it as well.
    var isShared: Bool
    /// Which of its registrations with epoll is the present one.
    var generation: UInt32
    /// Accepts since it was taken out and put in again.
    var accepts: Int
    /// Not before then, where descriptors ran out.
    var restsUntil: Instant
    var isRegistered: Bool
    /// Given up: only its connections live on.
    var isClosed = false
}

extension Worker {
    /// Adds a listening socket, non-blocking and listening already; its index.
    mutating func addListener(_ plan: ListenerPlan) -> Int {
        listeners.append(
            WorkerListener(
                descriptor: plan.descriptor, endpoint: plan.endpoint, isShared: plan.isShared, generation: 1,
                accepts: 0, restsUntil: .never, isRegistered: false))
        register(listeners.count - 1)
        return listeners.count - 1
    }

    mutating func register(_ index: Int) {
        listeners[index].generation &+= 2
        listeners[index].restsUntil = .never
        let token = Token(.listener, SlotID(index: UInt32(index), generation: listeners[index].generation))
        let result = kernel.watch(
            loop.poller, listeners[index].descriptor, token: token.rawValue, interest: [.readable, .exclusive])
        listeners[index].isRegistered = !result.failed
        if result.failed {
            logCall(.epollCtl, result.errno)
            rest(index)
        }
    }

    mutating func unregister(_ index: Int) {
        listeners[index].restsUntil = .never
        if !listeners[index].isRegistered { return }
        _ = kernel.unwatch(loop.poller, listeners[index].descriptor)
        listeners[index].isRegistered = false
    }

    /// Accepts what is queued, a bounded number. Every 16th accept the listener is taken out and in again, so that the
    /// kernel's first-come order of waiters turns and connections spread over the workers.
    mutating func listenerReady(_ index: Int, generation: UInt32) {
        guard index < listeners.count, listeners[index].generation == generation, listeners[index].isRegistered else {
            return
        }
        for round in 0..<Limits.acceptLimit {
            if connectionsLeft <= 0 {
                // No idle connection is closed for one that may not even be there: it is asked for in the next turn.
                if round > 0 { return }
                if !reuseIdleConnection() {
                    logExhausted()
                    return rest(index)
                }
            }
            // Connections that ended in this turn have their slots to its end; the next one says again who waits.
            if downstreams.isFull { return }
            var peer = SocketAddress.none
            let result = kernel.accept(listeners[index].descriptor, peer: &peer)
            if result.failed {
                acceptFailed(index, result)
                return
            }
            accepted(Descriptor(Int32(result.value)), listener: index, peer: peer)
            listeners[index].accepts += 1
            if listeners[index].accepts >= 16 {
                listeners[index].accepts = 0
                if shared.workerCount > 1 && listeners[index].isShared {
                    unregister(index)
                    register(index)
                    return
                }
            }
        }
    }

    mutating func acceptFailed(_ index: Int, _ result: SystemResult) {
        if result.wouldBlock { return }
        evidence.clear()
        text.clear()
        text.append(text: listeners[index].endpoint.text)
        evidence.set(text.span)
        logNotice(.local(.acceptFailed, operation: .accept4, errno: result.errno.rawValue))
        switch result.errno {
        case .tooManyOpenFiles, .fileTableOverflow, .noBufferSpace, .outOfMemory: rest(index)
        default: break
        }
    }

    /// Takes a listener out for a while; others may have descriptors or memory by then.
    mutating func rest(_ index: Int) {
        unregister(index)
        let until = loop.now.after(Limits.listenerRestMilliseconds)
        listeners[index].restsUntil = until
        loop.arm(.listener, 0, deadline: until)
    }

    /// Puts listeners in again whose rest is over.
    mutating func resumeListeners() {
        var next = Instant.never
        for index in listeners.indices where !listeners[index].restsUntil.isNever {
            if listeners[index].restsUntil <= loop.now {
                register(index)
            } else {
                next = min(next, listeners[index].restsUntil)
            }
        }
        loop.arm(.listener, 0, deadline: next)
    }

    /// A new connection gets its slot.
    mutating func accepted(_ descriptor: Descriptor, listener: Int, peer: SocketAddress) {
        let epoch = currentEpoch
        let settings = epochs[epoch].defaultServer(listener: listener)
        let isProxied =
            epochs[epoch].takesProxyHeader(listener: listener) && takesProxyHeader(descriptor, epoch, listener)
        let context = isProxied ? nil : secureContext(descriptor, epoch, listener)
        let connection = DownstreamConnection(
            descriptor: descriptor, listener: Int32(listener), epoch: Int32(epoch),
            machine: DownstreamMachine(
                now: loop.now, headTimeout: settings.headTimeout, awaitsProxyHeader: isProxied,
                shakesHands: context != nil),
            socket: [.writable], serial: shared.nextSerial(), peer: peer, accepted: loop.now, exchange: .none,
            input: ByteBuffer(), partial: .none, proxied: .none, secure: .none, pending: ByteBuffer(), pendingSent: 0,
            overshoot: 0)
        guard let id = downstreams.insert(connection) else {
            preconditionFailure("nobody is accepted where no slot is left")
        }
        if let context { beginSecure(id, context) }
        connectionsLeft -= 1
        epochs[epoch].users += 1
        counters.accepted.wrappingAdd(1, ordering: .relaxed)
        counters.active.wrappingAdd(1, ordering: .relaxed)
        let result = kernel.watch(loop.poller, descriptor, token: Token(.downstream, id).rawValue, interest: .stream)
        if result.failed {
            logCall(.epollCtl, result.errno)
            return perform(downstreams[id].machine.ended(), downstream: id)
        }
        listIdle(id)
        loop.arm(.downstream, id.index, deadline: downstreams[id].machine.deadline)
    }
}
