import FaultyUpstream
import TestGateway
import Testing

/// Peers are asked how they are, and those that do not answer as they should get no requests (nginx: health_check).
struct HealthCheckTests {
    /// Answers of a page for health checks.
    private static let pages = """
        fault ready = read-all; send "HTTP/1.1 200 OK\\r\\nX-State: ready\\r\\nContent-Length: 6\\r\\n\\r\\nready\\n"
        fault resting = read-all; send "HTTP/1.1 200 OK\\r\\nX-State: resting\\r\\nContent-Length: 0\\r\\n\\r\\n"

        """

    /// A gateway before two upstreams: the one that every test has, and `other`, which meets these rules.
    private static func run(
        _ check: String, rules: String = "", main: String = "", group: String = "",
        _ body: (Gateway, FaultyUpstream) throws -> Void
    ) throws {
        let other = try FaultyUpstream.start(port: 0, rules: try Rules(pages + rules))
        var settings = settings(check, main: main, group: group)
        settings.names = ["OTHER": "127.0.0.1:\(other.port)"]
        try Gateway.run(settings) { gateway in
            try body(gateway, other)
            gateway.idleSockets = nil
        }
        // Whatever was open is closed by now.
        try Wait.until("the end of all connections") { other.records.allSatisfy { $0.end != nil } }
    }

    private static func settings(_ check: String, main: String = "", group: String = "") -> GatewaySettings {
        GatewaySettings(
            """
            location / {
                proxy_pass http://app; proxy_next_upstream off;
                add_header X-Peer $upstream_addr always; \(check)
            }
            """,
            http: """
                match ready { status 200; header X-State = ready; body ~ "^ready"; }
                upstream app { server %UPSTREAM%; server %OTHER%; \(group) }
                """, main: main)
    }

    /// Who answers so many requests, each on a connection of its own.
    private func answering(_ gateway: Gateway, _ count: Int) throws -> Set<String> {
        Set(
            try (0..<count).map { _ in
                let response = try gateway.get("/ok")
                #expect(response.status == 200)
                return gateway.names.mask(response["X-Peer"] ?? "nobody")
            })
    }

    private func lines(_ gateway: Gateway) -> [String] {
        gateway.log.map(\.description).filter { $0.contains(", health check ") }
    }

    /// A check without a `match`, in a line about connecting or another.
    static let upstream = " to upstream" + anonymous
    static let anonymous = ", health check \"\" of peer "
    static let of = " of peer OTHER in upstream \"app\""

    @Test func aPeerThatFailsGetsNoRequestsUntilItPasses() throws {
        try Self.run(
            "health_check interval=20ms fails=2 passes=2 uri=/status/200;",
            rules: "GET /status/200 -> fin-after-request after 3"
        ) { gateway, other in
            try gateway.awaitLine("peer is unhealthy")
            #expect(try answering(gateway, 10) == ["UPSTREAM"])
            #expect(
                lines(gateway) == [
                    "[error] upstream prematurely closed connection while reading response header from upstream, "
                        + "health check \"\"" + Self.of,
                    "[warn] peer is unhealthy while reading response header from upstream, health check \"\"" + Self.of,
                ])
            #expect(other.count(of: "fin-after-request") >= 2)
        }
    }

    /// nginx: mandatory. The first answers are no good: nobody else is there, and the log says so.
    @Test func aMandatoryCheckComesBeforeAllRequests() throws {
        try Self.run(
            "health_check interval=20ms uri=/status/200 match=ready mandatory;",
            rules: "GET /status/200 -> resting first 3\nGET /status/200 -> ready", group: "server %REFUSING% backup;"
        ) { gateway, _ in
            try gateway.awaitLine("peer is healthy while checking body, health check \"ready\" of peer OTHER")
            #expect(try answering(gateway, 6) == ["OTHER"])
            let told = lines(gateway).filter { $0.contains("OTHER") }
            #expect(
                told == [
                    "[warn] peer is unhealthy while checking headers, health check \"ready\"" + Self.of,
                    "[notice] peer is healthy while checking body, health check \"ready\"" + Self.of,
                ])
            // The other upstream has no such field, and nobody is at the last address.
            let others = lines(gateway).filter { $0.contains("[warn]") && !$0.contains("OTHER") }
            #expect(others.count == 2 && others.contains { $0.contains("connecting to upstream") })
        }
    }

    /// What `upstream_status` says of a check that failed: the line with its cause, or else the one of the turn.
    @Test func theStateSaysWhyACheckFailed() throws {
        try Self.run(
            "health_check interval=20ms uri=/status/200 match=ready; } location = /status { upstream_status;",
            rules: "GET /status/200 -> ready first 1\nGET /status/200 -> fin-after-request"
        ) { gateway, _ in
            try gateway.awaitLine("peer is unhealthy", count: 2)
            let peers = try gateway.status().peers()
            let told = try peers.map { peer -> String in
                let line = try #require(peer["health"]["last_failure"].text("line"))
                return LogLine(line[...], names: gateway.names)?.description ?? line
            }
            #expect(
                told == [
                    "[warn] peer is unhealthy while checking headers, health check \"ready\" of peer UPSTREAM in "
                        + "upstream \"app\"",
                    "[error] upstream prematurely closed connection while reading response header from upstream, "
                        + "health check \"ready\"" + Self.of,
                ])
        }
    }

    @Test func allUnhealthyIsNobody() throws {
        try Self.run("health_check interval=1h uri=/status/503 mandatory;") { gateway, _ in
            try gateway.awaitLine("peer is unhealthy while checking status code", count: 2)
            let response = try gateway.get("/ok")
            #expect(response.status == 502 && response["X-Peer"] == "app")
            #expect(response["Proxy-Status"]?.contains("error=destination_unavailable") == true)
            #expect(
                gateway.errors().last == "[error] no live upstreams while connecting to upstream"
                    + gateway.context("/ok", upstream: "app"))
        }
    }

    /// nginx: port=, type=tcp. Nothing is sent; the port of the log line is the one that was asked.
    @Test func aConnectionMayBeAllThatIsAsked() throws {
        try Self.run("health_check interval=20ms type=tcp;") { gateway, other in
            try Wait.until("three checks") { other.accepted >= 3 }
            #expect(other.records.allSatisfy { $0.requests.isEmpty })
            #expect(lines(gateway).isEmpty)
            let port = gateway.upstream.refusingPort
            var fresh = gateway.settings
            fresh.server = fresh.server.replacing("type=tcp;", with: "type=tcp port=\(port);")
            try gateway.reload(fresh)
            try gateway.awaitLine(
                "[warn] peer is unhealthy while connecting to upstream, health check \"\"\(Self.of), port \(port)")
        }
    }

    /// One worker checks; what it finds holds for all, and is said once.
    @Test func allWorkersKnow() throws {
        try Self.run(
            "health_check interval=30ms uri=/status/200;", rules: "GET /status/200 -> fin-after-request after 2",
            main: "worker_processes 4;"
        ) { gateway, other in
            try gateway.awaitLine("peer is unhealthy")
            // Who answered is seen where a client leaves.
            try Wait.until("requests on two workers") {
                do {
                    var client = try gateway.client()
                    client.get("/ok")
                    let response = try client.response()
                    #expect(gateway.names.mask(response["X-Peer"] ?? "nobody") == "UPSTREAM")
                }
                return Self.threads(gateway).count >= 2
            }
            let checks = other.count(of: "fin-after-request")
            try Wait.until("five more checks") { other.count(of: "fin-after-request") >= checks + 5 }
            #expect(lines(gateway).count == 2)
        }
    }

    /// The threads that saw clients leave.
    private static func threads(_ gateway: Gateway) -> Set<Substring> {
        Set(
            gateway.folder.text(of: "error.log").split(separator: "\n").filter { $0.contains(" closed keepalive ") }
                .compactMap { $0.split(separator: "#").dropFirst().first?.prefix { $0.isNumber } })
    }

    // MARK: reloads

    /// The next configuration's check gets no answer: what peers get meanwhile is what is known of them.
    private func reload(_ words: String, _ body: (Gateway) throws -> Void) throws {
        try Self.run("health_check interval=20ms uri=/ok \(words);") { gateway, other in
            try gateway.awaitLine("peer is healthy", count: 2)
            var fresh = gateway.settings
            fresh.server = fresh.server.replacing("uri=/ok", with: "uri=/never-answers?seconds=0")
            let checks = other.accepted
            try gateway.reload(fresh)
            try Wait.until("a check of the new configuration") { other.count(of: "never-answers") >= 1 }
            #expect(other.accepted > checks)
            try body(gateway)
        }
    }

    @Test func whoWasHealthyStaysSo() throws {
        try reload("mandatory persistent") { gateway in
            let peers = try answering(gateway, 6)
            #expect(peers == ["UPSTREAM", "OTHER"])
        }
    }

    @Test func elseAReloadAsksAnew() throws {
        try reload("mandatory") { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
        }
    }

    /// Checks of earlier configurations are over: each peer has one at a time, whatever was reloaded.
    @Test func reloadsLeaveNoChecksBehind() throws {
        try Self.run("health_check interval=20ms uri=/never-answers?seconds=0;") { gateway, other in
            for number in 1...5 {
                try Wait.until("check \(number)") { other.count(of: "never-answers") >= number }
                try gateway.reload()
            }
            try Wait.until("the last check") { other.count(of: "never-answers") == 6 }
            try Wait.until("one connection, not \(other.records)") { other.records.count { $0.end == nil } == 1 }
        }
    }

    // MARK: names

    /// Peers come and go with their name; each is checked from its first moment, and no longer than it is there.
    @Test func aGroupsNameMovesUnderItsChecks() throws {
        let (resolver, upstream) = (try FaultyResolver.start(), try FaultyUpstream.start(port: 0))
        var settings = GatewaySettings(
            """
            location / {
                proxy_pass http://app; add_header X-Peer $upstream_addr always;
                health_check interval=20ms uri=/ok mandatory;
            }
            """,
            http: "upstream app { server moves.test:%PORT% resolve max_fails=0; resolver %RESOLVER% ipv6=off; }")
        settings.names = ["RESOLVER": resolver.address.text, "PORT": "\(upstream.port)"]
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            try gateway.awaitLine("[notice] peer is healthy while checking status code" + Self.anonymous + "127.0.0.1:")
            // Nobody is at the addresses that follow.
            try gateway.awaitLine("[warn] peer is unhealthy while connecting" + Self.upstream + "127.0.0.2:")
            let checks = upstream.accepted
            #expect(try gateway.get("/ok")["X-Peer"] == "app")
            try gateway.awaitLine("[warn] peer is unhealthy while connecting" + Self.upstream + "127.0.0.3:")
            #expect(upstream.accepted == checks)
        }
    }

    // MARK: TLS

    /// Checks go over TLS where requests do, with the same `proxy_ssl_…`.
    @Test func checksSpeakTLSWhereRequestsDo() throws {
        let certificates = try Certificates()
        let proxy = """
            proxy_ssl_verify on; proxy_ssl_trusted_certificate %CERTS%/good.pem;
            health_check interval=1h uri=/ok mandatory;
            """
        try Gateway.run(certificates.settings(proxy: proxy + "proxy_ssl_name good.test;")) { gateway in
            try gateway.awaitLine("[notice] peer is healthy while checking status code" + Self.anonymous + "unix:")
            #expect(try gateway.get("/ok").status == 200)
        }
        try Gateway.run(certificates.settings(proxy: proxy + "proxy_ssl_name bad.test;")) { gateway in
            try gateway.awaitLine(
                "[error] upstream SSL certificate does not match \"bad.test\" while SSL handshaking to upstream, "
                    + "health check \"\" of peer unix:")
            try gateway.awaitLine("[warn] peer is unhealthy while SSL handshaking to upstream, health check \"\"")
            #expect(try gateway.get("/ok").status == 502)
        }
    }

    /// A drain does not wait for the answer to a check.
    @Test func theEndWaitsForNoCheck() throws {
        try Self.run("health_check interval=1h uri=/never-answers?seconds=0;") { gateway, other in
            try Wait.until("a check") { other.count(of: "never-answers") == 1 }
        }
    }
}
