import Platform
@testable import EventLoop
@testable import ProxyCore
@testable import Upstreams

// What holds of health checks at the end of every turn.
extension Worker {
    /// Who asks has an exchange, who rests has a deadline and the timer is armed for it, and peers know what was found.
    var troubleOfChecks: String? {
        var asking = 0
        var next = Instant.never
        for (index, check) in checks.enumerated() {
            if check.machine.isAsking { asking += 1 }
            next = min(next, check.machine.deadline)
            if let trouble = trouble(check, index) { return "check \(index): \(trouble)" }
        }
        if asking != checksAsking { return "\(asking) checks ask, but \(checksAsking) are counted" }
        if next.isNever { return nil }
        let tick = loop.wheel.armedTick(kind: Int(TokenKind.other.rawValue), index: 3)
        let isLate = tick == 0 || tick > max((next.milliseconds + 15) >> 4, loop.wheel.tick + 1)
        return isLate && asking < Limits.checkLimit ? "the timer of checks is not armed in time" : nil
    }

    /// Connections that checks have made, in use or not.
    var checkConnectionCount: Int {
        (0..<upstreams.highWater).count { index in
            upstreams.id(at: index).map { PeerCheck.index(location: upstreams[$0].location) != nil } ?? false
        }
    }

    private func trouble(_ check: PeerCheck, _ index: Int) -> String? {
        let hasExchange = !check.exchange.isNone
        if hasExchange != check.machine.isAsking { return "asks without an exchange, or has one left" }
        if hasExchange && !exchanges.contains(check.exchange) { return "its exchange is gone" }
        if check.machine.isResting && check.machine.deadline.isNever { return "rests without a deadline" }
        if check.body.count > Limits.checkBodyBytes { return "keeps \(check.body.count) bytes of a body" }
        if !check.idle.isNone && (!upstreams.contains(check.idle) || !upstreams[check.idle].machine.isIdle) {
            return "its connection is gone"
        }
        if check.machine.isStopped { return nil }
        let number = epochs[currentEpoch].model.checks[check.check].number
        let told = check.peer.checks.standing(of: number)
        switch check.machine.standing {
        case .unknown: return told == .checking ? nil : "its peer knows more"
        case .healthy: return told == .healthy ? nil : "its peer is not told that it is healthy"
        case .unhealthy: return told == .unhealthy ? nil : "its peer is not told that it is unhealthy"
        }
    }
}
