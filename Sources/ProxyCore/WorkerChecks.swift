import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Routing
import Upstreams

// Health checks: one worker of the process asks the peers of a configuration's groups, and all workers go by what it
// finds (nginx: health_check). A question is an exchange without a client; what it may wait for, and how it is sent,
// are the location's settings.
extension Worker {
    // MARK: which

    /// Begins with the checks of a new configuration.
    mutating func keepChecks() {
        for group in epochs[currentEpoch].model.groups.indices { followPeers(group: group) }
    }

    /// The peers of a group are others now: those that are gone are checked no more, and new ones from now on.
    mutating func followPeers(group: Int) {
        guard keepsNames, case .no = stopping else { return }
        let epoch = epochs[currentEpoch]
        let peers = epoch.groups[group].listedPeers.filter { !$0.settings.isDown }
        for (number, check) in epoch.model.checks.enumerated() where check.group == group {
            for index in checks.indices where checks[index].check == number {
                if !peers.contains(where: { $0 === checks[index].peer }) { stopCheck(index) }
            }
            for peer in peers where !checks.contains(where: { $0.isLive && $0.check == number && $0.peer === peer }) {
                addCheck(number, check, peer)
            }
        }
        armChecks()
    }

    private mutating func addCheck(_ number: Int, _ check: HealthCheck, _ peer: Peer) {
        let standing: CheckMachine.Standing
        switch peer.checks.standing(of: check.number) {
        case .healthy: standing = .healthy
        case .checking: standing = .unknown
        case .unhealthy: standing = .unhealthy
        }
        let machine = CheckMachine(
            first: loop.now.after(delay(check)), fails: check.fails, passes: check.passes, standing: standing)
        let added = PeerCheck(peer: peer, check: number, machine: machine)
        if let free = checks.firstIndex(where: { !$0.isLive }) { checks[free] = added } else { checks.append(added) }
    }

    /// By how much a check is late, by chance (nginx: jitter).
    private func delay(_ check: HealthCheck) -> Int64 {
        check.jitter == 0 ? 0 : Int64(kernel.random() % UInt64(check.jitter + 1))
    }

    /// Ends all checks at once.
    mutating func stopChecks() {
        for index in checks.indices { stopCheck(index) }
        checks = []
        loop.disarm(.other, 3)
    }

    private mutating func stopCheck(_ index: Int) {
        perform(checks[index].machine.stopped(), check: index)
        if !checks[index].idle.isNone { discardIdle(checks[index].idle) }
    }

    // MARK: when

    /// Arms the timer for the check that is due next; those that have to wait for others are due when these end.
    private mutating func armChecks() {
        var next = Instant.never
        for check in checks { next = min(next, check.machine.deadline) }
        loop.arm(.other, 3, deadline: checksAsking < Limits.checkLimit ? next : .never)
    }

    /// Asks whom it is time to ask.
    mutating func makeChecks() {
        for index in checks.indices where checks[index].machine.deadline <= loop.now {
            if checksAsking >= Limits.checkLimit { break }
            perform(checks[index].machine.due(), check: index)
        }
        armChecks()
    }

    private mutating func perform(_ actions: ActionList<CheckAction>, check index: Int) {
        for number in 0..<actions.count {
            switch actions[number] {
            case .begin: beginCheck(index)
            case .abandon: giveUp(checks[index].exchange, status: 0)
            case .turn(let isHealthy): turnPeer(index, isHealthy)
            }
        }
    }

    // MARK: a question

    private mutating func beginCheck(_ index: Int) {
        checksAsking += 1
        checks[index].outcome = nil
        checks[index].bodyCount = 0
        let check = epochs[currentEpoch].model.checks[checks[index].check]
        let connection = ConnectionFacts(serial: 0, peer: .none, local: .none, listener: 0, openedAt: loop.now)
        // Their places are kept free: see `WorkerMemory`. What ended in this turn has its own to the turn's end.
        guard let id = beginRecord(connection, .check(Int32(index)), Int32(currentEpoch)) else {
            return endCheck(index, .impossible, status: 0)
        }
        epochs[currentEpoch].routing.beginCheck(check, closes: check.keepAliveTime == 0, &exchanges[id].record)
        checks[index].exchange = id
        setGroup(id, check.group)
        let scope = settings(id)
        exchanges[id].isResolved = true
        exchanges[id].heldLimit = scope.headBufferBytes + scope.bufferCount * scope.bufferBytes
        perform(exchanges[id].machine.routedToProxy(buffersBody: true, tries: 1), exchange: id)
    }

    /// The one peer of a check's exchange, over the connection that it kept or a new one.
    mutating func askPeer(_ id: SlotID, check index: Int) {
        let epoch = epochs[Int(exchanges[id].epoch)]
        let check = epoch.model.checks[checks[index].check]
        let peer = checks[index].peer
        guard let place = epoch.groups[check.group].index(of: peer) else {
            preconditionFailure("a peer that is listed no more is not asked")
        }
        exchanges[id].peer = Int32(place)
        namePeer(id, peer.nameBytes)
        let profile = transportProfile(id)
        let idle = checks[index].idle
        if !idle.isNone && upstreams[idle].profile == profile {
            checks[index].idle = .none
            return lease(idle, to: id)
        }
        if !idle.isNone { discardIdle(idle) }
        var endpoint = peer.settings.endpoint
        if let port = check.port, case .ip(var address) = endpoint {
            address.port = port
            endpoint = .ip(address)
        }
        connect(id, to: endpoint, profile)
    }

    /// A check's exchange is over: what it came to, and when the next one is due.
    mutating func concludeCheck(_ index: Int, _ id: SlotID) {
        checks[index].exchange = .none
        if !checks[index].machine.isAsking { return checksAsking -= 1 }
        let outcome: CheckOutcome
        if let known = checks[index].outcome {
            outcome = known
        } else if let failure = exchanges[id].failure, failure.cause.kind.family != .local {
            outcome = .failed
            checks[index].phase = failure.phase
        } else {
            outcome = .impossible
        }
        endCheck(index, outcome, status: exchanges[id].record.answer.facts.status)
    }

    private mutating func endCheck(_ index: Int, _ outcome: CheckOutcome, status: Int) {
        checksAsking -= 1
        let check = epochs[currentEpoch].model.checks[checks[index].check]
        var rest = Int64(check.interval)
        switch outcome {
        case .passed: checks[index].told = nil
        case .failed: break
        case .impossible: rest = min(rest, Limits.checkRestMilliseconds)
        }
        if outcome != .impossible {
            checks[index].peer.checks.noteCheck(passed: outcome == .passed, status: status, now: loop.now)
        }
        checks[index].body = []
        let next = loop.now.after(rest + delay(check))
        perform(checks[index].machine.ended(outcome, next: next), check: index)
        armChecks()
    }

    private mutating func turnPeer(_ index: Int, _ isHealthy: Bool) {
        let check = epochs[currentEpoch].model.checks[checks[index].check]
        checks[index].peer.turn(check.number, isHealthy: isHealthy, now: loop.now)
        let cause = Cause.connection(isHealthy ? .healthy : .unhealthy)
        let phase = checks[index].phase
        evidence.clear()
        writeCheckLine(index, cause, phase, level: FailureTable.verdict(cause, at: Place(phase)).level)
    }

    // MARK: lines

    /// Composes a line about a check in `line`, and writes it where its location's logs take its level.
    mutating func writeCheckLine(_ index: Int, _ cause: Cause, _ phase: Phase, level: LogLevel) {
        let epoch = epochs[currentEpoch]
        let check = epoch.model.checks[checks[index].check]
        let match = check.match.map { Array(epoch.model.matches[$0].name.utf8) } ?? []
        let group = epoch.groups[check.group].nameBytes
        let peer = checks[index].peer.nameBytes
        clock.update(loop.wallTime)
        line.clear()
        ErrorLine.append(
            cause, evidence, while: phase, level: level, time: clock.span, stamp: stamp, match: match.span,
            peer: peer.span, group: group.span, port: check.port ?? 0, to: &line)
        logs.writeError(line.span, level: level, to: epoch.errorRoutes[check.location])
        // That the peer is unhealthy says less than the line about why, where there was one.
        if cause.kind == .connection(.healthy) || cause.kind == .connection(.unhealthy) && checks[index].told != nil {
            return
        }
        checks[index].peer.tally.checkFailures.note(0, at: loop.wallTime, line: line.span)
    }

    /// The line of a check that failed, where it is another failure than the last.
    mutating func tellCheckFailure(_ index: Int, _ cause: Cause, _ phase: Phase, level: LogLevel) {
        let failure = PeerCheck.ToldFailure(cause: cause, phase: phase)
        line.clear()
        if checks[index].told == failure { return }
        checks[index].told = failure
        writeCheckLine(index, cause, phase, level: level)
    }
}

extension PeerCheck {
    /// Whether it goes on; the place of one that does not may be another's.
    var isLive: Bool { !machine.isStopped }
}
