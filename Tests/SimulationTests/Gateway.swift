import Bytes
import Configuration
@testable import EventLoop
import Platform
@testable import ProxyCore
import SimulatedKernel
import Upstreams

/// The real worker on a simulated kernel.
final class Gateway {
    let simulated: SimulatedKernel
    let peers: [[Peer]]
    private var worker: Worker
    private let mailbox: Mailbox<WorkerMessage>
    private let limits: Limits
    private let plan: EpochPlan
    /// What was wrong at the end of a turn, the first time something was.
    private(set) var broken: String?
    private(set) var isStopped = false

    /// Nil where a call failed that the process makes before there is a worker.
    init?(_ simulated: SimulatedKernel, _ model: ConfigurationModel, connections: Int) {
        self.simulated = simulated
        let kernel = simulated.kernel
        var plans: [ListenerPlan] = []
        for listener in model.listeners {
            guard let descriptor = Gateway.listen(kernel, listener.endpoint) else { break }
            plans.append(ListenerPlan(descriptor: descriptor, endpoint: listener.endpoint))
        }
        let waker = kernel.makeWaker()
        if plans.count < model.listeners.count || waker.failed {
            for plan in plans { kernel.close(plan.descriptor) }
            if !waker.failed { kernel.close(Descriptor(Int32(waker.value))) }
            return nil
        }
        peers = model.groups.map { group in
            group.servers.compactMap { server in
                guard case .endpoint(let endpoint) = server.address else { return nil }
                return Peer(
                    PeerSettings(
                        endpoint: endpoint, weight: server.weight, maxFailures: server.maxFails,
                        failTimeoutMilliseconds: Int64(server.failTimeout), maxConnections: server.connectionLimit,
                        isBackup: server.isBackup, isDown: server.isDown))
            }
        }
        mailbox = Mailbox(waker: Descriptor(Int32(waker.value)))
        limits = Limits(connections: connections)
        worker = Worker(
            kernel: kernel, shared: ProcessShared(processID: 1, workerCount: 1), mailbox: mailbox, limits: limits,
            threadID: 1)
        plan = EpochPlan(model: model, peers: peers, listeners: plans)
    }

    /// Takes the configuration into use: from here on calls may fail.
    func start() { worker.adopt(plan) }

    private static func listen(_ kernel: Kernel, _ endpoint: Endpoint) -> Descriptor? {
        let family: AddressFamily
        switch endpoint {
        case .ip(let address): family = address.family
        case .unix: family = .unix
        }
        let made = kernel.socket(family)
        if made.failed { return nil }
        let descriptor = Descriptor(Int32(made.value))
        if kernel.bind(descriptor, to: endpoint).failed || kernel.listen(descriptor, backlog: 511).failed {
            kernel.close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Whether neither a connection nor an exchange is there.
    var isEmpty: Bool { worker.downstreams.count == 0 && worker.exchanges.count == 0 && worker.upstreams.count == 0 }

    /// Runs one turn; false once the worker has ended or something is broken.
    func turn() -> Bool {
        while !isStopped && broken == nil {
            if !worker.step() { isStopped = true }
            guard case .ended = worker.loop.stage else { continue }
            broken = worker.brokenInvariant(limits)
            return broken == nil && !isStopped
        }
        return false
    }

    /// What is left of slots, timers and budgets where nothing should be.
    func leftovers() -> [String] { worker.leftovers(limits) + peers.flatMap { $0 }.compactMap { busy($0) } }

    private func busy(_ peer: Peer) -> String? {
        peer.activeCount == 0 ? nil : "\(peer.activeCount) exchanges are counted on \(peer.settings.name)"
    }

    /// Ends the worker as the process would; false where it does not end.
    func stop() -> Bool {
        simulated.stopFailing()
        mailbox.put(.stop)
        let one: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
        _ = simulated.write(mailbox.waker, one.span)
        for _ in 0..<100 where !isStopped { _ = turn() }
        simulated.close(mailbox.waker)
        return isStopped
    }
}
