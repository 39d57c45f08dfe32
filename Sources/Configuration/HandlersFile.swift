import Platform

/// Files, access rules and the resolver.
extension Builder {
    /// `root` and `alias`.
    static func root(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let isAlias = node.name == "alias"
        let other = isAlias ? "root" : "alias"
        if builder.has(other) {
            throw node.error("\"\(node.name)\" directive is duplicate, \"\(other)\" directive was specified earlier")
        }
        try builder.once(node)
        if isAlias, case .named = builder.scope.match {
            throw node.error("the \"alias\" directive cannot be used inside the named location")
        }
        let text = node.words[1].text
        for name in ["document_root", "realpath_root"] where text.contains("$\(name)") || text.contains("${\(name)}") {
            throw node.error("the $\(name) variable cannot be used in the \"\(node.name)\" directive")
        }
        var path = node.words[1].bytes
        if !isAlias && path.last == UInt8(ascii: "/") { path.removeLast() }
        if path.first != UInt8(ascii: "$") && path.first != UInt8(ascii: "/") {
            // An empty path is what is left of "/".
            path = node.words[1].equals("/") ? [] : Array(builder.environment.prefix.utf8) + path
        }
        let value = try builder.compile(path, in: node)
        let aliased = isAlias ? builder.scope.match.name.count : nil
        builder.scope.assign {
            $0.location.files.root = value
            $0.location.files.aliasedBytes = aliased
        }
    }

    static func index(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        for (position, word) in node.arguments.enumerated() {
            if word.bytes.first == UInt8(ascii: "/") && position != node.arguments.count - 1 {
                builder.warn("only the last index in \"index\" directive should be absolute", at: node.position)
            }
            if word.bytes.isEmpty { throw node.error("index \"\" in \"index\" directive is invalid") }
            let value = try builder.compile(word, in: node)
            builder.append(value, to: \.location.files.index, named: "index")
        }
    }

    static func tryFiles(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var candidates: [TryFiles.Candidate] = []
        for word in node.arguments.dropLast() {
            let isDirectory = word.bytes.last == UInt8(ascii: "/")
            let name = isDirectory ? Array(word.bytes.dropLast()) : word.bytes
            candidates.append(
                TryFiles.Candidate(value: try builder.compile(name, in: node), isDirectory: isDirectory))
        }
        let last = node.words[node.words.count - 1]
        let fallback: TryFiles.Fallback
        if let code = last.after("=") {
            guard let status = Values.number(code.bytes), status <= 999 else {
                throw node.error("invalid code \"\(last.text)\"")
            }
            fallback = .status(status)
        } else if last.bytes.first == UInt8(ascii: "@") {
            fallback = .named(last.bytes)
        } else {
            fallback = .uri(try builder.compile(last, in: node))
        }
        builder.scope.tryFiles = TryFiles(candidates: candidates, fallback: fallback)
    }

    /// `types`: several blocks of one scope add up.
    static func types(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        let index = builder.scope.types ?? builder.parts.mediaTypes.count
        var entries = builder.scope.types.map { builder.parts.mediaTypes[$0].entries } ?? []
        var known: [[UInt8]: Int] = [:]
        for (position, entry) in entries.enumerated() { known[entry.suffix] = position }
        for item in block.items {
            switch item {
            case .failure(let error): throw error
            case .directive(let line):
                if line.block != nil { throw line.error("unexpected \"{\"") }
                for word in line.arguments { builder.addType(line, suffix: word, to: &entries, &known) }
            }
        }
        let table = MediaTypeTable(entries: entries)
        if index == builder.parts.mediaTypes.count {
            builder.parts.mediaTypes.append(table)
        } else {
            builder.parts.mediaTypes[index] = table
        }
        builder.scope.types = index
        builder.scope.assign { $0.location.files.types = index }
    }

    private func addType(
        _ line: DirectiveNode, suffix word: Word, to entries: inout [MediaTypeTable.Entry],
        _ known: inout [[UInt8]: Int]
    ) {
        let suffix = Word.lowercased(word.bytes)
        let entry = MediaTypeTable.Entry(suffix: suffix, type: line.words[0].bytes)
        guard let index = known[suffix] else {
            known[suffix] = entries.count
            entries.append(entry)
            return
        }
        let old = Word(bytes: entries[index].type).text
        warn(
            "duplicate extension \"\(Word(bytes: suffix).text)\", content type: \"\(line.name)\", "
                + "previous content type: \"\(old)\"", at: line.position)
        entries[index] = entry
    }

    static func bodyPath(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var path = node.words[1].text
        if path.hasSuffix("/") { path.removeLast() }
        var levelBytes = 0
        for word in node.words.dropFirst(2) {
            guard let level = Values.number(word.bytes), level > 0, level < 10 else {
                throw node.refused("invalid value")
            }
            levelBytes += level
        }
        if levelBytes > 10 { throw node.refused("invalid value") }
        let full = builder.fullPath(path)
        builder.scope.assign { $0.location.body.temporaryPath = full }
    }

    static func keepAliveTimeout(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let timeout = try node.time(1)
        let header = node.words.count > 2 ? try node.seconds(2) : nil
        builder.scope.assign {
            $0.location.keepAlive.timeout = timeout
            if let header { $0.location.keepAlive.headerSeconds = header }
        }
    }

    static func keepAliveDisable(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        for word in node.arguments
        where !["none", "msie6", "safari"].contains(where: { word.equalsIgnoringCase($0) }) {
            throw node.error("invalid value \"\(word.text)\"")
        }
        let isFirst = builder.isFirst("keepalive_disable")
        let words = Array(node.arguments)
        builder.scope.assign { settings in
            if isFirst {
                settings.location.keepAlive.disabledForMSIE6 = false
                settings.location.keepAlive.disabledForSafari = false
            }
            if words.contains(where: { $0.equalsIgnoringCase("msie6") }) {
                settings.location.keepAlive.disabledForMSIE6 = true
            }
            if words.contains(where: { $0.equalsIgnoringCase("safari") }) {
                settings.location.keepAlive.disabledForSafari = true
            }
        }
    }

    /// `allow` and `deny`, which share one list.
    static func accessRule(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let range: AddressRange
        switch node.words[1].text {
        case "all": range = .all
        case "unix:": range = .unix
        default:
            guard let parsed = try builder.range(node) else {
                throw node.error("invalid parameter \"\(node.words[1].text)\"")
            }
            range = parsed
        }
        let rule = AccessRule(denies: node.name == "deny", range: range)
        builder.append(rule, to: \.location.access.rules, named: "allow and deny")
    }

    static func realIPFrom(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        switch node.words[1].text {
        case "unix:": builder.append(.unix, to: \.location.realIP.trusted, named: node.name)
        case "localhost":
            for case let parsed? in [AddressRange.parse("127.0.0.1"), AddressRange.parse("::1")] {
                builder.append(parsed.range, to: \.location.realIP.trusted, named: node.name)
            }
        default:
            guard let range = try builder.range(node) else {
                throw node.error(
                    "host not found in set_real_ip_from \"\(node.words[1].text)\"",
                    help: "write a numeric address or network; of names Postern knows only localhost here")
            }
            builder.append(range, to: \.location.realIP.trusted, named: node.name)
        }
    }

    /// The network of the only argument, with nginx's warning about bits that do not count.
    private func range(_ node: DirectiveNode) throws(ConfigurationError) -> AddressRange? {
        guard let parsed = AddressRange.parse(node.words[1].text) else { return nil }
        if parsed.hasLowBits {
            warn("low address bits of \(node.words[1].text) are meaningless", at: node.position)
        }
        return parsed.range
    }

    static func realIPHeader(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let word = node.words[1]
        let header: RealIPHeader =
            word.equals("proxy_protocol")
            ? .proxyProtocol : .field(Word.lowercased(word.bytes))
        builder.scope.assign { $0.location.realIP.header = header }
    }

    static func resolver(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let parsed = try builder.resolver(node)
        builder.scope.assign { settings in
            let timeout = settings.location.resolver.timeout
            settings.location.resolver = parsed
            settings.location.resolver.timeout = timeout
        }
    }

    /// The arguments of `resolver`.
    func resolver(_ node: DirectiveNode) throws(ConfigurationError) -> ResolverSettings {
        var settings = ResolverSettings()
        for word in node.arguments {
            let invalid = node.error("invalid parameter: \(word.text)")
            if let value = word.after("valid=") {
                guard let time = Values.time(value.bytes, in: .seconds) else { throw invalid }
                settings.validTime = time * 1000
            } else if let value = word.after("ipv4=") {
                guard value.equals("on") || value.equals("off") else { throw invalid }
                settings.usesIPv4 = value.equals("on")
            } else if let value = word.after("ipv6=") {
                guard value.equals("on") || value.equals("off") else { throw invalid }
                settings.usesIPv6 = value.equals("on")
            } else if let zone = word.after("status_zone=") {
                if zone.bytes.isEmpty { throw invalid }
            } else {
                settings.servers.append(try nameServer(word, in: node))
            }
        }
        if !settings.usesIPv4 && !settings.usesIPv6 {
            throw node.error("\"ipv4\" and \"ipv6\" cannot both be \"off\"")
        }
        if settings.servers.isEmpty { throw node.error("no name servers defined") }
        return settings
    }

    private func nameServer(_ word: Word, in node: DirectiveNode) throws(ConfigurationError) -> PeerAddress {
        do {
            let address = try AddressText(word.bytes, defaultPort: 53, use: .peer(allowsURI: false))
            if let endpoint = address.endpoint { return .endpoint(endpoint) }
            return .name(address.host, port: address.port)
        } catch {
            throw node.error("\(error.text) in resolver \"\(word.text)\"")
        }
    }
}
