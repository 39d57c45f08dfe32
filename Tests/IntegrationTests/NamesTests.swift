import FaultyUpstream
import Platform
import TestGateway
import Testing

/// Names are looked up while requests wait, and groups follow theirs, before a name server that fails on purpose.
struct NamesTests {
    /// A gateway whose target is the client's choice: `Host: name` decides.
    private static func settings(_ resolver: FaultyResolver, _ upstream: FaultyUpstream) -> GatewaySettings {
        var settings = GatewaySettings(
            """
            resolver %RESOLVER% valid=5s;
            resolver_timeout 300ms;
            location / {
                proxy_pass http://$arg_name:%PORT%;
                add_header X-Peers $upstream_addr always;
            }
            location /group/ { proxy_pass http://app/; add_header X-Peers $upstream_addr always; }
            """)
        settings.names = ["RESOLVER": resolver.address.text, "PORT": "\(upstream.port)"]
        return settings
    }

    private static func run(_ body: (Gateway, FaultyResolver) throws -> Void) throws {
        try run(changing: { _ in }, body)
    }

    private static func run(
        changing change: (inout GatewaySettings) -> Void, _ body: (Gateway, FaultyResolver) throws -> Void
    ) throws {
        let (resolver, upstream) = (try FaultyResolver.start(), try FaultyUpstream.start(port: 0))
        var settings = settings(resolver, upstream)
        change(&settings)
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            try body(gateway, resolver)
        }
    }

    private static func serves(_ gateway: Gateway, _ target: String) throws {
        let response = try gateway.get(target)
        #expect(response.status == 200, "\(target)")
    }

    @Test func aNameIsLookedUpOnceAndRemembered() throws {
        try Self.run { gateway, resolver in
            for _ in 0..<3 { try Self.serves(gateway, "/ok?name=app.test") }
            #expect(resolver.names == ["app.test", "app.test"])
            // Neither the hosts file nor a name server is asked for localhost.
            try Self.serves(gateway, "/ok?name=localhost")
            #expect(resolver.names.count == 2)
            try Self.serves(gateway, "/ok?name=127.0.0.1")
        }
    }

    @Test func everyAddressIsTriedInTurn() throws {
        try Self.run { gateway, _ in
            for _ in 0..<5 {
                let response = try gateway.get("/ok?name=many.test")
                #expect(response.status == 200)
                let peers = (response["X-Peers"] ?? "").split(separator: ", ")
                #expect(peers.last?.hasPrefix("127.0.0.1:") == true)
                #expect(Set(peers).count == peers.count)
            }
        }
    }

    @Test func whatTheServerSaysIsToldInNginxsWords() throws {
        try Self.run { gateway, _ in
            let codes = [
                ("formerr", "1: Format error"), ("servfail", "2: Server failure"), ("nxdomain", "3: Host not found"),
                ("notimp", "4: Unimplemented"), ("refused", "5: Operation refused"), ("empty", "3: Host not found"),
            ]
            for (name, text) in codes {
                let response = try gateway.get("/ok?name=\(name).test")
                #expect(response.status == 502)
                #expect(response["Proxy-Status"]?.contains("error=dns_error") == true)
                #expect(
                    gateway.errors().last == """
                        [error] \(name).test could not be resolved (\(text)), client: 127.0.0.1, server: localhost, \
                        request: "GET /ok?name=\(name).test HTTP/1.1", host: "test"
                        """)
            }
        }
    }

    @Test func silenceIsA504() throws {
        try Self.run { gateway, _ in
            let response = try gateway.get("/ok?name=silent.test")
            #expect(response.status == 504)
            #expect(response["Proxy-Status"]?.contains("error=dns_timeout") == true)
            #expect(
                gateway.errors().last == """
                    [error] silent.test could not be resolved (110: Operation timed out), client: 127.0.0.1, \
                    server: localhost, request: "GET /ok?name=silent.test HTTP/1.1", host: "test"
                    """)
        }
    }

    @Test func aClientThatLeavesWaitsNoMore() throws {
        try Self.run(changing: { $0.server = $0.server.replacing("300ms", with: "60s") }) { gateway, resolver in
            do {
                let client = try gateway.client()
                client.get("/ok?name=silent.test")
                try Wait.until("the question") { !resolver.names.isEmpty }
            }
            try gateway.awaitLine("client prematurely closed connection")
            let lines = try gateway.access(1)
            #expect(lines.first?.contains(" 499 ") == true)
        }
    }

    // MARK: groups

    /// The group is answered for by 502 until its name is known, and then by its peers, on every worker.
    @Test func aGroupsNameMayComeLate() throws {
        let early = try FaultyResolver.start()
        let address = early.address
        early.stop()
        let upstream = try FaultyUpstream.start(port: 0)
        var settings = Self.settings(early, upstream)
        settings.main = "worker_processes 2;"
        settings.http = "upstream app { server app.test:\(upstream.port) resolve; resolver %RESOLVER% valid=1s; }"
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            let response = try gateway.get("/group/ok")
            #expect(response.status == 502 || response.status == 504)
            #expect(gateway.errors().last?.contains("could not be resolved (") == true)
            let late = try FaultyResolver.start(at: address)
            try Wait.until("the name") { try gateway.get("/group/ok").status == 200 }
            for _ in 0..<20 { try Self.serves(gateway, "/group/ok") }
            late.stop()
            // What is known stays while nobody answers.
            try Self.serves(gateway, "/group/ok")
        }
    }

    @Test func aGroupFollowsItsName() throws {
        try Self.run(changing: { settings in
            settings.http =
                "upstream app { server moves.test:%PORT% resolve max_fails=0; resolver %RESOLVER% ipv6=off; }"
        }) { gateway, _ in
            var seen: [String] = []
            try Wait.until("three addresses, not \(seen)") {
                let peers = try gateway.get("/group/ok")["X-Peers"] ?? ""
                if peers.hasPrefix("127.0.0.") && seen.last != peers { seen.append(peers) }
                return seen.count == 3
            }
            #expect(seen.map { String($0.prefix(9)) } == ["127.0.0.1", "127.0.0.2", "127.0.0.3"])
        }
    }

    /// A name that is not known at start is no reason not to start.
    @Test func aNameThatIsUnknownAtStartIsWarnedOf() throws {
        var settings = GatewaySettings("location / { proxy_pass http://nowhere.invalid:81; }")
        settings.http = "upstream app { server nowhere.invalid:82; }"
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            let response = try gateway.get("/")
            #expect(response.status == 502 || response.status == 504)
            #expect(gateway.log.count { $0.level == "warn" && $0.text.contains("host not found in upstream") } == 2)
        }
    }
}
