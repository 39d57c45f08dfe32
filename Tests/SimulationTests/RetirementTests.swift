import Configuration
import Platform
import ProxyCore
import Resolver
import SimulatedKernel
import Testing

/// A worker that others have replaced serves who is there, but asks for the names of groups no more: the others do.
@Suite struct RetirementTests {
    /// Name servers that never answer.
    private final class Silence: LookupEngine {
        private(set) var openCount = 0
        let serverCount = 1

        func ask(_ name: [UInt8], _ family: LookupFamily, server: Int, ticket: UInt32, now: Instant) { openCount += 1 }
        func deadline(now: Instant) -> Instant { .never }
        func wake(now: Instant) {}
        func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant) {}
        func takeReports() -> [LookupReport] { [] }
        func close() { openCount = 0 }
    }

    @Test func itsLookupsEndAtOnce() throws {
        var adversity = Adversity.none
        adversity.sendBufferBytes = 64...64
        adversity.receiveBufferBytes = 64...64
        let simulated = SimulatedKernel(seed: 1, adversity: adversity)
        let text = String(repeating: "a", count: 3_000)
        let client = simulated.addClient(
            at: 0, connectTo: Scenario.front, from: SocketAddress(family: .ipv4, low: 0xc000_0201),
            actions: [
                .readPace(bytes: 20, everyMilliseconds: 10), .send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)),
                .awaitResponse(bodyless: false), .awaitEnd,
            ])
        let model = try ConfigurationLoader.load(
            text: """
                error_log /log/error.log info;
                http {
                    access_log off; resolver 10.0.0.53; resolver_timeout 1h;
                    upstream app { zone app 64k; server app.test resolve; }
                    server { listen 80; location / { return 200 \(text); } location /app { proxy_pass http://app; } }
                }

                """)
        let gateway = Gateway(simulated, model, limits: Limits(connections: 8), lookups: { _, _, _, _ in Silence() })
        gateway.start()
        // One is being served and the name is asked for; then comes another configuration with workers of its own.
        for _ in 0..<1_000 where gateway.exchangeCount == 0 { _ = gateway.turn() }
        #expect(gateway.leftovers().contains("a lookup is left"))
        gateway.tell(.retire(timeoutMilliseconds: nil))
        for _ in 0..<3 { _ = gateway.turn() }
        #expect(!gateway.isStopped && !client.isDone)
        #expect(!gateway.leftovers().contains("a lookup is left"))
        for _ in 0..<10_000 where gateway.turn() {}
        simulated.advance(milliseconds: 1_000)
        #expect(client.responses(bodyless: [false]).whole.first?.pieces.reduce(0) { $0 + $1.count } == text.utf8.count)
        #expect(gateway.isStopped, "nothing holds it once its last client has gone")
        #expect(gateway.leftovers() == [])
        #expect(gateway.stop())
    }
}
