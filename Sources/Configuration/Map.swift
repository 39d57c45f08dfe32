extension Builder {
    /// nginx: map.
    static func map(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        let source = try builder.compile(node.words[1], in: node)
        guard let name = node.words[2].after("$") else {
            throw node.error("invalid variable name \"\(node.words[2].text)\"")
        }
        let slot = try builder.defineVariable(name.text, in: node)
        var map = MapSettings(source: source, slot: slot, position: node.position)
        var hasDefault = false
        for item in block.items {
            switch item {
            case .failure(let error): throw error
            case .directive(let line):
                if line.block != nil { throw line.error("unexpected \"{\"") }
                try builder.addLine(line, to: &map, hasDefault: &hasDefault)
            }
        }
        builder.variables.setMap(builder.parts.maps.count, ofSlot: slot)
        builder.parts.maps.append(map)
    }

    private func addLine(
        _ line: DirectiveNode, to map: inout MapSettings, hasDefault: inout Bool
    ) throws(ConfigurationError) {
        let key = line.words[0]
        if line.words.count == 1 && key.equals("hostnames") {
            map.hostnames = true
            return
        }
        if line.words.count == 1 && key.equals("volatile") {
            map.isVolatile = true
            return
        }
        if line.words.count != 2 { throw line.error("invalid number of the map parameters") }
        let value = try compile(line.words[1], in: line)
        if key.equals("default") {
            if hasDefault { throw line.error("duplicate default map parameter") }
            hasDefault = true
            map.fallback = value
        } else if let text = key.after("~") {
            let caseless = key.after("~*")
            let pattern = try pattern((caseless ?? text).bytes, ignoresCase: caseless != nil, in: line)
            map.patterns.append(MapPattern(pattern: pattern, value: value))
        } else {
            try addKey(key.after("\\") ?? key, value, to: &map, at: line)
        }
    }

    private func addKey(
        _ key: Word, _ value: ComplexValue, to map: inout MapSettings, at line: DirectiveNode
    ) throws(ConfigurationError) {
        let bytes = Word.lowercased(key.bytes)
        let name = map.hostnames ? Builder.wildcard(bytes) : .exact(bytes)
        if map.hostnames && !Builder.isValid(bytes) {
            throw line.error("invalid hostname or wildcard \"\(key.text)\"")
        }
        let conflict = line.error("conflicting parameter \"\(Word(bytes: bytes).text)\"")
        if !mapKeys.insert(MapKey(map: parts.maps.count, key: bytes)).inserted { throw conflict }
        guard case .exact = name else {
            map.wildcards.append(MapWildcard(name: name, value: value))
            return
        }
        map.exact.append(MapEntry(key: bytes, value: value))
    }

    /// Whether a host name has at most one `*`, and that at an end, and no empty labels.
    static func isValid(_ name: [UInt8]) -> Bool {
        let stars = name.count { $0 == UInt8(ascii: "*") }
        for index in name.indices.dropLast() where name[index] == UInt8(ascii: ".") {
            if name[index + 1] == UInt8(ascii: ".") { return false }
        }
        if stars == 0 { return true }
        switch wildcard(name) {
        case .suffix, .prefix: return stars == 1
        case .domain: return stars <= 1
        default: return false
        }
    }
}

/// A key of a map that is being read.
struct MapKey: Hashable {
    let map: Int
    let key: [UInt8]
}
