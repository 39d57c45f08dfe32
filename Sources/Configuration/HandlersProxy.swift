extension Builder {
    static func proxyPass(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if builder.has("grpc_pass") { throw node.refused("is duplicate") }
        try builder.once(node)
        let url = node.words[1]
        if url.bytes.contains(UInt8(ascii: "$")) {
            let value = try builder.compile(url, in: node)
            builder.scope.content = .proxy(.variable(value))
            builder.scope.hasVariableProxyPass = true
            return
        }
        let scheme = Word.lowercased(Array(url.bytes.prefix(8)))
        let isTLS = scheme == Array("https://".utf8)
        guard isTLS || scheme.starts(with: "http://".utf8) else { throw node.error("invalid URL prefix") }
        try builder.literalProxyPass(node, isTLS: isTLS, rest: Array(url.bytes.dropFirst(isTLS ? 8 : 7)))
    }

    private func literalProxyPass(
        _ node: DirectiveNode, isTLS: Bool, rest: [UInt8]
    ) throws(ConfigurationError) {
        let standardPort: UInt16 = isTLS ? 443 : 80
        let address: AddressText
        do {
            address = try AddressText(rest, defaultPort: standardPort, use: .peer(allowsURI: true))
        } catch {
            throw node.error("\(error.text) in upstream \"\(Word(bytes: rest).text)\"")
        }
        let group = try groups.find(address, at: node)
        let takesURI: Bool
        switch scope.match {
        case .exact, .prefix: takesURI = true
        default: takesURI = false
        }
        if !takesURI && !address.uri.isEmpty {
            throw node.error(
                "\"proxy_pass\" cannot have URI part in location given by regular expression, or inside named "
                    + "location, or inside \"if\" statement, or inside \"limit_except\" block",
                help:
                    "take \"\(Word(bytes: address.uri).text)\" away; a rewrite with \"break\" before it can change it"
            )
        }
        var isUnix = false
        if case .unix? = address.endpoint { isUnix = true }
        let isStandard = !address.hasPort || address.port == standardPort
        let host = isUnix ? "localhost" : address.host + (isStandard ? "" : ":" + address.portText)
        let port = isUnix ? "" : (isStandard ? String(standardPort) : address.portText)
        scope.content = .proxy(
            .group(
                ProxyDestination(
                    group: group, isTLS: isTLS, host: Array(host.utf8), port: Array(port.utf8),
                    uri: address.uri.isEmpty ? nil : address.uri)))
        scope.proxyPass = LiteralProxyPass(
            url: node.words[1].bytes, location: takesURI ? scope.match.name : [], hasURI: !address.uri.isEmpty)
    }

    static func proxySetHeader(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        try builder.setField(node, \.location.proxy.setFields)
    }

    static func proxyHideHeader(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.append(Word.lowercased(node.words[1].bytes), to: \.raw.hiddenFields, named: node.name)
    }

    static func proxyPassHeader(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.append(Word.lowercased(node.words[1].bytes), to: \.raw.passedFields, named: node.name)
    }

    /// Fields that nginx does not pass on by itself.
    static let hiddenFields = [
        "date", "server", "x-pad", "x-accel-expires", "x-accel-redirect", "x-accel-limit-rate", "x-accel-buffering",
        "x-accel-charset",
    ].map { Array($0.utf8) }

    static func proxyRedirect(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let scope = builder.scope
        if scope.redirectsAreOff { throw node.refused("is duplicate") }
        if node.words.count == 3 {
            let match = try builder.ruleMatch(node.words[1], in: node, alwaysIgnoresCase: false)
            let replacement = try builder.compile(node.words[2], in: node)
            scope.redirects =
                (scope.redirects ?? [])
                + [ProxyRedirect(match: match, replacement: replacement, isDefault: false)]
            return
        }
        switch node.words[1].text {
        case "off":
            if scope.redirects != nil { throw node.refused("is duplicate") }
            scope.redirectsAreOff = true
        case "default":
            if scope.hasVariableProxyPass {
                throw node.error(
                    "\"proxy_redirect default\" cannot be used with \"proxy_pass\" directive with variables")
            }
            guard let pass = scope.proxyPass else {
                throw node.error("\"proxy_redirect default\" should be placed after the \"proxy_pass\" directive")
            }
            scope.redirects = (scope.redirects ?? []) + [pass.redirect]
        default: throw node.error("invalid parameter \"\(node.words[1].text)\"")
        }
    }

    /// `~pattern`, `~*pattern` or a value.
    private func ruleMatch(
        _ word: Word, in node: DirectiveNode, alwaysIgnoresCase: Bool
    ) throws(ConfigurationError) -> RuleMatch {
        guard let text = word.after("~") else { return .value(try compile(word, in: node)) }
        if alwaysIgnoresCase { return .pattern(try pattern(text.bytes, ignoresCase: true, in: node)) }
        guard let text = word.after("~*") else {
            return .pattern(try pattern(text.bytes, ignoresCase: false, in: node))
        }
        return .pattern(try pattern(text.bytes, ignoresCase: true, in: node))
    }

    static func proxyCookieDomain(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if try builder.isOff(node, clearing: \.location.proxy.cookieDomains) { return }
        let isPattern = node.words[1].after("~") != nil
        let domain = isPattern ? node.words[1] : node.words[1].after(".") ?? node.words[1]
        let target = isPattern ? node.words[2] : node.words[2].after(".") ?? node.words[2]
        let match = try builder.ruleMatch(domain, in: node, alwaysIgnoresCase: true)
        let rule = CookieRule(match: match, replacement: try builder.compile(target, in: node))
        builder.append(rule, to: \.location.proxy.cookieDomains, named: node.name)
    }

    static func proxyCookiePath(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if try builder.isOff(node, clearing: \.location.proxy.cookiePaths) { return }
        let match = try builder.ruleMatch(node.words[1], in: node, alwaysIgnoresCase: false)
        let rule = CookieRule(match: match, replacement: try builder.compile(node.words[2], in: node))
        builder.append(rule, to: \.location.proxy.cookiePaths, named: node.name)
    }

    static func proxyCookieFlags(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if try builder.isOff(node, clearing: \.location.proxy.cookieFlags) { return }
        let match = try builder.ruleMatch(node.words[1], in: node, alwaysIgnoresCase: true)
        var flags: [ComplexValue] = []
        for word in node.words.dropFirst(2) { flags.append(try builder.compile(word, in: node)) }
        builder.append(
            CookieFlagRule(match: match, flags: flags), to: \.location.proxy.cookieFlags, named: node.name)
    }

    /// Whether a cookie directive says `off`, alone in its scope.
    private func isOff<Rule: Sendable>(
        _ node: DirectiveNode, clearing path: Action.Path<[Rule]>
    ) throws(ConfigurationError) -> Bool {
        if has(node.name + " off") { throw node.refused("is duplicate") }
        if node.words.count > 2 { return false }
        if !node.words[1].equals("off") { throw node.error("invalid parameter \"\(node.words[1].text)\"") }
        if has(node.name) { throw node.refused("is duplicate") }
        _ = isFirst(node.name + " off")
        scope.assign { $0[keyPath: path] = [] }
        return true
    }

    static func proxyBind(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        try builder.bind(node, \.location.proxy.bind)
    }

    func bind(_ node: DirectiveNode, _ path: Action.Path<ProxyBind?>) throws(ConfigurationError) {
        let word = node.words[1]
        if node.words.count == 2 && word.equals("off") {
            scope.assign { $0[keyPath: path] = nil }
            return
        }
        let value = try compile(word, in: node)
        var address: AddressText?
        if value.isLiteral {
            address = try? AddressText(word.bytes, defaultPort: 0, use: .peer(allowsURI: false))
            if address?.endpoint == nil { throw node.error("invalid address \"\(word.text)\"") }
        }
        if node.words.count > 2 && !node.words[2].equals("transparent") {
            throw node.error("invalid parameter \"\(node.words[2].text)\"")
        }
        let bind = ProxyBind(value: value, endpoint: address?.endpoint, isTransparent: node.words.count > 2)
        scope.assign { $0[keyPath: path] = bind }
    }

    static func proxyWait(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var wait = ProxyWait()
        wait.timeout = try node.time(1)
        if node.words.count > 2 {
            guard let value = node.words[2].after("limit="), let limit = Values.number(value.bytes), limit > 0 else {
                throw node.error("invalid parameter \"\(node.words[2].text)\"")
            }
            wait.limit = min(limit, 1 << 20)
        }
        builder.scope.assign { [wait] in $0.location.proxy.wait = wait }
    }
}

extension LiteralProxyPass {
    /// The rule of `proxy_redirect default`.
    var redirect: ProxyRedirect {
        ProxyRedirect(
            match: .value(ComplexValue(literal: hasURI ? url : url + [UInt8(ascii: "/")])),
            replacement: ComplexValue(literal: hasURI ? location : [UInt8(ascii: "/")]), isDefault: true)
    }
}
