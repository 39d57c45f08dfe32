import EventLoop
import Synchronization
import Upstreams

/// What all workers of a process share: counters only.
package final class ProcessShared: Sendable {
    package let processID: Int32
    let serials = Atomic<UInt64>(0)
    private let accepting: Atomic<Int>
    private let counters = Mutex<CounterList>(CounterList())
    /// How often a worker has begun to count.
    let workerStarts = Atomic<Int>(0)
    private let names = Mutex<Names>(Names())
    /// When it started, and what became of its configurations.
    package let configuration = ConfigurationFacts()
    /// What failed before peers that variables named: they come and go, and are not told apart.
    let namedByVariables = GroupTally()

    package init(processID: Int32, workerCount: Int) {
        self.processID = processID
        accepting = Atomic(workerCount)
    }

    /// Threads that accept.
    package var workerCount: Int { accepting.load(ordering: .relaxed) }

    /// A reload changed the number of workers.
    package func workersChanged(to count: Int) { accepting.store(count, ordering: .relaxed) }

    /// The next `*N` of the error log.
    func nextSerial() -> UInt64 { serials.wrappingAdd(1, ordering: .relaxed).newValue }

    /// The counters of a worker that starts: those of one that has ended, else new ones. Nobody else writes to them.
    func claimCounters() -> WorkerCounters {
        counters.withLock { list in
            workerStarts.wrappingAdd(1, ordering: .relaxed)
            if let number = list.free.popLast() { return list.all[number] }
            list.all.append(WorkerCounters(number: list.all.count))
            return list.all[list.all.count - 1]
        }
    }

    /// A worker ends: another may go on with its counters.
    func release(_ claimed: WorkerCounters) {
        counters.withLock { list in
            list.free.append(claimed.number)
            list.free.sort(by: >)
        }
    }

    /// The counters of all workers that ever were; newer ones may be missing. Where nothing has changed since the last
    /// look, `known` is what there is, and nothing is locked.
    func look(_ known: inout KnownCounters) {
        if known.starts == workerStarts.load(ordering: .relaxed) { return }
        counters.withLock { list in
            known.all = list.all
            known.starts = workerStarts.load(ordering: .relaxed)
        }
    }

    /// What all workers have counted (nginx: stub_status).
    package var counts: ConnectionCounts { counters.withLock { ConnectionCounts($0.all) } }
}

/// All counters, by their numbers, and the numbers that nobody has now.
private struct CounterList {
    var all: [WorkerCounters] = []
    var free: [Int] = []
}

/// What a worker knows of all workers' counters.
struct KnownCounters {
    var starts = -1
    var all: [WorkerCounters] = []
}

extension ProcessShared {
    /// Who is to be told of groups' peers, and what was told of the newest configuration.
    fileprivate struct Names {
        var mailboxes: [Mailbox<WorkerMessage>] = []
        var updates: [PeerUpdate] = []
    }

    /// A worker wants to be told.
    func join(_ mailbox: Mailbox<WorkerMessage>) { names.withLock { $0.mailboxes.append(mailbox) } }

    /// A worker ends.
    func leave(_ mailbox: Mailbox<WorkerMessage>) {
        names.withLock { names in names.mailboxes.removeAll { $0 === mailbox } }
    }

    /// Tells every worker but the one that knows already. Whoever has left is told nothing: its eventfd may be closed.
    func publish(_ update: PeerUpdate, from sender: Mailbox<WorkerMessage>) {
        names.withLock { names in
            names.updates.removeAll { $0.serial != update.serial || $0.group == update.group }
            names.updates.append(update)
            for mailbox in names.mailboxes where mailbox !== sender { mailbox.send(.peers(update)) }
        }
    }

    /// Has the names of groups looked up that have no address.
    func hastenNames(from sender: Mailbox<WorkerMessage>) {
        names.withLock { names in
            for mailbox in names.mailboxes where mailbox !== sender { mailbox.send(.hastenNames) }
        }
    }

    /// What was told of a configuration before a worker took it.
    func updates(serial: UInt64) -> [PeerUpdate] {
        names.withLock { names in names.updates.filter { $0.serial == serial } }
    }

    /// The peers that the names of groups stand for now, in the newest configuration that has any.
    package var latestPeers: [PeerUpdate] { names.withLock { $0.updates } }
}

/// Clients' connections and requests, in nginx's words.
package struct ConnectionCounts: Equatable, Sendable {
    /// Since the start.
    package var accepted = 0
    /// Since the start.
    package var requests = 0
    /// Connections open now.
    package var active = 0
    /// Of these, in the middle of a request's head.
    package var reading = 0
    /// Of these, from the head's end to the response's.
    package var writing = 0
    /// Of these, idle.
    package var waiting: Int { max(0, active - reading - writing) }

    /// Nothing counted.
    package init() {}

    /// What some workers have counted together.
    init(_ workers: [WorkerCounters]) {
        for worker in workers {
            accepted += worker.accepted.load(ordering: .relaxed)
            requests += worker.requests.load(ordering: .relaxed)
            active += worker.active.load(ordering: .relaxed)
            reading += worker.reading.load(ordering: .relaxed)
            writing += worker.writing.load(ordering: .relaxed)
        }
    }
}
