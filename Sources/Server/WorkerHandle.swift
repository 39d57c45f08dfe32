import EventLoop
import Platform
import ProxyCore
import Synchronization
import TLS

/// What the main thread keeps of a worker.
struct WorkerHandle: Sendable {
    let mailbox: Mailbox<WorkerMessage>
    /// Until its thread has nothing more to do.
    let isRunning: Flag

    /// Starts a worker in a thread of its own, where it waits for a configuration.
    ///
    /// - Parameters:
    ///   - shared: what it shares with the process's other workers
    ///   - connections: how many it may have at once (nginx: worker_connections)
    ///   - keepsNames: whether it looks up the names of groups, for all of them
    static func start(_ shared: ProcessShared, connections: Int, keepsNames: Bool) throws(StartError) -> WorkerHandle {
        let kernel = Kernel()
        let waker = kernel.makeWaker()
        if waker.failed { throw StartError("eventfd() failed", waker.errno) }
        let mailbox = Mailbox<WorkerMessage>(waker: Descriptor(Int32(waker.value)))
        let poller = kernel.makePoller()
        if poller.failed {
            kernel.close(mailbox.waker)
            throw StartError("epoll_create() failed", poller.errno)
        }
        let descriptor = Descriptor(Int32(poller.value))
        let isRunning = Flag()
        let failure = BlockingThread.start {
            var worker = Worker(
                kernel: Kernel(), shared: shared, mailbox: mailbox, poller: descriptor,
                limits: Limits(connections: connections), threadID: CurrentThread.id, keepsNames: keepsNames)
            worker.run()
            TLSThread.end()
            isRunning.clear()
        }
        if let failure {
            kernel.close(descriptor)
            kernel.close(mailbox.waker)
            throw StartError("pthread_create() failed", failure)
        }
        return WorkerHandle(mailbox: mailbox, isRunning: isRunning)
    }

    /// Ends a worker that was told nothing yet, and waits for it: it has nothing to finish.
    func dismiss() {
        mailbox.send(.stop)
        while isRunning.isSet { BlockingThread.sleep(milliseconds: 1) }
        Kernel().close(mailbox.waker)
    }
}

/// A flag that one thread clears and another looks at.
final class Flag: Sendable {
    private let value = Atomic<Bool>(true)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func clear() { value.store(false, ordering: .releasing) }
}
