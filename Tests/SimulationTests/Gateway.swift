import Bytes
import Configuration
@testable import EventLoop
import Platform
@testable import ProxyCore
import SimulatedKernel
@testable import Upstreams

/// The real worker on a simulated kernel, and what the process around it does: listeners, reloads, the end.
final class Gateway {
    let simulated: SimulatedKernel
    private var peers: [Peer] = []
    private var worker: Worker
    private let mailbox: Mailbox<WorkerMessage>
    private let limits: Limits
    private var model: ConfigurationModel
    private var first: EpochPlan?
    /// The process's own descriptors of its listeners; the worker has duplicates.
    private var open: [ListenerPlan] = []
    /// What was wrong at the end of a turn, the first time something was.
    private(set) var broken: String?
    private(set) var isStopped = false
    /// An exchange went on with a peer that its group had no more.
    private(set) var keptGonePeer = false
    private var plans: UInt64 = 0

    init(
        _ simulated: SimulatedKernel, _ model: ConfigurationModel, limits: Limits,
        lookups: @escaping LookupEngineMaker = { _, _, _, _ in nil }
    ) {
        self.simulated = simulated
        self.model = model
        self.limits = limits
        let kernel = simulated.kernel
        mailbox = Mailbox(waker: Descriptor(Int32(kernel.makeWaker().value)))
        worker = Worker(
            kernel: kernel, shared: ProcessShared(processID: 1, workerCount: 1), mailbox: mailbox,
            poller: Descriptor(Int32(kernel.makePoller().value)), limits: limits, threadID: 1, lookups: lookups)
        listen()
        first = plan()
    }

    /// Takes the configuration into use: from here on calls may fail.
    func start() {
        if let plan = first { worker.adopt(plan) }
        first = nil
    }

    /// Another configuration, as SIGHUP brings it.
    func reload(_ fresh: ConfigurationModel) {
        model = fresh
        let gone = open.filter { entry in !fresh.listeners.contains { $0.endpoint == entry.endpoint } }
        for entry in gone { close(entry) }
        open.removeAll { entry in gone.contains { $0.endpoint == entry.endpoint } }
        let kept = open.count
        listen()
        if let plan = plan() { return tell(.adopt(plan)) }
        // Nobody would accept from those that are new.
        for entry in open[kept...] { close(entry) }
        open.removeLast(open.count - kept)
    }

    /// Leaves a message and wakes the worker.
    func tell(_ message: WorkerMessage) {
        mailbox.put(message)
        let one: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
        _ = simulated.write(mailbox.waker, one.span)
        simulated.isDeadlocked = false
    }

    /// Opens the listeners that are not open yet.
    private func listen() {
        let kernel = simulated.kernel
        for listener in model.listeners where !open.contains(where: { $0.endpoint == listener.endpoint }) {
            let family: AddressFamily
            switch listener.endpoint {
            case .ip(let address): family = address.family
            case .unix: family = .unix
            }
            let made = kernel.socket(family)
            if made.failed { continue }
            let descriptor = Descriptor(Int32(made.value))
            if kernel.bind(descriptor, to: listener.endpoint).failed || kernel.listen(descriptor, backlog: 511).failed {
                kernel.close(descriptor)
            } else {
                open.append(ListenerPlan(descriptor: descriptor, endpoint: listener.endpoint))
            }
        }
    }

    private func close(_ entry: ListenerPlan) {
        simulated.close(entry.descriptor)
        if case .unix(let path) = entry.endpoint { _ = simulated.unlink(path) }
    }

    /// What the worker is told; nil where a call failed, as the process then keeps what it has.
    private func plan() -> EpochPlan? {
        var copies: [ListenerPlan] = []
        for listener in model.listeners {
            guard let entry = open.first(where: { $0.endpoint == listener.endpoint }) else { continue }
            let copy = simulated.duplicate(entry.descriptor)
            if copy.failed {
                for plan in copies { simulated.close(plan.descriptor) }
                return nil
            }
            copies.append(ListenerPlan(descriptor: Descriptor(Int32(copy.value)), endpoint: listener.endpoint))
        }
        let groups = model.groups.map { group in
            group.servers.compactMap { Gateway.peer($0, awaitedChecks: group.mandatoryChecks) }
        }
        peers += groups.flatMap { $0 }
        plans += 1
        return EpochPlan(
            model: model, peers: groups, listeners: copies, tls: Wires.plan(model), serial: plans)
    }

    private static func peer(_ server: GroupServer, awaitedChecks: UInt32) -> Peer? {
        guard case .endpoint(let endpoint) = server.address else { return nil }
        return Peer(PeerSettings(server, endpoint, serverIndex: 0, awaitedChecks: awaitedChecks))
    }

    /// How many exchanges there were so far.
    var exchangeCount: Int { worker.counters.requests.load(ordering: .relaxed) }

    /// Whether neither a connection nor an exchange is there but those of health checks, which have no end, and the
    /// worker has taken all that it was told.
    var isEmpty: Bool {
        worker.downstreams.count == 0 && worker.exchanges.count == worker.checksAsking
            && worker.upstreams.count == worker.checkConnectionCount && mailbox.messages.withLock { $0.isEmpty }
    }

    /// Ends health checks and the lookups of groups' names, as a reload without any does.
    func endChecks() {
        worker.forgetNames()
        if worker.checks.isEmpty { return }
        worker.stopChecks()
        _ = turn()
    }

    /// Runs one turn; false once the worker has ended or something is broken.
    func turn() -> Bool {
        while !isStopped && broken == nil {
            if !worker.step() { isStopped = true }
            guard case .ended = worker.loop.stage else { continue }
            broken = worker.brokenInvariant(limits)
            keptGonePeer = keptGonePeer || worker.holdsGonePeer
            return broken == nil && !isStopped
        }
        return false
    }

    /// What is left of slots, timers and budgets where nothing should be.
    func leftovers() -> [String] {
        worker.leftovers(limits) + (peers + worker.distinctGroups.flatMap(\.peers)).compactMap { busy($0) }
    }

    private func busy(_ peer: Peer) -> String? {
        peer.activeCount == 0 ? nil : "\(peer.activeCount) exchanges are counted on \(peer.settings.name)"
    }

    /// Ends worker and process; false where the worker does not end.
    func stop() -> Bool {
        simulated.stopFailing()
        if !isStopped { tell(.stop) }
        for _ in 0..<100 where !isStopped { _ = turn() }
        simulated.close(mailbox.waker)
        for entry in open { close(entry) }
        return isStopped
    }
}
