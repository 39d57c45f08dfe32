import Platform
import Synchronization

/// A DNS server over UDP that fails on purpose: the first label of the name asked for chooses how.
///
/// `nxdomain`, `servfail`, `notimp`, `refused` and `formerr` are answered with that code, `empty` without a record,
/// `silent` not at all, `wrong-id` under another id, `cut-N` with the first N bytes of a good answer, and `garbage-N`
/// with a bad one, another for each N. `alias.NAME` is another name for NAME, `chain.NAME` as well with NAME's address
/// beside it, and `loop` one for itself. `ip-192-0-2-1` has that address, `six` only ::1, `both` has it and 127.0.0.1,
/// `many` has 127.0.0.1 to 127.0.0.5, `moves` 127.0.0.1 first, then 127.0.0.2 and so on, and any other name 127.0.0.1:
/// all for one second, but `ttl-N` for N.
package final class FaultyResolver: Sendable {
    private let threads: ThreadGroup
    private let asked: Asked
    /// Where it answers.
    package let address: SocketAddress

    /// Answers at this address until it is stopped or let go; port 0 means any. With `code` each answer is that
    /// response code and nothing else (RFC 1035 §4.1.1), whatever the name.
    package static func start(
        at address: SocketAddress = .loopback(port: 0), code: UInt8? = nil
    ) throws(SocketFailure) -> FaultyResolver {
        let socket = try BlockingSocket.datagrams(at: address)
        var real = address
        real.port = UInt16(socket.port)
        guard let threads = ThreadGroup() else {
            throw SocketFailure(call: "eventfd", endpoint: .ip(real), errno: .tooManyOpenFiles)
        }
        let (descriptor, asked) = (socket.release(), Asked())
        let started = threads.start {
            let socket = BlockingSocket(adopting: descriptor)
            while true {
                let waited = socket.answerDatagram(limit: 512, milliseconds: 60_000, stop: threads.stop) { query in
                    guard let question = Question(query) else { return nil }
                    let count = asked.add(question.name)
                    return code.map { question.refusal($0) } ?? question.answer(count: count)
                }
                if waited == .stopped { return }
            }
        }
        if !started {
            Kernel().close(descriptor)
            throw SocketFailure(call: "pthread_create", endpoint: .ip(real), errno: .again)
        }
        return FaultyResolver(threads: threads, asked: asked, address: real)
    }

    private init(threads: ThreadGroup, asked: Asked, address: SocketAddress) {
        (self.threads, self.asked, self.address) = (threads, asked, address)
    }

    deinit { stop() }

    /// The names asked for, oldest first, at most 1,024.
    package var names: [String] { asked.names }

    /// What it would answer to a first such query; nil where it would not, or where that is no query.
    package static func answer(to query: [UInt8]) -> [UInt8]? { Question(query)?.answer(count: 0) }

    /// Answers no more, and waits for the thread.
    package func stop() { threads.stopAll() }

    private final class Asked: Sendable {
        private let list = Mutex<[String]>([])
        var names: [String] { list.withLock { $0 } }

        /// How often the name was asked for before.
        func add(_ name: String) -> Int {
            list.withLock { list in
                let before = list.count { $0 == name }
                if list.count < 1024 { list.append(name) }
                return before
            }
        }
    }
}
