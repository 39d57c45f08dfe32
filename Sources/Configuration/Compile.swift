/// Values with variables, and regular expressions.
extension Builder {
    /// Compiles a value: `$name`, `${name}` and, but in a log format, `$1` … `$9`.
    func compile(
        _ bytes: [UInt8], in node: DirectiveNode, isLogFormat: Bool = false
    ) throws(ConfigurationError) -> ComplexValue {
        var parts: [ValuePart] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "$") {
                let rest = Word(bytes: Array(bytes[index...])).text
                let invalid = isLogFormat ? "invalid parameter \"\(rest)\"" : "invalid variable name"
                index += 1
                let digit = index < bytes.count ? bytes[index] : 0
                if !isLogFormat && digit >= UInt8(ascii: "1") && digit <= UInt8(ascii: "9") {
                    parts.append(.variable(.capture(Int(digit - UInt8(ascii: "0")))))
                    index += 1
                    continue
                }
                parts.append(.variable(try variable(bytes, &index, in: node, invalid: invalid)))
                continue
            }
            let end = bytes[index...].firstIndex(of: UInt8(ascii: "$")) ?? bytes.count
            parts.append(.bytes(Array(bytes[index..<end])))
            index = end
        }
        return ComplexValue(parts: parts)
    }

    func compile(_ word: Word, in node: DirectiveNode) throws(ConfigurationError) -> ComplexValue {
        try compile(word.bytes, in: node)
    }

    /// Reads a variable's name after its `$`.
    private func variable(
        _ bytes: [UInt8], _ index: inout Int, in node: DirectiveNode, invalid: String
    ) throws(ConfigurationError) -> VariableReference {
        let hasBracket = index < bytes.count && bytes[index] == UInt8(ascii: "{")
        if hasBracket { index += 1 }
        guard index < bytes.count else { throw node.error(invalid) }
        let name = bytes[index...].prefix { VariableTable.isNameByte($0) }
        let text = String(decoding: name, as: UTF8.self)
        index = name.endIndex
        if hasBracket {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "}") else {
                throw node.error("the closing bracket in \"\(text)\" variable is missing")
            }
            index += 1
        }
        if name.isEmpty { throw node.error(invalid) }
        return variables.reference(text, at: node.position)
    }

    /// The variable whose name is the whole word after its `$`.
    func loneVariable(_ word: Word, in node: DirectiveNode) throws(ConfigurationError) -> VariableReference {
        let name = word.bytes.dropFirst()
        if name.isEmpty { throw node.error("invalid variable name \"$\"") }
        return variables.reference(String(decoding: name, as: UTF8.self), at: node.position)
    }

    /// Checks and keeps a regular expression, and defines the variables of its named groups.
    func pattern(_ text: [UInt8], ignoresCase: Bool, in node: DirectiveNode) throws(ConfigurationError) -> Int {
        let compiled: Pattern
        do {
            compiled = try Pattern(text, ignoresCase: ignoresCase)
        } catch {
            throw node.error(error.message)
        }
        var captures: [NamedCapture] = []
        for group in compiled.names where !captures.contains(where: { $0.name == group.name }) {
            captures.append(NamedCapture(name: group.name, slot: try defineVariable(group.name, in: node)))
        }
        parts.patterns.append(
            PatternSource(text: text, ignoresCase: ignoresCase, captures: captures, position: node.position))
        return parts.patterns.count - 1
    }

    /// The slot of a variable that this directive defines; fails for a name of the server's own that cannot change.
    func defineVariable(_ name: String, in node: DirectiveNode) throws(ConfigurationError) -> Int {
        if name.isEmpty { throw node.error("invalid variable name \"$\"") }
        if case .builtIn(let id)? = VariableTable.builtIn(name.lowercased()), !id.isChangeable {
            throw node.error("the duplicate \"\(name)\" variable")
        }
        return variables.define(name)
    }
}
