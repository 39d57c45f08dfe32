import Bytes
import Configuration
import Failures
import HTTP
import Platform
import Routing

// What comes back from a peer that is checked, compared with what it must be (nginx: match).
extension Worker {
    /// Whether the exchange is a health check's.
    func isCheck(_ id: SlotID) -> Bool { if case .check = exchanges[id].client { true } else { false } }

    /// The connection stands. True where that is all that was asked (nginx: type=tcp).
    mutating func isConnectedCheck(_ id: SlotID) -> Bool {
        guard case .check(let number) = exchanges[id].client else { return false }
        let index = Int(number)
        if epochs[Int(exchanges[id].epoch)].model.checks[checks[index].check].kind != .tcp { return false }
        finishCheck(id, index, .passed, .connecting)
        return true
    }

    /// The head of the response is there; its body may follow in `scratch` from `end` on.
    mutating func checkHead(_ id: SlotID, check index: Int, _ end: Int) {
        let epoch = epochs[Int(exchanges[id].epoch)]
        let check = epoch.model.checks[checks[index].check]
        // One deadline for the body: bytes that drip do not move it.
        exchanges[id].machine.headArrived(deadline: loop.now.after(Int64(settings(id).upstreamReadTimeout)))
        exchanges[id].machine.committed()
        moment.update(now: loop.now, wall: loop.wallTime)
        if let fault = epoch.routing.headFault(match: check.match, &exchanges[id].record, moment, &pool) {
            return finishCheck(id, index, .failed, Phase(fault))
        }
        if check.keepAliveTime == 0 && !epoch.routing.testsBody(match: check.match) {
            return finishCheck(id, index, .passed, Phase(epoch.routing.lastPart(match: check.match)))
        }
        takeFraming(id)
        passBody(id, from: end)
    }

    /// More of the response's body is there: a range in `scratch`.
    mutating func checkBody(_ id: SlotID, check index: Int, _ range: ByteRange, ended: Bool, reusable: Bool) {
        let epoch = epochs[Int(exchanges[id].epoch)]
        let match = epoch.model.checks[checks[index].check].match
        let left = Limits.checkBodyBytes - checks[index].bodyCount
        if epoch.routing.testsBody(match: match) {
            let kept = ByteRange(start: range.start, count: min(range.count, left))
            checks[index].body += scratch.span(kept).array
        }
        checks[index].bodyCount += range.count
        if !ended && range.count < left {
            let upstream = exchanges[id].upstream
            if upstreams[upstream].socket.contains(.readable) { post(upstream: upstream) }
            return arm(id)
        }
        if ended { perform(exchanges[id].machine.responseBodyEnded(reusable: reusable), exchange: id) }
        let body = checks[index].body
        let passes = epoch.routing.bodyPasses(match: match, body.span)
        finishCheck(id, index, passes ? .passed : .failed, Phase(epoch.routing.lastPart(match: match)))
    }

    /// All is known that there is to know.
    private mutating func finishCheck(_ id: SlotID, _ index: Int, _ outcome: CheckOutcome, _ phase: Phase) {
        checks[index].outcome = outcome
        checks[index].phase = phase
        if exchanges[id].machine.isAttempting {
            perform(exchanges[id].machine.attemptDropped(reusable: false, outcome: .neutral), exchange: id)
        }
        giveUp(id, status: 0)
    }
}

extension Phase {
    /// Where a response is compared with what it must be.
    init(_ part: ResponsePart) {
        switch part {
        case .status: self = .checkingStatus
        case .header: self = .checkingHeader
        case .variables: self = .checkingVariables
        case .body: self = .checkingBody
        }
    }
}
