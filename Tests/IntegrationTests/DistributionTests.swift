import FaultyUpstream
import Platform
import TestGateway
import Testing

/// Every balancer sends requests where nginx sends them: one worker of each, the same servers, the same requests.
struct DistributionTests {
    /// Four upstreams, and a port that refuses.
    private final class Servers {
        let upstream: FaultyUpstream
        init() throws {
            var options = FaultyUpstream.Options()
            options.listeners = (0..<4).map { _ in .init(.ip(.loopback(port: 0)), .site) }
            upstream = try FaultyUpstream.start(options)
        }

        /// The text with `%A%` … `%D%` and `%NONE%` filled in.
        func fill(_ text: String) -> String {
            var text = text
            for (letter, endpoint) in zip("ABCD", upstream.endpoints) {
                text = text.split(separator: "%\(letter)%", omittingEmptySubsequences: false).joined(
                    separator: endpoint.text)
            }
            return text.split(separator: "%NONE%", omittingEmptySubsequences: false).joined(
                separator: "127.0.0.1:\(upstream.refusingPort)")
        }

        /// The letters of the peers that `$upstream_addr` names.
        func letters(_ addresses: String) -> String {
            var text = addresses
            for (letter, endpoint) in zip("ABCD", upstream.endpoints) where text.contains(endpoint.text) {
                text = text.split(separator: endpoint.text, omittingEmptySubsequences: false).joined(
                    separator: String(letter))
            }
            return text.split(separator: "127.0.0.1:\(upstream.refusingPort)", omittingEmptySubsequences: false)
                .joined(separator: "-")
        }
    }

    /// Where `count` requests go: number n asks for `/ok?n` from an address of its own.
    private static func route(
        _ group: String, _ servers: Servers, _ count: Int, nginx: Bool, location: String = ""
    ) throws -> [String] {
        var settings = GatewaySettings(
            """
            set_real_ip_from 127.0.0.1;
            keepalive_requests 10000;
            location / { proxy_pass http://app; add_header X-Peer $upstream_addr always; \(location) }
            """)
        settings.http = "upstream app { \(servers.fill(group)) }"
        settings.main = "worker_processes 1;"
        if nginx { settings.other = (path: "/usr/sbin/nginx", startMark: "start worker process ") }
        return try Gateway.run(settings) { gateway in
            gateway.forbiddenLevels = ["emerg"]
            gateway.idleSockets = nil
            var client = try gateway.client()
            return try (0..<count).map { number in
                let address =
                    number % 5 == 4 ? "2001:db8::\(number):1" : "\(10 + number % 7).\(number * 11 % 256).\(number).1"
                client.get("/ok?\(number)", "X-Real-IP: \(address)\r\n")
                return servers.letters(try client.response()["X-Peer"] ?? "none")
            }
        }
    }

    /// Both go the same way, and it is not all one peer.
    private static func compare(_ group: String, _ count: Int = 60, location: String = "") throws {
        let servers = try Servers()
        let theirs = try route(group, servers, count, nginx: true, location: location)
        let ours = try route(group, servers, count, nginx: false, location: location)
        #expect(ours == theirs, "\(group)")
        #expect(Set(theirs).count > 1, "\(group): \(theirs)")
    }

    @Test func weights() throws {
        try Self.compare("server %A% weight=5; server %B%; server %C% weight=2; server %D% weight=3;")
    }

    @Test func weightsWithAPeerThatFails() throws {
        try Self.compare("server %A% weight=3; server %NONE% weight=6 max_fails=3 fail_timeout=60s; server %C%;")
        try Self.compare("server %A% weight=3; server %NONE% weight=4 max_fails=0; server %C%; server %D% down;")
    }

    @Test func backups() throws {
        try Self.compare("server %NONE% fail_timeout=60s; server %A% backup weight=2; server %B% backup;")
    }

    @Test func leastConnections() throws {
        try Self.compare("least_conn; server %A% weight=3; server %B% weight=2; server %C%; server %D% backup;")
    }

    @Test func hash() throws {
        try Self.compare("hash $request_uri; server %A% weight=5; server %B%; server %C% weight=2; server %D% down;")
        try Self.compare("hash x$args; server %A%; server %NONE% weight=3 fail_timeout=60s; server %C%; server %D%;")
    }

    @Test func consistentHash() throws {
        try Self.compare("hash $args consistent; server %A% weight=2; server %B%; server %C%; server %D% down;", 120)
        try Self.compare("hash $args consistent; server %A%; server %NONE% fail_timeout=60s; server %C%; server %D%;")
    }

    @Test func ipHash() throws {
        try Self.compare("ip_hash; server %A% weight=2; server %B%; server %C%; server %D% down;", 120)
        try Self.compare("ip_hash; server %A%; server %NONE% max_fails=0; server %C% weight=3; server %D%;")
    }

    /// Chance has no sequence: each has its share of 600 requests, within five standard deviations.
    @Test func chance() throws {
        let servers = try Servers()
        for method in ["random", "random two", "random two least_conn"] {
            let group = "\(method); server %A% weight=3; server %B%; server %C% weight=2;"
            for nginx in [true, false] {
                let letters = try Self.route(group, servers, 600, nginx: nginx)
                for (letter, share) in [("A", 300), ("B", 100), ("C", 200)] where method == "random" {
                    let count = letters.count { $0 == letter }
                    #expect(abs(count - share) < 62, "\(nginx) \(method): \(letter) \(count)")
                }
                #expect(Set(letters) == ["A", "B", "C"], "\(method)")
            }
        }
    }
}
