import Platform
import Synchronization

/// Something that goes on in a thread while a test does other things.
package final class Background: Sendable {
    private let state = Mutex<(isOver: Bool, trouble: String?)>((false, nil))

    /// Begins at once.
    package init(_ body: @escaping @Sendable () throws -> Void) {
        let failure = BlockingThread.start { [self] in
            var trouble: String?
            do { try body() } catch { trouble = "\(error)" }
            end(trouble)
        }
        if let failure { end("pthread_create() failed (\(failure.text))") }
    }

    /// Waits for its end; what it threw is thrown.
    package func wait() throws {
        try Wait.until("the end of a thread") { state.withLock { $0.isOver } }
        if let trouble = state.withLock({ $0.trouble }) { throw Trouble(trouble) }
    }

    private func end(_ trouble: String?) { state.withLock { $0 = (true, trouble) } }
}

/// Something that becomes true once.
package final class Flag: Sendable {
    private let value = Atomic(false)

    package init() {}

    package var isSet: Bool { value.load(ordering: .acquiring) }
    package func set() { value.store(true, ordering: .releasing) }
}
