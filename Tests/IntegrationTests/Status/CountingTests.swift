import TestGateway
import Testing

/// Counts are of all workers, and go on over reloads.
struct CountingTests {
    @Test func workersAreSummed() throws {
        try Gateway.run(.telling(workers: 3)) { gateway in
            let endpoint = gateway.endpoint
            try Together.run(12) { _ in
                var client = try Client(endpoint)
                for index in 0..<10 {
                    client.get(index == 0 ? "/status/404" : "/bytes/3")
                    _ = try client.response()
                }
            }
            // An exchange is counted a moment after its last byte.
            var series: [String: Double] = [:]
            try Wait.until("all are counted: \(series)") {
                series = try gateway.metrics()
                return (series["postern_responses_total{class=\"2xx\"}"] ?? 0) >= 108
            }
            #expect(series["postern_responses_total{class=\"4xx\"}"] == 12)
            let peer = "{upstream=\"app\",peer=\"UPSTREAM\""
            #expect(series["postern_upstream_requests_total\(peer)}"] == 120)
            #expect(series["postern_upstream_responses_total\(peer),class=\"2xx\"}"] == 108)
            #expect(series["postern_upstream_responses_total\(peer),class=\"4xx\"}"] == 12)
            #expect(series["postern_upstream_active_requests\(peer)}"] == 0)
            #expect(series["postern_workers"] == 3 && series["postern_worker_starts_total"] == 3)
            let opened = series["postern_upstream_connections_opened_total\(peer)}"] ?? 0
            #expect(opened > 0 && opened <= 120)
            #expect(series["postern_upstream_connect_duration_seconds_count{upstream=\"app\"}"] == opened)
            #expect(series["postern_upstream_header_duration_seconds_count{upstream=\"app\"}"] == 120)
            #expect(series["postern_upstream_response_duration_seconds_count{upstream=\"app\"}"] == 120)
            #expect(series["postern_upstream_response_duration_seconds_bucket{upstream=\"app\",le=\"+Inf\"}"] == 120)
            #expect((series["postern_request_duration_seconds_count"] ?? 0) >= 120)
            #expect((series["postern_event_loop_turn_duration_seconds_count"] ?? 0) > 0)
            #expect(series["postern_build_info{version=\"0.1.0\"}"] == 1)
            #expect(try gateway.status().peers()[0]["connections"].number("idle") == Int(opened))
        }
    }

    /// What stays keeps its counts, whatever becomes of the workers; what goes takes them along.
    @Test func countsGoOnOverReloads() throws {
        let two = "upstream app { server %UPSTREAM%; server %REFUSING%; }"
        try Gateway.run(.telling(http: two, workers: 2)) { gateway in
            for _ in 0..<8 { #expect(try gateway.get("/bytes/3").status == 200) }
            var last = try Self.totals(gateway)
            #expect(try gateway.status().peers()[1].causes == ["connection_refused": 1])
            for (count, (http, workers)) in [
                (two, 1), (two, 3), ("upstream app { server %UPSTREAM%; }", 3), (two, 2),
            ].enumerated() {
                try gateway.reload(.telling(http: http, workers: workers))
                for _ in 0..<4 { #expect(try gateway.get("/bytes/3").status == 200) }
                let totals = try Self.totals(gateway)
                for (name, value) in last { #expect((totals[name] ?? -1) >= value, "\(name) after \(count + 1)") }
                last = totals
                #expect(totals["postern_config_reloads_total{result=\"taken\"}"] == Double(count + 1))
                #expect(
                    totals["postern_upstream_responses_total{upstream=\"app\",peer=\"UPSTREAM\",class=\"2xx\"}"]
                        == Double(8 + 4 * (count + 1)))
            }
            // The refusing peer was away: it begins anew, and was asked once since.
            #expect(try gateway.status().peers()[1].causes == ["connection_refused": 1])
        }
    }

    /// The counters of a gateway, but those of the peer that comes and goes.
    private static func totals(_ gateway: Gateway) throws -> [String: Double] {
        try gateway.metrics().filter {
            ($0.key.contains("_total") || $0.key.contains("_count") || $0.key.contains("_bucket"))
                && !$0.key.contains("REFUSING")
        }
    }

    @Test func aRefusedReloadIsTold() throws {
        try Gateway.run(.telling()) { gateway in
            #expect(try gateway.metrics()["postern_config_last_reload_successful"] == 1)
            gateway.forbiddenLevels = ["alert"]
            try gateway.folder.write("nonsense;", to: "nginx.conf")
            gateway.program.signal(Signal.hangup)
            try gateway.awaitLine("unknown directive")
            let series = try gateway.metrics()
            #expect(series["postern_config_last_reload_successful"] == 0)
            #expect(series["postern_config_reloads_total{result=\"refused\"}"] == 1)
            let facts = try gateway.status()["configuration"]
            #expect(facts.text("last_reload") == "refused" && facts.number("refused") == 1)
            #expect(facts.number("reloads") == 0)
        }
    }

    /// 1,000 groups of 10 peers: some 5 MB of JSON and 15 MB of metrics come whole, and no memory is taken for them.
    @Test func aLongAnswerComesInPieces() throws {
        let groups = (0..<1_000).map { group in
            "upstream u\(group) { "
                + (0..<10).map { "server 127.1.\(group / 200).\(group % 200 + 1):\(8_000 + $0);" }.joined() + " }"
        }
        try Gateway.run(.telling("http2 on;", http: groups.joined(separator: "\n"))) { gateway in
            let before = Self.residentKilobytes(gateway)
            try gateway.folder.write(Self.slowReader, to: "slow.py")
            let address = gateway.names.fill("%GATEWAY%")
            #expect(try gateway.run("python3 slow.py \(address.replacing(":", with: " "))") == "1000 10000\n")
            let curl = "curl -sS -m 60 http://\(address)"
            let old = "\(curl)/status -0 -D head -o old.json && python3 -m json.tool old.json old.checked && cat head"
            let head = try gateway.run(old)
            #expect(!head.contains("Transfer-Encoding") && head.contains("Connection: close"))
            let http2 = "\(curl)/status --http2-prior-knowledge -o new.json -w '%{http_version} %header{cache-control}'"
            #expect(try gateway.run(http2) == "2 no-store")
            #expect(try gateway.run("python3 -m json.tool new.json new.checked").isEmpty)
            #expect(try gateway.run("\(curl)/status -I").contains("Transfer-Encoding: chunked"))
            #expect(try gateway.run("\(curl)/metrics -o metrics.txt && promtool check metrics < metrics.txt") == "")
            let lines = try gateway.run("grep -c ^postern_upstream_requests_total metrics.txt")
            #expect(lines == "10000\n")
            #expect(Self.residentKilobytes(gateway) - before < 8_192)
        }
    }

    private static func residentKilobytes(_ gateway: Gateway) -> Int {
        let text = Folder.text(of: "/proc/\(gateway.program.id)/status")
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? -1
    }

    /// Takes the answer in small bites, and counts groups and peers.
    private static let slowReader = """
        import http.client, json, socket, sys
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        s.connect((sys.argv[1], int(sys.argv[2])))
        s.sendall(b"GET /status HTTP/1.1\\r\\nHost: t\\r\\n\\r\\n")
        answer = http.client.HTTPResponse(s)
        answer.begin()
        bites = []
        while bite := answer.read(5000):
            bites.append(bite)
        state = json.loads(b"".join(bites))
        print(len(state["groups"]), sum(len(g["peers"]) for g in state["groups"]))
        """
}
