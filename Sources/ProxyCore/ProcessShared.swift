import Synchronization

/// What all workers of a process share: counters only.
package final class ProcessShared: Sendable {
    package let processID: Int32
    let serials = Atomic<UInt64>(0)
    package let accepted = Atomic<UInt64>(0)
    package let requests = Atomic<UInt64>(0)
    package let active = Atomic<Int>(0)
    package let waiting = Atomic<Int>(0)
    package let writing = Atomic<Int>(0)
    package let reading = Atomic<Int>(0)

    /// Threads that accept.
    package let workerCount: Int

    package init(processID: Int32, workerCount: Int) {
        self.processID = processID
        self.workerCount = workerCount
    }

    /// The next `*N` of the error log.
    func nextSerial() -> UInt64 { serials.wrappingAdd(1, ordering: .relaxed).newValue }
}
