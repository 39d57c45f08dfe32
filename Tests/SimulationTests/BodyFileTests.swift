import Configuration
import Glibc
import Platform
import ProxyCore
import SimulatedKernel
import Testing

/// A request's body that cannot be had back from its temporary file: nobody takes what is missing for its end.
@Suite struct BodyFileTests {
    /// At least three pieces of it are read.
    static let body = Array([[UInt8]](repeating: Play.bytes(60_000), count: 5).joined())

    static let play = Play(
        name: "a body read from a file",
        locations: ["client_body_buffer_size 1k; location / { proxy_pass http://app; }"],
        servers: [Play.Server(endpoint: Play.peer) { request in [.send(Play.answer(request.body))] }],
        clients: [
            Play.Client(
                actions: [
                    .send("PUT /r0 HTTP/1.1\r\nHost: sim\r\nContent-Length: \(body.count)\r\n\r\n"), .send(body),
                    .awaitResponse(bodyless: false), .close,
                ], expected: [Play.Expected(status: 200, body: body, number: 0)]),
            Play.Client(
                startMilliseconds: 1_000, actions: [Play.get(1), .awaitResponse(bodyless: false), .close],
                expected: [Play.Expected(status: 200, body: [], number: 1)]),
        ], bodyBudgetBytes: 0)

    /// Before the request has begun and within it: the client gets a 500, the upstream no request that seems whole, and
    /// the connection to it is used no more.
    @Test func aReadThatFails() throws {
        var reads = 0
        for number in 1... {
            let one = Performance(Self.play, failing: (number, EIO))
            guard let failure = one.simulated.injected.first else { break }
            if failure.call != .readAt { continue }
            reads += 1
            #expect(one.troubles == [], "\(one.report([]))")
            #expect(one.accessLog.contains("/r0|500|500|"), "\(one.accessLog)")
            #expect(one.accessLog.contains("/r1|200|200|"), "\(one.accessLog)")
            let line = try #require(one.failureLines.first)
            #expect(one.failureLines.count == 1)
            #expect(line.contains("[crit]") && line.contains(" while sending request to upstream, client: "))
            #expect(line.contains("pread() \"/spool/") && line.contains("\" failed (5: Input/output error)"), "\(line)")
        }
        #expect(reads >= 3)
    }

    /// Somebody cuts the file before another peer is sent the body.
    @Test func aFileThatWasCut() throws {
        let simulated = SimulatedKernel(seed: 1)
        _ = simulated.addServer(at: Play.peer) { [unowned simulated] _ in
            simulated.cutFiles("/spool/")
            return [.close]
        }
        _ = simulated.addServer(at: Play.secondPeer) { request in [.send(Play.answer(request.body))] }
        let far = simulated.addClient(
            connectTo: Scenario.front, from: SocketAddress(family: .ipv4, low: 0xc000_0201),
            actions: [
                .send("PUT / HTTP/1.1\r\nHost: sim\r\nContent-Length: \(Self.body.count)\r\n\r\n"), .send(Self.body),
                .awaitResponse(bodyless: false), .close,
            ])
        let model = try ConfigurationLoader.load(
            text: """
                error_log /log/error.log info;
                http {
                    access_log off; client_body_temp_path /spool; client_body_in_file_only clean;
                    upstream app { server \(Play.peer.text); server \(Play.secondPeer.text); }
                    server { listen 80; location / { proxy_pass http://app; } }
                }

                """)
        let gateway = Gateway(simulated, model, limits: Limits(connections: 16))
        gateway.start()
        for _ in 0..<10_000 {
            if !gateway.turn() || simulated.isDeadlocked { break }
        }
        let whole = try #require(far.responses(bodyless: [false]).whole.first)
        #expect(Head(far.received(whole.head)).status == 500)
        let log = simulated.fileText("/log/error.log") ?? ""
        #expect(log.contains("[alert]") && log.contains("pread() read only 0 of 131072 from \"/spool/"), "\(log)")
        #expect(gateway.stop())
        #expect(gateway.leftovers() == [])
        simulated.isDeadlocked = false
        #expect(simulated.findings == [])
    }
}
