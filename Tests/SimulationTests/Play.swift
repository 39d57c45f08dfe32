import Bytes
import Configuration
import HTTP2
import Platform
import ProxyCore
import SimulatedKernel

/// A few clients, servers and configurations, written by hand, for the simulated kernel.
struct Play: Sendable {
    /// What a client is to see of one request, where nothing fails.
    struct Expected: Sendable {
        var status: Int
        var body: [UInt8]
        /// The number in the request's target, `/rN`.
        var number: Int
    }

    struct Client: Sendable {
        var startMilliseconds = 0
        var overUnixSocket = false
        var actions: [FarAction]
        var expected: [Expected]
    }

    struct Server: Sendable {
        var endpoint: Endpoint
        var atHead = false
        var answer: @Sendable (FarRequest) -> [FarAction]
    }

    var name: String
    /// What stands in `server`, once for each configuration.
    var locations: [String]
    var peers = "server 10.0.0.16:8000;"
    var servers: [Server] = []
    var clients: [Client]
    var files: [String: [UInt8]] = [:]
    var interventions: [(milliseconds: Int, what: Scenario.Intervention)] = []
    var connections = 64
    var bodyBudgetBytes = 64 << 20
    var adversity = Adversity.none
    /// How its upstreams are spoken to.
    var wire = Wire.plain
    var lookups: LookupEngineMaker = { _, _, _, _ in nil }

    static let peer = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x0a00_0010, port: 8_000))
    static let secondPeer = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x0a00_0011, port: 8_000))

    var configurations: [String] {
        locations.map { location in
            """
            worker_processes 1;
            error_log /log/error.log info;
            events { worker_connections \(connections); }
            http {
                log_format sim '$request_uri|$status|$upstream_status|$upstream_addr|'
                    '$body_bytes_sent|$request_completion';
                access_log /log/access.log sim;
                client_header_timeout 60s; client_body_timeout 60s; send_timeout 60s; keepalive_timeout 75s;
                client_body_temp_path /spool;
                proxy_http_version 1.1;
                proxy_connect_timeout 20s; proxy_send_timeout 60s; proxy_read_timeout 60s;
                match good { status 200; body ~ good; }
                upstream app { \(peers) keepalive 4; }
                server {
                    listen 80;
                    listen unix:/run/front.sock;
                    server_name sim;
                    \(location)
                }
            }
            """
        }
    }
}

/// One performance of a play, and what was wrong with it.
final class Performance {
    let play: Play
    let simulated: SimulatedKernel
    private(set) var troubles: [String] = []
    private(set) var ends: [FarEnd] = []

    /// Plays it; with a `failure` the so manieth call that can fail with that errno does so.
    init(_ play: Play, failing failure: (number: Int, errno: Int32)? = nil) {
        self.play = play
        simulated = SimulatedKernel(seed: 1, adversity: play.adversity)
        var models: [ConfigurationModel] = []
        for text in play.configurations {
            do throws(ConfigurationError) { models.append(try ConfigurationLoader.load(text: text)) } catch {
                troubles.append("the configuration is wrong: \(error.message)")
                return
            }
        }
        for (path, bytes) in play.files.sorted(by: { $0.key < $1.key }) { simulated.addFile(path, bytes) }
        var limits = Limits(connections: play.connections)
        limits.bodyBudgetBytes = play.bodyBudgetBytes
        let gateway = Gateway(simulated, models[0], limits: limits, lookups: play.lookups)
        if let failure { simulated.failCall(number: failure.number, with: failure.errno) }
        let servers = play.servers.map { server in
            simulated.addServer(at: server.endpoint, atHead: server.atHead, answering: server.answer)
        }
        let tally = WireTally()
        for server in servers { server.speak(play.wire, limits: [], tally, SessionSettings()) }
        ends = play.clients.map { client in
            simulated.addClient(
                at: client.startMilliseconds, connectTo: client.overUnixSocket ? Scenario.frontUnix : Scenario.front,
                from: client.overUnixSocket ? nil : SocketAddress(family: .ipv4, low: 0xc000_0201),
                actions: client.actions)
        }
        gateway.start()
        troubles += gateway.runToTheEnd(play.interventions, models, ends, servers) + tally.complaints
    }

    var logs: RunLogs { RunLogs(simulated) }
    var errorLog: String { simulated.fileText("/log/error.log") ?? "" }
    var accessLog: String { simulated.fileText("/log/access.log") ?? "" }

    /// All that helps to understand what went wrong.
    func report(_ what: [String]) -> String {
        """
        \(play.name), \(simulated.injected): \(what.joined(separator: "\n"))
        --- error log
        \(errorLog)
        --- access log
        \(accessLog)
        --- what clients saw
        \(ends.map { String($0.receivedText.prefix(400)) + " … \($0.receivedCount) bytes, \($0.ending)" }
            .joined(separator: "\n"))
        --- the end of the trace
        \(simulated.traceText.split(separator: "\n").suffix(80).joined(separator: "\n"))
        """
    }
}
