import Bytes
@testable import ProxyCore

// Who waits before an attempt.
extension Worker {
    /// Whoever is queued stands in its group's line once, within its bound, and holds nothing; whoever waits for an
    /// upstream is counted. All have a deadline, as every exchange.
    var troubleOfWaiting: String? {
        var counted = 0
        var queued = 0
        for index in 0..<exchanges.highWater {
            guard let id = exchanges.id(at: index) else { continue }
            if exchanges[id].isCountedWaiting { counted += 1 }
            if exchanges[id].isCountedWaiting != exchanges[id].machine.waits { return "an exchange waits uncounted" }
            if exchanges[id].machine.isHeldUp && (exchanges[id].holdsPeer || !exchanges[id].upstream.isNone) {
                return "an exchange waits for what it holds"
            }
            if !exchanges[id].machine.isQueued { continue }
            queued += 1
            let own = lines.filter { $0.epoch == exchanges[id].epoch && $0.group == exchanges[id].group }
            if own.count != 1 || own[0].exchanges.count(where: { $0 == id }) != 1 { return "an exchange is in no line" }
        }
        if counted != waitingCount { return "\(counted) exchanges wait, \(waitingCount) are counted" }
        if queued != lines.reduce(0, { $0 + $1.exchanges.count }) { return "a line has exchanges that wait no more" }
        for line in lines {
            let limit = epochs[Int(line.epoch)].model.groups[Int(line.group)].queue?.limit ?? 0
            if line.exchanges.isEmpty || line.exchanges.count > limit { return "a line is empty, or too long" }
        }
        return nil
    }
}
