extension DirectiveTable {
    /// Error and access logs.
    static let logRows: [Directive] = [
        Directive(
            "error_log", in: .levels, .atLeast(1), inherits: .list, default: "that of the main context",
            .run("file | stderr [level]", Builder.errorLog), "Where error lines go, and from which level on."),
        Directive(
            "access_log", in: [.http, .server, .location, .locationIf, .limitExcept], .atLeast(1), inherits: .list,
            default: "logs/access.log combined",
            .run("path [format] [buffer=size] [flush=time] [if=condition] | off", Builder.accessLog),
            "Where a line goes for each request; with buffer, once so many bytes have come or flush is over."),
        Directive(
            "log_subrequest", in: .levels, .flag, inherits: .value, default: "off",
            .flag(\.location.logs.logSubrequest),
            "Whether subrequests have access lines. Postern makes none: each request has one line, as with `off`."),
        Directive(
            "log_not_found", in: .levels, .flag, inherits: .value, default: "on", .flag(\.location.logs.logNotFound),
            "Whether a missing file has an error line."),
        Directive(
            "rewrite_log", in: [.http, .server, .location, .serverIf, .locationIf], .flag, inherits: .value,
            default: "off", .flag(\.location.logs.rewriteLog), "Whether rewriting is logged, as notices."),
        Directive(
            "uninitialized_variable_warn", in: [.http, .server, .location, .serverIf, .locationIf], .flag,
            inherits: .value, default: "on", .flag(\.location.logs.warnUninitialized),
            "Whether the use of an empty variable is logged."),
    ]
}

/// How the lines of one file are gathered.
struct AccessBuffer: Equatable {
    let bytes: Int
    /// In milliseconds; 0 for none.
    let flushTimeout: Int
}

extension Builder {
    static func mainErrorLog(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.parts.main.errorLogs.append(try builder.errorLog(node))
    }

    static func errorLog(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        builder.append(try builder.errorLog(node), to: \.location.logs.errorLogs, named: "error_log")
    }

    private func errorLog(_ node: DirectiveNode) throws(ConfigurationError) -> ErrorLogSettings {
        let word = node.words[1]
        for prefix in ["syslog:", "memory:"] where word.after(prefix) != nil {
            throw node.error(
                "Postern has no \"\(prefix)\" logs",
                help: "log to stderr or a file; systemd and Docker collect what is written to stderr")
        }
        let target: ErrorLogTarget = word.equals("stderr") ? .standardError : .file(fullPath(word.text))
        return ErrorLogSettings(target: target, level: try errorLevel(node))
    }

    /// The words after the target. nginx's classes of debug lines all mean `debug`.
    private func errorLevel(_ node: DirectiveNode) throws(ConfigurationError) -> ErrorLevel {
        let debugClasses = ["core", "alloc", "mutex", "event", "http", "mail", "stream"].map { "debug_" + $0 }
        var level: ErrorLevel?
        var hasClass = false
        for word in node.words.dropFirst(2) {
            if let named = ErrorLevel.allCases.first(where: { word.equals($0.name) }) {
                if level != nil { throw node.error("duplicate log level \"\(word.text)\"") }
                level = named
            } else if debugClasses.contains(word.text), level == nil || hasClass {
                level = .debug
                hasClass = true
            } else {
                throw node.error("invalid log level \"\(word.text)\"")
            }
        }
        return level ?? .error
    }

    static func accessLog(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        if node.words[1].equals("off") {
            if node.words.count > 2 { throw node.error("invalid parameter \"\(node.words[2].text)\"") }
            _ = builder.isFirst("access_log off")
            builder.scope.assign { $0.location.logs.accessLogs = [] }
            return
        }
        let log = try builder.accessLog(node)
        // As in nginx, `off` wins over whatever else the scope has.
        if builder.has("access_log off") { return }
        builder.append(log, to: \.location.logs.accessLogs, named: "access_log")
    }

    private func accessLog(_ node: DirectiveNode) throws(ConfigurationError) -> AccessLogSettings {
        let path = node.words[1]
        if path.after("syslog:") != nil {
            throw node.error("Postern has no \"syslog:\" logs", help: "log to a file or to /dev/stdout")
        }
        let value = try compile(Array(fullPath(path.text).utf8), in: node)
        let target: AccessLogTarget = value.isLiteral ? .file(fullPath(path.text)) : .variable(value)
        let name = node.words.count > 2 ? node.words[2] : Word("combined")
        guard let format = parts.logFormats.firstIndex(where: { name.equalsIgnoringCase($0.name) }) else {
            throw node.error("unknown log format \"\(name.text)\"")
        }
        var bufferBytes = 0
        var flushTimeout = 0
        var condition: ComplexValue?
        for word in node.words.dropFirst(3) {
            if let text = word.after("buffer=") {
                bufferBytes = Values.size(text.bytes) ?? 0
                if bufferBytes == 0 { throw node.error("invalid buffer size \"\(text.text)\"") }
            } else if let text = word.after("flush=") {
                flushTimeout = Values.time(text.bytes, in: .milliseconds) ?? 0
                if flushTimeout == 0 { throw node.error("invalid flush time \"\(text.text)\"") }
            } else if let text = word.after("if=") {
                condition = try compile(text, in: node)
            } else {
                throw node.error(
                    "invalid parameter \"\(word.text)\"",
                    help: word.text.hasPrefix("gzip") ? "Postern writes no compressed logs" : nil)
            }
        }
        if flushTimeout > 0 && bufferBytes == 0 {
            throw node.error("no buffer is defined for access_log \"\(path.text)\"")
        }
        if bufferBytes > 0 {
            if !value.isLiteral { throw node.error("buffered logs cannot have variables in name") }
            let buffer = AccessBuffer(bytes: bufferBytes, flushTimeout: flushTimeout)
            if accessBuffers.updateValue(buffer, forKey: fullPath(path.text)) ?? buffer != buffer {
                throw node.error("access_log \"\(path.text)\" already defined with conflicting parameters")
            }
        }
        return AccessLogSettings(
            target: target, format: format, bufferBytes: bufferBytes, flushTimeout: flushTimeout, condition: condition)
    }

    static func logFormat(_ builder: Builder, _ node: DirectiveNode) throws(ConfigurationError) {
        let name = node.words[1].text
        if builder.parts.logFormats.contains(where: { $0.name == name }) {
            throw node.error("duplicate \"log_format\" name \"\(name)\"")
        }
        var escape = LogEscape.standard
        var texts = node.words.dropFirst(2)
        if let word = texts.first?.after("escape=") {
            switch word.text {
            case "default": break
            case "json": escape = .json
            case "none": escape = .none
            default: throw node.error("unknown log format escaping \"\(word.text)\"")
            }
            texts = texts.dropFirst()
        }
        var values: [ValuePart] = []
        for word in texts {
            // Captures mean nothing here: nginx takes `$1` for a name.
            values += try builder.compile(word.bytes, in: node, isLogFormat: true).parts
        }
        builder.parts.logFormats.append(
            LogFormat(name: name, escape: escape, value: ComplexValue(parts: values)))
    }

    /// nginx's format for whoever names none.
    static let combinedFormat =
        "$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" "
        + "\"$http_user_agent\""
}
