import Platform
import Resolver
import SimulatedKernel

// Requests that wait before an attempt.
extension Play {
    /// Three requests at once for a peer that takes one at a time.
    static let queued = Play(
        name: "a queue", locations: ["location / { proxy_pass http://app; }"],
        peers: "server 10.0.0.16:8000 max_conns=1; queue 2 timeout=30s;",
        servers: [Server(endpoint: peer) { _ in [.pause(milliseconds: 80), .send(answer(bytes(300)))] }],
        clients: (0..<3).map { number in
            Client(
                startMilliseconds: 10 * number, actions: [get(number), .awaitResponse(bodyless: false), .close],
                expected: [Expected(status: 200, body: bytes(300), number: number)])
        })

    /// An app that is being started again: a request with a body comes while nobody listens.
    static let waited = Play(
        name: "a wait", locations: ["location / { proxy_pass http://app; proxy_wait 2s; }"],
        servers: [Server(endpoint: peer) { request in [.send(answer(request.body))] }],
        clients: [
            Client(
                startMilliseconds: 10,
                actions: [
                    .send("POST /r0 HTTP/1.1\r\nHost: sim\r\nContent-Length: 400\r\n\r\n"), .send(bytes(400)),
                    .awaitResponse(bodyless: false), .close,
                ], expected: [Expected(status: 200, body: bytes(400), number: 0)])
        ], interventions: [(milliseconds: 0, what: .stopPeer(0)), (milliseconds: 230, what: .startPeer(0))])

    /// A name is asked for while no name server of the system's can be reached, as while a container is being started.
    static let waitedForName = Play(
        name: "a wait for a name server",
        locations: ["location / { set $app app.test; proxy_pass http://$app:8000; proxy_wait 2s; }"],
        servers: [Server(endpoint: peer) { _ in [.send(answer(bytes(300)))] }],
        clients: [
            Client(
                startMilliseconds: 10, actions: [get(0), .awaitResponse(bodyless: false), .close],
                expected: [Expected(status: 200, body: bytes(300), number: 0)])
        ], lookups: { _, _, _, _ in LateLookups() })
}

/// Name servers that cannot be reached for as long as the first few questions are asked.
private final class LateLookups: LookupEngine {
    private var asked = 0
    private var reports: [LookupReport] = []

    var serverCount: Int { 1 }
    var openCount: Int { reports.count }

    func ask(_ name: [UInt8], _ family: LookupFamily, server: Int, ticket: UInt32, now: Instant) {
        asked += 1
        let address = SocketAddress(family: .ipv4, low: 0x0a00_0010)
        let known: LookupOutcome = family == .ipv4 ? .addresses([address], ttlSeconds: 1) : .failed(code: 3)
        reports.append(LookupReport(ticket: ticket, outcome: asked <= 8 ? .unreached : known))
    }

    func deadline(now: Instant) -> Instant { reports.isEmpty ? .never : now }
    func wake(now: Instant) {}
    func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant) {}

    func takeReports() -> [LookupReport] {
        defer { reports = [] }
        return reports
    }

    func close() { reports = [] }
}
