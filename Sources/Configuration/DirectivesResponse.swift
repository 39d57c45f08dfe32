extension DirectiveTable {
    /// What is done to the response on its way to the client.
    static let responseRows: [Directive] =
        fieldRows + [
            Directive(
                "error_page", in: [.http, .server, .location, .locationIf], .atLeast(2), inherits: .list,
                .run("code … [=[code]] uri", Builder.errorPage), "What is answered in the place of an error."),
            Directive(
                "recursive_error_pages", in: .levels, .flag, inherits: .value, default: "off",
                .flag(\.location.response.recursiveErrorPages), "Whether error_page holds within an error page."),
            Directive(
                "error_detail", in: .levels, .one, inherits: .value, default: "local",
                .choice(\.location.response.errorDetail, [("off", .off), ("local", .local), ("on", .on)]),
                "Postern's own. Who is told why a request failed: nobody, clients on this machine, everybody."),
            Directive(
                "early_hints", in: .levels, .atLeast(1), inherits: .list, .run("string …", Builder.earlyHints),
                "When 103 responses are passed on: if a value is neither empty nor 0."),
            Directive(
                "absolute_redirect", in: .levels, .flag, inherits: .value, default: "on",
                .flag(\.location.redirect.absolute), "Whether redirects to the server itself have scheme and host."),
            Directive(
                "server_name_in_redirect", in: .levels, .flag, inherits: .value, default: "off",
                .flag(\.location.redirect.usesServerName), "Whether that host is the server's first name."),
            Directive(
                "port_in_redirect", in: .levels, .flag, inherits: .value, default: "on",
                .flag(\.location.redirect.showsPort), "Whether it has the port."),
            Directive(
                "server_tokens", in: .levels, .one, inherits: .value, default: "on",
                .choice(\.location.response.serverTokens, [("on", .on), ("off", .off), ("build", .build)]),
                "Whether the version stands in Server and on error pages."),
            Directive(
                "chunked_transfer_encoding", in: .levels, .flag, inherits: .value, default: "on",
                .flag(\.location.response.chunkedTransferEncoding), "Whether HTTP/1.1 responses may be chunked."),
            Directive(
                "etag", in: .levels, .flag, inherits: .value, default: "on", .flag(\.location.response.etag),
                "Whether files get an ETag."),
            Directive(
                "if_modified_since", in: .levels, .one, inherits: .value, default: "exact",
                .choice(\.location.response.ifModifiedSince, [("off", .off), ("exact", .exact), ("before", .before)]),
                "How If-Modified-Since is compared."),
            Directive(
                "max_ranges", in: .levels, .one, inherits: .value, .number(\.location.response.maxRanges),
                "Ranges that a request may ask for; 0 for none."),
        ]

    private static let fieldRows: [Directive] = [
        Directive(
            "add_header", in: [.http, .server, .location, .locationIf], .range(2...3), inherits: .list,
            .run("name value [always]", Builder.addHeader), "Adds a field to responses."),
        Directive(
            "add_trailer", in: [.http, .server, .location, .locationIf], .range(2...3), inherits: .list,
            .run("name value [always]", Builder.addTrailer), "Adds a trailer field to responses."),
        Directive(
            "add_header_inherit", in: [.http, .server, .location, .locationIf], .one, inherits: .value, default: "on",
            .choice(\.raw.headerInheritance, [("off", .off), ("on", .on), ("merge", .merge)]),
            "Whether add_header of outer levels holds, and beside its own."),
        Directive(
            "add_trailer_inherit", in: [.http, .server, .location, .locationIf], .one, inherits: .value,
            default: "on", .choice(\.raw.trailerInheritance, [("off", .off), ("on", .on), ("merge", .merge)]),
            "The same for add_trailer."),
        Directive(
            "expires", in: [.http, .server, .location, .locationIf], .range(1...2), inherits: .value, default: "off",
            .once("[modified] time | epoch | max | off", Builder.expires), "Sets Expires and Cache-Control."),
    ]
}

extension Builder {
    static func errorPage(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let count = node.words.count
        let modifier = node.words[count - 2]
        var answer: ErrorPage.Answer?
        if let text = modifier.after("=") {
            if count == 3 { throw node.error("invalid value \"\(modifier.text)\"") }
            if text.bytes.isEmpty {
                answer = .ofTarget
            } else if let code = Values.number(text.bytes) {
                answer = .fixed(code)
            } else {
                throw node.error("invalid value \"\(modifier.text)\"")
            }
        }
        let target = try builder.errorTarget(node)
        let codes = node.words[1..<(answer == nil ? count - 1 : count - 2)]
        for word in codes {
            guard let code = Values.number(word.bytes), code != 499 else {
                throw node.error("invalid value \"\(word.text)\"")
            }
            if code < 300 || code > 599 {
                throw node.error("value \"\(word.text)\" must be between 300 and 599")
            }
            // 494 … 497 are nginx's own statuses for what is a 400 on the wire.
            let standard: ErrorPage.Answer = (494...497).contains(code) ? .fixed(400) : .unchanged
            let page = ErrorPage(codes: [code], answer: answer ?? standard, target: target)
            builder.append(page, to: \.location.response.errorPages, named: "error_page")
        }
    }

    private func errorTarget(_ node: DirectiveNode) throws(ConfigurationError) -> ErrorPage.Target {
        let word = node.words[node.words.count - 1]
        switch word.bytes.first {
        case UInt8(ascii: "@"): return .named(word.bytes)
        case UInt8(ascii: "/"): return .uri(try compile(word, in: node))
        default: return .redirect(try compile(word, in: node))
        }
    }

    static func earlyHints(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        for word in node.arguments {
            builder.append(
                try builder.compile(word, in: node), to: \.location.response.earlyHints, named: "early_hints")
        }
    }

    static func addHeader(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.append(try builder.addedField(node), to: \.raw.ownHeaders, named: "add_header")
    }

    static func addTrailer(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.append(try builder.addedField(node), to: \.raw.ownTrailers, named: "add_trailer")
    }

    private func addedField(_ node: DirectiveNode) throws(ConfigurationError) -> AddedField {
        if node.words.count > 3 && !node.words[3].equals("always") {
            throw node.error("invalid parameter \"\(node.words[3].text)\"")
        }
        let value = try fieldValue(node.words[2], of: node.words[1], in: node)
        return AddedField(name: node.words[1].bytes, value: value, always: node.words.count > 3)
    }

    /// Compiles the value of a field; refuses a name that would break the message apart, and makes one line of a value
    /// that is written over several, as long policies are. nginx passes such bytes on.
    func fieldValue(
        _ word: Word, of name: Word, in node: DirectiveNode
    ) throws(ConfigurationError) -> ComplexValue {
        let value = try compile(word, in: node)
        let isBreak = { (byte: UInt8) in byte == 0x0d || byte == 0x0a || byte == 0 }
        if name.bytes.isEmpty || name.bytes.contains(where: { isBreak($0) || $0 == 0x20 || $0 == UInt8(ascii: ":") }) {
            throw node.error("invalid field name \"\(name.text)\"", help: "a name has no spaces and no \":\"")
        }
        if !word.bytes.contains(where: isBreak) { return value }
        warn("line ends in the value of field \"\(name.text)\" are sent as spaces", at: node.position)
        return ComplexValue(
            parts: value.parts.map { part in
                guard case .bytes(let bytes) = part else { return part }
                return .bytes(bytes.map { isBreak($0) ? 0x20 : $0 })
            })
    }

    static func expires(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let isModified = node.words.count == 3
        if isModified && !node.words[1].equals("modified") { throw node.refused("invalid value") }
        let word = node.words[node.words.count - 1]
        let value = try builder.compile(word, in: node)
        let setting =
            value.isLiteral
            ? try Builder.expires(word, isModified: isModified, in: node) : .variable(value, modified: isModified)
        builder.scope.assign { $0.location.response.expires = setting }
    }

    private static func expires(
        _ word: Word, isModified: Bool, in node: DirectiveNode
    ) throws(ConfigurationError) -> ExpiresSetting {
        if !isModified {
            switch word.text {
            case "epoch": return .epoch
            case "max": return .maximum
            case "off": return .off
            default: break
            }
        }
        let isDaily = word.bytes.first == UInt8(ascii: "@")
        let isNegative = word.bytes.first == UInt8(ascii: "-")
        let hasSign = isDaily || isNegative || word.bytes.first == UInt8(ascii: "+")
        if isDaily && isModified {
            throw node.refused("daily time cannot be used with \"modified\" parameter")
        }
        guard let seconds = Values.time(Array(word.bytes.dropFirst(hasSign ? 1 : 0)), in: .seconds) else {
            throw node.refused("invalid value")
        }
        if isDaily {
            if seconds > 86_400 { throw node.refused("daily time value must be less than 24 hours") }
            return .daily(seconds)
        }
        let signed = isNegative ? -seconds : seconds
        return isModified ? .modified(signed) : .access(signed)
    }
}
