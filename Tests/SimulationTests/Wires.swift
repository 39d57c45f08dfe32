import Bytes
import Configuration
import HTTP2
import ProxyCore
import SimulatedKernel
import TLS

/// How one side is spoken to.
enum Wire: String, Sendable, CaseIterable {
    /// HTTP/1.
    case plain
    /// HTTP/1 over TLS.
    case tls
    /// HTTP/2 in cleartext.
    case http2
    /// HTTP/2 over TLS.
    case http2TLS

    var isSecure: Bool { self == .tls || self == .http2TLS }
    var isHTTP2: Bool { self == .http2 || self == .http2TLS }

    /// What a client speaks through.
    func clientCoat() -> (any FarCoat)? {
        switch self {
        case .plain: nil
        case .tls: TLSCoat(TLSSession(client: Wires.farClient, name: "sim", sendsName: true))
        case .http2: HTTP2Coat(over: BareCoat())
        case .http2TLS:
            HTTP2Coat(over: TLSCoat(TLSSession(client: Wires.farHTTP2Client, name: "sim", sendsName: true)))
        }
    }

    /// What a connection of an upstream speaks through.
    func serverCoat(_ tally: WireTally, _ settings: SessionSettings) -> (any FarCoat)? {
        switch self {
        case .plain: nil
        case .tls: TLSCoat(TLSSession(server: Wires.farServer))
        case .http2: HTTP2ServerCoat(over: BareCoat(), tally, settings)
        case .http2TLS:
            HTTP2ServerCoat(over: TLSCoat(TLSSession(server: Wires.farHTTP2Server)), tally, settings)
        }
    }
}

/// How both sides are spoken to.
struct Wires: Sendable, Hashable {
    var clients: Wire
    var upstreams: Wire

    static let plain = Wires(clients: .plain, upstreams: .plain)
    /// All but the plain ones.
    static let others = Wire.allCases.flatMap { clients in
        Wire.allCases.map { Wires(clients: clients, upstreams: $0) }
    }.filter { $0 != plain }

    /// The wires of a seed: of each eight seeds in a row two are plain, and the others take turns.
    static func of(_ seed: UInt64) -> Wires {
        // Seeds are played by halves, the even and the odd ones: each half has all wires.
        let turn = Int(truncatingIfNeeded: seed / 2 % (4 << 32))
        return turn % 4 == 0 ? plain : others[(turn - turn / 4 - 1) % others.count]
    }

    /// Clients' wire and upstreams'.
    var name: String { "\(clients)-\(upstreams)" }

    var areSecure: Bool { clients.isSecure || upstreams.isSecure }

    // MARK: contexts

    // Made once: what a run is like depends on how many bytes they say, never on which. So the certificate has a key
    // whose signatures have one length.
    static let farClient = context(TLSClientSettings())
    static let farHTTP2Client = context(http2Settings)
    static let farServer = context(serverSettings)
    static let farHTTP2Server = context(http2ServerSettings)
    private static let client = context(TLSClientSettings())
    private static let http2Client = context(http2Settings)
    private static let server = context(gatewaySettings)

    private static var http2Settings: TLSClientSettings {
        var settings = TLSClientSettings()
        settings.common.protocols = ["h2"]
        return settings
    }

    private static var http2ServerSettings: TLSServerSettings {
        var settings = serverSettings
        settings.common.protocols = ["h2"]
        return settings
    }

    private static var gatewaySettings: TLSServerSettings {
        var settings = serverSettings
        settings.common.protocols = ["h2", "http/1.1"]
        return settings
    }

    /// The gateway's own contexts.
    static func plan(_ model: ConfigurationModel) -> TLSPlan {
        var plan = TLSPlan(model)
        for (index, server) in model.servers.enumerated() where server.tls.isUsable {
            plan.servers[index] = Wires.server
        }
        for (index, location) in model.locations.enumerated() {
            guard case .proxy = location.content else { continue }
            plan.locations[index] = location.proxy.version == .http2 ? http2Client : client
        }
        return plan
    }

    private static var serverSettings: TLSServerSettings {
        var settings = TLSServerSettings()
        settings.pairs = [TLSPair(certificate: "data:" + OwnCertificate.certificate, key: "data:" + OwnCertificate.key)]
        return settings
    }

    private static func context(_ settings: TLSServerSettings) -> TLSContext {
        do throws(TLSSetupError) { return try TLSContext(server: settings) } catch {
            preconditionFailure("the simulation's certificate is refused: \(error.message)")
        }
    }

    private static func context(_ settings: TLSClientSettings) -> TLSContext {
        do throws(TLSSetupError) { return try TLSContext(client: settings) } catch {
            preconditionFailure("OpenSSL has no client: \(error.message)")
        }
    }
}

/// TLS for a far end.
final class TLSCoat: FarCoat {
    var output = ByteBuffer()
    private var session: TLSSession

    init(_ session: consuming TLSSession) { self.session = session }

    var isOpen: Bool { session.isOpen && session.failure == nil }

    func begin() {
        let none = ByteBuffer()
        var unused = ByteBuffer()
        _ = take(none.span, into: &unused)
    }

    func take(_ wire: Span<UInt8>, into input: inout ByteBuffer) -> FarCoatState {
        let none = ByteBuffer()
        var progress = session.read(wire, into: &input, limit: 1 << 20, output: &output)
        while !progress.isDisjoint(with: [.serverName, .more]) {
            progress = session.read(none.span, into: &input, limit: 1 << 20, output: &output)
        }
        if session.failure != nil { return .broken }
        return session.isClosedByPeer ? .finished : .open
    }

    func say(_ bytes: Span<UInt8>) { _ = session.write(bytes, output: &output) }

    func sayGoodbye() { session.close(output: &output) }
}

extension FarServer {
    /// Has its connections speak so, each up to its limit.
    func speak(_ wire: Wire, limits: [WireLimit?], _ tally: WireTally, _ settings: SessionSettings) {
        if wire == .plain { return }
        coat = { index in
            guard let coat = wire.serverCoat(tally, settings) else {
                preconditionFailure("a wire that is not plain has a coat")
            }
            return (coat, limits.isEmpty ? nil : limits[min(index, limits.count - 1)])
        }
    }
}
