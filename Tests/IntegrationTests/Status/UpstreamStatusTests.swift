import FaultyUpstream
import TestGateway
import Testing

/// `upstream_status` says how the peers are, and why they failed.
struct UpstreamStatusTests {
    @Test func itIsAnsweredForLookersOnly() throws {
        let settings = GatewaySettings(
            """
            location = /status { upstream_status; }
            location = /metrics { metrics; }
            location = /closed { upstream_status; deny all; }
            """)
        try Gateway.run(settings) { gateway in
            for (target, type) in [
                ("/status", "application/json"), ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
            ] {
                let whole = try gateway.get(target)
                #expect(whole.status == 200 && whole["Content-Type"] == type)
                #expect(whole["Cache-Control"] == "no-store")
                let head = try gateway.get(target, method: "HEAD")
                #expect(head.status == 200 && head["Content-Type"] == type && head.body.isEmpty)
                #expect(head["Cache-Control"] == "no-store")
                #expect(try gateway.get(target, "Content-Length: 0\r\n", method: "POST").status == 405)
                #expect(try gateway.get(target, method: "DELETE").status == 405)
            }
            #expect(try gateway.get("/closed").status == 403)
        }
    }

    /// After each fault its cause is counted once, at the peer that had it, and its line is there.
    @Test func eachFaultIsCountedAtItsPeer() throws {
        let settings = GatewaySettings.telling(
            """
            location / {
                proxy_pass http://app;
                proxy_next_upstream off;
                proxy_read_timeout 300ms;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $http_connection;
            }
            """, http: "upstream app { server 127.0.0.1:1 backup; server %UPSTREAM% max_fails=0; keepalive 0; }")
        // Those that are slower than the timeout only in parts pass, or take as long as the faults of tunnels.
        let faults = FaultTable.all.filter {
            $0.place == nil && $0.group != .reuse && $0.group != .tunnel && !$0.name.hasSuffix("-late")
                && !$0.name.hasPrefix("head-")
                && $0.expected.outcomes.allSatisfy { if case .passes = $0 { false } else { true } }
        }
        try Gateway.run(settings) { gateway in
            var before = try gateway.status()
            for fault in faults {
                _ = gateway.newErrors(downTo: "error")
                let response = try gateway.strike(fault.name, fields: "X-Test: \(fault.name)\r\n")
                let lines = gateway.newErrors(downTo: "error")
                let after = try gateway.status()
                let peer = after.peers()[0]
                #expect(after.failures() == before.failures() + 1, "\(fault.name): \(lines)")
                #expect(peer["failures"].number("total") == after.failures(), "\(fault.name)")
                #expect(peer.number("requests") == before.peers()[0].number("requests") + 1, "\(fault.name)")
                let cause = peer["last_failure"].text("cause") ?? ""
                #expect(peer.causes[cause] == before.peers()[0].causes[cause, default: 0] + 1, "\(fault.name)")
                if let type = response.errorType { #expect(cause == type, "\(fault.name)") }
                let line = try #require(peer["last_failure"].text("line"))
                #expect(LogLine(line[...], names: gateway.names)?.description == lines.last, "\(fault.name)")
                before = after
            }
            #expect(before.peers()[0].causes.count == 7, "\(before.peers()[0].causes.keys.sorted())")
            #expect(before.peers()[1].number("requests") == 0)
            let series = try gateway.metrics()
            for (cause, count) in before.peers()[0].causes {
                let name = "postern_upstream_failures_total{upstream=\"app\",peer=\"UPSTREAM\",cause=\"\(cause)\"}"
                #expect(series[name] == Double(count))
            }
            #expect((series["postern_failures_total{kind=\"connection.timedOut\"}"] ?? 0) > 0)
        }
    }

    /// A peer that is disabled says until when, and the other one serves.
    @Test func aDisabledPeerSaysWhenItIsTriedAgain() throws {
        let settings = GatewaySettings.telling(
            http: """
                upstream app {
                    server %REFUSING% weight=9 fail_timeout=30s;
                    server %UPSTREAM% max_conns=7;
                    server 127.0.0.1:1 down;
                    server 127.0.0.1:2 drain;
                }
                upstream none { server 127.0.0.1:1 down; server 127.0.0.1:2 down; }
                """)
        try Gateway.run(settings) { gateway in
            #expect(try gateway.status().peers().map { $0.text("state") } == ["up", "up", "down", "draining"])
            #expect(try gateway.get("/bytes/3").body == "abc")
            let status = try gateway.status()
            let (refusing, serving) = (status.peers()[0], status.peers()[1])
            #expect(status.peers().map { $0.text("state") } == ["unavail", "up", "down", "draining"])
            #expect(refusing.causes == ["connection_refused": 1] && refusing.number("fails") == 1)
            let (time, next) = (status.text("time") ?? "", refusing.text("next_try") ?? "")
            #expect(next > time && next.count == time.count)
            #expect(refusing["times"].text("connect") == "null")
            #expect(serving.causes.isEmpty && serving.text("next_try") == "null")
            #expect(serving["responses"].number("2xx") == 1 && serving.number("max_conns") == 7)
            #expect(serving["connections"].number("opened") == 1 && serving["connections"].number("idle") == 1)
            let series = try gateway.metrics()
            #expect(series["postern_upstream_available{upstream=\"app\",peer=\"REFUSING\"}"] == 0)
            #expect(series["postern_upstream_available{upstream=\"app\",peer=\"UPSTREAM\"}"] == 1)
            #expect(series["postern_upstream_idle_connections{upstream=\"app\",peer=\"UPSTREAM\"}"] == 1)
        }
    }

    /// What fails before there is a peer is the group's, or that of all variables.
    @Test func failuresWithoutAPeerAreTheGroups() throws {
        let settings = GatewaySettings.telling(
            """
            location /none { proxy_pass http://none; }
            location /variable { set $to %REFUSING%; proxy_pass http://$to; }
            """, http: "upstream none { server 127.0.0.1:1 down; server 127.0.0.1:2 down; }")
        try Gateway.run(settings) { gateway in
            #expect(try gateway.get("/none").status == 502)
            #expect(try gateway.get("/variable").status == 502)
            let status = try gateway.status()
            #expect(status.group("none").causes == ["destination_unavailable": 1])
            #expect(status.group("none")["last_failure"].text("line")?.contains("no live upstreams") == true)
            #expect(status["variables"].causes == ["connection_refused": 1])
            let series = try gateway.metrics()
            let name = "postern_upstream_choice_failures_total"
            #expect(series[name + "{upstream=\"none\",cause=\"destination_unavailable\"}"] == 1)
            #expect(series[name + "{upstream=\"$variables\",cause=\"connection_refused\"}"] == 1)
        }
    }

    /// A stale connection is counted as one.
    @Test func staleConnectionsAreTold() throws {
        try Gateway.run(.telling()) { gateway in
            #expect(try gateway.strike("stale-fin").body == "one\n")
            #expect(try gateway.get("/bytes/3").body == "abc")
            let peer = try gateway.status().peers()[0]
            #expect(peer["connections"].number("stale") == 1 && peer.number("fails") == 0)
            #expect(peer["failures"].number("total") == 1 && peer.text("state") == "up")
        }
    }
}
