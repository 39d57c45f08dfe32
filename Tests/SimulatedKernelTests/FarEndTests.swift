import Bytes
import Glibc
import Platform
import SimulatedKernel
import Testing

/// Scripted clients and servers do what they are told and keep what they saw.
@Suite struct FarEndTests {
    static let there = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x0a00_0002, port: 80))

    /// A gateway's socket connected to a server with that script, on a perfect network.
    static func connect(_ script: [FarAction]) -> (SimulatedKernel, Bench, Descriptor, FarEnd) {
        let simulated = SimulatedKernel(seed: 1)
        let server = simulated.addServer(at: there, connections: [script])
        let bench = Bench(simulated.kernel)
        let socket = bench.socket(.ipv4, "socket")
        bench.connect(socket, to: there)
        simulated.advance(milliseconds: 0)
        return (simulated, bench, socket, server.connections[0])
    }

    @Test func conversation() {
        let (simulated, bench, socket, far) = FarEndTests.connect([
            .awaitBytes(4), .send("pong"), .awaitText("bye"), .pause(milliseconds: 30), .close,
        ])
        bench.send(socket, "ping")
        simulated.advance(milliseconds: 10)
        bench.receive(socket)
        bench.send(socket, "good-")
        bench.send(socket, "bye")
        simulated.advance(milliseconds: 29)
        bench.receive(socket)
        simulated.advance(milliseconds: 1)
        bench.receive(socket)
        #expect(Array(bench.log.suffix(2)) == ["receive socket: errno 11 ", "receive socket: 0 "])
        #expect(far.receivedText == "pinggood-bye" && far.sentCount == 4 && far.scriptIsOver)
        #expect(far.ending == .closedHere && far.arrivals.map { $0.milliseconds } == [0, 10])
    }

    @Test func trickle() {
        let (simulated, bench, socket, _) = FarEndTests.connect([
            .trickle(Array("abcde".utf8), pieceBytes: 2, gapMilliseconds: 10), .close,
        ])
        bench.log.removeAll()
        for _ in 0..<4 {
            simulated.advance(milliseconds: 5)
            bench.receive(socket)
            simulated.advance(milliseconds: 5)
        }
        #expect(bench.log.map { $0.dropFirst(16) } == ["2 ab", "2 cd", "1 e", "0 "])
    }

    @Test func slowReader() {
        let (simulated, bench, socket, far) = FarEndTests.connect([.readPace(bytes: 10, everyMilliseconds: 100)])
        bench.send(socket, String(repeating: "x", count: 35))
        simulated.advance(milliseconds: 250)
        #expect(far.arrivals.map { $0.count } == [10, 10, 10])
        bench.close(socket)
        simulated.advance(milliseconds: 500)
        #expect(far.receivedCount == 35 && far.ending == .finished)
    }

    @Test func stalledReaderFillsTheBuffers() {
        let (simulated, bench, socket, far) = FarEndTests.connect([.readPace(bytes: 0, everyMilliseconds: 1), .stall])
        simulated.advance(milliseconds: 1)
        let bytes = [UInt8](repeating: 0, count: 1_000_000)
        #expect(bench.kernel.send(socket, bytes.span).value == 131_072 + 87_040 || far.receivedCount == 0)
        while !bench.kernel.send(socket, bytes.span).failed {}
        simulated.advance(milliseconds: 1_000_000)
        #expect(bench.kernel.send(socket, bytes.span).wouldBlock)
        #expect(simulated.bytesInFlight == 87_040 && far.receivedCount == 0 && far.ending == .open)
    }

    @Test(arguments: [FarAction.close, .reset, .shutdown]) func endings(_ action: FarAction) {
        let (simulated, bench, socket, far) = FarEndTests.connect([action, .awaitEnd])
        bench.receive(socket)
        bench.close(socket)
        simulated.advance(milliseconds: 1)
        let answer = action == .reset ? "errno 104 " : "0 "
        #expect(bench.log[bench.log.count - 2] == "receive socket: \(answer)")
        #expect(far.ending == (action == .shutdown ? .finished : .closedHere))
    }

    @Test func disappointment() {
        let (simulated, bench, socket, far) = FarEndTests.connect([.awaitBytes(100), .send("never")])
        bench.send(socket, "few")
        bench.reset(socket)
        simulated.advance(milliseconds: 1)
        #expect(far.wasDisappointed && far.isDone && far.ending == .reset(ECONNRESET) && far.receivedText == "few")
    }

    @Test func aClientThatIsRefused() {
        let simulated = SimulatedKernel(seed: 1)
        let client = simulated.addClient(at: 20, connectTo: FarEndTests.there, actions: [.send("x")])
        simulated.advance(milliseconds: 100)
        #expect(client.ending == .connectFailed(ECONNREFUSED) && client.endedAtMilliseconds == 20)
    }

    @Test func aServerThatAnswersRequests() {
        let simulated = SimulatedKernel(seed: 1)
        let server = simulated.addServer(at: FarEndTests.there) { request in
            [.send("\(request.connectionIndex).\(request.requestIndex) \(request.target) \(request.body.count);")]
        }
        let bench = Bench(simulated.kernel)
        let socket = bench.socket(.ipv4, "socket")
        bench.connect(socket, to: FarEndTests.there)
        let requests = [
            "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "POST /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc",
            "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            "A;x=y\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
        ]
        for byte in requests.joined().utf8 {
            bench.send(socket, String(UnicodeScalar(byte)))
            simulated.advance(milliseconds: 1)
        }
        bench.receive(socket)
        #expect(bench.log.last == "receive socket: 28 0.0 /a 0;0.1 /b 3;0.2 /c 15;")
        bench.close(socket)
        simulated.advance(milliseconds: 1)
        #expect(server.requestCount == 3 && !server.connections[0].wasDisappointed)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, false),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", false, false),
        ("HTTP/1.1 200 OK\r\n\r\nhello", false, true),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, false),
        ("HTTP/1.1 204 No Content\r\n\r\n", false, false),
        ("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", false, false),
    ]) func responses(_ text: String, _ bodyless: Bool, _ closes: Bool) {
        let simulated = SimulatedKernel(seed: 1)
        let bench = Bench(simulated.kernel)
        let (listener, endpoint) = bench.listener(.ipv4)
        let client = simulated.addClient(
            connectTo: endpoint, actions: [.awaitResponse(bodyless: bodyless), .send("!"), .awaitEnd])
        simulated.advance(milliseconds: 0)
        let server = bench.accept(listener, as: "server")
        for byte in text.utf8 {
            #expect(client.messages.isEmpty)
            bench.send(server, String(UnicodeScalar(byte)))
            simulated.advance(milliseconds: 0)
        }
        if closes { bench.shutdownWrite(server) }
        simulated.advance(milliseconds: 0)
        bench.receive(server)
        #expect(bench.log.last == "receive server: 1 !" && client.messages.count == 1)
        #expect(client.messages[0].body.end == text.utf8.count)
    }

    @Test func aServerThatStopsAndComesBack() {
        let simulated = SimulatedKernel(seed: 1)
        let server = simulated.addServer(at: .unix(path: "/run/app"), accepts: false, connections: [[]])
        let bench = Bench(simulated.kernel)
        let first = bench.socket(.unix, "first")
        bench.connect(first, to: server.endpoint)
        simulated.stop(server)
        bench.receive(first)
        let second = bench.socket(.unix, "second")
        bench.connect(second, to: server.endpoint)
        simulated.restart(server)
        bench.connect(second, to: server.endpoint)
        #expect(
            Array(bench.log.suffix(4)) == [
                "connect first: 0", "receive first: errno 104 ", "connect second: errno 2", "connect second: 0",
            ])
    }

    @Test func latencyAndOrder() {
        var adversity = Adversity.none
        adversity.latencyMicroseconds = 10_000...10_000
        let simulated = SimulatedKernel(seed: 1, adversity: adversity)
        let server = simulated.addServer(at: FarEndTests.there, connections: [[.awaitEnd]])
        let bench = Bench(simulated.kernel)
        let socket = bench.socket(.ipv4, "socket")
        bench.connect(socket, to: FarEndTests.there)
        simulated.advance(milliseconds: 19)
        bench.send(socket, "too early")
        simulated.advance(milliseconds: 1)
        bench.send(socket, "data")
        bench.close(socket)
        simulated.advance(milliseconds: 40)
        #expect(bench.log.contains("send socket: errno 11"))
        #expect(server.connections[0].openedAtMilliseconds == 20)
        #expect(server.connections[0].arrivals.map { $0.milliseconds } == [30])
        #expect(server.connections[0].ending == .finished)
    }
}
