extension DirectiveTable {
    /// Health checks, in nginx's spelling.
    static let healthRows: [Directive] = [
        Directive(
            "health_check", in: .location, .atLeast(0),
            .run(
                "[interval=time] [jitter=time] [fails=number] [passes=number] [uri=uri] [port=number] "
                    + "[type=http | type=tcp] [match=name] [mandatory [persistent]] [keepalive_time=time]",
                Builder.healthCheck),
            "Asks each peer of the location's group periodically; unhealthy ones get no requests. "
                + "`keepalive_time` is for HTTP/1."),
        Directive(
            "match", in: .http, .block(1...1), .run("name { … }", Builder.responseMatch),
            "Tests that a response to a health check must pass, of its body the first 256k."),
        Directive(
            "status", in: .match, .atLeast(1), .run("[!] code | code-code …", Builder.matchStatus),
            "The response's status is one of these; with `!` none of them."),
        Directive(
            "header", in: .match, .range(1...3),
            .run("[!] name | name = value | name != value | name ~ pattern | name !~ pattern", Builder.matchHeader),
            "The response has such a field; with a lone `!` it has none."),
        Directive(
            "body", in: .match, .two, .run("~ pattern | !~ pattern", Builder.matchBody),
            "The beginning of the response's body matches; with `!~` it does not."),
        Directive(
            "require", in: .match, .atLeast(1), .run("$variable …", Builder.matchRequire),
            "The variables are neither empty nor `0`."),
    ]
}

/// A `health_check` while the tree is walked: its location and its match may stand behind it.
struct PendingCheck {
    var settings: HealthCheck
    var match: String?
}

extension Builder {
    static func healthCheck(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var check = PendingCheck(settings: HealthCheck(location: builder.scopeIndex, position: node.position))
        var before = ""
        for word in node.arguments {
            try checkParameter(word, before: before, of: &check, in: node)
            before = word.text
        }
        let isHTTP = node.arguments.contains { $0.after("uri=") != nil || $0.after("match=") != nil }
        if check.settings.kind == .tcp && isHTTP {
            throw node.error("\"type=tcp\" cannot be used with \"uri\" or \"match\"")
        }
        builder.checks.append(check)
    }

    private static func checkParameter(
        _ word: Word, before: String, of check: inout PendingCheck, in node: DirectiveNode
    ) throws(ConfigurationError) {
        let invalid = node.error("invalid parameter \"\(word.text)\"")
        func time(_ value: Word, least: Int) throws(ConfigurationError) -> Int {
            guard let time = Values.time(value.bytes, in: .milliseconds), time >= least else { throw invalid }
            return time
        }
        func number(_ value: Word, _ range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
            guard let number = Values.number(value.bytes), range.contains(number) else { throw invalid }
            return number
        }
        if let value = word.after("interval=") {
            check.settings.interval = try time(value, least: 1)
        } else if let value = word.after("jitter=") {
            check.settings.jitter = try time(value, least: 0)
        } else if let value = word.after("fails=") {
            check.settings.fails = try number(value, 1...1 << 20)
        } else if let value = word.after("passes=") {
            check.settings.passes = try number(value, 1...1 << 20)
        } else if let value = word.after("keepalive_time=") {
            check.settings.keepAliveTime = try time(value, least: 0)
        } else if let value = word.after("port=") {
            check.settings.port = UInt16(try number(value, 1...65_535))
        } else if let value = word.after("uri=") {
            if value.bytes.first != UInt8(ascii: "/") { throw invalid }
            check.settings.uri = value.bytes
        } else if let value = word.after("match=") {
            if value.bytes.isEmpty { throw invalid }
            check.match = value.text
        } else if word.equals("mandatory") {
            check.settings.isMandatory = true
        } else if word.equals("persistent") && before == "mandatory" {
            check.settings.isPersistent = true
        } else {
            check.settings.kind = try checkKind(word, in: node)
        }
    }

    private static func checkKind(_ word: Word, in node: DirectiveNode) throws(ConfigurationError) -> HealthCheck.Kind {
        switch word.text {
        case "type=http": return .http
        case "type=tcp": return .tcp
        case "persistent":
            throw node.error("invalid parameter \"persistent\"", help: "it stands right behind \"mandatory\"")
        default:
            let isGRPC = word.equals("type=grpc") || word.after("grpc_") != nil
            throw node.error(
                "invalid parameter \"\(word.text)\"",
                help: isGRPC ? "gRPC's own health checks are not made; type=tcp asks for a connection" : nil)
        }
    }

    // MARK: match

    static func responseMatch(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        let name = node.words[1].text
        if builder.parts.matches.contains(where: { $0.name == name }) {
            throw node.error("duplicate match \"\(name)\"")
        }
        builder.parts.matches.append(ResponseMatch(name: name, position: node.position))
        try builder.walk(block, in: .match)
    }

    private func addTest(_ test: ResponseTest) { parts.matches[parts.matches.count - 1].tests.append(test) }

    static func matchStatus(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var words = node.arguments
        let isNegated = words.first?.equals("!") ?? false
        if isNegated { words = words.dropFirst() }
        var ranges: [ClosedRange<Int>] = []
        for word in words {
            let ends = word.bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            let codes = ends.compactMap { Values.number($0) }.filter { (100...599).contains($0) }
            guard ends.count <= 2, codes.count == ends.count, let first = codes.first, let last = codes.last,
                first <= last
            else { throw node.error("invalid status \"\(word.text)\"") }
            ranges.append(first...last)
        }
        if ranges.isEmpty { throw node.error("invalid status \"!\"") }
        builder.addTest(.status(ranges, isNegated: isNegated))
    }

    static func matchHeader(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let words = node.words
        let isAbsent = words[1].equals("!")
        let name = Word.lowercased(isAbsent && words.count == 3 ? words[2].bytes : words[1].bytes)
        let test: HeaderTest
        switch (words.count, words.count == 4 ? words[2].text : "") {
        case (2, _) where !isAbsent: test = .isThere(true)
        case (3, _) where isAbsent: test = .isThere(false)
        case (4, "="), (4, "!="):
            test = .equals(words[3].bytes, isNegated: words[2].equals("!="))
        case (4, "~"), (4, "!~"):
            let pattern = try builder.pattern(words[3].bytes, ignoresCase: false, in: node)
            test = .matches(pattern: pattern, isNegated: words[2].equals("!~"))
        default: throw node.error("invalid \"header\" test", help: "it is written: \(headerForms)")
        }
        builder.addTest(.header(name, test))
    }

    private static let headerForms =
        "header [!] name, or header name with =, !=, ~ or !~ and a value, spaces around each"

    static func matchBody(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let isNegated = node.words[1].equals("!~")
        guard isNegated || node.words[1].equals("~") else {
            throw node.error("invalid \"body\" test", help: "it is written: body ~ pattern, or body !~ pattern")
        }
        let pattern = try builder.pattern(node.words[2].bytes, ignoresCase: false, in: node)
        builder.addTest(.body(pattern: pattern, isNegated: isNegated))
    }

    static func matchRequire(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var values: [ComplexValue] = []
        for word in node.arguments {
            if word.after("$") == nil { throw node.error("invalid variable name \"\(word.text)\"") }
            values.append(try builder.compile(word, in: node))
        }
        builder.addTest(.require(values))
    }

    // MARK: the end of http

    /// Finds the groups and matches of all checks.
    func finishChecks() throws(ConfigurationError) {
        for pending in checks {
            var check = pending.settings
            let suffix = check.position.suffix
            guard case .proxy(.group(let destination))? = scopes[check.location].content else {
                throw ConfigurationError(
                    message: "\"health_check\" directive has no group to check" + suffix, position: check.position,
                    help: "write proxy_pass to a group or an address, without variables, in the same location")
            }
            check.group = destination.group
            check.number = parts.checks.count { $0.group == check.group }
            if check.number >= HealthCheck.limit {
                throw ConfigurationError(
                    message: "too many health checks of upstream \"\(parts.groups[check.group].name)\"" + suffix,
                    position: check.position)
            }
            if let name = pending.match {
                guard let index = parts.matches.firstIndex(where: { $0.name == name }) else {
                    throw ConfigurationError(
                        message: "unknown match \"\(name)\"" + suffix, position: check.position)
                }
                check.match = index
            }
            if check.isMandatory { parts.groups[check.group].mandatoryChecks |= 1 << UInt32(check.number) }
            if check.isPersistent { parts.groups[check.group].persistentChecks |= 1 << UInt32(check.number) }
            parts.checks.append(check)
        }
    }
}
