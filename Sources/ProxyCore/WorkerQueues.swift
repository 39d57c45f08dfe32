import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import Upstreams

/// The requests of one group that wait for a peer, in the order in which they came (nginx: queue).
struct WaitingLine {
    let epoch: Int32
    let group: Int32
    var exchanges: [SlotID]
}

// Queues of groups. A peer that this worker gives back goes to the first in line at once. One that another worker gives
// back is found within 50 ms, for then every line is looked at: order holds within a worker only.
extension Worker {
    /// Where the exchange's group has a line; nil where nobody waits there.
    private func line(of id: SlotID) -> Int? {
        lines.firstIndex { $0.epoch == exchanges[id].epoch && $0.group == exchanges[id].group }
    }

    /// Whether others wait for the exchange's group already, so that it has to stand behind them.
    mutating func isBehindOthers(_ id: SlotID) -> Bool {
        if line(of: id) == nil { return false }
        serveLines()
        return line(of: id) != nil
    }

    /// Puts the exchange into its group's queue; false where there is none. A full one fails it.
    mutating func lineUp(_ id: SlotID) -> Bool {
        let groups = epochs[Int(exchanges[id].epoch)].model.groups
        let group = Int(exchanges[id].group)
        guard group < groups.count, let queue = groups[group].queue else { return false }
        let known = line(of: id)
        if known.map({ lines[$0].exchanges.count }) ?? 0 >= queue.limit {
            failAttempt(id, .choice(.queueFull), phase: .queued)
            return true
        }
        if let known {
            lines[known].exchanges.append(id)
        } else {
            lines.append(WaitingLine(epoch: exchanges[id].epoch, group: exchanges[id].group, exchanges: [id]))
        }
        exchanges[id].machine.queued(deadline: loop.now.after(Int64(queue.timeout)))
        exchanges[id].pausedAt = loop.now
        arm(id)
        armLines()
        return true
    }

    /// The exchange waits in no line any more.
    mutating func leaveLine(_ id: SlotID) {
        if lines.isEmpty { return }
        guard let known = line(of: id), let place = lines[known].exchanges.firstIndex(of: id) else { return }
        lines[known].exchanges.remove(at: place)
        if lines[known].exchanges.isEmpty { lines.remove(at: known) }
    }

    /// Gives peers that are free to those who wait for them, first come, first served. Each goes on from the work list.
    mutating func serveLines() {
        for index in lines.indices.reversed() {
            serve(index)
            if lines[index].exchanges.isEmpty { lines.remove(at: index) }
        }
    }

    private mutating func serve(_ index: Int) {
        var place = 0
        while place < lines[index].exchanges.count {
            let id = lines[index].exchanges[place]
            let tried = exchanges[id].tried
            switch choosePeer(id) {
            case .peer(let peer): hold(id, peer)
            case .noneLive(busy: true):
                exchanges[id].tried = tried
                // Who may have any peer and gets none stands for all behind.
                if tried.isEmpty && !tried.waits { return }
                place += 1
                continue
            case .noneLive: break
            }
            lines[index].exchanges.remove(at: place)
            work.append(.leaveQueue(id))
        }
    }

    /// Its turn has come: it has a peer, or there is none to wait for any more.
    mutating func leaveQueue(_ id: SlotID) {
        guard exchanges[id].machine.isQueued, !exchanges[id].isLogged else { return }
        countPause(id)
        exchanges[id].attemptStarted = loop.now
        if exchanges[id].holdsPeer { return connectToPeer(id) }
        failChoice(id, busy: false)
    }

    /// It waited as long as it may.
    mutating func queueTimedOut(_ id: SlotID) {
        countPause(id)
        failAttempt(id, .choice(.queueTimedOut), phase: .queued)
    }

    /// Another worker may have given a peer back.
    mutating func lookAtLines() {
        serveLines()
        armLines()
    }

    private mutating func armLines() {
        if lines.isEmpty { return }
        loop.arm(.other, 4, deadline: loop.now.after(Limits.waitStepMilliseconds))
    }
}
