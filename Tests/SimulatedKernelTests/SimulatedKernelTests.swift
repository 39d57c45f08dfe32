import Bytes
import Glibc
import Platform
import SimulatedKernel
import Testing

/// What only the played kernel has: its time, its bookkeeping, its failures on demand.
@Suite struct SimulatedKernelTests {
    static let here = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x7f00_0001, port: 8_080))

    static func descriptor(_ answer: SystemResult) -> Descriptor { Descriptor(Int32(answer.raw)) }

    @Test func timePassesInWaitsOnly() {
        let simulated = SimulatedKernel(seed: 1)
        let kernel = simulated.kernel
        let start = kernel.now()
        let wall = kernel.wallTime()
        let poller = SimulatedKernelTests.descriptor(kernel.makePoller())
        var events = EventList()
        #expect(kernel.now() == start)
        #expect(kernel.poll(poller, into: &events, timeoutMilliseconds: 250).value == 0)
        #expect(kernel.now().since(start) == 250)
        simulated.advance(milliseconds: 40)
        #expect(kernel.now().since(start) == 290)
        #expect(kernel.wallTime().milliseconds - wall.milliseconds == 290)
    }

    @Test func aWaitJumpsToTheNextHappening() {
        let simulated = SimulatedKernel(seed: 1)
        let bench = Bench(simulated.kernel)
        let listener = bench.socket(.ipv4, "listener")
        _ = bench.kernel.bind(listener, to: SimulatedKernelTests.here)
        _ = bench.kernel.listen(listener, backlog: 4)
        bench.watch(listener, [.readable])
        simulated.addClient(at: 75, connectTo: SimulatedKernelTests.here, actions: [.close])
        bench.poll(waits: true)
        #expect(simulated.elapsedMicroseconds == 75_000)
        #expect(bench.log.last == "poll:  [\"listener IN\"]")
        bench.finish()
        #expect(simulated.findings.isEmpty)
    }

    @Test func aWaitWithoutAnEndIsADeadlock() {
        let simulated = SimulatedKernel(seed: 1)
        let poller = SimulatedKernelTests.descriptor(simulated.kernel.makePoller())
        var events = EventList()
        #expect(simulated.kernel.poll(poller, into: &events, timeoutMilliseconds: -1).value == 0)
        #expect(simulated.isDeadlocked)
        simulated.kernel.close(poller)
        #expect(simulated.findings == ["a wait has no timeout and nothing left to end it"])
    }

    @Test func aLoopThatSpinsIsFound() {
        let simulated = SimulatedKernel(seed: 1)
        let kernel = simulated.kernel
        let poller = SimulatedKernelTests.descriptor(kernel.makePoller())
        var events = EventList()
        for _ in 0..<1_500 { _ = kernel.poll(poller, into: &events, timeoutMilliseconds: 0) }
        kernel.close(poller)
        #expect(simulated.findings == ["call 1001: the loop spins: 1000 waits in no time"])
    }

    @Test func theLowestFreeNumberIsTaken() {
        let kernel = SimulatedKernel(seed: 1).kernel
        let all = (0..<4).map { _ in kernel.socket(.ipv4).value }
        #expect(all == [3, 4, 5, 6])
        kernel.close(Descriptor(5))
        kernel.close(Descriptor(3))
        #expect([kernel.socket(.ipv4).value, kernel.socket(.ipv4).value, kernel.socket(.ipv4).value] == [3, 5, 7])
    }

    @Test func misuseIsRecorded() {
        let simulated = SimulatedKernel(seed: 1)
        let kernel = simulated.kernel
        let socket = SimulatedKernelTests.descriptor(kernel.socket(.ipv4))
        let leaked = SimulatedKernelTests.descriptor(kernel.makeWaker())
        kernel.close(socket)
        kernel.close(socket)
        #expect(kernel.shutdownWrite(socket).errno == .badDescriptor)
        _ = kernel.shutdownWrite(leaked)
        #expect(
            simulated.findings == [
                "call 4: close of descriptor 3, which is not open",
                "call 5: shutdownWrite of descriptor 3, which is not open",
                "call 6: shutdownWrite of descriptor 4, which is a waker",
                "descriptor 4 is still open, a waker",
            ])
        #expect(simulated.openDescriptorCount == 1)
    }

    @Test func descriptorsRunOut() {
        let simulated = SimulatedKernel(seed: 1)
        simulated.descriptorLimit = 5
        let kernel = simulated.kernel
        #expect((0..<3).map { _ in kernel.socket(.ipv4).errno.rawValue } == [0, 0, EMFILE])
        #expect(kernel.open("/log", .append).errno == .tooManyOpenFiles)
    }

    @Test func routes() {
        let simulated = SimulatedKernel(seed: 1)
        let bench = Bench(simulated.kernel)
        let all: [(Route, Int32, Int)] = [
            (.immediateFailure(ENETUNREACH), ENETUNREACH, 0),
            (.lateFailure(EHOSTUNREACH, afterMilliseconds: 30), EHOSTUNREACH, 30), (.blackHole, ETIMEDOUT, 127_000),
        ]
        for (route, errno, after) in all {
            simulated.routes[SimulatedKernelTests.here] = route
            let socket = bench.socket(.ipv4, "socket")
            let answer = bench.kernel.connect(socket, to: SimulatedKernelTests.here)
            #expect(answer.errno.rawValue == (after == 0 ? errno : EINPROGRESS))
            if after > 0 {
                simulated.advance(milliseconds: after - 1)
                #expect(bench.kernel.pendingError(socket).rawValue == 0)
                simulated.advance(milliseconds: 1)
                #expect(bench.kernel.pendingError(socket).rawValue == errno)
            }
            bench.close(socket)
        }
    }

    @Test func aDroppedSynComesAgain() {
        let simulated = SimulatedKernel(seed: 1)
        let bench = Bench(simulated.kernel)
        let (listener, endpoint) = bench.listener(.ipv4, backlog: 0)
        let first = simulated.addClient(connectTo: endpoint, actions: [.awaitEnd])
        let second = simulated.addClient(at: 1, connectTo: endpoint, actions: [.awaitEnd])
        simulated.advance(milliseconds: 500)
        #expect(first.ending == .open && second.ending == .waiting)
        _ = bench.accept(listener, as: "first")
        simulated.advance(milliseconds: 1_000)
        #expect(second.ending == .open && second.openedAtMilliseconds == 1_001)
        let third = simulated.addClient(connectTo: endpoint, actions: [.awaitEnd])
        simulated.advance(milliseconds: 200_000)
        #expect(third.ending == .connectFailed(ETIMEDOUT) && third.endedAtMilliseconds == 128_500)
    }

    @Test func failOnDemand() {
        let simulated = SimulatedKernel(seed: 1)
        simulated.failCall(number: 2, with: EMFILE)
        let kernel = simulated.kernel
        _ = kernel.makePoller()
        _ = kernel.now()
        #expect(kernel.unlink("/none").errno == .notFound)
        #expect(kernel.socket(.ipv4).errno == .tooManyOpenFiles)
        #expect(!kernel.socket(.ipv4).failed)
        #expect(simulated.injected.map { "\($0)" } == ["call 3, socket(-1), fails with errno \(EMFILE)"])
        #expect(simulated.failableCalls == 3)
    }

    @Test func anInjectedResetEndsTheConnectionForBothSides() {
        let simulated = SimulatedKernel(seed: 1)
        let bench = Bench(simulated.kernel)
        let (client, server) = bench.pair(.ipv4)
        bench.send(server, "abc")
        simulated.failCall(number: 1, with: ECONNRESET)
        simulated.adversity.latencyMicroseconds = 5_000...5_000
        bench.watch(client)
        bench.poll()
        bench.receive(client)
        bench.receive(client)
        bench.send(server, "def")
        simulated.advance(milliseconds: 20)
        bench.receive(server)
        bench.receive(client)
        #expect(
            Array(bench.log.suffix(5)) == [
                "receive client: errno 104 ", "receive client: 0 ", "send server: 3", "receive server: errno 104 ",
                "receive client: 0 ",
            ])
    }

    @Test func theDiskIsFull() {
        let simulated = SimulatedKernel(seed: 1)
        simulated.diskLimitBytes = 8
        let kernel = simulated.kernel
        let bytes = Array("hello".utf8)
        let log = SimulatedKernelTests.descriptor(kernel.open("/my.log", .append))
        let spool = SimulatedKernelTests.descriptor(kernel.open("/spool", .temporary))
        #expect(!kernel.unlink("/spool").failed)
        #expect(kernel.write(spool, bytes.span, at: 0).value == 5)
        #expect(kernel.write(log, bytes.span).value == 3)
        #expect(kernel.write(log, bytes.span).errno.rawValue == ENOSPC)
        kernel.close(spool)
        #expect(kernel.write(log, bytes.span).value == 5)
        #expect(simulated.fileText("/my.log") == "helhello")
        _ = kernel.write(Descriptor(2), bytes.span)
        #expect(simulated.standardErrorText == "hello")
        kernel.close(log)
        #expect(simulated.findings.isEmpty)
    }

    @Test func theTraceSaysWhatHappened() {
        let simulated = SimulatedKernel(seed: 5)
        simulated.failCall(number: 1, with: EACCES)
        _ = simulated.kernel.open("/log", .append)
        #expect(
            simulated.traceText == """
                seed 5
                0.000 ms   failing open with Permission denied
                0.000 ms open(-1, 0) = Permission denied

                """)
    }

    @Test func chance() {
        var chance = Chance(seed: 3)
        var seen: Set<Int> = []
        for _ in 0..<1_000 {
            seen.insert(chance.within(3...6))
            let skewed = chance.skewed(10...1_000)
            #expect(skewed >= 10 && skewed <= 1_000)
        }
        #expect(seen == [3, 4, 5, 6])
    }
}
