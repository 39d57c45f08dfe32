import Bytes
import EventLoop
import Failures
import Logs
import Platform
import Upstreams

extension Worker {
    /// Takes a new configuration into use. What runs goes on; the next request of each connection is routed by the
    /// newest.
    package mutating func adopt(_ plan: EpochPlan) {
        stopChecks()
        var failures: [LogFailure] = []
        logs.take(plan.logs)
        let epoch = Epoch(
            plan, logs: logs, seed: kernel.random(), worker: counters.number, dynamicTally: shared.namedByVariables,
            failures: &failures)
        if currentEpoch >= 0, let timeout = epochs[currentEpoch].model.main.shutdownTimeout {
            epochs[currentEpoch].endsAt = loop.now.after(Int64(timeout))
            loop.arm(.other, 1, deadline: epochs[currentEpoch].endsAt)
        }
        // First of all: what goes wrong from here on is said in its logs.
        epochs.append(epoch)
        currentEpoch = epochs.count - 1
        var map = Array(repeating: -1, count: listeners.count)
        var exchanged: [(listener: Int, plan: ListenerPlan)] = []
        for (index, listener) in plan.listeners.enumerated() {
            if let known = listeners.firstIndex(where: { $0.endpoint == listener.endpoint && !$0.isClosed }) {
                map[known] = index
                if listeners[known].isShared == listener.isShared {
                    // The worker has its own descriptor of that socket already.
                    kernel.close(listener.descriptor)
                } else {
                    exchanged.append((known, listener))
                }
            } else {
                let added = addListener(listener)
                while map.count <= added { map.append(-1) }
                map[added] = index
            }
        }
        epoch.listenerIndices = map
        for (listener, plan) in exchanged {
            giveUpListener(listener)
            takeListener(listener, plan)
        }
        for index in listeners.indices where map[index] < 0 && !listeners[index].isClosed { giveUpListener(index) }
        for failure in failures { reportOpenFailure(failure) }
        oldEpochs = currentEpoch
        moveIdleConnections()
        for update in shared.updates(serial: plan.serial) { take(update) }
        keepNames(plan)
        keepChecks()
    }

    /// A listener that the new configuration has not is accepted from until it is empty, then left.
    private mutating func giveUpListener(_ index: Int) {
        unregister(index)
        var peer = SocketAddress.none
        for _ in 0..<Limits.acceptLimit * 16 where connectionsLeft > 0 && !downstreams.isFull {
            let result = kernel.accept(listeners[index].descriptor, peer: &peer)
            if result.failed { break }
            accepted(Descriptor(Int32(result.value)), listener: index, peer: peer)
        }
        kernel.close(listeners[index].descriptor)
        listeners[index].isClosed = true
    }

    /// The same address by another socket: `reuseport` came or went.
    private mutating func takeListener(_ index: Int, _ plan: ListenerPlan) {
        listeners[index].descriptor = plan.descriptor
        listeners[index].isShared = plan.isShared
        listeners[index].isClosed = false
        register(index)
    }

    /// Connections between requests use the newest configuration from now on, so that old ones end sooner. Where the
    /// old one ends at a set time, only their next request moves them.
    private mutating func moveIdleConnections() {
        var index: UInt32 = 0
        while index < downstreams.highWater {
            if let id = downstreams.id(at: index), downstreams[id].machine.isIdle || isQuietSession(id),
                epochs[Int(downstreams[id].epoch)].endsAt.isNever
            {
                useCurrentEpoch(id)
            }
            index += 1
        }
    }

    private func isQuietSession(_ id: SlotID) -> Bool {
        downstreams[id].machine.isSession && downstreams[id].machine.streams == 0
    }

    /// Closes what is still of configurations whose time is over.
    mutating func endOutlivedEpochs() {
        var next = Instant.never
        for index in epochs.indices where epochs[index] !== epochs[currentEpoch] {
            if epochs[index].endsAt <= loop.now {
                closeOutlived(epoch: index)
            } else {
                next = min(next, epochs[index].endsAt)
            }
        }
        loop.arm(.other, 1, deadline: next)
    }

    /// The next request of this connection is routed by the newest configuration, where that still listens there.
    mutating func useCurrentEpoch(_ id: SlotID) {
        let old = Int(downstreams[id].epoch)
        if old == currentEpoch || !epochs[currentEpoch].serves(listener: Int(downstreams[id].listener)) { return }
        epochs[old].users -= 1
        epochs[currentEpoch].users += 1
        downstreams[id].epoch = Int32(currentEpoch)
    }

    /// Lets go of configurations that nothing uses any more.
    mutating func retireEpochs() {
        var left = 0
        for index in epochs.indices where index != currentEpoch && epochs[index] !== epochs[currentEpoch] {
            if epochs[index].users == 0 { epochs[index] = epochs[currentEpoch] } else { left += 1 }
        }
        oldEpochs = left
        if left == 0 { logs.keep(only: epochs[currentEpoch].sinks) }
    }

    /// Whether a connection came through a listener that the newest configuration has not: it ends with this response.
    func isOutdated(_ id: SlotID) -> Bool {
        !epochs[currentEpoch].serves(listener: Int(downstreams[id].listener))
    }

    private mutating func reportOpenFailure(_ failure: LogFailure) {
        clock.update(loop.wallTime)
        evidence.clear()
        text.clear()
        text.append(text: failure.path)
        evidence.set(text.span)
        logNotice(.local(.fileFailed, operation: .open, errno: failure.errno.rawValue))
    }

    // MARK: messages

    mutating func takeMail() {
        for message in mailbox.takeAll() {
            switch message {
            case .adopt(let plan): adopt(plan)
            case .peers(let update): take(update)
            case .hastenNames: lookUpMissingNames()
            case .reopenLogs:
                for failure in logs.reopen() { reportOpenFailure(failure) }
            case .drain(let timeout): drain(timeout, fresh: loop.now.after(Limits.drainGraceMilliseconds))
            case .retire(let timeout):
                // Another worker keeps the names of groups from now on.
                forgetNames()
                drain(timeout, fresh: .never)
            case .stop: stopping = .now
            }
        }
    }

    /// Accepts no more than what is queued and lets what runs finish.
    private mutating func drain(_ timeout: Int64?, fresh: Instant) {
        if case .now = stopping { return }
        stopChecks()
        stopping = .draining(until: timeout.map { loop.now.after($0) } ?? .never, fresh: fresh)
        // Who connects from now on is refused, instead of waiting in a queue that nobody serves.
        for index in listeners.indices where !listeners[index].isClosed { giveUpListener(index) }
        if let timeout { loop.arm(.other, 0, deadline: loop.now.after(timeout)) }
    }

    /// Connections between requests are closed once the worker drains.
    mutating func closeIdleForDrain(_ fresh: Instant) {
        var index: UInt32 = 0
        while index < downstreams.highWater {
            if let id = downstreams.id(at: index), downstreams[id].machine.takesStreams {
                beginDrain(id)
            } else if let id = downstreams.id(at: index), downstreams[id].machine.isBetweenRequests,
                downstreams[id].input.isEmpty
            {
                let bound = downstreams[id].machine.isFresh ? fresh : downstreams[id].machine.bound
                if bound > loop.now {
                    loop.arm(.downstream, id.index, deadline: bound)
                } else {
                    sayGoodbye(downstream: id)
                    perform(downstreams[id].machine.ended(), downstream: id)
                }
            }
            index += 1
        }
    }

    /// Ends what outlived `worker_shutdown_timeout`: a line for each exchange, none for idle connections.
    mutating func closeOutlived(epoch: Int? = nil) {
        var index: UInt32 = 0
        while index < exchanges.highWater {
            if let id = exchanges.id(at: index), !exchanges[id].isLogged,
                epoch == nil || Int(exchanges[id].epoch) == epoch
            {
                _ = record(id, .client(.outlivedShutdown), phase: exchanges[id].machine.phase)
                giveUp(id, status: 0)
            }
            index += 1
        }
        index = 0
        while index < downstreams.highWater {
            if let id = downstreams.id(at: index), !downstreams[id].machine.isClosed,
                epoch == nil || Int(downstreams[id].epoch) == epoch
            {
                perform(downstreams[id].machine.ended(), downstream: id)
            }
            index += 1
        }
    }

    /// Ends whatever is left, without a word.
    mutating func closeEverything() {
        stopChecks()
        var index: UInt32 = 0
        while index < exchanges.highWater {
            if let id = exchanges.id(at: index), !exchanges[id].isLogged { giveUp(id, status: 0) }
            index += 1
        }
        index = 0
        while index < downstreams.highWater {
            if let id = downstreams.id(at: index), !downstreams[id].machine.isClosed {
                perform(downstreams[id].machine.ended(), downstream: id)
            }
            index += 1
        }
        index = 0
        while index < upstreams.highWater {
            if let id = upstreams.id(at: index), upstreams[id].machine.isIdle { discardIdle(id) }
            index += 1
        }
        sweep()
    }
}
