import Platform
import Synchronization

/// Listens on a free port of 127.0.0.1 and serves each connection in a thread of its own, until it is let go.
package final class Acceptor: Sendable {
    package let port: Int
    /// Ends the waits of all connections.
    package let stop: StopSignal
    private let count = Atomic(0)

    /// `serve` has the connection, its number from 1, and what ends its waits.
    package init(_ serve: @escaping @Sendable (consuming BlockingSocket, Int, StopSignal) -> Void) throws {
        guard let stop = StopSignal() else { throw Trouble("no descriptor is left") }
        self.stop = stop
        let socket = try BlockingSocket.listening(at: .ip(.loopback(port: 0)))
        port = socket.port
        let descriptor = socket.release()
        let failure = BlockingThread.start { [stop, weak self] in
            let socket = BlockingSocket(adopting: descriptor)
            while socket.wait(for: .input, milliseconds: 60_000, stop: stop) != .stopped {
                let accepted = socket.accept()
                if accepted.failed { continue }
                let client = Descriptor(Int32(accepted.value))
                let number = self?.count.add(1, ordering: .relaxed).newValue ?? 0
                let failure = BlockingThread.start { serve(BlockingSocket(adopting: client), number, stop) }
                if failure != nil { Kernel().close(client) }
            }
        }
        if failure != nil { throw Trouble("no thread could be had") }
    }

    deinit { stop.raise() }

    /// Connections that were accepted.
    package var connections: Int { count.load(ordering: .relaxed) }
    /// The address, as it stands in `proxy_pass`.
    package var address: String { "127.0.0.1:\(port)" }

    /// Runs `body` with a gateway; at its end all connections are closed, idle ones of the gateway's too.
    func run(_ settings: GatewaySettings, _ body: (Gateway) throws -> Void) throws {
        try Gateway.run(settings) { gateway in
            defer { stop.raise() }
            try body(gateway)
        }
    }
}
