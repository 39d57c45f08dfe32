/// Actions of the common kinds: one value, once in a block, put where a key path says.
extension Action {
    typealias Path<Value> = WritableKeyPath<ScopeSettings, Value> & Sendable

    /// `on` or `off`.
    static func flag(_ path: Path<Bool>) -> Action {
        once("on | off") { (builder, node) throws(ConfigurationError) in
            let value = try node.flag()
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A size with `k` or `m`.
    static func size(_ path: Path<Int>) -> Action {
        once("size") { (builder, node) throws(ConfigurationError) in
            let value = try node.size(1)
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A size where the kernel's, or a computed, default holds otherwise.
    static func optionalSize(_ path: Path<Int?>) -> Action {
        once("size") { (builder, node) throws(ConfigurationError) in
            let value = try node.size(1)
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A size with `k`, `m` or `g`.
    static func offset(_ path: Path<Int>) -> Action {
        once("size") { (builder, node) throws(ConfigurationError) in
            guard let value = Values.size(node.words[1].bytes, allowsGiga: true) else {
                throw node.refused("invalid value")
            }
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A time, in milliseconds.
    static func time(_ path: Path<Int>) -> Action {
        once("time") { (builder, node) throws(ConfigurationError) in
            let value = try node.time(1)
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A number of at least `least`.
    static func number(_ path: Path<Int>, atLeast least: Int = 0) -> Action {
        once("number") { (builder, node) throws(ConfigurationError) in
            let value = try node.number(1)
            if value < least { throw node.error("value must be equal to or greater than \(least)") }
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A number of buffers and their size.
    static func buffers(_ path: Path<BufferCount>) -> Action {
        once("number size") { (builder, node) throws(ConfigurationError) in
            let count = min(Values.number(node.words[1].bytes) ?? 0, 1 << 20)
            let bytes = Values.size(node.words[2].bytes) ?? 0
            if count == 0 || bytes == 0 { throw node.refused("invalid value") }
            builder.scope.assign { $0[keyPath: path] = BufferCount(count: count, bytes: bytes) }
        }
    }

    /// A text as it stands.
    static func text(_ path: Path<String>) -> Action {
        once("string") { (builder, node) throws(ConfigurationError) in
            let value = node.words[1].text
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A value with variables.
    static func value(_ path: Path<ComplexValue?>, syntax: String = "value") -> Action {
        once(syntax) { (builder, node) throws(ConfigurationError) in
            let value = try builder.compile(node.words[1], in: node)
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// A size with variables; a literal one is checked.
    static func rate(_ path: Path<ComplexValue?>) -> Action {
        once("size") { (builder, node) throws(ConfigurationError) in
            let value = try builder.compile(node.words[1], in: node)
            if let literal = value.literalBytes, Values.size(literal) == nil { throw node.refused("invalid value") }
            builder.scope.assign { $0[keyPath: path] = value }
        }
    }

    /// One of several words, in any case.
    static func choice<Value: Sendable>(_ path: Path<Value>, _ words: [(String, Value)]) -> Action {
        once(words.map(\.0).joined(separator: " | ")) { (builder, node) throws(ConfigurationError) in
            guard let found = words.first(where: { node.words[1].equalsIgnoringCase($0.0) }) else {
                throw node.error("invalid value \"\(node.words[1].text)\"")
            }
            builder.scope.assign { $0[keyPath: path] = found.1 }
        }
    }

    /// Any of several words. What is written in a block, in one directive or more, replaces what is inherited.
    static func set<Value: OptionSet & Sendable>(_ path: Path<Value>, _ words: [(String, Value)]) -> Action {
        run(words.map(\.0).joined(separator: " | ") + " …") { (builder, node) throws(ConfigurationError) in
            let isFirst = builder.isFirst(node.name)
            for word in node.arguments {
                guard let found = words.first(where: { word.equalsIgnoringCase($0.0) }) else {
                    throw node.error("invalid value \"\(word.text)\"")
                }
                if !builder.isFirst(node.name + " " + found.0) {
                    builder.warn("duplicate value \"\(word.text)\"", at: node.position)
                }
            }
            let values = node.arguments.compactMap { word in
                words.first { word.equalsIgnoringCase($0.0) }?.1
            }
            builder.scope.assign { settings in
                if isFirst { settings[keyPath: path] = [] }
                for value in values { settings[keyPath: path].formUnion(value) }
            }
        }
    }

    /// A directive that a block has once.
    static func once(_ syntax: String, _ body: @escaping Run) -> Action {
        run(syntax) { (builder, node) throws(ConfigurationError) in
            try builder.once(node)
            try body(builder, node)
        }
    }
}

extension Builder {
    /// Adds an entry to a list of the current scope. The first one replaces what is inherited.
    func append<Element: Sendable>(
        _ element: Element, to path: Action.Path<[Element]>, named name: String
    ) {
        let isFirst = isFirst(name)
        scope.assign { settings in
            if isFirst { settings[keyPath: path] = [] }
            settings[keyPath: path].append(element)
        }
    }
}

extension DirectiveNode {
    /// The only argument as `on` or `off`.
    func flag() throws(ConfigurationError) -> Bool {
        if words[1].equalsIgnoringCase("on") { return true }
        if words[1].equalsIgnoringCase("off") { return false }
        throw error("invalid value \"\(words[1].text)\" in \"\(name)\" directive, it must be \"on\" or \"off\"")
    }

    func size(_ index: Int) throws(ConfigurationError) -> Int {
        guard let value = Values.size(words[index].bytes) else { throw refused("invalid value") }
        return value
    }

    /// Milliseconds.
    func time(_ index: Int) throws(ConfigurationError) -> Int {
        guard let value = Values.time(words[index].bytes, in: .milliseconds) else { throw refused("invalid value") }
        return value
    }

    /// Seconds.
    func seconds(_ index: Int) throws(ConfigurationError) -> Int {
        guard let value = Values.time(words[index].bytes, in: .seconds) else { throw refused("invalid value") }
        return value
    }

    /// At most 2⁴⁰, see `Values`.
    func number(_ index: Int) throws(ConfigurationError) -> Int {
        guard let value = Values.number(words[index].bytes) else { throw refused("invalid number") }
        return min(value, 1 << 40)
    }
}
