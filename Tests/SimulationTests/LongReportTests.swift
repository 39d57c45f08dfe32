import Configuration
import Platform
import ProxyCore
import SimulatedKernel
import Testing

/// A report that is longer than a piece goes out as its client takes it: whole, or not at all where the client leaves.
@Suite struct LongReportTests {
    private static let upstreams = (0..<100).map { group in
        "upstream u\(group) { "
            + (0..<5).map { "server 10.1.\(group).\($0 + 1):8000;" }.joined(separator: " ") + " }"
    }

    private func run(_ actions: [[FarAction]]) throws -> [FarEnd] {
        let simulated = SimulatedKernel(seed: 1)
        let ends = actions.enumerated().map { index, actions in
            simulated.addClient(
                connectTo: Scenario.front, from: SocketAddress(family: .ipv4, low: 0xc000_0201 + UInt64(index)),
                actions: actions)
        }
        let model = try ConfigurationLoader.load(
            text: """
                error_log /log/error.log info;
                http {
                    access_log off;
                    \(Self.upstreams.joined(separator: "\n"))
                    server { listen 80; location /status { upstream_status; } location /metrics { metrics; } }
                }

                """)
        let gateway = Gateway(simulated, model, limits: Limits(connections: 16))
        gateway.start()
        for _ in 0..<100_000 {
            if !gateway.turn() || simulated.isDeadlocked { break }
        }
        #expect(gateway.broken == nil)
        #expect(gateway.stop())
        #expect(gateway.leftovers() == [])
        return ends
    }

    private static func request(_ target: String, _ method: String = "GET") -> FarAction {
        .send(Array("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    }

    @Test func aSlowReaderGetsAllOfIt() throws {
        let ends = try run([
            [
                .readPace(bytes: 1_000, everyMilliseconds: 5), Self.request("/status"), .awaitResponse(bodyless: false),
                Self.request("/status", "HEAD"), .awaitResponse(bodyless: true), Self.request("/metrics"),
                .awaitResponse(bodyless: false), .close,
            ]
        ])
        let responses = ends[0].responses(bodyless: [false, true, false]).whole
        try #require(responses.count == 3)
        let texts = responses.map { response in
            response.pieces.reduce(into: [UInt8]()) { $0 += ends[0].received($1) }
        }
        let state = String(decoding: texts[0], as: UTF8.self)
        #expect(state.hasPrefix("{") && state.hasSuffix("}}\n"))
        #expect(state.split(separator: "{\"address\":").count == 501)
        #expect(state.split(separator: "{\"name\":").count == 101)
        #expect(texts[1].isEmpty)
        let lines = String(decoding: texts[2], as: UTF8.self).split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("postern_upstream_requests_total{") } == 500)
        #expect(lines.last?.hasPrefix("postern_upstream_received_bytes_total{upstream=\"u99\"") == true)
    }

    @Test func aReaderWhoLeavesLeavesNothingBehind() throws {
        let ends = try run([
            [
                .readPace(bytes: 1_000, everyMilliseconds: 5), Self.request("/status"), .awaitBytes(20_000), .reset,
            ],
            [.readPace(bytes: 1_000, everyMilliseconds: 5), Self.request("/metrics"), .awaitHead, .close],
        ])
        #expect(ends.allSatisfy { $0.responses(bodyless: [false]).whole.isEmpty })
    }
}
