import Platform

/// Reads a configuration and checks it.
package enum ConfigurationLoader {
    /// The checked model of a configuration, or the first error in it.
    ///
    /// - Parameters:
    ///   - prefix: directory under which relative paths of logs and files lie (nginx: `-p`).
    ///   - confPath: the file; a relative path lies under the prefix (nginx: `-c`). Its directory is where relative
    ///     `include`s lie.
    ///   - globals: text of main directives that comes first (nginx: `-g`).
    package static func load(
        prefix: String, confPath: String, globals: String = ""
    ) throws(ConfigurationError) -> ConfigurationModel {
        try load(prefix: prefix, confPath: confPath, globals: globals, source: .system, machine: .current)
    }

    /// The same for a text that stands in no file, such as a test's. Nothing is read but what it includes.
    package static func load(
        text: String, prefix: String = "/", confPath: String = "/nginx.conf"
    ) throws(ConfigurationError) -> ConfigurationModel {
        let bytes = Array(text.utf8)
        let source = FileSource(
            read: { $0 == confPath ? .success(bytes) : FileSource.system.read($0) }, glob: FileSource.system.glob)
        return try load(prefix: prefix, confPath: confPath, globals: "", source: source, machine: .current)
    }

    /// The same where the files and the machine are played.
    package static func load(
        prefix: String, confPath: String, globals: String, source: FileSource, machine: MachineFacts
    ) throws(ConfigurationError) -> ConfigurationModel {
        let prefix = prefix.hasSuffix("/") ? prefix : prefix + "/"
        let path = confPath.hasPrefix("/") ? confPath : prefix + confPath
        var parser = Parser(source: source, directory: directory(of: path))
        let globalTree = parser.parse(globals: Array(globals.utf8))
        let tree = parser.parse(path: path)
        let builder = Builder(
            environment: BuildEnvironment(
                prefix: prefix, directory: directory(of: path), read: source.read, hostName: machine.hostName,
                isSuperuser: machine.isSuperuser, hasUser: machine.hasUser, hasGroup: machine.hasGroup),
            definedNames: VariableTable.definedNames(in: tree))
        try builder.build(globals: globalTree, file: tree)
        builder.parts.files = parser.files
        builder.parts.directory = directory(of: path)
        return ConfigurationModel(builder.parts)
    }

    /// The directory of a file, with its final `/`.
    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[...slash])
    }
}

extension Builder {
    /// Builds the parts of the model.
    func build(globals: BlockNode, file: BlockNode) throws(ConfigurationError) {
        parts.mediaTypes = [MediaTypeTable(entries: Builder.standardTypes)]
        let nowhere = DirectiveNode(words: [Word("log_format")], position: file.end, block: nil)
        parts.logFormats = [
            LogFormat(
                name: "combined", escape: .standard,
                value: try compile(Array(Builder.combinedFormat.utf8), in: nowhere))
        ]
        try walkMain(globals)
        try walkMain(file)
        // Unlike in nginx there may be no events section.
        if parts.main.workerConnections < parts.listeners.count + 1 {
            throw ConfigurationError(
                message: "\(parts.main.workerConnections) worker_connections are not enough for "
                    + "\(parts.listeners.count) listening sockets", position: file.end)
        }
        if parts.main.errorLogs.isEmpty {
            parts.main.errorLogs = [ErrorLogSettings(target: .file(fullPath("logs/error.log")), level: .error)]
        }
        for index in parts.locations.indices where parts.locations[index].logs.errorLogs.isEmpty {
            parts.locations[index].logs.errorLogs = parts.main.errorLogs
        }
    }

    private static let standardTypes = [("html", "text/html"), ("gif", "image/gif"), ("jpg", "image/jpeg")].map {
        MediaTypeTable.Entry(suffix: Array($0.0.utf8), type: Array($0.1.utf8))
    }
}
