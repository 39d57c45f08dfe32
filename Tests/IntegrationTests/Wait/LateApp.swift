import FaultyUpstream
import Platform
import TestGateway

/// An app at which nobody listens yet, and a gateway that waits for it.
struct LateApp {
    let port: Int

    init() throws { port = try Ports.free() }

    /// A gateway whose location waits as `wait` says, and tells what it tried.
    func settings(_ wait: String, group: String = "server %APP%;") -> GatewaySettings {
        var settings = GatewaySettings(
            """
            location / {
                proxy_pass http://app;
                proxy_wait \(wait);
                add_header X-Tried "$upstream_addr $upstream_status" always;
                add_header X-Waited $upstream_queue_time always;
            }
            """, http: "upstream app { \(group) }")
        settings.names = ["APP": "127.0.0.1:\(port)"]
        return settings
    }

    /// From now on somebody listens.
    func start() throws -> FaultyUpstream {
        var options = FaultyUpstream.Options()
        options.listeners = [.init(.ip(.loopback(port: UInt16(port))), .site)]
        return try FaultyUpstream.start(options)
    }

    static let waiting = "[notice] waiting for upstream: connect() failed (111: Connection refused)"
    static let refused = "[error] connect() failed (111: Connection refused) while connecting to upstream"
}

extension Gateway {
    /// A client of its own that has asked for `target`.
    func asking(_ target: String) throws -> KeptClient {
        let client = KeptClient(try client())
        client.send(target)
        return client
    }
}
