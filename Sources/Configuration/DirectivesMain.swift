extension DirectiveTable {
    /// The main and events contexts.
    static let mainRows: [Directive] = [
        Directive(
            "include", in: .all, .one, .run("file | mask", Builder.include),
            "Puts the text of other files in its place; a relative path lies beside the main file."),
        Directive(
            "user", in: .main, .range(1...2), .once("user [group]", Builder.user),
            "User and group that the process changes to before it opens itself to strangers."),
        Directive(
            "worker_processes", in: .main, .one, default: "1", .once("number | auto", Builder.workerProcesses),
            "Threads that serve connections; `auto` takes one for each processor."),
        Directive(
            "daemon", in: .main, .flag, default: "on", .mainFlag(\.daemon),
            "Whether the process leaves the foreground."),
        Directive(
            "master_process", in: .main, .flag, default: "on", .mainFlag(\.masterProcess),
            "Read and not used: Postern is one process."),
        Directive(
            "pid", in: .main, .one, .once("file", Builder.pid), "File that holds the process id."),
        Directive(
            "error_log", in: .main, .atLeast(1), inherits: .list, default: "logs/error.log error",
            .run("file | stderr [level]", Builder.mainErrorLog), "Where error lines go, and from which level on."),
        Directive(
            "worker_rlimit_nofile", in: .main, .one,
            .once("number") { (builder, node) throws(ConfigurationError) in
                builder.parts.main.openFileLimit = try node.number(1)
            }, "Descriptors that the process may have open."),
        Directive(
            "worker_shutdown_timeout", in: .main, .one,
            .once("time") { (builder, node) throws(ConfigurationError) in
                builder.parts.main.shutdownTimeout = try node.time(1)
            }, "How long a graceful end waits for open connections."),
        Directive(
            "working_directory", in: .main, .one,
            .once("directory") { (builder, node) throws(ConfigurationError) in
                builder.parts.main.workingDirectory = node.words[1].text
            }, "Directory to change to, for core dumps."),
        Directive(
            "env", in: .main, .one, .run("name[=value]", Builder.env),
            "Sets a variable of the environment at start, such as TZ. What is there already stays, named or not."),
        Directive("events", in: .main, .block(0...0), .once("{ … }", Builder.events), "Holds the events context."),
        Directive("http", in: .main, .block(0...0), .once("{ … }", Builder.http), "Holds the http context."),
        Directive(
            "worker_connections", in: .events, .one, default: "512",
            .once("number", Builder.workerConnections),
            "Connections that one worker may have, those to upstreams counted."),
    ]
}

extension Action {
    static func mainFlag(_ path: WritableKeyPath<MainSettings, Bool> & Sendable) -> Action {
        once("on | off") { (builder, node) throws(ConfigurationError) in
            builder.parts.main[keyPath: path] = try node.flag()
        }
    }
}

extension Builder {
    static func user(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard builder.environment.isSuperuser else {
            builder.warn(
                "the \"user\" directive makes sense only if the master process runs with super-user privileges, "
                    + "ignored", at: node.position)
            return
        }
        let user = node.words[1].text
        if !builder.environment.hasUser(user) {
            throw node.error("getpwnam(\"\(user)\") failed", help: "there is no such user on this machine")
        }
        if node.words.count > 2, !builder.environment.hasGroup(node.words[2].text) {
            throw node.error(
                "getgrnam(\"\(node.words[2].text)\") failed", help: "there is no such group on this machine")
        }
        builder.parts.main.user = UserSetting(
            user: node.words[1].text, group: node.words.count > 2 ? node.words[2].text : nil, position: node.position)
    }

    static func workerProcesses(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if node.words[1].equals("auto") {
            builder.parts.main.workerProcesses = .automatic
            return
        }
        guard let count = Values.number(node.words[1].bytes) else { throw node.refused("invalid value") }
        if count < 1 || count > 1024 {
            throw node.refused("invalid value", help: "Postern runs 1 to 1024 workers")
        }
        builder.parts.main.workerProcesses = .count(count)
    }

    static func workerConnections(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let count = Values.number(node.words[1].bytes) else {
            throw node.error("invalid number \"\(node.words[1].text)\"")
        }
        builder.parts.main.workerConnections = count
    }

    static func pid(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.parts.main.pidPath = builder.fullPath(node.words[1].text)
    }

    /// Never comes here: the parser has put the files in its place.
    static func include(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {}

    static func env(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let bytes = node.words[1].bytes
        let name = bytes.prefix { $0 != UInt8(ascii: "=") }
        let hasValue = name.count < bytes.count
        builder.parts.main.environment.append(
            EnvironmentEntry(
                name: Word(bytes: Array(name)).text,
                value: hasValue ? Word(bytes: Array(bytes.dropFirst(name.count + 1))).text : nil))
    }

    static func events(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        try builder.walk(block, in: .events)
    }

    static func http(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        guard let block = node.block else { return }
        builder.parts.http.isPresent = true
        builder.scopeIndex = builder.addScope(.http, at: node)
        try builder.walk(block, in: .http)
        builder.scopeIndex = -1
        try builder.finishHTTP(end: block.end)
    }

    /// Adds a scope inside the current one and returns its index.
    func addScope(_ match: LocationMatch, at node: DirectiveNode) -> Int {
        scopes.append(Scope(match: match, parent: scopeIndex, server: serverIndex, position: node.position))
        return scopes.count - 1
    }

    /// Walks a block that is a scope of its own.
    func walkScope(_ index: Int, _ node: DirectiveNode, in context: Contexts) throws(ConfigurationError) {
        guard let block = node.block else { return }
        let outer = scopeIndex
        scopeIndex = index
        try walk(block, in: context)
        scopeIndex = outer
    }
}
