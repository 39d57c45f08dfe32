import Failures
import Synchronization
import Upstreams

/// What one worker counts, in memory that no other worker writes to. Others read it.
final class WorkerCounters: Sendable {
    /// By which the process and its peers tell the workers apart.
    let number: Int
    let accepted = Atomic<Int>(0)
    /// Heads that came.
    let requests = Atomic<Int>(0)
    let active = Atomic<Int>(0)
    let reading = Atomic<Int>(0)
    let writing = Atomic<Int>(0)
    /// Exchanges that are over, by the class of their status; 0 where none was sent.
    let answers = InlineArray<6, Count> { _ in Count() }
    /// How long they took, in milliseconds.
    let requestTimes = Histogram()
    /// From a wake of the loop to the end of its turn, in microseconds: as long may anybody else have waited.
    let turns = Histogram()
    /// What failed, by `CauseKind.code`.
    let failures = InlineArray<224, Count> { _ in Count() }
    /// Keeps the neighbour in memory, which is another worker's, out of the cache line.
    private let distance = InlineArray<8, Int>(repeating: 0)

    init(number: Int) { self.number = number }
}

/// When the process started, and what became of its configurations. The main thread writes, workers read.
package final class ConfigurationFacts: Sendable {
    private let started = Atomic<Int64>(0)
    private let lastTaken = Atomic<Int64>(0)
    private let takenCount = Atomic<Int>(0)
    private let refusedCount = Atomic<Int>(0)
    private let wasTaken = Atomic<Bool>(true)

    init() {}

    /// The process starts with its first configuration.
    package func begin(seconds: Int) {
        started.store(Int64(seconds), ordering: .relaxed)
        lastTaken.store(Int64(seconds), ordering: .relaxed)
    }

    /// A reload was obeyed.
    package func taken(seconds: Int) {
        takenCount.wrappingAdd(1, ordering: .relaxed)
        lastTaken.store(Int64(seconds), ordering: .relaxed)
        wasTaken.store(true, ordering: .relaxed)
    }

    /// A reload was not: the configuration is bad, or cannot be used.
    package func refused() {
        refusedCount.wrappingAdd(1, ordering: .relaxed)
        wasTaken.store(false, ordering: .relaxed)
    }

    /// Seconds since 1970.
    var startedAt: Int { Int(started.load(ordering: .relaxed)) }
    /// When the present configuration was taken, in seconds since 1970.
    var takenAt: Int { Int(lastTaken.load(ordering: .relaxed)) }
    /// Reloads that were obeyed, and that were not.
    var reloads: Int { takenCount.load(ordering: .relaxed) }
    var refusals: Int { refusedCount.load(ordering: .relaxed) }
    /// Whether the last one was.
    var lastSucceeded: Bool { wasTaken.load(ordering: .relaxed) }
}
