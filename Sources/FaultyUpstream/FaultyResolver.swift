import Platform
import Synchronization

/// A DNS server over UDP that fails on purpose: the first label of the name asked for chooses how.
///
/// `nxdomain`, `servfail`, `refused` and `formerr` are answered with that code, `empty` without a record, `silent` not
/// at all, `wrong-id` under another id. `ip-192-0-2-1` has that address, any other name has 127.0.0.1; for one second.
package final class FaultyResolver: Sendable {
    private let threads: ThreadGroup
    private let asked: Asked
    /// Where it answers.
    package let address: SocketAddress

    /// Answers at this address until it is stopped or let go; port 0 means any.
    package static func start(at address: SocketAddress = .loopback(port: 0)) throws(SocketFailure) -> FaultyResolver {
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
                    asked.add(question.name)
                    return question.answer
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

    /// Answers no more, and waits for the thread.
    package func stop() { threads.stopAll() }

    private final class Asked: Sendable {
        private let list = Mutex<[String]>([])
        var names: [String] { list.withLock { $0 } }
        func add(_ name: String) { list.withLock { if $0.count < 1024 { $0.append(name) } } }
    }
}

/// A query with one question (RFC 1035 §4.1), and the answer that its name asks for.
private struct Question {
    let query: [UInt8]
    let labels: [String]
    let type: Int
    /// Where the question ends in the query.
    let end: Int

    var name: String { labels.joined(separator: ".") }

    init?(_ query: [UInt8]) {
        guard query.count > 12, query[2] & 0x80 == 0, query[4] == 0, query[5] == 1 else { return nil }
        var labels: [String] = []
        var index = 12
        while index < query.count, query[index] != 0 {
            let next = index + 1 + Int(query[index])
            guard query[index] < 64, next < query.count else { return nil }
            labels.append(String(decoding: query[index + 1..<next], as: UTF8.self).lowercased())
            index = next
        }
        guard index + 4 < query.count else { return nil }
        (self.query, self.labels, end) = (query, labels, index + 5)
        type = Int(query[index + 1]) << 8 | Int(query[index + 2])
    }

    var answer: [UInt8]? {
        let kind = labels.first ?? ""
        let codes: [String: UInt8] = ["formerr": 1, "servfail": 2, "nxdomain": 3, "refused": 5]
        if kind == "silent" { return nil }
        var (head, record): ([UInt8], [UInt8]) = ([], [])
        // Only A (1) has records: whoever asks for AAAA learns that there are none.
        if codes[kind] == nil, kind != "empty", type == 1 {
            record = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4] + (address(kind) ?? [127, 0, 0, 1])
        }
        head = [
            kind == "wrong-id" ? query[0] ^ 0xff : query[0], query[1], 0x80 | query[2] & 1,
            0x80 | codes[kind, default: 0],
        ]
        head += [0, 1, 0, record.isEmpty ? 0 : 1, 0, 0, 0, 0]
        return head + query[12..<end] + record
    }

    private func address(_ label: String) -> [UInt8]? {
        let parts = label.split(separator: "-")
        let bytes = parts.dropFirst().compactMap { UInt8($0) }
        return parts.first == "ip" && parts.count == 5 && bytes.count == 4 ? bytes : nil
    }
}
