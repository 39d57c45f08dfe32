import Bytes
import Glibc
import Platform
import SimulatedKernel

/// Makes calls on a kernel, real or played, and writes down what came of them, so that both can be compared.
final class Bench {
    let kernel: Kernel
    /// How long a poll for "nothing" waits; the real kernel under load needs a moment.
    let patienceMilliseconds: Int32
    var log: [String] = []
    var poller: Descriptor
    private var events = EventList()
    private var open: [Descriptor] = []
    private var names: [Int32: String] = [:]

    init(_ kernel: Kernel, patienceMilliseconds: Int32 = 0) {
        self.kernel = kernel
        self.patienceMilliseconds = patienceMilliseconds
        poller = Descriptor(Int32(kernel.makePoller().value))
        open.append(poller)
    }

    func finish() { for descriptor in open.reversed() { kernel.close(descriptor) } }

    // MARK: calls that are written down

    func note(_ text: String) { log.append(text) }

    func receive(_ descriptor: Descriptor, _ limit: Int = 1_000) {
        rest()
        var buffer = ByteBuffer()
        let answer = kernel.receive(descriptor, into: &buffer, limit: limit)
        note("receive \(name(descriptor)): \(text(answer)) \(buffer.span.text)")
    }

    func send(_ descriptor: Descriptor, _ text: String) {
        let bytes = Array(text.utf8)
        note("send \(name(descriptor)): \(self.text(kernel.send(descriptor, bytes.span)))")
        rest()
    }

    func shutdownWrite(_ descriptor: Descriptor) {
        note("shutdown \(name(descriptor)): \(text(kernel.shutdownWrite(descriptor)))")
        rest()
        if patienceMilliseconds > 2 { usleep(60_000) }  // the ACK of a FIN, which is an edge, may be delayed by 40 ms
    }

    func pendingError(_ descriptor: Descriptor) {
        note("error of \(name(descriptor)): \(kernel.pendingError(descriptor).rawValue)")
    }

    func close(_ descriptor: Descriptor) {
        kernel.close(descriptor)
        open.removeAll { $0 == descriptor }
        note("close \(name(descriptor))")
        rest()
    }

    func reset(_ descriptor: Descriptor) {
        kernel.resetOnClose(descriptor)
        close(descriptor)
    }

    func watch(_ descriptor: Descriptor, _ interest: Readiness = .stream) {
        let answer = kernel.watch(poller, descriptor, token: UInt64(descriptor.number), interest: interest)
        note("watch \(name(descriptor)): \(text(answer))")
    }

    func unwatch(_ descriptor: Descriptor) {
        note("unwatch \(name(descriptor)): \(text(kernel.unwatch(poller, descriptor)))")
    }

    /// Writes down the events there are; waits for some where `waits`, which both kernels then must have.
    func poll(waits: Bool = false) {
        rest()
        let answer = kernel.poll(poller, into: &events, timeoutMilliseconds: waits ? 2_000 : 0)
        var lines: [String] = []
        for index in 0..<events.count {
            let event = events[index]
            lines.append("\(name(Descriptor(Int32(event.token)))) \(event.readiness.words)")
        }
        note("poll: \(answer.failed ? text(answer) : "") \(lines.sorted())")
    }

    func connect(_ descriptor: Descriptor, to endpoint: Endpoint) {
        note("connect \(name(descriptor)): \(text(kernel.connect(descriptor, to: endpoint)))")
        rest()
    }

    func accept(_ listener: Descriptor, as name: String) -> Descriptor {
        rest()
        var peer = SocketAddress.none
        let answer = kernel.accept(listener, peer: &peer)
        note("accept \(name): \(answer.failed ? text(answer) : "done")")
        return answer.failed ? .none : keep(Descriptor(Int32(answer.value)), name)
    }

    // MARK: preparations that both kernels do alike

    func keep(_ descriptor: Descriptor, _ name: String) -> Descriptor {
        open.append(descriptor)
        names[descriptor.number] = name
        return descriptor
    }

    func socket(_ family: AddressFamily, _ name: String) -> Descriptor {
        keep(Descriptor(Int32(kernel.socket(family).value)), name)
    }

    /// A listener of that family, and where to reach it.
    func listener(_ family: AddressFamily, backlog: Int32 = 16) -> (Descriptor, Endpoint) {
        let listener = socket(family, "listener")
        var endpoint = Bench.anywhere(family)
        let bound = kernel.bind(listener, to: endpoint)
        if family != .unix { endpoint = .ip(kernel.localAddress(listener)) }
        let listening = kernel.listen(listener, backlog: backlog)
        precondition(!bound.failed && !listening.failed, "no listener for \(family)")
        return (listener, endpoint)
    }

    /// Both ends of a connection that stands; the listener is gone.
    func pair(_ family: AddressFamily) -> (client: Descriptor, server: Descriptor) {
        let (listener, endpoint) = listener(family)
        let client = socket(family, "client")
        _ = kernel.connect(client, to: endpoint)
        let server = accept(listener, as: "server")
        _ = kernel.pendingError(client)
        if family != .unix { for end in [client, server] { _ = kernel.set(.noDelay, 1, on: end) } }
        kernel.close(listener)
        open.removeAll { $0 == listener }
        if case .unix(let path) = endpoint { _ = kernel.unlink(path) }
        log.removeAll()
        return (client, server)
    }

    /// An endpoint with nothing in its way: port 0 of the loopback, or a new path.
    static func anywhere(_ family: AddressFamily) -> Endpoint {
        switch family {
        case .ipv6: return .ip(SocketAddress(family: .ipv6, low: 1))
        case .unix: return .unix(path: newPath())
        default: return .ip(SocketAddress(family: .ipv4, low: 0x7f00_0001))
        }
    }

    static func newPath() -> String {
        var generator = SystemRandomNumberGenerator()
        return "/tmp/simulated-kernel-test-\(generator.next())"
    }

    // MARK: words

    private func name(_ descriptor: Descriptor) -> String { names[descriptor.number] ?? "unknown" }

    func text(_ answer: SystemResult) -> String { answer.failed ? "errno \(answer.errno.rawValue)" : "\(answer.value)" }

    private func rest() { if patienceMilliseconds > 0 { usleep(UInt32(patienceMilliseconds) * 1_000) } }
}

/// What both kernels say to the same calls: (real, played). Where they differ, the real one gets more time.
func compare(_ program: (Bench) -> Void) -> (real: [String], played: [String]) {
    let simulated = SimulatedKernel(seed: 1)
    let played = Bench(simulated.kernel)
    program(played)
    played.finish()
    if !simulated.findings.isEmpty { played.note("findings: \(simulated.findings)") }
    var real: [String] = []
    for patience: Int32 in [0, 2, 5] {
        let bench = Bench(Kernel(), patienceMilliseconds: patience)
        program(bench)
        bench.finish()
        real = bench.log
        if real == played.log { break }
    }
    return (real, played.log)
}
