extension DirectiveTable {
    /// What stands in `http {}` alone.
    static let httpRows: [Directive] = [
        Directive("server", in: .http, .block(0...0), .run("{ … }", Builder.server), "A virtual server."),
        Directive("upstream", in: .http, .block(1...1), .run("name { … }", Builder.upstream), "A group of peers."),
        Directive(
            "map", in: .http, .block(2...2), .run("value $variable { … }", Builder.map),
            "A variable that is looked up by another value."),
        Directive(
            "log_format", in: .http, .atLeast(2), default: "combined",
            .run("name [escape=default | json | none] string …", Builder.logFormat), "Format of access lines."),
    ]

    /// What holds before the location of a request is known.
    static let serverRows: [Directive] = [
        Directive(
            "listen", in: .server, .atLeast(1), default: "*:80 or *:8000",
            .run("address[:port] | port | unix:path [parameter …]", Builder.listen),
            "Address on which the server answers, with options of its socket; with reuseport one for each worker."),
        Directive(
            "server_name", in: .server, .atLeast(1), default: "\"\"", .run("name …", Builder.serverName),
            "Hosts that the server answers for: exact, `*.name`, `name.*`, `.name`, `~pattern`."),
        Directive(
            "client_header_timeout", in: [.http, .server], .one, inherits: .value, default: "60s",
            .time(\.connection.headTimeout), "How long a client may take over a request's head."),
        Directive(
            "client_header_buffer_size", in: [.http, .server], .one, inherits: .value, default: "1k",
            .size(\.connection.headBufferBytes), "Buffer that a request's head begins in."),
        Directive(
            "large_client_header_buffers", in: [.http, .server], .two, inherits: .value, default: "4 8k",
            .buffers(\.connection.largeHeadBuffers), "Bound of a request's head: a line fits one buffer, all fit all."),
        Directive(
            "max_headers", in: [.http, .server], .one, inherits: .value, default: "1000",
            .number(\.connection.fieldLimit), "Fields that a request may have."),
        Directive(
            "ignore_invalid_headers", in: [.http, .server], .flag, inherits: .value, default: "on",
            .flag(\.connection.ignoreInvalidHeaders), "Whether fields with invalid names are left out."),
        Directive(
            "underscores_in_headers", in: [.http, .server], .flag, inherits: .value, default: "off",
            .flag(\.connection.underscoresInHeaders), "Whether `_` is valid in a field's name."),
        Directive(
            "merge_slashes", in: [.http, .server], .flag, inherits: .value, default: "on",
            .flag(\.connection.mergeSlashes), "Whether neighbouring slashes of a URI count as one."),
        Directive(
            "connection_pool_size", in: [.http, .server], .one, inherits: .value, default: "512",
            .size(\.connection.connectionPoolBytes), "Checked against large_client_header_buffers, and not used."),
        Directive(
            "http2", in: [.http, .server], .flag, inherits: .value, default: "off",
            .flag(\.connection.http2), "Whether clients may speak HTTP/2."),
        Directive(
            "http2_max_concurrent_streams", in: [.http, .server], .one, inherits: .value, default: "128",
            .number(\.connection.http2StreamLimit), "HTTP/2 streams that a client may have open."),
        Directive(
            "http2_body_preread_size", in: [.http, .server], .one, inherits: .value, default: "64k",
            .size(\.connection.http2BodyPrereadBytes),
            "HTTP/2 window in which a body may come before it is asked for."),
    ]
}

extension Builder {
    static func server(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        builder.serverIndex = builder.parts.servers.count
        builder.parts.servers.append(ServerSettings(position: node.position))
        let scope = builder.addScope(.server, at: node)
        builder.parts.servers[builder.serverIndex].location = scope
        try builder.walkScope(scope, node, in: .server)
        if !builder.listens.isListening(builder.serverIndex) {
            // nginx: port 80, or 8000 for who may not bind that.
            let port = builder.environment.isSuperuser ? "80" : "8000"
            let standard = DirectiveNode(words: [Word("listen"), Word("*:" + port)], position: block.end, block: nil)
            try Builder.listen(builder, standard)
        }
        builder.finishNames()
        builder.serverIndex = -1
    }

    static func serverName(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        for word in node.arguments {
            let bytes = word.bytes
            let isBadStar = bytes.first == UInt8(ascii: "*") && (bytes.count < 3 || bytes[1] != UInt8(ascii: "."))
            if isBadStar || bytes == [UInt8(ascii: ".")] {
                throw node.error("server name \"\(word.text)\" is invalid")
            }
            if bytes.contains(UInt8(ascii: "/")) {
                builder.warn("server name \"\(word.text)\" has suspicious symbols", at: node.position)
            }
            let name = try builder.serverName(word, in: node)
            builder.parts.servers[builder.serverIndex].names.append(name)
        }
        if builder.isFirst("server_name") {
            builder.parts.servers[builder.serverIndex].primaryName = builder.primaryName(node.words[1])
        }
    }

    private func serverName(_ word: Word, in node: DirectiveNode) throws(ConfigurationError) -> ServerName {
        if word.bytes.first == UInt8(ascii: "~") {
            let pattern = Array(word.bytes.dropFirst())
            if pattern.isEmpty { throw node.error("empty regex in server name \"\(word.text)\"") }
            // The host is in lower case already: capital letters can only match without case.
            let hasCapitals = pattern.contains { $0 >= 0x41 && $0 <= 0x5a }
            return .pattern(try self.pattern(pattern, ignoresCase: hasCapitals, in: node))
        }
        return Builder.wildcard(realName(word))
    }

    /// Sorts a host name by its wildcard.
    static func wildcard(_ name: [UInt8]) -> ServerName {
        if name.count > 1 && name[0] == UInt8(ascii: ".") { return .domain(name) }
        if name.starts(with: "*.".utf8) { return .suffix(Array(name.dropFirst())) }
        if name.count > 2 && name.suffix(2).elementsEqual(".*".utf8) { return .prefix(Array(name.dropLast())) }
        return .exact(name)
    }

    private func realName(_ word: Word) -> [UInt8] {
        Word.lowercased(word.equalsIgnoringCase("$hostname") ? Array(environment.hostName.utf8) : word.bytes)
    }

    /// `$server_name`: of the first name, without the dot of `.example.com`; a pattern with its `~`.
    private func primaryName(_ word: Word) -> [UInt8] {
        if word.bytes.first == UInt8(ascii: "~") { return word.bytes }
        let name = realName(word)
        return name.first == UInt8(ascii: ".") ? Array(name.dropFirst()) : name
    }

    private func finishNames() {
        if parts.servers[serverIndex].names.isEmpty { parts.servers[serverIndex].names = [.exact([])] }
    }
}
