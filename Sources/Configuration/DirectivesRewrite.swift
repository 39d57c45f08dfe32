extension DirectiveTable {
    /// nginx: ngx_http_rewrite_module.
    static let rewriteRows: [Directive] = [
        Directive(
            "if", in: [.server, .location], .block(1...Int.max), .run("(condition) { … }", Builder.condition),
            "Steps, and in a location settings, where a condition holds."),
        Directive(
            "rewrite", in: .rewriting, .range(2...3),
            .run("pattern replacement [last | break | redirect | permanent]", Builder.rewrite),
            "Changes the URI where a pattern matches, or redirects."),
        Directive(
            "return", in: .rewriting, .range(1...2), .run("code [text] | code URL | URL", Builder.returnStep),
            "Answers at once."),
        Directive("set", in: .rewriting, .two, .run("$variable value", Builder.set), "Gives a variable a value."),
        Directive(
            "break", in: .rewriting, .none,
            .run("") { (builder, node) throws(ConfigurationError) in builder.scope.steps.append(.break) },
            "Ends the rewrite steps."),
    ]
}

extension Builder {
    static func condition(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let condition = try builder.condition(node)
        let index = builder.addScope(.ifBlock, at: node)
        builder.scope.steps.append(.condition(condition, location: index))
        try builder.walkScope(index, node, in: builder.context == .server ? .serverIf : .locationIf)
    }

    private func condition(_ node: DirectiveNode) throws(ConfigurationError) -> IfCondition {
        let words = try conditionWords(node)
        let invalid = { (word: Word) in node.error("invalid condition \"\(word.text)\"", help: Advice.condition("")) }
        guard let first = words.first else { throw invalid(Word(")")) }
        if first.bytes.count > 1 && first.bytes[0] == UInt8(ascii: "$") {
            if words.count != 1 && words.count != 3 { throw invalid(first) }
            let variable = try loneVariable(first, in: node)
            if words.count == 1 { return .isTrue(variable) }
            switch words[1].text {
            case "=": return .equals(variable, try compile(words[2], in: node), negated: false)
            case "!=": return .equals(variable, try compile(words[2], in: node), negated: true)
            case "~", "~*", "!~", "!~*":
                let ignoresCase = words[1].text.hasSuffix("*")
                let pattern = try pattern(words[2].bytes, ignoresCase: ignoresCase, in: node)
                return .matches(variable, pattern: pattern, negated: words[1].text.hasPrefix("!"))
            default:
                let found = words[1].text
                throw node.error("unexpected \"\(found)\" in condition", help: Advice.condition(found))
            }
        }
        let negated = first.bytes.first == UInt8(ascii: "!")
        let tests: [String: FileTest] = ["-f": .regularFile, "-d": .directory, "-e": .exists, "-x": .executable]
        guard words.count == 2, let test = tests[negated ? String(first.text.dropFirst()) : first.text] else {
            throw invalid(first)
        }
        return .file(test, try compile(words[1], in: node), negated: negated)
    }

    /// The words between the parentheses.
    private func conditionWords(_ node: DirectiveNode) throws(ConfigurationError) -> [Word] {
        var words = Array(node.arguments)
        guard words[0].bytes.first == UInt8(ascii: "(") else {
            throw node.error("invalid condition \"\(words[0].text)\"", help: Advice.condition(""))
        }
        let opened = Word(bytes: Array(words[0].bytes.dropFirst()))
        if opened.bytes.isEmpty { words.removeFirst() } else { words[0] = opened }
        guard let last = words.last, last.bytes.last == UInt8(ascii: ")") else {
            throw node.error("invalid condition \"\(words.last?.text ?? "(")\"", help: Advice.condition(""))
        }
        let closed = Word(bytes: Array(last.bytes.dropLast()))
        if closed.bytes.isEmpty { words.removeLast() } else { words[words.count - 1] = closed }
        return words
    }

    static func rewrite(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var replacement = node.words[2].bytes
        if replacement.isEmpty { throw node.error("empty replacement") }
        let pattern = try builder.pattern(node.words[1].bytes, ignoresCase: false, in: node)
        let dropsArguments = replacement.last == UInt8(ascii: "?")
        if dropsArguments { replacement.removeLast() }
        var flag = Builder.isAbsolute(replacement) ? RewriteFlag.redirect : .next
        if node.words.count == 4 {
            switch node.words[3].text {
            // An absolute replacement redirects whatever stands here, but for the status of `permanent`.
            case "last": flag = flag == .redirect ? .redirect : .last
            case "break": flag = flag == .redirect ? .redirect : .break
            case "redirect": flag = .redirect
            case "permanent": flag = .permanent
            default: throw node.error("invalid parameter \"\(node.words[3].text)\"")
            }
        }
        let rule = RewriteRule(
            pattern: pattern, replacement: try builder.compile(replacement, in: node), flag: flag,
            keepsArguments: !dropsArguments, hasArguments: replacement.contains(UInt8(ascii: "?")),
            position: node.position)
        builder.scope.steps.append(.rewrite(rule))
    }

    /// Whether a replacement or a target is a whole URL, which makes it a redirect.
    private static func isAbsolute(_ bytes: [UInt8]) -> Bool {
        ["http://", "https://", "$scheme"].contains { bytes.starts(with: $0.utf8) }
    }

    static func returnStep(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.scope.steps.append(.return(try builder.returnAction(node)))
    }

    private func returnAction(_ node: DirectiveNode) throws(ConfigurationError) -> ReturnAction {
        let first = node.words[1]
        guard let code = Values.number(first.bytes) else {
            if node.words.count == 2 && Builder.isAbsolute(first.bytes) {
                return .redirect(302, try compile(first, in: node))
            }
            throw node.error("invalid return code \"\(first.text)\"")
        }
        if code > 999 { throw node.error("invalid return code \"\(first.text)\"") }
        if node.words.count == 2 { return .status(code) }
        let value = try compile(node.words[2], in: node)
        return [301, 302, 303, 307, 308].contains(code) ? .redirect(code, value) : .text(code, value)
    }

    static func set(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let name = node.words[1].after("$") else {
            throw node.error("invalid variable name \"\(node.words[1].text)\"")
        }
        if case .builtIn(let id)? = VariableTable.builtIn(name.text.lowercased()), id == .args || id == .limitRate {
            let value = try builder.compile(node.words[2], in: node)
            builder.scope.steps.append(.assign(id, value: value))
            return
        }
        let slot = try builder.defineVariable(name.text, in: node)
        let value = try builder.compile(node.words[2], in: node)
        builder.scope.steps.append(.set(slot: slot, value: value))
    }
}
