import Platform

/// Makes a checked model out of a tree: walks it in the order of the text, so that the first error in that order is the
/// one reported, then resolves what is inherited.
final class Builder {
    /// What the machine and the caller give.
    let environment: BuildEnvironment
    var parts = ConfigurationParts()
    var variables: VariableTable
    var scopes: [Scope] = []
    var listens = ListenTable()
    var groups = GroupTable()
    var checks: [PendingCheck] = []

    /// Where the walk stands.
    var context: Contexts = .main
    /// Index of the current scope in `scopes`; -1 outside of `http {}`.
    var scopeIndex = -1
    var serverIndex = -1
    /// Index of the current `upstream {}`.
    var groupIndex = -1
    /// Names of once-only directives that the current block has had.
    private var seen: Set<String> = []
    private var noticed: Set<String> = []
    /// Keys of all maps, to find conflicts.
    var mapKeys: Set<MapKey> = []
    /// Of access logs that have one, by their full path.
    var accessBuffers: [String: AccessBuffer] = [:]

    init(environment: BuildEnvironment, definedNames: Set<String>) {
        self.environment = environment
        variables = VariableTable(definedNames: definedNames)
    }

    /// The scope in which the walk stands.
    var scope: Scope { scopes[scopeIndex] }

    /// Walks what stands in the main context; several texts share it.
    func walkMain(_ block: BlockNode) throws(ConfigurationError) { try walkItems(block) }

    /// Walks a block in a context of its own.
    func walk(_ block: BlockNode, in context: Contexts) throws(ConfigurationError) {
        let (outerContext, outerSeen) = (self.context, seen)
        self.context = context
        seen = []
        try walkItems(block)
        (self.context, seen) = (outerContext, outerSeen)
    }

    private func walkItems(_ block: BlockNode) throws(ConfigurationError) {
        for item in block.items {
            switch item {
            case .failure(let error): throw error
            case .directive(let node): try handle(node)
            }
        }
    }

    /// Checks a directive as nginx does (context, ending, arguments) and does what it says.
    private func handle(_ node: DirectiveNode) throws(ConfigurationError) {
        guard let rows = DirectiveTable.byName[node.name] else { throw unknown(node) }
        if case .refused(let advice) = rows[0].action.effect {
            throw node.error("Postern has no \"\(node.name)\" directive", help: advice)
        }
        guard let row = rows.first(where: { $0.contexts.contains(context) }) else {
            throw node.refused("is not allowed here", help: Advice.place(of: rows, in: context))
        }
        if !row.arguments.isBlock && node.block != nil {
            throw node.error("directive \"\(node.name)\" is not terminated by \";\"", help: Advice.forgottenEnd(node))
        }
        if row.arguments.isBlock && node.block == nil {
            throw node.error("directive \"\(node.name)\" has no opening \"{\"")
        }
        if !row.arguments.counts.contains(node.arguments.count) {
            throw node.error(
                "invalid number of arguments in \"\(node.name)\" directive",
                help: Advice.forgottenEnd(node) ?? Advice.syntax(of: row))
        }
        switch row.action.effect {
        case .run(let run):
            do throws(ConfigurationError) { try run(self, node) } catch {
                if error.help != nil || row.arguments.isBlock { throw error }
                throw ConfigurationError(
                    message: error.message, position: error.position, help: Advice.cure(error, node, row))
            }
        case .ignored(let why):
            if let failure = node.block?.failure { throw failure }
            if row.arguments.isFlag { _ = try node.flag() }
            notice(node, why)
        case .refused: break
        }
    }

    private func unknown(_ node: DirectiveNode) -> ConfigurationError {
        node.error("unknown directive \"\(node.name)\"", help: Advice.unknown(node.words[0]))
    }

    /// Remembers a directive without effect, once for each name.
    private func notice(_ node: DirectiveNode, _ why: String) {
        guard noticed.insert(node.name).inserted else { return }
        parts.notices.append(ConfigurationNotice(name: node.name, position: node.position, ignored: why))
    }

    /// Fails where the block has had this directive before.
    func once(_ node: DirectiveNode) throws(ConfigurationError) {
        if !isFirst(node.name) { throw node.refused("is duplicate") }
    }

    /// Whether the block has not had this before.
    func isFirst(_ name: String) -> Bool { seen.insert(name).inserted }

    /// Whether the block has had this before.
    func has(_ name: String) -> Bool { seen.contains(name) }

    /// Adds a `[warn]` line of nginx.
    func warn(_ message: String, at position: SourcePosition?, help: String? = nil) {
        parts.warnings.append(ConfigurationWarning(message: message + (position?.suffix ?? ""), help: help))
    }

    /// A path as it is meant: relative ones lie under the prefix.
    func fullPath(_ path: String) -> String { path.hasPrefix("/") ? path : environment.prefix + path }
}

/// What a configuration is built with.
struct BuildEnvironment: Sendable {
    /// Directory with its final `/`, under which relative paths lie.
    var prefix: String
    /// The directory of the main file, with its final `/`.
    var directory: String
    /// Reads a file that a directive names.
    var read: @Sendable (String) -> Result<[UInt8], Files.Failure>
    var hostName: String
    /// Whether the process may change its user and bind low ports.
    var isSuperuser: Bool
    /// Whether there is such a user, and such a group.
    var hasUser: @Sendable (String) -> Bool
    var hasGroup: @Sendable (String) -> Bool
}

/// A scope while the tree is walked: what was written in it, to be applied once its parent is complete.
final class Scope {
    let match: LocationMatch
    let parent: Int
    let server: Int
    let position: SourcePosition
    var assignments: [(inout ScopeSettings) -> Void] = []
    var children = LocationTable()
    var steps: [RewriteStep] = []
    var content: ContentHandler?
    var limitExcept: LimitExcept?
    var tryFiles: TryFiles?
    /// The scope's own table in `mediaTypes`, where it has one.
    var types: Int?
    /// A literal `proxy_pass` of this scope, for `proxy_redirect default`.
    var proxyPass: LiteralProxyPass?
    /// `proxy_redirect` of this scope; nil where none is written.
    var redirects: [ProxyRedirect]?
    /// `proxy_redirect off`.
    var redirectsAreOff = false
    /// Whether its `content` is a `grpc_pass`.
    var isGRPC = false
    /// Whether a `proxy_pass` with variables stands here.
    var hasVariableProxyPass = false

    init(match: LocationMatch, parent: Int, server: Int, position: SourcePosition) {
        self.match = match
        self.parent = parent
        self.server = server
        self.position = position
    }

    /// Keeps a change of this scope's settings for later.
    func assign(_ change: @escaping (inout ScopeSettings) -> Void) { assignments.append(change) }
}

/// What `proxy_redirect default` is made of.
struct LiteralProxyPass {
    let url: [UInt8]
    let location: [UInt8]
    let hasURI: Bool
}

/// All settings of a scope, in the form in which they are inherited.
struct ScopeSettings {
    var location: LocationSettings
    var connection = ConnectionSettings()
    var tls = TLSSettings()
    var raw = RawSettings()
    /// What holds where `grpc_pass` stands, in the place of the location's `proxy`.
    var grpc = ProxySettings.grpc
}

/// Settings of which the model has only the outcome.
struct RawSettings {
    enum FieldInheritance { case off, on, merge }

    var headerInheritance = FieldInheritance.on
    var trailerInheritance = FieldInheritance.on
    var ownHeaders: [AddedField] = []
    var ownTrailers: [AddedField] = []
    var hiddenFields: [[UInt8]] = []
    var passedFields: [[UInt8]] = []
    var hiddenGRPCFields: [[UInt8]] = []
    var passedGRPCFields: [[UInt8]] = []
    /// Whether the scope's content is that of `grpc_pass`.
    var isGRPC = false
    /// `proxy_busy_buffers_size` where it is written.
    var busyBytes: Int?
    var redirectsAreOff = false
}
