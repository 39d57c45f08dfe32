import Bytes
import Configuration
import HTTP
import Platform

/// Compiles a configuration into the arrays of a `RoutingTable`. Cold.
struct TableBuilder {
    let model: ConfigurationModel
    var values = ValueBuilder()
    var names = NameTables()
    var slots: [SlotSource] = []
    var maps: [MapTable] = []
    var mapValues: [Value] = []
    var mapPatterns: [PatternChoice] = []
    var scopes: [Settled<Scope>] = []
    var entries: [ScopeEntry] = []
    var servers: [ServerEntry] = []
    var listenerAddresses: [Run] = []
    var addresses: [AddressEntry] = []
    var serverPatterns: [PatternChoice] = []
    var prefixes: [PrefixEntry] = []
    var locationPatterns: [PatternChoice] = []
    var namedLocations: [Int32] = []
    var steps: [Step] = []
    var conditions: [Condition] = []
    var rules: [RewriteRuleEntry] = []
    var accessRules: [AccessRule] = []
    var trusted: [AddressRange] = []
    var limitedMethods: [ByteRange] = []
    var errorPages: [ErrorPageEntry] = []
    var candidates: [FileCandidate] = []
    var fileIndexes: [Value] = []
    var setFields: [SetField] = []
    var addedFields: [AddedFieldEntry] = []
    var earlyHints: [Value] = []
    var redirects: [RewriteEntry] = []
    var cookieFlags: [CookieFlagEntry] = []
    var cookieFlagValues: [Value] = []
    var formats: [FormatEntry] = []
    var accessLogs: [AccessLogEntry] = []
    var types: [NameTable] = []
    var groups: [GroupName] = []
    var patterns: [Pattern] = []
    var patternCaptures: [Run] = []
    var captureSlots: [CaptureSlot] = []

    init(_ model: ConfigurationModel) { self.model = model }

    mutating func build() {
        for source in model.patterns { add(source) }
        for slot in model.slots {
            if case .map(let map) = slot.source {
                slots.append(SlotSource(map: Int32(map)))
            } else {
                slots.append(SlotSource(map: -1))
            }
            if case .overridden(let reference) = slot.source {
                slots[slots.count - 1].overridden = values.operation(reference)
            }
        }
        for map in model.maps { add(map) }
        for format in model.logFormats { add(format) }
        for table in model.mediaTypes { add(table) }
        for index in model.locations.indices { addScope(index) }
        for server in model.servers {
            servers.append(
                ServerEntry(
                    scope: Int32(server.location), primaryName: values.literal(server.primaryName),
                    mergesSlashes: server.connection.mergeSlashes))
        }
        for listener in model.listeners { add(listener) }
        for (index, group) in model.groups.enumerated() {
            groups.append(
                GroupName(
                    name: values.literal(Array(group.name.utf8)), index: Int32(index), port: group.port,
                    isImplicit: group.isImplicit, key: balancingKey(group.balancing)))
        }
    }

    /// What `hash` hashes.
    private mutating func balancingKey(_ balancing: Balancing) -> Value {
        if case .hash(let key, _) = balancing { return values.value(key) }
        return .empty
    }

    func usesAny(_ variables: [VariableID]) -> Bool { variables.contains { values.usedVariables.contains($0) } }

    private mutating func add(_ source: PatternSource) {
        guard let pattern = try? Pattern(source.text, ignoresCase: source.ignoresCase, optimized: true) else {
            preconditionFailure("a pattern of a checked configuration compiles")
        }
        patterns.append(pattern)
        let first = captureSlots.count
        for name in pattern.names {
            guard let capture = source.captures.first(where: { $0.name == name.name }) else { continue }
            captureSlots.append(CaptureSlot(group: Int32(name.group), slot: Int32(capture.slot)))
        }
        patternCaptures.append(Run(from: first, upTo: captureSlots.count))
    }

    private mutating func add(_ map: MapSettings) {
        var table = MapTable(source: values.value(map.source))
        var exact: [(name: ByteRange, number: Int)] = []
        var suffixes: [(name: ByteRange, number: Int)] = []
        var starts: [(name: ByteRange, number: Int)] = []
        for entry in map.exact { exact.append((values.literal(entry.key), addMapValue(entry.value))) }
        for wildcard in map.wildcards {
            let number = addMapValue(wildcard.value)
            switch wildcard.name {
            case .exact(let name): exact.append((values.literal(name), number))
            case .suffix(let name): suffixes.append((values.literal(name), number))
            case .domain(let name):
                exact.append((values.literal(Array(name.dropFirst())), number))
                suffixes.append((values.literal(name), number))
            case .prefix(let name): starts.append((values.literal(name), number))
            case .pattern: break
            }
        }
        table.exact = names.add(exact, literals: values.literals)
        table.suffixes = names.add(suffixes, literals: values.literals)
        table.starts = names.add(starts, literals: values.literals)
        let first = mapPatterns.count
        for entry in map.patterns {
            mapPatterns.append(PatternChoice(pattern: Int32(entry.pattern), number: Int32(addMapValue(entry.value))))
        }
        table.patterns = Run(from: first, upTo: mapPatterns.count)
        table.fallback = Int32(addMapValue(map.fallback))
        table.hostnames = map.hostnames
        table.isVolatile = map.isVolatile
        maps.append(table)
    }

    private mutating func addMapValue(_ value: ComplexValue) -> Int {
        mapValues.append(values.value(value))
        return mapValues.count - 1
    }

    private mutating func add(_ format: LogFormat) {
        let compiled = format.value.parts.map { part -> ValueOperation in
            switch part {
            case .bytes(let bytes): return ValueOperation(kind: .literal, bytes: values.literal(bytes))
            case .variable(let reference): return values.operation(reference)
            }
        }
        let first = values.operations.count
        values.operations += compiled
        formats.append(
            FormatEntry(escape: format.escape, operations: Run(from: first, upTo: values.operations.count)))
    }

    private mutating func add(_ table: MediaTypeTable) {
        let entries = table.entries.map { entry in
            (name: values.literal(entry.suffix), number: addMapValue(ComplexValue(literal: entry.type)))
        }
        types.append(names.add(entries, literals: values.literals))
    }

    // MARK: servers

    private mutating func add(_ listener: ListenerSettings) {
        let first = addresses.count
        for (index, address) in listener.addresses.enumerated() {
            var entry = AddressEntry(address: .none, defaultServer: Int32(address.defaultServer))
            let isLast = index == listener.addresses.count - 1
            if !isLast, case .ip(let numeric) = address.endpoint { entry.address = numeric }
            addNames(of: address.servers, to: &entry)
            addresses.append(entry)
        }
        listenerAddresses.append(Run(from: first, upTo: addresses.count))
    }

    private mutating func addNames(of indices: [Int], to entry: inout AddressEntry) {
        var exact: [(name: ByteRange, number: Int)] = []
        var suffixes: [(name: ByteRange, number: Int)] = []
        var starts: [(name: ByteRange, number: Int)] = []
        let first = serverPatterns.count
        for server in indices {
            for name in model.servers[server].names {
                switch name {
                case .exact(let bytes): exact.append((values.literal(bytes), server))
                case .suffix(let bytes): suffixes.append((values.literal(bytes), server))
                case .domain(let bytes):
                    exact.append((values.literal(Array(bytes.dropFirst())), server))
                    suffixes.append((values.literal(bytes), server))
                case .prefix(let bytes): starts.append((values.literal(bytes), server))
                case .pattern(let pattern):
                    serverPatterns.append(PatternChoice(pattern: Int32(pattern), number: Int32(server)))
                }
            }
        }
        entry.exact = names.add(exact, literals: values.literals)
        entry.suffixes = names.add(suffixes, literals: values.literals)
        entry.starts = names.add(starts, literals: values.literals)
        entry.patterns = Run(from: first, upTo: serverPatterns.count)
    }
}
