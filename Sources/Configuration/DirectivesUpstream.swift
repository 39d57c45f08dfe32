extension DirectiveTable {
    /// What stands in `upstream {}`.
    static let upstreamRows: [Directive] = [
        Directive(
            "server", in: .upstream, .atLeast(1), .run("address [parameter …]", Builder.upstreamServer),
            "A peer: weight, max_fails, fail_timeout, max_conns, backup, down, drain, slow_start, resolve."),
        Directive(
            "zone", in: .upstream, .range(1...2), .run("name [size]", Builder.zone),
            "Read for nginx's sake: peers are shared by the workers anyway."),
        Directive(
            "keepalive", in: .upstream, .range(1...2), default: "32 local",
            .once("connections [local]", Builder.upstreamKeepAlive), "Idle connections that each worker keeps."),
        Directive(
            "keepalive_requests", in: .upstream, .one, default: "1000",
            .once("number") { (builder, node) throws(ConfigurationError) in
                builder.groups[builder.groupIndex].keepAlive.requestLimit = try node.number(1)
            }, "Requests of one connection."),
        Directive(
            "keepalive_time", in: .upstream, .one, default: "1h",
            .once("time") { (builder, node) throws(ConfigurationError) in
                builder.groups[builder.groupIndex].keepAlive.lifetime = try node.time(1)
            }, "Age at which a connection gets no further request."),
        Directive(
            "keepalive_timeout", in: .upstream, .one, default: "60s",
            .once("time") { (builder, node) throws(ConfigurationError) in
                builder.groups[builder.groupIndex].keepAlive.timeout = try node.time(1)
            }, "How long an idle connection is kept."),
        Directive(
            "least_conn", in: .upstream, .none,
            .run("") { (builder, node) throws(ConfigurationError) in builder.balance(.leastConnections, node) },
            "The peer with the fewest connections for its weight."),
        Directive(
            "ip_hash", in: .upstream, .none,
            .run("") { (builder, node) throws(ConfigurationError) in builder.balance(.ipHash, node) },
            "A peer by the client's address."),
        Directive(
            "hash", in: .upstream, .range(1...2), .run("key [consistent]", Builder.hash), "A peer by a key."),
        Directive(
            "random", in: .upstream, .range(0...2), .run("[two [least_conn]]", Builder.random), "A peer by chance."),
        Directive(
            "queue", in: .upstream, .range(1...2), .once("number [timeout=time]", Builder.queue),
            "Requests of a worker that wait for a peer while all are at max_conns, and how long (60s): first come, "
                + "first served. Whoever finds the queue full, or waits longer, gets 502."),
        Directive(
            "resolver", in: .upstream, .atLeast(1), .once("address … [valid=time]", Builder.upstreamResolver),
            "Name servers of this group."),
        Directive(
            "resolver_timeout", in: .upstream, .one,
            .once("time") { (builder, node) throws(ConfigurationError) in
                builder.groups.resolverTimeouts[builder.groupIndex] = try node.time(1)
            }, "How long a lookup may take."),
    ]
}

/// The upstream groups while the tree is walked.
struct GroupTable {
    private(set) var groups: [GroupSettings] = []
    /// Indices of the groups of a name in lower case.
    private var indices: [String: [Int]] = [:]
    /// Of an implicit group: whether the `proxy_pass` had no port.
    private var hasNoPort: [Bool] = []
    /// Which groups have a resolver of their own.
    var ownResolvers: Set<Int> = []
    var resolverTimeouts: [Int: Int] = [:]

    subscript(index: Int) -> GroupSettings {
        get { groups[index] }
        set { groups[index] = newValue }
    }

    /// Adds an `upstream {}`. A `proxy_pass` that stands before it may have named it already.
    mutating func create(_ name: String, at node: DirectiveNode) throws(ConfigurationError) -> Int {
        for index in indices[name.lowercased(), default: []] {
            if !groups[index].isImplicit { throw node.error("duplicate upstream \"\(name)\"") }
            if !hasNoPort[index] {
                let message = "upstream \"\(name)\" may not have port \(groups[index].port)"
                let position = groups[index].position
                throw ConfigurationError(message: message + position.suffix, position: position)
            }
            groups[index] = GroupSettings(name: name, isImplicit: false, position: node.position)
            return index
        }
        return append(GroupSettings(name: name, isImplicit: false, position: node.position), hasNoPort: true)
    }

    /// The group that a literal `proxy_pass` names, or a new one with a single peer.
    mutating func find(_ address: AddressText, at node: DirectiveNode) throws(ConfigurationError) -> Int {
        for index in indices[address.host.lowercased(), default: []] {
            if !groups[index].isImplicit {
                if address.hasPort {
                    throw node.error("upstream \"\(address.host)\" may not have port \(address.port)")
                }
                return index
            }
            if groups[index].port == address.port { return index }
        }
        var group = GroupSettings(name: address.host, isImplicit: true, position: node.position)
        group.port = address.port
        group.keepAlive.connections = 0
        let peer = address.endpoint.map { PeerAddress.endpoint($0) } ?? .name(address.host, port: address.port)
        let name = address.hasPort ? address.host + ":" + address.portText : address.host
        group.servers = [GroupServer(address: peer, name: name, position: node.position)]
        return append(group, hasNoPort: !address.hasPort)
    }

    private mutating func append(_ group: GroupSettings, hasNoPort isPortless: Bool) -> Int {
        groups.append(group)
        hasNoPort.append(isPortless)
        indices[group.name.lowercased(), default: []].append(groups.count - 1)
        return groups.count - 1
    }
}

extension Builder {
    static func upstream(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        builder.groupIndex = try builder.groups.create(node.words[1].text, at: node)
        try builder.walk(block, in: .upstream)
        if builder.groups[builder.groupIndex].servers.isEmpty {
            let message = "no servers are inside upstream"
            throw ConfigurationError(message: message + block.end.suffix, position: block.end)
        }
        builder.groupIndex = -1
    }

    static func upstreamServer(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let word = node.words[1]
        var server = GroupServer(
            address: .name(word.text, port: 80), name: word.text, position: node.position)
        for parameter in node.words.dropFirst(2) {
            try builder.peerParameter(parameter, of: &server, in: node)
        }
        do {
            let address = try AddressText(word.bytes, defaultPort: 80, use: .peer(allowsURI: false))
            server.address = address.endpoint.map { .endpoint($0) } ?? .name(address.host, port: address.port)
        } catch {
            throw node.error("\(error.text) in upstream \"\(word.text)\"")
        }
        builder.groups[builder.groupIndex].servers.append(server)
    }

    private func peerParameter(
        _ word: Word, of server: inout GroupServer, in node: DirectiveNode
    ) throws(ConfigurationError) {
        let invalid = node.error("invalid parameter \"\(word.text)\"")
        switch word.text {
        case "backup":
            switch groups[groupIndex].balancing {
            case .roundRobin, .leastConnections: server.isBackup = true
            default: throw node.error("balancing method does not support parameter \"backup\"")
            }
        case "down": server.isDown = true
        case "drain": server.isDraining = true
        case "resolve": server.resolves = true
        default:
            if let value = word.after("weight=") {
                guard let weight = Values.number(value.bytes), weight > 0, weight <= 1 << 20 else { throw invalid }
                server.weight = weight
            } else if let value = word.after("max_conns=") {
                guard let limit = Values.number(value.bytes) else { throw invalid }
                server.connectionLimit = min(limit, 1 << 30)
            } else if let value = word.after("max_fails=") {
                guard let fails = Values.number(value.bytes) else { throw invalid }
                server.maxFails = min(fails, 1 << 30)
            } else if let value = word.after("fail_timeout=") {
                guard let time = Values.time(value.bytes, in: .seconds) else { throw invalid }
                server.failTimeout = time * 1000
            } else if let value = word.after("slow_start=") {
                guard let time = Values.time(value.bytes, in: .milliseconds) else { throw invalid }
                server.slowStart = time
            } else if word.after("service=") != nil || word.after("route=") != nil {
                throw node.error(
                    "invalid parameter \"\(word.text)\"", help: "Postern has neither SRV records nor sticky sessions")
            } else {
                throw invalid
            }
        }
    }

    static func zone(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let name = node.words[1].text
        if name.isEmpty { throw node.error("invalid zone name \"\"") }
        if node.words.count > 2 {
            guard let size = Values.size(node.words[2].bytes) else {
                throw node.error("invalid zone size \"\(node.words[2].text)\"")
            }
            if size < 8 * 4096 { throw node.error("zone \"\(name)\" is too small") }
        }
        builder.groups[builder.groupIndex].zone = name
    }

    static func upstreamKeepAlive(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let connections = Values.number(node.words[1].bytes) else {
            throw node.error("invalid value \"\(node.words[1].text)\" in \"keepalive\" directive")
        }
        if node.words.count > 2 && !node.words[2].equals("local") {
            throw node.error("invalid parameter \"\(node.words[2].text)\"")
        }
        builder.groups[builder.groupIndex].keepAlive.connections = min(connections, 1 << 20)
        builder.groups[builder.groupIndex].keepAlive.isPerLocation = node.words.count > 2
    }

    /// Sets how peers are chosen, with nginx's warning where it is set again.
    func balance(_ balancing: Balancing, _ node: DirectiveNode) {
        if !isFirst("balancing method") { warn("load balancing method redefined", at: node.position) }
        groups[groupIndex].balancing = balancing
    }

    static func hash(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let key = try builder.compile(node.words[1], in: node)
        if node.words.count > 2 && !node.words[2].equals("consistent") {
            throw node.error("invalid parameter \"\(node.words[2].text)\"")
        }
        builder.balance(.hash(key, isConsistent: node.words.count > 2), node)
    }

    static func random(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if node.words.count > 1 && !node.words[1].equals("two") {
            throw node.error("invalid parameter \"\(node.words[1].text)\"")
        }
        if node.words.count > 2 && !node.words[2].equals("least_conn") {
            throw node.error("invalid parameter \"\(node.words[2].text)\"")
        }
        builder.balance(node.words.count > 1 ? .randomTwo : .random, node)
    }

    static func queue(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let limit = min(try node.number(1), 1 << 20)
        var timeout = 60_000
        if node.words.count > 2 {
            guard let value = node.words[2].after("timeout="), let time = Values.time(value.bytes, in: .milliseconds)
            else { throw node.error("invalid parameter \"\(node.words[2].text)\"") }
            timeout = time
        }
        builder.groups[builder.groupIndex].queue = GroupQueue(limit: limit, timeout: timeout)
    }

    static func upstreamResolver(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.groups[builder.groupIndex].resolver = try builder.resolver(node)
        builder.groups.ownResolvers.insert(builder.groupIndex)
    }
}
