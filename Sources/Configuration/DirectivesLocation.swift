extension DirectiveTable {
    /// Locations, files, access and what a client's connection may do.
    static let locationRows: [Directive] = locationBlockRows + fileRows + clientRows + keepAliveRows + accessRows

    private static let locationBlockRows: [Directive] = [
        Directive(
            "location", in: [.server, .location], .block(1...2),
            .run("[= | ~ | ~* | ^~] uri { … }", Builder.location),
            "Settings for some URIs: exact, by prefix, by pattern, or `@named`."),
        Directive(
            "limit_except", in: .location, .block(1...Int.max), .once("method … { … }", Builder.limitExcept),
            "Settings for all methods but these."),
        Directive(
            "internal", in: .location, .none, inherits: .value,
            .once("") { (builder, node) throws(ConfigurationError) in
                builder.scope.assign { $0.location.isInternal = true }
            }, "Makes a location unreachable from outside: 404."),
        Directive(
            "stub_status", in: [.server, .location], .range(0...1),
            .run("") { (builder, node) throws(ConfigurationError) in builder.scope.content = .stubStatus },
            "Answers with counts of connections and requests."),
        Directive(
            "upstream_status", in: .location, .none,
            .run("") { (builder, node) throws(ConfigurationError) in builder.scope.content = .report(.upstreams) },
            "Answers with the state of all upstream groups, in JSON ([status.md](status.md))."),
        Directive(
            "metrics", in: .location, .none,
            .run("") { (builder, node) throws(ConfigurationError) in builder.scope.content = .report(.metrics) },
            "Answers with counts and times in Prometheus' text format ([status.md](status.md))."),
        Directive(
            "resolver", in: .levels, .atLeast(1), inherits: .value, .once("address … [valid=time]", Builder.resolver),
            "Name servers for names that are looked up while running."),
        Directive(
            "resolver_timeout", in: .levels, .one, inherits: .value, default: "30s",
            .time(\.location.resolver.timeout), "How long a lookup may take."),
    ]

    private static let fileRows: [Directive] = [
        Directive(
            "root", in: [.http, .server, .location, .locationIf], .one, inherits: .value, default: "html",
            .run("path", Builder.root), "Directory of the files; the whole URI is appended."),
        Directive(
            "alias", in: .location, .one, inherits: .value, .run("path", Builder.root),
            "What takes the place of the location's name in a file's path."),
        Directive(
            "index", in: .levels, .atLeast(1), inherits: .list, default: "index.html", .run("file …", Builder.index),
            "Files that stand for a directory."),
        Directive(
            "try_files", in: [.server, .location], .atLeast(2), .once("file … uri | =code", Builder.tryFiles),
            "The first file that exists, or another URI."),
        Directive(
            "types", in: .levels, .block(0...0), inherits: .value, default: "html, gif, jpg",
            .run("{ type extension …; … }", Builder.types), "Media types by a file's extension."),
        Directive(
            "default_type", in: .levels, .one, inherits: .value, default: "text/plain",
            .once("type") { (builder, node) throws(ConfigurationError) in
                let type = node.words[1].bytes
                builder.scope.assign { $0.location.files.defaultType = type }
            }, "Media type of any other file."),
    ]

    private static let clientRows: [Directive] = [
        Directive(
            "client_max_body_size", in: .levels, .one, inherits: .value, default: "1m",
            .offset(\.location.body.limitBytes), "Bound of a request's body; 0 for none."),
        Directive(
            "client_body_buffer_size", in: .levels, .one, inherits: .value, default: "8k",
            .size(\.location.body.bufferBytes), "What of a request's body stays in memory."),
        Directive(
            "client_body_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.location.body.timeout), "Longest pause within a request's body."),
        Directive(
            "client_body_temp_path", in: .levels, .range(1...4), inherits: .value, default: "client_body_temp",
            .once("path [level …]", Builder.bodyPath), "Directory for bodies that do not stay in memory."),
        Directive(
            "client_body_in_file_only", in: .levels, .one, inherits: .value, default: "off",
            .choice(\.location.body.fileUse, [("off", .whereNeeded), ("on", .always), ("clean", .whileAsked)]),
            "Whether all bodies go to files, and whether the files stay."),
        Directive(
            "send_timeout", in: .levels, .one, inherits: .value, default: "60s",
            .time(\.location.response.sendTimeout), "Longest pause of a client that takes a response."),
        Directive(
            "limit_rate", in: [.http, .server, .location, .locationIf], .one, inherits: .value, default: "0",
            .rate(\.location.response.limitRate), "Bytes a second of a response; 0 for no limit."),
        Directive(
            "limit_rate_after", in: [.http, .server, .location, .locationIf], .one, inherits: .value, default: "0",
            .rate(\.location.response.limitRateAfter), "Bytes that go before the limit holds."),
    ]

    private static let keepAliveRows: [Directive] = [
        Directive(
            "keepalive_timeout", in: .levels, .range(1...2), inherits: .value, default: "75s",
            .once("time [header_time]", Builder.keepAliveTimeout), "How long an idle client connection is kept."),
        Directive(
            "keepalive_requests", in: .levels, .one, inherits: .value, default: "1000",
            .number(\.location.keepAlive.requestLimit), "Requests of one client connection."),
        Directive(
            "keepalive_time", in: .levels, .one, inherits: .value, default: "1h",
            .time(\.location.keepAlive.lifetime), "Age at which a client connection gets no further request."),
        Directive(
            "keepalive_min_timeout", in: .levels, .one, inherits: .value, default: "0",
            .time(\.location.keepAlive.minimumTimeout), "How long an idle connection is kept at least."),
        Directive(
            "keepalive_disable", in: .levels, .range(1...2), inherits: .value, default: "msie6",
            .run("none | msie6 | safari …", Builder.keepAliveDisable), "Browsers whose connections are closed."),
        Directive(
            "lingering_close", in: .levels, .one, inherits: .value, default: "on",
            .choice(\.location.keepAlive.lingeringClose, [("off", .off), ("on", .on), ("always", .always)]),
            "Whether the rest of a request is read before its connection is closed."),
        Directive(
            "lingering_time", in: .levels, .one, inherits: .value, default: "30s",
            .time(\.location.keepAlive.lingeringTime), "How long that may take in all."),
        Directive(
            "lingering_timeout", in: .levels, .one, inherits: .value, default: "5s",
            .time(\.location.keepAlive.lingeringTimeout), "Longest pause in it."),
        Directive(
            "reset_timedout_connection", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.keepAlive.resetTimedOut), "Whether a connection that ran out of time is reset."),
    ]

    private static let accessRows: [Directive] = [
        Directive(
            "allow", in: [.http, .server, .location, .limitExcept], .one, inherits: .list,
            .run("address | network | unix: | all", Builder.accessRule), "Lets clients in; the first rule decides."),
        Directive(
            "deny", in: [.http, .server, .location, .limitExcept], .one, inherits: .list,
            .run("address | network | unix: | all", Builder.accessRule), "Keeps clients out: 403."),
        Directive(
            "satisfy", in: .levels, .one, inherits: .value, default: "all",
            .choice(\.location.access.satisfiesAny, [("all", false), ("any", true)]),
            "Whether all checks of access must hold, or one; as there is one, that is the same."),
        Directive(
            "set_real_ip_from", in: .levels, .one, inherits: .list,
            .run("address | network | unix:", Builder.realIPFrom), "Peers whose word about the client is taken."),
        Directive(
            "real_ip_header", in: .levels, .one, inherits: .value, default: "X-Real-IP",
            .once("field | proxy_protocol", Builder.realIPHeader), "Where they say it."),
        Directive(
            "real_ip_recursive", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.realIP.isRecursive), "Whether trusted addresses in the list are passed over."),
    ]
}

extension Builder {
    static func location(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let match = try builder.locationMatch(node)
        if builder.context == .location { try builder.checkNested(match, in: node) }
        let index = builder.addScope(match, at: node)
        switch match {
        case .pattern: builder.scope.children.patterns.append(index)
        case .named: builder.scope.children.named.append(index)
        default: builder.scope.children.prefixes.append(index)
        }
        try builder.walkScope(index, node, in: .location)
    }

    private func locationMatch(_ node: DirectiveNode) throws(ConfigurationError) -> LocationMatch {
        if node.words.count == 3 {
            let name = node.words[2].bytes
            switch node.words[1].text {
            case "=": return .exact(name)
            case "^~": return .prefix(name, skipsPatterns: true)
            case "~": return .pattern(try pattern(name, ignoresCase: false, in: node))
            case "~*": return .pattern(try pattern(name, ignoresCase: true, in: node))
            default: throw node.error("invalid location modifier \"\(node.words[1].text)\"")
            }
        }
        let word = node.words[1]
        if let name = word.after("=") { return .exact(name.bytes) }
        if let name = word.after("^~") { return .prefix(name.bytes, skipsPatterns: true) }
        if let text = word.after("~*") { return .pattern(try pattern(text.bytes, ignoresCase: true, in: node)) }
        if let text = word.after("~") { return .pattern(try pattern(text.bytes, ignoresCase: false, in: node)) }
        return word.bytes.first == UInt8(ascii: "@") ? .named(word.bytes) : .prefix(word.bytes, skipsPatterns: false)
    }

    private func checkNested(_ match: LocationMatch, in node: DirectiveNode) throws(ConfigurationError) {
        let name = locationText(match)
        let outer = locationText(scope.match)
        switch scope.match {
        case .exact:
            throw node.error("location \"\(name)\" cannot be inside the exact location \"\(outer)\"")
        case .named:
            throw node.error("location \"\(name)\" cannot be inside the named location \"\(outer)\"")
        default: break
        }
        switch match {
        case .named:
            throw node.error("named location \"\(name)\" can be on the server level only")
        case .pattern: break
        default:
            if !match.name.starts(with: locationBytes(scope.match)) {
                throw node.error("location \"\(name)\" is outside location \"\(outer)\"")
            }
        }
    }

    /// A location's name; of a pattern its text, as nginx has it.
    private func locationBytes(_ match: LocationMatch) -> [UInt8] {
        if case .pattern(let index) = match { return parts.patterns[index].text }
        return match.name
    }

    func locationText(_ match: LocationMatch) -> String { Word(bytes: locationBytes(match)).text }

    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "MKCOL", "COPY", "MOVE", "OPTIONS", "PROPFIND", "PROPPATCH", "LOCK",
        "UNLOCK", "PATCH",
    ]

    static func limitExcept(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        var methods: [String] = []
        for word in node.arguments {
            guard let method = Builder.methods.first(where: { word.equalsIgnoringCase($0) }) else {
                throw node.error("invalid method \"\(word.text)\"")
            }
            methods.append(method)
        }
        if methods.contains("GET") && !methods.contains("HEAD") { methods.append("HEAD") }
        let index = builder.addScope(.limitExcept, at: node)
        builder.scope.limitExcept = LimitExcept(methods: methods.map { Array($0.utf8) }, location: index)
        try builder.walkScope(index, node, in: .limitExcept)
    }
}
