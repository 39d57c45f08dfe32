import Platform

/// The addresses that `listen` directives name, before it is decided which of them get a socket.
struct ListenTable {
    /// Addresses of one family and port, in the order of the file.
    private var ports: [[Entry]] = []
    /// Indices in `ports`.
    private var indices: [PortKey: Int] = [:]
    private var listeningServers: Set<Int> = []

    struct Entry {
        var address: ListenerAddress
        var options: ListenOptions
        /// Whether it must have a socket of its own.
        var isBound: Bool
        var position: SourcePosition
        var isWildcard: Bool { address.endpoint.isWildcard }
    }

    /// One `listen`.
    struct Request {
        var endpoint: Endpoint
        var options = ListenOptions()
        var isDefault = false
        var isTLS = false
        var isHTTP2 = false
        var takesProxyProtocol = false
    }

    func isListening(_ server: Int) -> Bool { listeningServers.contains(server) }

    /// Adds an address of a server, or the server to the address; answers nginx's warning where protocols differ.
    mutating func add(
        _ request: Request, server: Int, at node: DirectiveNode
    ) throws(ConfigurationError) -> String? {
        listeningServers.insert(server)
        let key = request.endpoint.portKey
        let portIndex = indices[key]
        guard let portIndex, let index = ports[portIndex].firstIndex(where: { $0.address.endpoint == request.endpoint })
        else {
            let address = ListenerAddress(
                endpoint: request.endpoint, defaultServer: server, hasExplicitDefault: request.isDefault,
                servers: [server], isTLS: request.isTLS, isHTTP2: request.isHTTP2,
                takesProxyProtocol: request.takesProxyProtocol)
            let entry = Entry(
                address: address, options: request.options, isBound: request.options.isSet, position: node.position)
            if let portIndex {
                ports[portIndex].append(entry)
            } else {
                indices[key] = ports.count
                ports.append([entry])
            }
            return nil
        }
        return try ports[portIndex][index].merge(request, server: server, at: node)
    }

    /// The sockets to open. A wildcard takes the addresses of its port over, but for those that were given options.
    func listeners() -> [ListenerSettings] {
        var listeners: [ListenerSettings] = []
        for entries in ports {
            let wildcard = entries.first { $0.isWildcard }
            for entry in entries where !entry.isWildcard && (entry.isBound || wildcard == nil) {
                listeners.append(entry.listener(with: []))
            }
            if let wildcard {
                let shared = entries.filter { !$0.isWildcard && !$0.isBound }
                listeners.append(wildcard.listener(with: shared.map(\.address)))
            }
        }
        return listeners
    }

    /// Every address with its servers.
    var addresses: [ListenerAddress] { ports.flatMap { $0.map(\.address) } }
}

extension ListenTable.Entry {
    mutating func merge(
        _ request: ListenTable.Request, server: Int, at node: DirectiveNode
    ) throws(ConfigurationError) -> String? {
        let text = address.endpoint.text
        if address.servers.contains(server) { throw node.error("a duplicate listen \(text)") }
        address.servers.append(server)
        if request.options.isSet {
            if options.isSet { throw node.error("duplicate listen options for \(text)") }
            options = request.options
            isBound = true
            position = node.position
        }
        if request.isDefault {
            if address.hasExplicitDefault { throw node.error("a duplicate default server for \(text)") }
            address.hasExplicitDefault = true
            address.defaultServer = server
        }
        let old = [address.isTLS, address.isHTTP2, address.takesProxyProtocol]
        let new = [request.isTLS, request.isHTTP2, request.takesProxyProtocol]
        address.isTLS = address.isTLS || request.isTLS
        address.isHTTP2 = address.isHTTP2 || request.isHTTP2
        address.takesProxyProtocol = address.takesProxyProtocol || request.takesProxyProtocol
        let isRedefined = old != new && old.contains(true) && new.contains(true)
        return isRedefined ? "protocol options redefined for \(text)" : nil
    }

    func listener(with shared: [ListenerAddress]) -> ListenerSettings {
        ListenerSettings(
            endpoint: address.endpoint, options: options, addresses: shared + [address], position: position)
    }
}

extension Endpoint {
    fileprivate var isWildcard: Bool {
        guard case .ip(let address) = self else { return false }
        return address.high == 0 && address.low == 0
    }

    fileprivate var portKey: PortKey {
        switch self {
        case .ip(let address): return PortKey(family: address.family, port: address.port)
        case .unix: return PortKey(family: .unix, port: 0)
        }
    }
}

/// What addresses share that a wildcard can take over.
private struct PortKey: Hashable {
    let family: AddressFamily
    let port: UInt16
}

extension Builder {
    static func listen(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let word = node.words[1]
        let address: AddressText
        do {
            address = try AddressText(word.bytes, defaultPort: 80, use: .listen)
        } catch {
            throw node.error("\(error.text) in \"\(word.text)\" of the \"listen\" directive")
        }
        let base = try builder.listenEndpoint(address, in: node)
        var request = ListenTable.Request(endpoint: base)
        for parameter in node.words.dropFirst(2) {
            try builder.listenParameter(parameter, of: &request, in: node)
        }
        if case .ip(let address) = base, address.family == .ipv6, request.options.ipv6Only == nil {
            request.options.ipv6Only = true
        }
        for port in address.port...address.lastPort {
            request.endpoint = base.withPort(port)
            if let warning = try builder.listens.add(request, server: builder.serverIndex, at: node) {
                builder.warn(warning, at: node.position)
            }
        }
    }

    private func listenEndpoint(_ address: AddressText, in node: DirectiveNode) throws(ConfigurationError) -> Endpoint {
        if let endpoint = address.endpoint { return endpoint }
        if address.host.lowercased() == "localhost" {
            return .ip(SocketAddress(family: .ipv4, low: 0x7f00_0001, port: address.port))
        }
        throw node.error(
            "host not found in \"\(node.words[1].text)\" of the \"listen\" directive",
            help: "write a numeric address; of names Postern binds only localhost, which is 127.0.0.1")
    }

    private func listenParameter(
        _ word: Word, of request: inout ListenTable.Request, in node: DirectiveNode
    ) throws(ConfigurationError) {
        switch word.text {
        case "default_server", "default": request.isDefault = true
        case "proxy_protocol": request.takesProxyProtocol = true
        case "ssl": request.isTLS = true
        case "http2":
            warn(
                "the \"listen ... http2\" directive is deprecated, use the \"http2\" directive instead",
                at: node.position, help: "it holds all the same; write \"http2 on;\" on a line of its own here")
            request.isHTTP2 = true
        case "quic":
            throw node.error("the \"quic\" parameter requires ngx_http_v3_module", help: "Postern has no HTTP/3")
        default:
            try socketOption(word, of: &request.options, in: node)
            request.options.isSet = true
        }
    }

    private func socketOption(
        _ word: Word, of options: inout ListenOptions, in node: DirectiveNode
    ) throws(ConfigurationError) {
        let isIPv6Flag = word.text.hasPrefix("ipv6only=o")
        switch word.text {
        case "bind": return
        case "deferred": options.deferred = true
        case "reuseport": options.reusePort = true
        case "multipath": options.multipath = true
        case "ipv6only=on": options.ipv6Only = true
        case "ipv6only=off": options.ipv6Only = false
        case _ where isIPv6Flag:
            throw node.error("invalid ipv6only flags \"\(word.text.dropFirst(9))\"")
        default:
            try valuedOption(word, of: &options, in: node)
        }
    }

    private func valuedOption(
        _ word: Word, of options: inout ListenOptions, in node: DirectiveNode
    ) throws(ConfigurationError) {
        let invalid = { (name: String) in node.error("invalid \(name) \"\(word.text)\"") }
        if let value = word.after("backlog=") {
            guard let number = Values.number(value.bytes), number > 0 else { throw invalid("backlog") }
            options.backlog = number
        } else if let value = word.after("rcvbuf=") {
            guard let size = Values.size(value.bytes) else { throw invalid("rcvbuf") }
            options.receiveBufferBytes = size
        } else if let value = word.after("sndbuf=") {
            guard let size = Values.size(value.bytes) else { throw invalid("sndbuf") }
            options.sendBufferBytes = size
        } else if let value = word.after("fastopen=") {
            guard let number = Values.number(value.bytes) else { throw invalid("fastopen") }
            options.fastOpen = number
        } else if let value = word.after("setfib=") {
            guard Values.number(value.bytes) != nil else { throw invalid("setfib") }
        } else if let value = word.after("so_keepalive=") {
            guard Builder.keepAlive(value, into: &options) else {
                throw node.error("invalid so_keepalive value: \"\(value.text)\"")
            }
        } else {
            throw node.error("invalid parameter \"\(word.text)\"")
        }
    }

    /// Reads `on`, `off` or `idle:interval:count`, each part optional but not all.
    private static func keepAlive(_ value: Word, into options: inout ListenOptions) -> Bool {
        if value.equals("on") || value.equals("off") {
            options.keepAlive = value.equals("on")
            return true
        }
        let parts = value.bytes.split(
            separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        var numbers = [0, 0, 0]
        for (index, part) in parts.enumerated() where !part.isEmpty {
            let number = index < 2 ? Values.time(Array(part), in: .seconds) : Values.number(part)
            guard let number else { return false }
            numbers[index] = number
        }
        if numbers.allSatisfy({ $0 == 0 }) { return false }
        options.keepAlive = true
        options.keepAliveIdle = numbers[0] == 0 ? nil : numbers[0]
        options.keepAliveInterval = numbers[1] == 0 ? nil : numbers[1]
        options.keepAliveCount = numbers[2] == 0 ? nil : numbers[2]
        return true
    }
}

extension Endpoint {
    fileprivate func withPort(_ port: UInt16) -> Endpoint {
        guard case .ip(var address) = self else { return self }
        address.port = port
        return .ip(address)
    }
}
