import Bytes
import Configuration
import HTTP
import Logs
import Platform
import Routing
import TLS
import Upstreams

/// What a new configuration brings to a worker: the model, the peers that all workers share, and its listeners.
package struct EpochPlan: Sendable {
    package let model: ConfigurationModel
    /// One list for each of the model's groups; empty where a name did not resolve.
    package let peers: [[Peer]]
    /// What is counted of each group.
    package let tallies: [GroupTally]
    /// Listening sockets in the order of the model's `listeners`.
    package let listeners: [ListenerPlan]
    /// Logs by their path, opened for this worker before the process gave up its rights.
    package let logs: [String: Descriptor]
    /// Certificates and what goes with them.
    package let tls: TLSPlan

    /// By which a process tells its configurations apart.
    package let serial: UInt64
    /// The addresses of name servers that are written as names.
    package let nameServers: [PeerAddress: [SocketAddress]]

    /// A plan; every new one needs a serial of its own. Without `tls` the model names no certificate, without `tallies`
    /// nothing was counted before.
    package init(
        model: ConfigurationModel, peers: [[Peer]], tallies: [GroupTally]? = nil, listeners: [ListenerPlan],
        logs: [String: Descriptor] = [:], tls: TLSPlan? = nil, serial: UInt64,
        nameServers: [PeerAddress: [SocketAddress]] = [:]
    ) {
        self.serial = serial
        self.nameServers = nameServers
        self.tls = tls ?? TLSPlan(model)
        self.model = model
        self.peers = peers
        self.tallies = tallies ?? model.groups.map { _ in GroupTally() }
        self.listeners = listeners
        self.logs = logs
    }
}

/// One listening socket, open in this process.
package struct ListenerPlan: Sendable {
    package let descriptor: Descriptor
    package let endpoint: Endpoint
    /// Whether other workers have it as well.
    package let isShared: Bool

    package init(descriptor: Descriptor, endpoint: Endpoint, isShared: Bool = true) {
        self.descriptor = descriptor
        self.endpoint = endpoint
        self.isShared = isShared
    }
}

/// One configuration as one worker uses it. Connections and exchanges name it by its index and are counted.
final class Epoch {
    let model: ConfigurationModel
    let routing: RoutingTable
    private let groupList: Cell<[Group]>
    /// Connections and exchanges that still use it.
    var users = 0
    /// What is still of this configuration then is closed (nginx: worker_shutdown_timeout, after a reload).
    var endsAt = Instant.never
    /// By the worker's listener: index in the model's `listeners`, or -1 where it has no such listener.
    var listenerIndices: [Int] = []
    /// By location.
    let errorRoutes: [[ErrorLogRoute]]
    let mainRoutes: [ErrorLogRoute]
    /// By location, then in the order of its access logs; -1 where the log could not be opened.
    let accessSinks: [[Int]]
    let serverNames: [[UInt8]]
    /// By the model's group: how it is told apart from all others.
    let groupLabels: [[UInt8]]
    /// What is counted of all groups of targets with variables together, and as which worker.
    let dynamicTally: GroupTally
    let worker: Int
    private let limits: [RequestLimits]
    /// By the model's listener: whether any of its addresses takes PROXY protocol.
    let proxiedListeners: [Bool]
    /// Groups of targets with variables; they stand behind the model's in `groups`.
    var dynamic = DynamicGroups()
    /// By which the process tells configurations apart.
    let serial: UInt64
    private let nameServers: [PeerAddress: [SocketAddress]]
    let tls: TLSPlan
    private var profiles = TransportProfiles()
    private var resumptions: [ResumptionKey: TLSResumption] = [:]

    /// Compiles a plan for one worker. Logs are opened as they are named.
    ///
    /// - Parameters:
    ///   - seed: where chance begins in its groups
    ///   - worker: the number under which the worker counts
    ///   - dynamicTally: what is counted of groups of targets with variables
    init(
        _ plan: EpochPlan, logs: LogSet, seed: UInt64, worker: Int, dynamicTally: GroupTally,
        failures: inout [LogFailure]
    ) {
        model = plan.model
        self.worker = worker
        self.dynamicTally = dynamicTally
        groupLabels = GroupLabels.of(plan.model.groups)
        serial = plan.serial
        nameServers = plan.nameServers
        tls = plan.tls
        routing = RoutingTable(plan.model, version: Product.version)
        let listed = plan.model.groups.enumerated().map { index, settings in
            Group(
                name: Array(settings.name.utf8), peers: plan.peers[index], keepAlive: settings.keepAlive,
                pools: !settings.isImplicit || settings.keepAlive.connections > 0,
                method: BalancingMethod(settings.balancing), seed: seed &+ UInt64(index), tally: plan.tallies[index],
                worker: worker)
        }
        groupList = Cell(listed)
        serverNames = plan.model.servers.map(\.primaryName)
        proxiedListeners = plan.model.listeners.map { $0.addresses.contains(where: \.takesProxyProtocol) }
        limits = plan.model.servers.map { RequestLimits($0.connection) }
        mainRoutes = logs.routesReporting(plan.model.main.errorLogs, &failures)
        var errors: [[ErrorLogRoute]] = []
        var accesses: [[Int]] = []
        logs.gatherNothing()
        for location in plan.model.locations {
            errors.append(logs.routesReporting(location.logs.errorLogs, &failures))
            accesses.append(location.logs.accessLogs.map { logs.sinkReporting($0, &failures) })
        }
        errorRoutes = errors
        accessSinks = accesses
    }

    deinit { groupList.destroy() }

    /// The model's groups, then those of targets with variables. In a place of their own, as a group's state is.
    var groups: [Group] {
        _read { yield groupList.value }
        _modify { yield &groupList.value }
    }

    /// The sinks that its lines go to.
    var sinks: Set<Int> {
        Set(mainRoutes.map(\.sink)).union(errorRoutes.joined().map(\.sink)).union(accessSinks.joined())
    }

    // MARK: listeners

    /// Index in the model's `listeners` of a worker's listener.
    func listenerIndex(_ listener: Int) -> Int {
        listener < listenerIndices.count ? max(0, listenerIndices[listener]) : 0
    }

    /// Whether this configuration listens there at all.
    func serves(listener: Int) -> Bool { listener < listenerIndices.count && listenerIndices[listener] >= 0 }

    func defaultServerIndex(listener: Int) -> Int {
        model.listeners[listenerIndex(listener)].addresses.last?.defaultServer ?? 0
    }

    func defaultServer(listener: Int) -> ConnectionSettings {
        model.servers[defaultServerIndex(listener: listener)].connection
    }

    func requestLimits(listener: Int) -> RequestLimits { limits[defaultServerIndex(listener: listener)] }

    func errorRoutes(listener: Int) -> [ErrorLogRoute] {
        errorRoutes[model.servers[defaultServerIndex(listener: listener)].location]
    }

    func lingeringTimeout(listener: Int) -> Int { defaultScope(listener: listener).lingeringTimeout }

    /// The settings of a connection's default server.
    func defaultScope(listener: Int) -> Settled<Scope> {
        routing.scopes[model.servers[defaultServerIndex(listener: listener)].location]
    }

    /// Whether clients there may speak HTTP/2 without TLS (nginx: http2).
    func speaksHTTP2(listener: Int) -> Bool {
        defaultServer(listener: listener).http2 || listensWithHTTP2(listener: listener)
    }

    /// Whether `listen` there has the old parameter `http2`, which is for all of its servers.
    func listensWithHTTP2(listener: Int) -> Bool {
        model.listeners[listenerIndex(listener)].addresses.contains(where: \.isHTTP2)
    }

    /// Whether connections there may begin with a PROXY protocol header.
    func takesProxyHeader(listener: Int) -> Bool { proxiedListeners[listenerIndex(listener)] }

    /// Whether those to the address `local` do.
    func takesProxyHeader(listener: Int, local: SocketAddress) -> Bool {
        let addresses = model.listeners[listenerIndex(listener)].addresses
        let exact = addresses.first { $0.endpoint == .ip(local) } ?? addresses.last
        return exact?.takesProxyProtocol ?? false
    }

    /// Whether a connection's own address decides among several servers' addresses.
    func needsLocalAddress(listener: Int) -> Bool { model.listeners[listenerIndex(listener)].addresses.count > 1 }

    // MARK: TLS

    /// A file's full path: relative ones lie in the directory of the main file. `data:` is no path.
    func besideMain(_ path: String) -> String {
        path.isEmpty || path.hasPrefix("/") || path.hasPrefix("data:") ? path : model.directory + path
    }

    /// Whether connections there may begin with a TLS handshake.
    func securesAny(listener: Int) -> Bool {
        model.listeners[listenerIndex(listener)].addresses.contains(where: \.isTLS)
    }

    /// The context that handshakes with the address `local` begin with; nil where it does not speak TLS.
    func secureContext(listener: Int, local: SocketAddress) -> TLSContext? {
        let addresses = model.listeners[listenerIndex(listener)].addresses
        guard let address = addresses.first(where: { $0.endpoint == .ip(local) }) ?? addresses.last, address.isTLS
        else {
            return nil
        }
        return tls.servers[address.defaultServer]
    }

    /// The number of a way to speak with a peer.
    func profile(_ key: TransportProfiles.Key) -> UInt32 { profiles.number(key) }

    /// Keeps a session to be resumed; at most 1,024 of them.
    func keep(_ resumption: TLSResumption, for key: ResumptionKey) {
        if !TransportProfiles.isPooled(key.profile) { return }
        if resumptions.count >= TransportProfiles.limit && resumptions[key] == nil { return }
        resumptions[key] = resumption
    }

    /// The session to be resumed with a peer.
    func resumption(_ key: ResumptionKey) -> TLSResumption? { resumptions[key] }

    /// The peer did not take it, or failed: the next session begins from nothing.
    func forgetResumption(_ key: ResumptionKey) { resumptions[key] = nil }

    // MARK: settings that are read seldom

    func temporaryPath(location: Int) -> String { model.locations[location].body.temporaryPath }

    /// `proxy_bind`.
    func ownAddress(location: Int) -> ProxyBind? { model.locations[location].proxy.bind }

    // MARK: names

    /// The addresses of a name server.
    func addresses(ofNameServer server: PeerAddress) -> [SocketAddress] {
        switch server {
        case .endpoint(.ip(let address)): [address]
        case .endpoint(.unix): []
        case .name: nameServers[server] ?? []
        }
    }

    /// The group that a name in a `proxy_pass` with variables stands for, where one has it.
    func namedGroup(_ name: Span<UInt8>, port: UInt16) -> Int? {
        for (index, settings) in model.groups.enumerated() {
            if settings.name.utf8.count == name.count, Array(settings.name.utf8).span.equalsIgnoringCase(name),
                !settings.isImplicit || settings.port == port
            {
                return index
            }
        }
        return nil
    }
}

extension LogSet {
    /// As `routes`; what cannot be opened is left out and noted.
    func routesReporting(_ settings: [ErrorLogSettings], _ failures: inout [LogFailure]) -> [ErrorLogRoute] {
        switch routes(settings) {
        case .success(let routes): return routes
        case .failure(let failure):
            failures.append(failure)
            return []
        }
    }

    /// The sink of an access log; -1 where there is none.
    func sinkReporting(_ log: AccessLogSettings, _ failures: inout [LogFailure]) -> Int {
        guard case .file(let path) = log.target else { return -1 }
        switch sink(path: path == "/dev/stderr" ? nil : path) {
        case .success(let index):
            if log.bufferBytes > 0 { sinks[index].gather(bytes: log.bufferBytes, milliseconds: log.flushTimeout) }
            return index
        case .failure(let failure):
            failures.append(failure)
            return -1
        }
    }
}

extension RequestLimits {
    /// What nginx's directives come to.
    init(_ settings: ConnectionSettings) {
        let large = max(settings.largeHeadBuffers.bytes, settings.headBufferBytes)
        self.init(
            requestLineLimitBytes: large, fieldLineLimitBytes: large,
            headLimitBytes: settings.largeHeadBuffers.count * settings.largeHeadBuffers.bytes
                + settings.headBufferBytes,
            fieldLimit: min(settings.fieldLimit, Limits.fieldLimit), ignoresInvalidNames: settings.ignoreInvalidHeaders,
            allowsUnderscores: settings.underscoresInHeaders)
    }
}

extension BalancingMethod {
    /// How the configuration says that peers are chosen.
    init(_ balancing: Balancing) {
        switch balancing {
        case .roundRobin: self = .roundRobin
        case .leastConnections: self = .leastConnections
        case .ipHash: self = .ipHash
        case .hash(_, let isConsistent): self = .hash(isConsistent: isConsistent)
        case .random: self = .random
        case .randomTwo: self = .randomTwo
        }
    }
}
