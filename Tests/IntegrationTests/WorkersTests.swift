import FaultyUpstream
import TestGateway
import Testing

/// What is known of a group's peers holds over all workers of the process, whichever of them a connection came to.
struct WorkersTests {
    private static func settings(_ group: String, _ others: [String: FaultyUpstream] = [:]) -> GatewaySettings {
        var settings = GatewaySettings(
            "location / { proxy_pass http://app; }", http: "upstream app { \(group) }", main: "worker_processes 2;")
        settings.names = others.mapValues { "127.0.0.1:\($0.port)" }
        return settings
    }

    /// The threads that wrote lines with this text.
    private static func threads(_ gateway: Gateway, _ text: String) -> Set<Substring> {
        let lines = gateway.folder.text(of: "error.log").split(separator: "\n").filter { $0.contains(text) }
        return Set(lines.compactMap { $0.split(separator: " ").dropFirst(3).first })
    }

    /// Has `body` done again and again, until both workers have written a line with this text.
    private static func untilBothSaid(_ text: String, _ gateway: Gateway, _ body: () throws -> Void) throws {
        for _ in 0..<500 {
            try body()
            if threads(gateway, text).count == 2 { return }
        }
        throw Trouble("one worker has all connections")
    }

    @Test func noPeerHasMoreThanMaxConns() throws {
        try Gateway.run(Self.settings("server %UPSTREAM% max_conns=2;")) { gateway in
            let holders = try (0..<2).map { _ in try gateway.asking("/fault/never-answers") }
            try Wait.until("both are there") { gateway.upstream.count(of: "never-answers") == 2 }
            try Self.untilBothSaid("no live upstreams", gateway) {
                let response = try gateway.get("/fault/never-answers")
                #expect(response.errorType == "connection_limit_reached")
            }
            #expect(gateway.upstream.count(of: "never-answers") == 2)
            #expect(holders.count == 2)
        }
    }

    /// Failures of one worker's requests count for all: one line, one notice.
    @Test func aFailureIsKnownToAll() throws {
        let group = "server %REFUSING% fail_timeout=1h; server %UPSTREAM%;"
        try Gateway.run(Self.settings(group)) { gateway in
            try Self.untilBothSaid("closed keepalive connection", gateway) {
                let client = try gateway.asking("/ok")
                #expect(try client.response().status == 200)
            }
            for _ in 0..<4 { #expect(try gateway.get("/ok").status == 200) }
            let lines = gateway.errors()
            #expect(lines.count { $0.hasPrefix("[error] connect() failed (111: Connection refused)") } == 1)
            #expect(lines.count { $0.hasPrefix("[warn] upstream server temporarily disabled") } == 1)
            #expect(lines.count == 2)
        }
    }

    /// Whoever comes next goes to the peer with fewer, whichever worker's they are.
    @Test func leastConnCountsThemAll() throws {
        let (one, other) = (try FaultyUpstream.start(port: 0), try FaultyUpstream.start(port: 0))
        let settings = Self.settings("least_conn; server %ONE%; server %OTHER%;", ["ONE": one, "OTHER": other])
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            let left = "client prematurely closed connection"
            try Self.untilBothSaid(left, gateway) {
                let before = gateway.log.count { $0.text.contains(left) }
                let (first, second) = (one.count(of: "never-answers"), other.count(of: "never-answers"))
                var clients: [KeptClient] = []
                for number in 1...40 {
                    clients.append(try gateway.asking("/fault/never-answers"))
                    try Wait.until("the request") {
                        one.count(of: "never-answers") + other.count(of: "never-answers") == first + second + number
                    }
                    let more = one.count(of: "never-answers") - first
                    #expect(abs(2 * more - number) <= 1)
                }
                clients = []
                try gateway.awaitLine(left, count: before + 40)
            }
        }
    }

    /// One place for all: each worker has its own line, and none is forgotten when another worker gives the place back.
    @Test func aQueueIsServedWhoeverGivesThePlaceBack() throws {
        let settings = Self.settings("server %UPSTREAM% max_conns=1; queue 50 timeout=60s;")
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            try Self.untilBothSaid("closed keepalive connection", gateway) {
                let clients = try (0..<20).map { _ in try gateway.asking("/slow?delay=2&size=1") }
                for client in clients { #expect(try client.response().status == 200) }
            }
            #expect(gateway.errors() == [])
        }
    }
}
