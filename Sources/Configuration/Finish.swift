/// What is done once `http {}` is complete: inheritance, and the checks that need the whole.
extension Builder {
    /// The order of the checks is nginx's; their messages have the line where `http {}` ends.
    func finishHTTP(end: SourcePosition) throws(ConfigurationError) {
        var settings: [ScopeSettings] = []
        for scope in scopes {
            let base = scope.parent < 0 ? rootSettings() : settings[scope.parent]
            settings.append(resolve(scope, from: base))
        }
        for (index, resolved) in settings.enumerated() where index > 0 {
            try checkBuffers(resolved, scopes[index], end: end)
            if case .server = scopes[index].match { try checkTLS(resolved.tls, end: end) }
            if scopes[index].reachesTLS {
                try checkProxyTLS(resolved.finished.proxy.tls, prefix: resolved.raw.isGRPC ? "grpc" : "proxy", end: end)
            }
        }
        for scope in scopes { try checkDuplicates(in: scope) }
        if let unknown = variables.firstUnknown {
            throw ConfigurationError(
                message: "unknown \"\(unknown.name)\" variable", position: unknown.position,
                help: Advice.unknown(variable: unknown.name, at: unknown.position))
        }
        try checkServerNames(end: end)
        parts.locations = settings.map(\.finished)
        for index in parts.servers.indices {
            parts.servers[index].connection = settings[parts.servers[index].location].connection
            parts.servers[index].tls = settings[parts.servers[index].location].tls
        }
        try checkTLSListeners()
        parts.listeners = listens.listeners()
        parts.slots = variables.slots
        for group in groups.groups where !group.isImplicit && group.servers.allSatisfy(\.isBackup) {
            throw ConfigurationError(
                message: "no servers in upstream \"\(group.name)\"" + group.position.suffix, position: group.position,
                help: "at least one server must not be a backup")
        }
        parts.groups = finishedGroups(outer: settings[0].location.resolver)
        try finishChecks()
    }

    /// What holds where nothing is written.
    private func rootSettings() -> ScopeSettings {
        var settings = ScopeSettings(location: LocationSettings(position: scopes[0].position))
        settings.location.files.root = ComplexValue(literal: Array(fullPath("html").utf8))
        settings.location.files.index = [ComplexValue(literal: Array("index.html".utf8))]
        settings.location.body.temporaryPath = fullPath("client_body_temp")
        settings.location.logs.accessLogs = [
            AccessLogSettings(
                target: .file(fullPath("logs/access.log")), format: 0, bufferBytes: 0, flushTimeout: 0,
                condition: nil)
        ]
        return settings
    }

    /// The settings of a scope out of its parent's and what was written in it.
    private func resolve(_ scope: Scope, from parent: ScopeSettings) -> ScopeSettings {
        var settings = parent
        settings.location.server = scope.server
        settings.location.parent = scope.parent
        settings.location.match = scope.match
        settings.location.children = scope.children
        settings.location.steps = scope.steps
        settings.location.limitExcept = scope.limitExcept
        settings.location.tryFiles = scope.tryFiles
        settings.location.position = scope.position
        settings.raw.ownHeaders = []
        settings.raw.ownTrailers = []
        for assign in scope.assignments { assign(&settings) }
        switch scope.match {
        case .ifBlock, .limitExcept: settings.location.content = scope.content ?? parent.location.content
        default: settings.location.content = scope.content ?? .files
        }
        if scope.content != nil || settings.location.content == .files { settings.raw.isGRPC = scope.isGRPC }
        settings.location.response.addedFields = Builder.inherit(
            settings.raw.ownHeaders, parent.location.response.addedFields, settings.raw.headerInheritance)
        settings.location.response.addedTrailers = Builder.inherit(
            settings.raw.ownTrailers, parent.location.response.addedTrailers, settings.raw.trailerInheritance)
        resolveProxy(&settings, scope)
        return settings
    }

    private static func inherit(
        _ own: [AddedField], _ outer: [AddedField], _ inheritance: RawSettings.FieldInheritance
    ) -> [AddedField] {
        switch inheritance {
        case .off: return own
        case .on: return own.isEmpty ? outer : own
        case .merge: return own + outer
        }
    }

    private func resolveProxy(_ settings: inout ScopeSettings, _ scope: Scope) {
        settings.location.proxy.hiddenFields = Self.hidden(
            settings.raw.hiddenFields, passed: settings.raw.passedFields)
        settings.grpc.hiddenFields = Self.hidden(
            settings.raw.hiddenGRPCFields, passed: settings.raw.passedGRPCFields)
        if settings.grpc.nextUpstream.contains(.off) { settings.grpc.nextUpstream = .off }
        let largest = max(settings.location.proxy.headBufferBytes, settings.location.proxy.buffers.bytes)
        settings.location.proxy.busyBytes = settings.raw.busyBytes ?? 2 * largest
        if settings.location.proxy.nextUpstream.contains(.off) { settings.location.proxy.nextUpstream = .off }
        resolveRedirects(&settings, scope)
    }

    /// A scope with a `proxy_pass` of its own has a default rule of its own, unlike in nginx, where it keeps the
    /// default rule of an enclosing location.
    private func resolveRedirects(_ settings: inout ScopeSettings, _ scope: Scope) {
        if let own = scope.redirects {
            settings.raw.redirectsAreOff = false
            settings.location.proxy.redirects = own
        } else if scope.redirectsAreOff {
            settings.raw.redirectsAreOff = true
            settings.location.proxy.redirects = []
        } else if !settings.raw.redirectsAreOff, settings.location.proxy.redirects.allSatisfy(\.isDefault) {
            if let pass = scope.proxyPass { settings.location.proxy.redirects = [pass.redirect] }
            if scope.hasVariableProxyPass { settings.location.proxy.redirects = [] }
        }
    }

    private func checkBuffers(
        _ settings: ScopeSettings, _ scope: Scope, end: SourcePosition
    ) throws(ConfigurationError) {
        func refuse(_ message: String, _ help: String?) -> ConfigurationError {
            ConfigurationError(message: message + end.suffix, position: end, help: help)
        }
        if case .server = scope.match,
            settings.connection.largeHeadBuffers.bytes < settings.connection.connectionPoolBytes
        {
            throw refuse(
                "the \"large_client_header_buffers\" size must be equal to or greater than \"connection_pool_size\"",
                nil)
        }
        let proxy = settings.location.proxy
        if proxy.buffers.count < 2 {
            throw refuse(
                "there must be at least 2 \"proxy_buffers\"", "this holds for the block that begins" + scope.place)
        }
        let largest = max(proxy.headBufferBytes, proxy.buffers.bytes)
        let numbers = Advice.numbers(proxy, scope)
        if proxy.busyBytes < largest {
            throw refuse(
                "\"proxy_busy_buffers_size\" must be equal to or greater than the maximum of the value of "
                    + "\"proxy_buffer_size\" and one of the \"proxy_buffers\"",
                numbers + "; write also: proxy_busy_buffers_size \(Advice.size(largest));")
        }
        let room = (proxy.buffers.count - 1) * proxy.buffers.bytes
        if proxy.busyBytes > room {
            throw refuse(
                "\"proxy_busy_buffers_size\" must be less than the size of all \"proxy_buffers\" minus one buffer",
                numbers + "; write also: \(Advice.buffers(for: proxy));")
        }
    }

    private func checkDuplicates(in scope: Scope) throws(ConfigurationError) {
        var seen: [[UInt8]: Int] = [:]
        for index in scope.children.prefixes {
            let isExact: UInt8
            if case .exact = scopes[index].match { isExact = 1 } else { isExact = 0 }
            if let first = seen.updateValue(index, forKey: [isExact] + scopes[index].match.name) {
                let place = scopes[index].place
                throw ConfigurationError(
                    message: "duplicate location \"\(locationText(scopes[index].match))\"\(place)",
                    position: scopes[index].position, help: "the first one is" + scopes[first].place)
            }
        }
    }

    /// Names at an address with more than one server: nginx's errors and warnings.
    private func checkServerNames(end: SourcePosition) throws(ConfigurationError) {
        for address in listens.addresses where address.servers.count > 1 {
            var exact: Set<[UInt8]> = []
            var wildcards: Set<[UInt8]> = []
            let names = address.servers.flatMap { server in parts.servers[server].names.map { (server, $0) } }
            for (server, name) in names {
                guard let bytes = name.text else { continue }
                let written = Word(bytes: bytes).text
                if !Builder.isValid(bytes) {
                    throw ConfigurationError(
                        message: "invalid server name or wildcard \"\(written)\" on \(address.endpoint.text)",
                        position: end)
                }
                let isNew: Bool
                switch name {
                case .exact: isNew = exact.insert(bytes).inserted
                case .domain:
                    let bare = Array(bytes.dropFirst())
                    isNew = exact.insert(bare).inserted && wildcards.insert([0x2a] + bytes).inserted
                default: isNew = wildcards.insert(bytes).inserted
                }
                if !isNew {
                    warn(
                        "conflicting server name \"\(written)\" on \(address.endpoint.text), ignored", at: nil,
                        help: "whoever has it first keeps it; not the server" + parts.servers[server].position.suffix)
                }
            }
        }
    }

    /// The groups, each with the resolver that it uses.
    private func finishedGroups(outer: ResolverSettings) -> [GroupSettings] {
        groups.groups.indices.map { index in
            var group = groups[index]
            if !groups.ownResolvers.contains(index) { group.resolver = outer }
            if let timeout = groups.resolverTimeouts[index] { group.resolver.timeout = timeout }
            return group
        }
    }
}

extension Scope {
    /// Whether a literal `proxy_pass https://` stands here.
    var reachesTLS: Bool {
        if case .proxy(.group(let destination))? = content { destination.isTLS } else { false }
    }

    /// ` in FILE:LINE` of the block's beginning.
    var place: String { position.suffix }
}

extension ServerName {
    /// As it is written; nil for a pattern.
    var text: [UInt8]? {
        switch self {
        case .exact(let name), .domain(let name): return name
        case .suffix(let name): return [UInt8(ascii: "*")] + name
        case .prefix(let name): return name + [UInt8(ascii: "*")]
        case .pattern: return nil
        }
    }
}
