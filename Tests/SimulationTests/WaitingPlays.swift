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
}
