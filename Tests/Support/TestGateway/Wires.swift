import Glibc

/// How one side is spoken to.
package enum Wire: Int, Sendable, CaseIterable {
    /// HTTP/1.1.
    case plain
    /// HTTP/1.1 over TLS.
    case tls
    /// HTTP/2 in cleartext, by prior knowledge.
    case http2
    /// HTTP/2 over TLS, chosen by ALPN.
    case http2TLS

    package var isTLS: Bool { self == .tls || self == .http2TLS }
    package var isHTTP2: Bool { self == .http2 || self == .http2TLS }

    /// A status line as the tests' client shows it: HTTP/2 has no phrases (RFC 9113 §8.3.2).
    package func statusLine(_ status: Int, _ phrase: String) -> String {
        "HTTP/1.1 \(status) \(isHTTP2 ? "" : phrase)"
    }

    /// What a Connection field says; HTTP/2 has none (RFC 9113 §8.2.2).
    package func connection(_ option: String) -> String? { isHTTP2 ? nil : option }

    /// The type of a failure in the middle of a response's head: in HTTP/2 a head is whole or has not begun
    /// (RFC 9113 §4.3).
    package var cutHeadType: String { isHTTP2 ? "connection_terminated" : "http_response_incomplete" }

    /// What a request line says in logs.
    package var version: String { isHTTP2 ? "HTTP/2.0" : "HTTP/1.1" }
}

/// How a gateway and its neighbours speak with each other: a promise holds over every pair.
package struct Wires: Sendable, Equatable, CustomStringConvertible {
    package var clients = Wire.plain
    package var upstreams = Wire.plain

    package init(clients: Wire = .plain, upstreams: Wire = .plain) {
        (self.clients, self.upstreams) = (clients, upstreams)
    }

    /// All pairs.
    package static let all = Wire.allCases.flatMap { clients in
        Wire.allCases.map { Wires(clients: clients, upstreams: $0) }
    }

    /// Whether each promise is to be tried over all pairs (`./scripts/soak pairs`), and not over a selection.
    package static var wantsAll: Bool { unsafe getenv("POSTERN_ALL_PAIRS") != nil }

    /// Four pairs in which each wire of either side is found once; which ones, the name chooses, so that all sixteen
    /// are found over the promises together.
    package static func selection(for name: String) -> [Wires] {
        let shift = name.utf8.reduce(0) { ($0 * 31 + Int($1)) % 65_521 } % Wire.allCases.count
        return all.filter { ($0.clients.rawValue + $0.upstreams.rawValue) % Wire.allCases.count == shift }
    }

    /// What gateways that are started in this task speak.
    @TaskLocal package static var current = Wires()

    /// `plain → tls`.
    package var description: String { "\(clients) → \(upstreams)" }

    /// What stands before an upstream's address in a log line.
    package var upstreamScheme: String { upstreams.isTLS ? "https" : "http" }
}
