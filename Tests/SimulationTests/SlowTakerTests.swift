import Configuration
import Platform
import ProxyCore
import SimulatedKernel
import Testing

/// At worker_connections an HTTP/2 connection without a stream is closed for another one's sake, but not before its
/// client has taken the last responses.
@Suite struct SlowTakerTests {
    private static func client(
        _ simulated: SimulatedKernel, at milliseconds: Int, pace bytes: Int, _ actions: [FarAction]
    ) -> FarEnd {
        simulated.addClient(
            at: milliseconds, connectTo: Scenario.front, from: SocketAddress(family: .ipv4, low: 0xc000_0201),
            coat: Wire.http2.clientCoat(),
            actions: [
                .readPace(bytes: bytes, everyMilliseconds: 10), .send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
            ]
                + actions)
    }

    @Test func itsResponseIsNotLost() throws {
        var adversity = Adversity.none
        adversity.sendBufferBytes = 64...64
        adversity.receiveBufferBytes = 64...64
        let simulated = SimulatedKernel(seed: 1, adversity: adversity)
        let text = String(repeating: "a", count: 3_000)
        let slow = Self.client(simulated, at: 0, pace: 20, [.awaitResponse(bodyless: false), .awaitEnd])
        // Both places are taken, and nothing is asked any more; then the third comes.
        let idle = Self.client(simulated, at: 100, pace: 20_000, [.awaitResponse(bodyless: false), .awaitEnd])
        let third = Self.client(simulated, at: 900, pace: 20_000, [.awaitResponse(bodyless: false), .close])
        let model = try ConfigurationLoader.load(
            text: """
                error_log /log/error.log info;
                http { access_log off; server { listen 80; http2 on; location / { return 200 \(text); } } }

                """)
        let gateway = Gateway(simulated, model, limits: Limits(connections: 2))
        gateway.start()
        for _ in 0..<10_000 {
            if !gateway.turn() || simulated.isDeadlocked || (slow.isDone && idle.isDone && third.isDone) { break }
        }
        for far in [slow, idle, third] {
            let whole = far.responses(bodyless: [false]).whole
            #expect(whole.first?.pieces.reduce(0) { $0 + $1.count } == text.utf8.count)
        }
        #expect(idle.endedAtMilliseconds < 2_000 && slow.endedAtMilliseconds > 2_000)
        #expect((idle.coat as? HTTP2Coat)?.isGoing == true, "GOAWAY is said")
        #expect(gateway.stop())
        #expect(gateway.leftovers() == [])
    }
}
