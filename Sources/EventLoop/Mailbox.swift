import Bytes
import Platform
import Synchronization

/// The only door into a worker from another thread: messages under a lock and an eventfd that wakes its loop.
package final class Mailbox<Message: Sendable>: Sendable {
    /// What the worker watches.
    package let waker: Descriptor
    let messages: Mutex<[Message]>

    /// A mailbox on the eventfd `waker`.
    package init(waker: Descriptor) {
        self.waker = waker
        messages = Mutex([])
    }

    /// Leaves a message and wakes the worker.
    package func send(_ message: consuming sending Message) {
        put(message)
        wake()
    }

    /// Leaves a message; the worker finds it when it is woken.
    package func put(_ message: consuming sending Message) {
        let message = message
        messages.withLock { $0.append(message) }
    }

    /// Wakes the worker.
    package func wake() {
        let one: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0]
        _ = Kernel().write(waker, one.span)
    }

    /// All messages, in order; the box is empty afterwards.
    package func takeAll() -> [Message] {
        messages.withLock { box in
            let all = box
            box = []
            return all
        }
    }
}
