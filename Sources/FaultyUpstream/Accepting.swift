import Platform
import Synchronization

extension Core {
    /// Opens a listener and starts its thread; the answer is where it listens in fact.
    func open(_ listener: FaultyUpstream.Listener) throws(SocketFailure) -> Endpoint {
        let socket = try BlockingSocket.listening(at: listener.endpoint)
        let endpoint = listener.endpoint.with(port: socket.port)
        let descriptor = socket.release()
        let started = threads.start { self.accept(from: BlockingSocket(adopting: descriptor), listener) }
        if !started {
            Kernel().close(descriptor)
            throw SocketFailure(call: "pthread_create", endpoint: endpoint, errno: .again)
        }
        return endpoint
    }

    /// The listener's thread.
    private func accept(from socket: consuming BlockingSocket, _ listener: FaultyUpstream.Listener) {
        var connectionIndex = 0
        while socket.wait(for: .input, milliseconds: Int(Int32.max), stop: stop) != .stopped {
            let answer = socket.accept()
            if answer.failed {
                // Out of descriptors: the connection stays in the queue until one is free.
                if !answer.wouldBlock { _ = stop.wait(milliseconds: 50) }
                continue
            }
            let descriptor = Descriptor(Int32(answer.value))
            if take(descriptor, listener.behaviour, connectionIndex) { connectionIndex += 1 }
        }
        if case .unix(let path) = listener.endpoint { _ = Kernel().unlink(path) }
    }

    /// Gives a connection its thread, or refuses it.
    private func take(_ descriptor: Descriptor, _ behaviour: Behaviour, _ connectionIndex: Int) -> Bool {
        guard let number = admit() else {
            refuse(BlockingSocket(adopting: descriptor))
            return false
        }
        let started = threads.start {
            let record = self.play(BlockingSocket(adopting: descriptor), behaviour, number, connectionIndex)
            // Only now is the socket closed: whoever sees the end in the record sees it on the wire as well.
            self.end(record)
        }
        if !started {
            refuse(BlockingSocket(adopting: descriptor))
            var record = ConnectionRecord(number: number)
            record.end = .failed(.again)
            end(record)
        }
        return true
    }

    private func play(
        _ socket: consuming BlockingSocket, _ behaviour: Behaviour, _ number: Int, _ connectionIndex: Int
    ) -> ConnectionRecord {
        let wire = Wire(socket: socket, stop: stop, limitMilliseconds: waitLimitMilliseconds)
        var player = Player(wire: wire, core: self, number: number)
        player.run(behaviour, connectionIndex: connectionIndex)
        return player.record
    }

    /// Says that there are too many connections, and closes without a reset where the peer is quick.
    private func refuse(_ socket: consuming BlockingSocket) {
        var wire = Wire(socket: socket, stop: stop, limitMilliseconds: 100)
        do {
            try wire.send(FaultyUpstream.page("too many connections\n", "503 Service Unavailable"))
            try wire.finish()
        } catch {}
    }
}
