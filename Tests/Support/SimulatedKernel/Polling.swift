import Glibc
import Platform

// epoll, as Linux does it: a wake puts the entry on the ready list, the wait asks each entry there for its state of
// that moment, edge-triggered entries then leave the list and level-triggered ones stay until a wait finds them idle.
extension SimulatedKernel {
    func addWatch(
        _ poller: Poller, _ target: KernelObject, token: UInt64, interest: Readiness, number: Int32
    ) -> SystemResult {
        if target.watches.contains(where: { $0.poller === poller }) {
            violation("a descriptor was watched twice by one poller")
            return SystemResult(.exists)
        }
        if target is Poller { return SystemResult(Errno(rawValue: EINVAL)) }
        if target is OpenFile { return SystemResult(Errno(rawValue: EPERM)) }
        let watch = Watch(
            poller: poller, target: target, token: token, interest: interest.union([.error, .hangup]), number: number)
        target.watches.append(watch)
        if !target.readiness().isDisjoint(with: watch.interest) { enqueue(watch) }
        return SystemResult(raw: 0)
    }

    func removeWatch(_ poller: Poller, _ target: KernelObject) -> SystemResult {
        guard let index = target.watches.firstIndex(where: { $0.poller === poller }) else {
            violation("a descriptor was taken out of a poller that does not watch it")
            return SystemResult(.notFound)
        }
        target.watches[index].isGone = true
        target.watches.remove(at: index)
        return SystemResult(raw: 0)
    }

    func removeWatches(_ target: KernelObject) {
        for watch in target.watches { watch.isGone = true }
        target.watches.removeAll()
    }

    /// Something changed; `what` is empty where Linux wakes everybody, whatever they wait for.
    func wake(_ target: KernelObject, _ what: Readiness) {
        for watch in target.watches where what.isEmpty || !what.isDisjoint(with: watch.interest) { enqueue(watch) }
        if let far = target.far { plan(far) }
        if let server = target.farServer { planAccept(server) }
    }

    private func enqueue(_ watch: Watch) {
        if watch.isQueued { return }
        watch.isQueued = true
        watch.poller.ready.append(watch)
    }

    /// Waits: time passes until there are events, or until the timeout.
    func wait(_ poller: Poller, into events: inout EventList, timeoutMilliseconds: Int32) -> SystemResult {
        waitCount += 1
        noteSpinning()
        if adversity.lateMicroseconds.upperBound > 0 { clock += Int64(chance.within(adversity.lateMicroseconds)) }
        happenDue()
        let end = timeoutMilliseconds < 0 ? Int64.max : clock + Int64(timeoutMilliseconds) * 1000
        while true {
            collect(poller, into: &events)
            if events.count > 0 || clock >= end { return SystemResult(raw: events.count) }
            guard let next = agenda.nextTime, next <= end else {
                if end == .max {
                    noteDeadlock()
                    return SystemResult(raw: 0)
                }
                clock = end
                continue
            }
            clock = max(clock, next)
            happenDue()
        }
    }

    private func collect(_ poller: Poller, into events: inout EventList) {
        events.count = 0
        if poller.ready.isEmpty { return }
        var list = poller.ready
        var again: [Watch] = []
        poller.ready = []
        if adversity.shufflesEvents { list.shuffle(using: &chance) }
        for watch in list where !watch.isGone {
            if events.count == events.capacity {
                poller.ready.append(watch)
                continue
            }
            let ready = watch.target.readiness().intersection(watch.interest)
            watch.isQueued = false
            if ready.isEmpty { continue }
            _ = events.append(token: watch.token, readiness: ready)
            note(.event(watch.number, ready: ready))
            if watch.interest.contains(.edge) { continue }
            watch.isQueued = true
            again.append(watch)
        }
        poller.ready += again
    }
}
