import Configuration
import Platform
import ProxyCore
import SimulatedKernel
import Testing

/// A response that is cut takes nothing with it that the client has not read yet.
@Suite struct CutTests {
    /// The upstream breaks off; the client reads slowly and has more requests on their way, which nobody reads.
    @Test func aCutIsAFinWhereTheClientStillSends() throws {
        let simulated = SimulatedKernel(seed: 1)
        let peer = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x0a00_0010, port: 8_000))
        let good = String(repeating: "a", count: 3_000)
        _ = simulated.addServer(
            at: peer,
            connections: [
                [
                    .awaitRequest, .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n\(good)".utf8)), .close,
                ]
            ])
        let requests = String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 1_000)
        let far = simulated.addClient(
            connectTo: Scenario.front, from: SocketAddress(family: .ipv4, low: 0xc000_0201),
            actions: [
                .readPace(bytes: 20, everyMilliseconds: 10), .send(Array(requests.utf8)),
                .awaitResponse(bodyless: false), .close,
            ])
        let model = try ConfigurationLoader.load(
            text: """
                error_log /log/error.log info;
                http { access_log off; server { listen 80; location / { proxy_pass http://\(peer.text); } } }

                """)
        let gateway = Gateway(simulated, model, limits: Limits(connections: 16))
        gateway.start()
        for _ in 0..<10_000 {
            if !gateway.turn() || simulated.isDeadlocked { break }
        }
        #expect(far.ending == .finished)
        let rest = try #require(far.responses(bodyless: [false]).rest)
        #expect(rest.pieces.reduce(0) { $0 + $1.count } == good.utf8.count)
        #expect(gateway.stop())
        #expect(gateway.leftovers() == [])
    }
}
