import Configuration
import Platform
import ProxyCore

/// A configuration with all that it needs of the machine, before it is taken into use.
struct Candidate {
    let model: ConfigurationModel
    /// How many workers it asks for.
    let workerCount: Int
    let tls: TLSPlan
    /// Open until each worker has duplicates.
    let logs: [String: Descriptor]
    let listeners: Listeners.Change
    let peers: Peers
    /// What it is known by if it is taken.
    let serial: UInt64
}

/// The workers for a candidate, and what each is to be told: first those that were there, then fresh ones, which wait.
struct Crew {
    let old: [WorkerHandle]
    var fresh: [WorkerHandle] = []
    var plans: [EpochPlan] = []

    init(old: [WorkerHandle]) { self.old = old }

    /// Tells all of them. Nothing of this fails.
    func send() {
        for (worker, plan) in zip(old + fresh, plans) { worker.mailbox.send(.adopt(plan)) }
    }
}

extension EpochPlan {
    /// Closes the descriptors of a plan that no worker gets.
    func close() {
        for listener in listeners { Kernel().close(listener.descriptor) }
        LogFiles.close(logs)
    }
}
