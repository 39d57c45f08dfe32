import Bytes
import Configuration
import HTTP
import Platform

/// One worker's compiled form of a configuration: what the data path looks things up in.
///
/// Each worker makes its own, so that no reference count is shared between threads. Nothing in it changes but the place
/// where matches leave their offsets. Things refer to one another by index; the arrays hold plain values, so that no
/// lookup counts references or allocates.
package final class RoutingTable {
    /// What this was compiled from.
    package let model: ConfigurationModel
    /// One for each of the model's `locations`, at the same index.
    package let scopes: [Settled<Scope>]
    let entries: [ScopeEntry]
    /// The `$ssl_*` variables that are asked for, see `TLSValues`.
    package let tlsVariables: [VariableID]
    /// Whether a variable asks for the request's body, `Asked.body`.
    package let usesRequestBody: Bool
    /// Whether a variable asks for the path of the request body's file.
    package let usesRequestBodyFile: Bool
    /// Whether a variable asks how many connections there are.
    package let usesConnectionCounts: Bool
    /// Whether anything asks for `$tcpinfo_*`.
    package let usesTransport: Bool
    /// Whether a variable asks for the PROXY protocol's type-length-values.
    package let usesProxyProtocolValues: Bool
    /// Whether a variable asks for what was sent: then the rendered head is kept.
    let keepsSentHead: Bool
    /// What `Server` and pages call this version.
    let version: [UInt8]

    // Values
    let literals: [UInt8]
    let operations: [ValueOperation]
    let names: NameTables
    let slots: [SlotSource]
    let maps: [MapTable]
    let mapValues: [Value]
    let mapPatterns: [PatternChoice]

    // Servers and locations
    let servers: [ServerEntry]
    let listenerAddresses: [Run]
    let addresses: [AddressEntry]
    let serverPatterns: [PatternChoice]
    let prefixes: [PrefixEntry]
    let locationPatterns: [PatternChoice]
    let namedLocations: [Int32]

    // What scopes hold runs of
    let steps: [Step]
    let conditions: [Condition]
    let rules: [RewriteRuleEntry]
    let accessRules: [AccessRule]
    let trusted: [AddressRange]
    let limitedMethods: [ByteRange]
    let errorPages: [ErrorPageEntry]
    let candidates: [FileCandidate]
    let fileIndexes: [Value]
    let setFields: [SetField]
    let addedFields: [AddedFieldEntry]
    let earlyHints: [Value]
    let redirects: [RewriteEntry]
    let cookieFlags: [CookieFlagEntry]
    let cookieFlagValues: [Value]
    let formats: [FormatEntry]
    let accessLogs: [AccessLogEntry]
    let groups: [GroupName]

    // Patterns
    let patterns: [Pattern]
    let patternCaptures: [Run]
    let captureSlots: [CaptureSlot]
    let matcher: PatternMatcher

    /// Compiles a configuration. Its patterns compiled before, when it was checked.
    ///
    /// - Parameters:
    ///   - version: what `Server` and `$nginx_version` say
    package init(_ model: ConfigurationModel, version: [UInt8] = Array("0".utf8)) {
        self.version = version
        var builder = TableBuilder(model)
        builder.build()
        self.model = model
        scopes = builder.scopes
        entries = builder.entries
        tlsVariables = TLSValues.variables.filter { builder.values.usedVariables.contains($0) }
        usesRequestBody = builder.usesAny([.requestBody])
        usesRequestBodyFile = builder.usesAny([.requestBodyFile])
        usesConnectionCounts = builder.usesAny([
            .connectionsActive, .connectionsReading, .connectionsWriting, .connectionsWaiting,
        ])
        usesTransport = builder.usesAny([.tcpinfoRTT, .tcpinfoRTTVar, .tcpinfoSndCwnd, .tcpinfoRcvSpace])
        usesProxyProtocolValues = builder.values.usedPrefixes.contains(.proxyProtocolTLV)
        keepsSentHead = !builder.values.usedPrefixes.isDisjoint(with: [.sentHTTP, .sentTrailer])
        literals = builder.values.literals
        operations = builder.values.operations
        names = builder.names
        slots = builder.slots
        maps = builder.maps
        mapValues = builder.mapValues
        mapPatterns = builder.mapPatterns
        servers = builder.servers
        listenerAddresses = builder.listenerAddresses
        addresses = builder.addresses
        serverPatterns = builder.serverPatterns
        prefixes = builder.prefixes
        locationPatterns = builder.locationPatterns
        namedLocations = builder.namedLocations
        steps = builder.steps
        conditions = builder.conditions
        rules = builder.rules
        accessRules = builder.accessRules
        trusted = builder.trusted
        limitedMethods = builder.limitedMethods
        errorPages = builder.errorPages
        candidates = builder.candidates
        fileIndexes = builder.fileIndexes
        setFields = builder.setFields
        addedFields = builder.addedFields
        earlyHints = builder.earlyHints
        redirects = builder.redirects
        cookieFlags = builder.cookieFlags
        cookieFlagValues = builder.cookieFlagValues
        formats = builder.formats
        accessLogs = builder.accessLogs
        groups = builder.groups
        patterns = builder.patterns
        patternCaptures = builder.patternCaptures
        captureSlots = builder.captureSlots
        matcher = PatternMatcher(captureLimit: max(9, builder.patterns.map(\.captureCount).max() ?? 0))
    }

    deinit { for scope in scopes { scope.destroy() } }
}

/// What fills a slot: an index in the table's `maps`, or −1 for `set` and named groups.
struct SlotSource: Sendable {
    var map: Int32
    /// Whether there is a `set` for it.
    var isSet = false
    /// What it is until it is set: a variable of the server's own.
    var overridden: ValueOperation?
}

/// A pattern and what it stands for.
struct PatternChoice: Sendable {
    var pattern: Int32
    /// A server, a location, or a map's value.
    var number: Int32
}

/// A named group of a pattern and the slot it fills.
struct CaptureSlot: Sendable {
    var group: Int32
    var slot: Int32
}

/// One server, as far as variables need it.
struct ServerEntry: Sendable {
    /// Index of its own scope.
    var scope: Int32
    /// `$server_name`.
    var primaryName: ByteRange
    var mergesSlashes: Bool
}

/// One address of a listener with its names.
struct AddressEntry: Sendable {
    /// `none` for the one that takes what no other does.
    var address: SocketAddress
    var defaultServer: Int32
    /// Whole names, and the bare names of `.example.com`.
    var exact = NameTable()
    /// From the dot on.
    var suffixes = NameTable()
    /// Up to the last dot.
    var starts = NameTable()
    /// In `serverPatterns`.
    var patterns = Run()
}

/// An `=` or prefix location, in the order of the bytes of its name; or both of one name.
struct PrefixEntry: Sendable {
    var name: ByteRange
    var exact: Int32 = -1
    var prefix: Int32 = -1
    /// The longest other entry with a prefix location that this name begins with; −1 for none.
    var parent: Int32 = -1
    /// Whether the name without its final slash is redirected to it.
    var redirects = false
}
