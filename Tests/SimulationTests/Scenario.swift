import HTTP2
import Platform
import SimulatedKernel

/// All that one seed decides: the configuration, the network, the clients, the upstreams.
struct Scenario: Sendable {
    static let front = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x0a00_0001, port: 80))
    static let frontUnix = Endpoint.unix(path: "/run/front.sock")

    var seed: UInt64
    var adversity: Adversity
    /// The first one, and those that reloads bring.
    var configurations: [String]
    var interventions: [(milliseconds: Int, what: Intervention)]
    var connections: Int
    var overshootBytes: Int
    var bodyBudgetBytes: Int
    var diskLimitBytes: Int
    var descriptorLimit: Int
    var wires: Wires
    var peers: [PeerSite]
    var clients: [ClientPlan]
    var buffersRequests: Bool
    var sendsAgain: Bool
    var alwaysLingers: Bool
    var keepAliveSeconds: Int
    /// The upstreams' name is looked up while requests wait.
    var looksUp: Bool
    /// The group's upstreams that have addresses are one name, whose addresses come and go.
    var follows: Bool
    /// A failed request goes to a named location, which asks the upstreams once more.
    var fallsBack: Bool
    var passesTrailers: Bool
    /// What checks the health of peers, once for each configuration; empty where nothing does.
    var checks: [String]
    /// What upstreams allow where they speak HTTP/2.
    var session = SessionSettings()
    /// Requests wait before an attempt: `queue` of the group, `proxy_wait` of the locations.
    var waiting: WaitingPlan

    /// What happens to the worker from outside.
    enum Intervention: Sendable, Equatable {
        case reload(Int)
        case reopenLogs
        case drain(timeoutMilliseconds: Int64?)
        /// Nobody listens at this peer any more, or somebody does again.
        case stopPeer(Int)
        case startPeer(Int)
    }

    /// Clients may find nobody there, or be left in the middle.
    var drains: Bool { interventions.contains { if case .drain = $0.what { true } else { false } } }

    var requestCount: Int { clients.reduce(0) { $0 + $1.requests.count } }

    /// What the seed decides; with a `requestFactor` over 1 clients send so many times the requests.
    init(seed: UInt64, requestFactor: Int = 1, wires: Wires = .plain) {
        var chance = Chance(seed: seed, stream: 100)
        self.seed = seed
        self.wires = wires
        adversity = Adversity.drawn(from: &chance)
        connections = chance.one(of: [64, 64, 64, 12])
        peers = Scenario.peers(&chance)
        buffersRequests = chance.percent(60)
        sendsAgain = chance.percent(15)
        alwaysLingers = chance.percent(40)
        keepAliveSeconds = chance.one(of: [600, 600, 0, 1])
        fallsBack = chance.percent(20)
        passesTrailers = chance.percent(50)
        var other = Chance(seed: seed, stream: 101)
        looksUp = other.percent(25)
        var third = Chance(seed: seed, stream: 102)
        checks = looksUp || third.percent(70) ? [] : (0..<3).map { _ in Scenario.check(&third) }
        var fifth = Chance(seed: seed, stream: 105)
        follows = !looksUp && fifth.percent(30)
        var fourth = Chance(seed: seed, stream: 103)
        waiting = WaitingPlan(&fourth, peers: peers)
        configurations = []
        interventions = []
        overshootBytes = chance.one(of: [8 << 20, 8 << 20, 4_096, 0])
        bodyBudgetBytes = chance.one(of: [64 << 20, 64 << 20, 4_096, 0])
        diskLimitBytes = chance.one(of: [.max, .max, .max, 5_000])
        descriptorLimit = chance.one(of: [1_024, 1_024, 1_024, 18])
        clients = []
        var number = 0
        for _ in 0..<chance.skewed(1...8) {
            clients.append(Scenario.client(&chance, number: &number, requestFactor: requestFactor))
        }
        if wires.areSecure || wires.upstreams.isHTTP2 { fail(handshakes: &other) }
        if wires.clients.isHTTP2 || wires.upstreams.isHTTP2 { speakHTTP2() }
        if wires.upstreams.isHTTP2 { failStreams() }
        configurations.append(text(&chance, listensUnix: true))
        intervene(&chance)
    }

    // MARK: drawing

    private static func check(_ chance: inout Chance) -> String {
        var words = ["health_check", "interval=\(chance.one(of: [1, 5, 60]))s", "fails=\(chance.within(1...2))"]
        words += ["passes=\(chance.within(1...2))", "jitter=\(chance.one(of: ["0", "700ms"]))"]
        if chance.percent(20) { words.append(chance.percent(50) ? "mandatory" : "mandatory persistent") }
        if chance.percent(30) { words.append("keepalive_time=30s") }
        words.append(chance.one(of: ["type=tcp", "uri=/check", "uri=/check match=body", "uri=/check match=head"]))
        return words.joined(separator: " ") + ";"
    }

    private static func peers(_ chance: inout Chance) -> [PeerSite] {
        (0..<chance.within(1...3)).map { index in
            let endpoint =
                chance.percent(15)
                ? Endpoint.unix(path: "/run/app\(index).sock")
                : .ip(SocketAddress(family: .ipv4, low: 0x0a00_0010 + UInt64(index), port: 8_000))
            let plan: PeerPlan =
                chance.percent(70)
                ? .serves
                : chance.one(of: [
                    .refuses, .blackHole, .unreachable(atOnce: true), .unreachable(atOnce: false), .resets,
                    .neverAccepts,
                ])
            return PeerSite(endpoint: endpoint, plan: plan)
        }
    }

    private static func client(_ chance: inout Chance, number: inout Int, requestFactor: Int) -> ClientPlan {
        var requests: [RequestPlan] = []
        for _ in 0..<chance.skewed(1...5) * requestFactor {
            requests.append(request(&chance, number: number))
            number += 1
        }
        let manner: ClientPlan.Manner
        switch chance.below(20) {
        case 0...11: manner = .patient
        case 12, 13: manner = .slow(chance.skewed(20...5_000))
        case 14, 15: manner = .leaves(chance.skewed(0...3_000), reset: chance.percent(50))
        case 16: manner = .stalls
        case 17: manner = .halfCloses
        case 18: manner = .stops(chance.below(1_000))
        default: manner = .breaksOff(chance.below(1_000), reset: chance.percent(50))
        }
        let isPipelining = chance.percent(20)
        if !isPipelining && chance.percent(10), manner != .halfCloses { upgradeLast(&requests, &chance) }
        return ClientPlan(
            startMilliseconds: chance.skewed(0...2_000), overUnixSocket: chance.percent(15),
            isPipelining: isPipelining, manner: manner, requests: requests,
            pieceBytes: chance.one(of: [0, 0, 0, chance.skewed(16...4_000)]), gapMilliseconds: chance.within(1...20),
            pauseMilliseconds: chance.one(of: [0, 0, 5, 400]))
    }

    private static func request(_ chance: inout Chance, number: Int) -> RequestPlan {
        var request = RequestPlan(
            number: number, method: chance.one(of: ["GET", "GET", "GET", "HEAD", "POST", "PUT"]), answers: [])
        request.isHTTP10 = chance.percent(10)
        if request.method == "POST" || request.method == "PUT" {
            let count = chance.skewed(0...40_000)
            request.body =
                request.isHTTP10 || chance.percent(50)
                ? .length(count) : .chunked(count, pieceBytes: chance.skewed(1 + count / 100...5_000 + count))
            request.expectsContinue = !request.isHTTP10 && chance.percent(15)
        }
        request.takesTrailers = !request.isHTTP10 && chance.percent(30)
        for _ in 0..<3 { request.answers.append(answer(&chance)) }
        // The last one serves all further attempts: it leads nowhere else.
        if request.body == .none {
            for index in 0..<2 where chance.percent(5) {
                request.answers[index].status = AnswerPlan.redirectStatus
                request.answers[index].fault = .redirects
            }
        }
        return request
    }

    /// What HTTP/2 has not is left out: old versions, and tunnels by an upgrade.
    private mutating func speakHTTP2() {
        for client in clients.indices {
            for request in clients[client].requests.indices {
                clients[client].requests[request].isHTTP10 = false
                clients[client].requests[request].isUpgrade = false
                for answer in clients[client].requests[request].answers.indices {
                    guard case .upgrades = clients[client].requests[request].answers[answer].fault else { continue }
                    clients[client].requests[request].answers[answer].fault = .none
                    clients[client].requests[request].answers[answer].status = 200
                }
            }
        }
    }

    /// The last request of a client becomes one for a tunnel; some of its answers agree.
    private static func upgradeLast(_ requests: inout [RequestPlan], _ chance: inout Chance) {
        let last = requests.count - 1
        requests[last].method = "GET"
        requests[last].isHTTP10 = false
        requests[last].body = .none
        requests[last].expectsContinue = false
        requests[last].isUpgrade = true
        let count = chance.skewed(1...30_000)
        for index in requests[last].answers.indices where chance.percent(70) {
            requests[last].answers[index].status = 101
            requests[last].answers[index].bodyCount = 0
            requests[last].answers[index].fault = .upgrades(count)
        }
        // Whoever asks for a tunnel has invited it.
        for index in requests[last].answers.indices where requests[last].answers[index].fault == .uninvited101 {
            requests[last].answers[index].fault = .none
        }
    }

    private static func answer(_ chance: inout Chance) -> AnswerPlan {
        let count = chance.skewed(0...60_000)
        var answer = AnswerPlan(
            status: chance.one(of: [200, 200, 200, 201, 404, 500, 503, 204, 304]), framing: .length, bodyCount: count,
            delayMilliseconds: chance.one(of: [0, 0, 0, 30, 900]), pieceBytes: 0, saysClose: chance.percent(20),
            fault: .none)
        switch chance.below(4) {
        case 0, 1: break
        case 2: answer.framing = .chunked(pieceBytes: chance.skewed(1 + count / 100...5_000 + count))
        default: answer.framing = .close
        }
        if answer.status == 204 || answer.status == 304 {
            answer.bodyCount = 0
            answer.framing = .length
        }
        if case .chunked = answer.framing { answer.hasTrailers = chance.percent(40) }
        if chance.percent(30) { answer.pieceBytes = chance.skewed(1 + count / 200...8_000) }
        if chance.percent(35) { answer.fault = fault(&chance, &answer) }
        return answer
    }

    private static func fault(_ chance: inout Chance, _ answer: inout AnswerPlan) -> AnswerPlan.Fault {
        let end = chance.one(of: [AnswerPlan.End.close, .reset, .stall])
        switch chance.below(17) {
        case 0, 1: return .silent(end)
        case 2, 3: return .cutHead(chance.within(1...999), end)
        case 4, 5:
            answer.bodyCount = max(answer.bodyCount, 2)
            if answer.status == 204 || answer.status == 304 { answer.status = 200 }
            // A unix socket knows no reset: such an end would look like a good one.
            if case .close = answer.framing, end != .stall { answer.framing = .length }
            return .cutBody(chance.below(1_000), end)
        case 6: return .garbage
        case 7: return chance.percent(50) ? .badField : .bigHead
        case 8:
            if answer.status == 204 || answer.status == 304 { answer.status = 200 }
            answer.framing = .chunked(pieceBytes: 100)
            return .badChunk(first: chance.percent(50))
        case 9:
            if case .close = answer.framing { answer.framing = .length }
            return .surplus
        case 10: return .interims(chance.within(1...5))
        case 11: return chance.percent(50) ? .continueThenClose : .uninvited101
        case 12, 13, 14: return .early(reads: chance.percent(50))
        default:
            if case .close = answer.framing { answer.framing = .length }
            answer.saysClose = false
            return chance.percent(50) ? .closesIdle(chance.below(500)) : .lateSurplus(chance.below(500))
        }
    }

    private mutating func intervene(_ chance: inout Chance) {
        for _ in 0..<chance.one(of: [0, 0, 0, 1, 2]) {
            let what: Intervention
            switch chance.below(4) {
            case 0: what = .reopenLogs
            case 1: what = .drain(timeoutMilliseconds: chance.one(of: [nil, 0, 100, 10_000]))
            default:
                configurations.append(text(&chance, listensUnix: chance.percent(70)))
                what = .reload(configurations.count - 1)
            }
            interventions.append((milliseconds: chance.skewed(1...3_000), what: what))
        }
        interventions += waiting.outages
        interventions.sort { $0.milliseconds < $1.milliseconds }
    }

    // MARK: the configuration

    /// Timeouts are long against what the network draws: time costs nothing here, and no healthy exchange meets one.
    private func text(_ chance: inout Chance, listensUnix: Bool) -> String {
        var servers = peers.map { peer in
            "server \(peer.endpoint.text) max_fails=\(chance.one(of: [1, 1, 0, 3]))"
                + " fail_timeout=\(chance.one(of: [1, 10, 60]))s"
                + " max_conns=\(waiting.limit ?? chance.one(of: [0, 0, 0, 1, 3]));"
        }
        if follows { servers = followed(servers) }
        let proxy = proxySettings(&chance)
        let check = checks.isEmpty ? "" : checks[configurations.count % checks.count]
        let secure = wires.clients.isSecure ? "ssl" : ""
        return """
            worker_processes 1;
            error_log /log/error.log info;
            events { worker_connections \(connections); }
            http {
                log_format sim '$request_uri|$status|$upstream_status|$upstream_addr|'
                    '$body_bytes_sent|$request_completion';
                access_log /log/access.log sim;
                match body { status 200-299; body ~ "good"; }
                match head { status ! 500-599; header Content-Type = text/plain; header ! Retry-After; }
                map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
                client_header_timeout 60s; client_body_timeout 60s; send_timeout 60s;
                lingering_time 600s; lingering_timeout 60s;
                keepalive_timeout \(keepAliveSeconds)s; keepalive_requests \(chance.one(of: [1000, 1000, 2]));
                lingering_close \(alwaysLingers ? "always" : chance.one(of: ["on", "off"]));
                upstream app {
                    \(servers.joined(separator: " ")) \(waiting.queue) keepalive \(chance.one(of: [0, 2, 32]));
                }
                server {
                    listen 80 \(secure);
                    \(listensUnix ? "listen unix:/run/front.sock \(secure);" : "")
                    \(wires.clients.isSecure ? "ssl_certificate own.pem; ssl_certificate_key own.key;" : "")
                    server_name sim;
                    \(wires.clients.isHTTP2 ? "http2 on;" : "")
                    client_body_buffer_size \(chance.one(of: ["1k", "16k", "64k"]));
                    client_body_temp_path /spool;
                    location / { \(proxy) \(check) \(fallsBack ? "error_page 502 504 = @again;" : "") }
                    location @again { \(proxy) }
                    location /inside/ {
                        internal; \(proxy.replacing("://app;", with: "://app/;"))
                        \(looksUp ? "rewrite ^/inside(/.*)$ $1 break;" : "")
                    }
                }
            }
            """
    }

    /// The name stands where the first upstream with an address stood.
    private func followed(_ servers: [String]) -> [String] {
        let first = peers.firstIndex { if case .ip = $0.endpoint { true } else { false } }
        guard let first else { return servers }
        let named = servers[first].replacing(peers[first].endpoint.text, with: "moving.test:8000")
        let others = zip(peers, servers).filter { if case .unix = $0.0.endpoint { true } else { false } }.map(\.1)
        return ["resolver 10.0.0.53; resolver_timeout 2s;", named.replacing(";", with: " resolve;")] + others
    }

    private func proxySettings(_ chance: inout Chance) -> String {
        let scheme = wires.upstreams.isSecure ? "https" : "http"
        var words = ["error", "timeout"]
        if chance.percent(30) { words += ["invalid_header", "http_500", "http_503"] }
        if sendsAgain { words.append("non_idempotent") }
        return """
            \(looksUp ? "set $name moving.test; proxy_pass \(scheme)://$name:8000;" : "proxy_pass \(scheme)://app;")
            \(wires.upstreams.isSecure ? "proxy_ssl_session_reuse \(seed % 4 == 0 ? "off" : "on");" : "")
            resolver 10.0.0.53; resolver_timeout \(seed % 2 == 0 ? "2s" : "20s");
            proxy_connect_timeout 20s; proxy_send_timeout 60s; proxy_read_timeout 60s;
            proxy_http_version \(wires.upstreams.isHTTP2 ? "2" : "1.1");
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;
            proxy_pass_trailers \(passesTrailers ? "on" : "off");
            proxy_buffering \(chance.percent(60) ? "on" : "off");
            proxy_request_buffering \(buffersRequests ? "on" : "off");
            proxy_buffer_size \(chance.one(of: ["1k", "4k", "16k"]));
            proxy_buffers \(chance.one(of: ["2 16k", "8 16k"]));
            proxy_busy_buffers_size 16k;
            proxy_next_upstream \(words.joined(separator: " "));
            proxy_next_upstream_tries \(chance.one(of: [0, 0, 1, 2])); \(waiting.wait)
            \(chance.one(of: ["", "", "", "limit_rate 20k; limit_rate_after 3k;", "proxy_limit_rate 16k;"]))
            """
    }
}
