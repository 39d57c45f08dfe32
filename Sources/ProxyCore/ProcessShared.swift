import EventLoop
import Synchronization

/// What all workers of a process share: counters only.
package final class ProcessShared: Sendable {
    package let processID: Int32
    let serials = Atomic<UInt64>(0)
    private let accepting: Atomic<Int>
    private let counters: [WorkerCounters]
    private let claimed = Atomic<Int>(0)
    private let names = Mutex<Names>(Names())

    package init(processID: Int32, workerCount: Int) {
        self.processID = processID
        accepting = Atomic(workerCount)
        counters = (0..<max(64, workerCount)).map { _ in WorkerCounters() }
    }

    /// Threads that accept.
    package var workerCount: Int { accepting.load(ordering: .relaxed) }

    /// A reload changed the number of workers.
    package func workersChanged(to count: Int) { accepting.store(count, ordering: .relaxed) }

    /// The next `*N` of the error log.
    func nextSerial() -> UInt64 { serials.wrappingAdd(1, ordering: .relaxed).newValue }

    /// The counters of a worker that starts. After very many starts two workers may have the same: they only add.
    func claimCounters() -> WorkerCounters {
        counters[claimed.wrappingAdd(1, ordering: .relaxed).oldValue % counters.count]
    }

    /// What all workers have counted (nginx: stub_status).
    package var counts: ConnectionCounts {
        var sum = ConnectionCounts()
        for worker in counters {
            sum.accepted += worker.accepted.load(ordering: .relaxed)
            sum.requests += worker.requests.load(ordering: .relaxed)
            sum.active += worker.active.load(ordering: .relaxed)
            sum.reading += worker.reading.load(ordering: .relaxed)
            sum.writing += worker.writing.load(ordering: .relaxed)
        }
        return sum
    }
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

/// What one worker counts, in memory that no other worker writes to. Others read it.
final class WorkerCounters: Sendable {
    let accepted = Atomic<Int>(0)
    let requests = Atomic<Int>(0)
    let active = Atomic<Int>(0)
    let reading = Atomic<Int>(0)
    let writing = Atomic<Int>(0)
    /// Keeps the neighbour in memory, which is another worker's, out of the cache line.
    private let distance = InlineArray<8, Int>(repeating: 0)

    init() {}
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
}
