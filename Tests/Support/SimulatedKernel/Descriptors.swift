import Bytes
import Glibc
import Platform

// The table of descriptors, and the calls that are neither sockets' nor files'.
extension SimulatedKernel {
    package func now() -> Instant { Instant(milliseconds: 1_000_000 + clock / 1000) }

    /// The run begins on 2026-01-01 at 00:00:00 UTC.
    package func wallTime() -> WallTime { WallTime(milliseconds: 1_767_225_600_000 + clock / 1000) }

    package func random() -> UInt64 { gatewayChance.next() }

    package func makePoller() -> SystemResult { make(.makePoller) { Poller() } }

    package func makeWaker() -> SystemResult { make(.makeWaker) { Waker() } }

    package func watch(
        _ poller: Descriptor, _ descriptor: Descriptor, token: UInt64, interest: Readiness
    ) -> SystemResult {
        let failure = enter(.watch, descriptor.number)
        guard let poller = object(poller, "watch") as? Poller, let target = object(descriptor, "watch") else {
            return leave(.watch, descriptor, 0, -Int(EBADF))
        }
        if let failure { return leave(.watch, descriptor, 0, -Int(failure)) }
        let answer = addWatch(poller, target, token: token, interest: interest, number: descriptor.number)
        return leave(.watch, descriptor, Int(interest.rawValue), answer)
    }

    package func unwatch(_ poller: Descriptor, _ descriptor: Descriptor) -> SystemResult {
        _ = enter(.unwatch, descriptor.number)
        guard let poller = object(poller, "unwatch") as? Poller, let target = object(descriptor, "unwatch") else {
            return leave(.unwatch, descriptor, 0, -Int(EBADF))
        }
        return leave(.unwatch, descriptor, 0, removeWatch(poller, target))
    }

    package func poll(_ poller: Descriptor, into events: inout EventList, timeoutMilliseconds: Int32) -> SystemResult {
        let failure = enter(.poll, poller.number)
        events.count = 0
        guard let instance = object(poller, "poll") as? Poller else { return leave(.poll, poller, 0, -Int(EBADF)) }
        if failure != nil { return leave(.poll, poller, Int(timeoutMilliseconds), 0) }
        return leave(
            .poll, poller, Int(timeoutMilliseconds),
            wait(instance, into: &events, timeoutMilliseconds: timeoutMilliseconds))
    }

    package func close(_ descriptor: Descriptor) {
        _ = enter(.close, descriptor.number)
        let number = Int(descriptor.number)
        guard let object = object(descriptor, "close") else { return }
        descriptors[number] = nil
        lowestFree = min(lowestFree, number)
        _ = leave(.close, descriptor, 0, 0)
        object.references -= 1
        if object.references > 0 { return }
        removeWatches(object)
        switch object {
        case let stream as StreamEnd:
            release(binding: stream)
            release(stream)
        case let listener as Listener: release(listener)
        case let file as OpenFile:
            file.file.openCount -= 1
            forget(file.file)
        case let poller as Poller: closePoller(poller)
        default: break
        }
    }

    package func duplicate(_ descriptor: Descriptor) -> SystemResult {
        _ = enter(.duplicate, descriptor.number)
        guard let object = object(descriptor, "duplicate") else { return leave(.duplicate, descriptor, 0, -Int(EBADF)) }
        return leave(.duplicate, descriptor, 0, install(object))
    }

    private func closePoller(_ poller: Poller) {
        poller.ready = []
        for case let object? in descriptors { object.watches.removeAll { $0.poller === poller } }
    }

    // MARK: helpers of all calls

    /// What a descriptor names; using one that names nothing breaks the rules.
    func object(_ descriptor: Descriptor, _ use: StaticString) -> KernelObject? {
        let number = Int(descriptor.number)
        if number >= 0, number < descriptors.count, let object = descriptors[number] { return object }
        violation("\(use) of descriptor \(number), which is not open")
        return nil
    }

    /// Gives an object the lowest free number, as POSIX wants it; EMFILE where none is left.
    func install(_ object: KernelObject) -> Int {
        var number = lowestFree
        while number < descriptors.count, descriptors[number] != nil { number += 1 }
        if number >= descriptorLimit { return -Int(EMFILE) }
        if number == descriptors.count { descriptors.append(object) } else { descriptors[number] = object }
        lowestFree = number + 1
        object.references += 1
        return number
    }

    private func make(_ call: Call, _ object: () -> KernelObject) -> SystemResult {
        let failure = enter(call)
        return leave(call, .none, 0, failure.map { -Int($0) } ?? install(object()))
    }

    /// Notes a call's answer.
    func leave(_ call: Call, _ descriptor: Descriptor, _ argument: Int, _ answer: Int) -> SystemResult {
        note(.call(call, descriptor: descriptor.number, argument: argument, answer: answer))
        if answer > 0 && (call == .send || call == .receive) { noteProgress() }
        return SystemResult(raw: answer)
    }

    func leave(_ call: Call, _ descriptor: Descriptor, _ argument: Int, _ answer: SystemResult) -> SystemResult {
        leave(call, descriptor, argument, answer.raw)
    }
}
