import Bytes
import Platform

@testable import Configuration

/// Writes a model as lines `path: value`, and only what differs from a model with nothing written in it.
struct ModelText {
    let model: ConfigurationModel

    /// Everything.
    func whole() -> [String] {
        var lines = notes()
        lines += changes(of: model.main, from: MainSettings(), under: "main", without: ["errorLogs", "position"])
        lines += model.main.errorLogs.filter { $0.target != .file("/p/logs/error.log") }.map { "main.errorLog: \($0)" }
        for (index, listener) in model.listeners.enumerated() { lines += self.listener(listener, index) }
        for (index, server) in model.servers.enumerated() {
            let names = server.names.map { "\(pattern(of: $0))" }.joined(separator: " ")
            lines.append("server[\(index)]: \(names), $server_name is \"\(name(server.primaryName))\"")
            lines += changes(
                of: server, from: ServerSettings(position: server.position), under: "  ",
                without: ["position", "names", "primaryName", "location"])
        }
        for index in model.locations.indices.dropFirst() { lines += location(index) }
        for (index, group) in model.groups.enumerated() { lines += self.group(group, index) }
        lines += checks()
        for format in model.logFormats.dropFirst() {
            lines.append("format \(format.name): \(format.escape) \(text(format.value))")
        }
        for (index, map) in model.maps.enumerated() {
            let empty = MapSettings(source: ComplexValue(parts: []), slot: -1, position: map.position)
            lines += changes(of: map, from: empty, under: "map[\(index)]", without: ["position"])
        }
        for (index, table) in model.mediaTypes.enumerated().dropFirst() {
            let entries = table.entries.map { "\(name($0.suffix))=\(name($0.type))" }
            lines.append("types[\(index)]: " + entries.joined(separator: " "))
        }
        for (index, pattern) in model.patterns.enumerated() {
            let captures = pattern.captures.map { " \($0.name)=slot \($0.slot)" }.joined()
            lines.append("pattern[\(index)]: \(pattern.ignoresCase ? "~*" : "~")\(name(pattern.text))\(captures)")
        }
        for (index, slot) in model.slots.enumerated() { lines.append("slot[\(index)]: $\(slot.name) \(slot.source)") }
        return lines
    }

    /// Health checks, and what their responses must be.
    func checks() -> [String] {
        let checks = model.checks.enumerated().flatMap { index, check in
            let plain = HealthCheck(location: check.location, position: check.position)
            let head = "check[\(index)]: number \(check.number) of group \(check.group), location \(check.location)"
            return [head]
                + changes(of: check, from: plain, under: "  ", without: ["position", "number", "group", "location"])
        }
        let matches = model.matches.enumerated().flatMap { index, match in
            ["match[\(index)]: \(match.name)"] + match.tests.map { "  \(test($0))" }
        }
        return checks + matches
    }

    private func test(_ test: ResponseTest) -> String {
        switch test {
        case .status(let ranges, let isNegated):
            let codes = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            return "status \(isNegated ? "none of" : "one of") \(codes.joined(separator: " "))"
        case .header(let field, .isThere(let isThere)): return "\(isThere ? "has" : "lacks") \(name(field))"
        case .header(let field, .equals(let value, let isNegated)):
            return "\(name(field)) is \(isNegated ? "not " : "")'\(name(value))'"
        case .header(let field, .matches(let pattern, let isNegated)):
            return "\(name(field)) \(isNegated ? "does not match" : "matches") pattern[\(pattern)]"
        case .body(let pattern, let isNegated):
            return "body \(isNegated ? "does not match" : "matches") pattern[\(pattern)]"
        case .require(let values): return "require \(values.map(text).joined(separator: ", "))"
        }
    }

    /// Notices and warnings.
    func notes() -> [String] {
        model.warnings.flatMap { ["[warn] " + $0.message] + ($0.help.map { ["help: " + $0] } ?? []) }
            + model.notices.map { "[notice] " + $0.message }
    }

    /// One scope's settings, as far as they differ from what nginx has by itself.
    func settings(of index: Int, indent: String) -> [String] {
        changes(
            of: model.locations[index], from: standard, under: indent,
            without: ["position", "server", "parent", "match", "children"])
    }

    private func location(_ index: Int) -> [String] {
        let location = model.locations[index]
        let named = location.children.named + location.children.patterns
        let order = named.isEmpty ? "" : ", patterns \(location.children.patterns), named \(location.children.named)"
        let head = "location[\(index)] of server \(location.server) in \(location.parent): \(match(location.match))"
        return [head + order] + settings(of: index, indent: "  ")
    }

    private func match(_ match: LocationMatch) -> String {
        switch match {
        case .exact(let uri): return "= \(name(uri))"
        case .prefix(let uri, let skips): return "\(skips ? "^~ " : "")\(name(uri))"
        case .pattern(let index): return "pattern[\(index)]"
        case .named(let uri): return name(uri)
        default: return "\(match)"
        }
    }

    private func pattern(of serverName: ServerName) -> String {
        switch serverName {
        case .pattern(let index): return "pattern[\(index)]"
        case .exact(let bytes): return "exact \"\(name(bytes))\""
        case .suffix(let bytes): return "suffix \"\(name(bytes))\""
        case .domain(let bytes): return "domain \"\(name(bytes))\""
        case .prefix(let bytes): return "prefix \"\(name(bytes))\""
        }
    }

    private func listener(_ listener: ListenerSettings, _ index: Int) -> [String] {
        var lines = ["listener[\(index)]: \(listener.endpoint.text)"]
        lines += changes(of: listener.options, from: ListenOptions(), under: "  options", without: ["isSet"])
        for address in listener.addresses {
            let flags =
                (address.hasExplicitDefault ? " explicit" : "") + (address.isHTTP2 ? " http2" : "")
                + (address.takesProxyProtocol ? " proxy_protocol" : "")
            let servers = address.servers.map { "\($0)" }.joined(separator: " ")
            lines.append("  \(address.endpoint.text): servers \(servers), default \(address.defaultServer)\(flags)")
        }
        return lines
    }

    private func group(_ group: GroupSettings, _ index: Int) -> [String] {
        let empty = GroupSettings(name: "", isImplicit: true, position: group.position)
        var lines = ["group[\(index)]: \(group.name)\(group.isImplicit ? ", implicit" : "")"]
        lines += changes(
            of: group, from: empty, under: "  ", without: ["position", "name", "isImplicit", "servers"])
        for server in group.servers {
            let plain = GroupServer(address: server.address, name: server.name, position: server.position)
            let address: String
            switch server.address {
            case .endpoint(let endpoint): address = endpoint.text
            case .name(let host, let port): address = "name \(host) port \(port)"
            }
            lines.append("  server \(server.name): \(address)")
            lines += changes(of: server, from: plain, under: "    ", without: ["position", "name", "address"])
        }
        return lines
    }

    /// The http context of a configuration in which nothing is written.
    private var standard: LocationSettings {
        guard let model = try? ConfigurationLoader.load(text: "http {}", prefix: "/p") else {
            preconditionFailure("an empty http block is a good configuration")
        }
        return model.locations[0]
    }

    private func changes(of value: Any, from standard: Any, under path: String, without hidden: Set<String>) -> [String]
    {
        let before = Set(flatten(standard, path, hidden))
        return flatten(value, path, hidden).filter { !before.contains($0) }
    }

    private func flatten(_ value: Any, _ path: String, _ hidden: Set<String>) -> [String] {
        if let leaf = leaf(value) { return ["\(path): \(leaf)"] }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            guard let child = mirror.children.first else { return ["\(path): none"] }
            return flatten(child.value, path, [])
        case .collection:
            if mirror.children.isEmpty { return ["\(path): nothing"] }
            return mirror.children.enumerated().flatMap { flatten($1.value, "\(path)[\($0)]", []) }
        case .enum:
            guard let child = mirror.children.first else { return ["\(path): \(value)"] }
            return flatten(child.value, join(path, child.label), [])
        default:
            return mirror.children.flatMap { child -> [String] in
                if hidden.contains(child.label ?? "") || child.label == "position" { return [] }
                return flatten(child.value, join(path, child.label), [])
            }
        }
    }

    private func join(_ path: String, _ label: String?) -> String {
        guard let label, !label.hasPrefix(".") else { return path }
        return path.isEmpty || path.last == " " ? path + label : path + "." + label
    }

    private func leaf(_ value: Any) -> String? {
        switch value {
        case let value as Int: return "\(value)"
        case let value as UInt8: return "\(value)"
        case let value as UInt16: return "\(value)"
        case let value as Bool: return "\(value)"
        case let value as String: return "\"\(value)\""
        case let bytes as [UInt8] where type(of: value) == [UInt8].self: return "\"\(name(bytes))\""
        case let value as ComplexValue: return text(value)
        case let value as Endpoint: return value.text
        case let value as BufferCount: return "\(value.count) of \(value.bytes)"
        case let value as VariableReference: return reference(value)
        case let value as SourcePosition: return "line \(value.line)"
        case let value as RewriteStep: return step(value)
        case let value as AddressRange: return range(value)
        case let value as NextUpstream: return words(value, DirectiveTable.nextUpstreamWords)
        case let value as IgnoredFields: return words(value, DirectiveTable.ignoredFieldWords)
        case let value as TLSProtocols: return words(value, DirectiveTable.protocolWords)
        default: return nil
        }
    }

    private func words<Value: OptionSet>(_ value: Value, _ words: [(String, Value)]) -> String
    where Value.Element == Value {
        words.filter { !$0.1.isEmpty && value.contains($0.1) }.map(\.0).joined(separator: " ")
    }

    private func range(_ range: AddressRange) -> String {
        switch range {
        case .all: return "all"
        case .unix: return "unix:"
        case .ipv4(let network, let mask):
            return SocketAddress(family: .ipv4, low: UInt64(network)).hostText + "/\(mask.nonzeroBitCount)"
        case .ipv6(let network, let high, let low):
            return network.hostText + "/\(high.nonzeroBitCount + low.nonzeroBitCount)"
        }
    }

    private func step(_ step: RewriteStep) -> String {
        switch step {
        case .rewrite(let rule):
            return "rewrite pattern[\(rule.pattern)] \(text(rule.replacement)) \(rule.flag)"
                + (rule.keepsArguments ? "" : ", drops arguments") + (rule.hasArguments ? ", has arguments" : "")
        case .return(.status(let code)): return "return \(code)"
        case .return(.text(let code, let value)): return "return \(code) text \(text(value))"
        case .return(.redirect(let code, let value)): return "return \(code) to \(text(value))"
        case .set(let slot, let value): return "set slot \(slot) \(text(value))"
        case .assign(let id, let value): return "assign $\(id.name) \(text(value))"
        case .break: return "break"
        case .condition(let condition, let location): return "if \(self.condition(condition)): location[\(location)]"
        }
    }

    private func condition(_ condition: IfCondition) -> String {
        switch condition {
        case .isTrue(let variable): return reference(variable)
        case .equals(let variable, let value, let negated):
            return "\(reference(variable)) \(negated ? "!=" : "=") \(text(value))"
        case .matches(let variable, let pattern, let negated):
            return "\(reference(variable)) \(negated ? "!~" : "~") pattern[\(pattern)]"
        case .file(let test, let value, let negated): return "\(negated ? "not " : "")\(test) \(text(value))"
        }
    }

    private func name(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func text(_ value: ComplexValue) -> String {
        let parts = value.parts.map { part in
            switch part {
            case .bytes(let bytes): return "'\(name(bytes))'"
            case .variable(let variable): return reference(variable)
            }
        }
        return parts.isEmpty ? "''" : parts.joined(separator: " + ")
    }

    private func reference(_ reference: VariableReference) -> String {
        switch reference {
        case .builtIn(let id): return "$\(id.name)"
        case .prefixed(let prefix, let rest): return "$\(prefix.text)(\(name(rest)))"
        case .capture(let number): return "$\(number)"
        case .slot(let index): return "$\(model.slots[index].name)@\(index)"
        }
    }
}
