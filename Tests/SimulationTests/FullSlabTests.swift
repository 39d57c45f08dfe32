import Configuration
import Platform
import ProxyCore
import SimulatedKernel
import Testing

/// What ends within a turn has its slot to the turn's end: more than there are slots may begin in one turn.
@Suite struct FullSlabTests {
    static let connections = 4

    /// Runs until nothing is left to do.
    private func run(
        _ simulated: SimulatedKernel, connections: Int = connections, location: String, servers: String = ""
    ) throws {
        let model = try ConfigurationLoader.load(
            text: """
                error_log /log/error.log info;
                events { worker_connections \(connections); }
                http {
                    access_log off; keepalive_requests 10000; keepalive_timeout 10s; lingering_close off;
                    \(servers)
                    server { listen 80; location / { \(location) } }
                }

                """)
        let gateway = Gateway(simulated, model, limits: Limits(connections: connections))
        gateway.start()
        for _ in 0..<10_000 {
            if !gateway.turn() || simulated.isDeadlocked { break }
        }
        #expect(gateway.broken == nil)
        #expect(gateway.stop())
        #expect(gateway.leftovers() == [])
        simulated.isDeadlocked = false
        simulated.advance(milliseconds: 200_000)
        #expect(simulated.findings == [])
    }

    /// A client, from an address of its own.
    private func client(_ simulated: SimulatedKernel, at milliseconds: Int = 0, _ actions: [FarAction]) -> FarEnd {
        simulated.addClient(
            at: milliseconds, connectTo: Scenario.front, from: SocketAddress(family: .ipv4, low: 0xc000_0201),
            actions: actions)
    }

    /// So many requests in one piece, each answered without waiting for anything.
    private func pipeline(_ count: Int, location: String, servers: String = "", status: Int) throws {
        let simulated = SimulatedKernel(seed: 1)
        let requests = Array(repeating: Array("GET / HTTP/1.1\nHost: a\n\n".utf8), count: count).flatMap { $0 }
        let awaits = Array(repeating: FarAction.awaitResponse(bodyless: false), count: count)
        let far = client(simulated, [.send(requests)] + awaits + [.close])
        try run(simulated, location: location, servers: servers)
        let responses = far.responses(bodyless: Array(repeating: false, count: count))
        #expect(responses.whole.count == count)
        #expect(responses.whole.allSatisfy { Head(far.received($0.head)).status == status })
    }

    @Test func manyPipelinedRequestsAreAnsweredAtOnce() throws {
        try pipeline(100, location: "return 200 here;", status: 200)
    }

    @Test func manyPipelinedRequestsFailAtOnce() throws {
        try pipeline(
            50, location: "proxy_pass http://u;",
            servers: "upstream u { server unix:/none.sock max_fails=0; server unix:/nobody.sock max_fails=0; }",
            status: 502)
    }

    /// Where only idle connections are left, each newcomer takes the place of one, however many come together.
    @Test func newcomersTakeThePlacesOfIdleConnections() throws {
        let simulated = SimulatedKernel(seed: 1)
        let request = Array("GET / HTTP/1.1\nHost: a\n\n".utf8)
        let visit: [FarAction] = [.send(request), .awaitResponse(bodyless: false)]
        let idle = (0..<Self.connections).map { _ in client(simulated, visit + [.awaitEnd]) }
        let newcomers = (0..<Self.connections).map { _ in client(simulated, at: 1_000, visit + [.close]) }
        try run(simulated, location: "return 204;")
        for far in idle + newcomers { #expect(far.responses(bodyless: [false]).whole.count == 1) }
        let log = simulated.fileText("/log/error.log") ?? ""
        #expect(log.contains("worker_connections are not enough, reusing"))
    }
}
