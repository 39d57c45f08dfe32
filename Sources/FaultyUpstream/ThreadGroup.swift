import Platform
import Synchronization

/// Threads that are ended together.
final class ThreadGroup: Sendable {
    /// Ends all waits of the threads.
    let stop: StopSignal
    private let idle: StopSignal
    private let state = Mutex((running: 0, isStopping: false))

    /// Nil where no descriptor is left.
    init?() {
        guard let stop = StopSignal(), let idle = StopSignal() else { return nil }
        (self.stop, self.idle) = (stop, idle)
    }

    /// Runs `body` in a thread that `stopAll` waits for; false where none could be had, or after the stop.
    func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let isStopping = state.withLock { state in
            if !state.isStopping { state.running += 1 }
            return state.isStopping
        }
        if isStopping { return false }
        let failure = BlockingThread.start {
            body()
            self.ended()
        }
        if failure != nil { ended() }
        return failure == nil
    }

    private func ended() {
        let isLast = state.withLock { state in
            state.running -= 1
            return state.isStopping && state.running == 0
        }
        if isLast { idle.raise() }
    }

    /// Ends all waits and waits for all threads, at most five seconds.
    func stopAll() {
        let running = state.withLock { state in
            state.isStopping = true
            return state.running
        }
        stop.raise()
        if running > 0 { _ = idle.wait(milliseconds: 5000) }
    }
}
