/// A configuration that has been read and found good: plain data, the same for all workers.
///
/// Things refer to one another by their index in these arrays, so that a worker can compile what it needs (patterns,
/// name tables, addresses) into arrays of its own. Every timeout is in milliseconds, every size in bytes.
package final class ConfigurationModel: Sendable {
    /// Directives of the main and events contexts.
    package let main: MainSettings
    /// What exists once in `http {}`.
    package let http: HTTPSettings
    /// One for each socket to be opened, in the order of the file.
    package let listeners: [ListenerSettings]
    /// The `server {}` blocks, in the order of the file.
    package let servers: [ServerSettings]
    /// Every scope in which a request can stand: of each server its own, then its locations, `if` and `limit_except`.
    package let locations: [LocationSettings]
    /// The upstream groups: explicit ones, and one for each distinct literal `proxy_pass` that names none.
    package let groups: [GroupSettings]
    /// The `health_check`s of all locations.
    package let checks: [HealthCheck]
    /// The `match {}` blocks.
    package let matches: [ResponseMatch]
    /// Formats of access lines; index 0 is `combined`.
    package let logFormats: [LogFormat]
    /// The `map {}` blocks.
    package let maps: [MapSettings]
    /// Tables of file extension to media type; index 0 is the one without any `types`.
    package let mediaTypes: [MediaTypeTable]
    /// All regular expressions, to be compiled by each worker.
    package let patterns: [PatternSource]
    /// Variables that the configuration itself defines: by `set`, `map` or a named capture.
    package let slots: [VariableSlot]
    /// Directives that were accepted without effect, one entry for each name.
    package let notices: [ConfigurationNotice]
    /// nginx's warnings, in the order in which they were found.
    package let warnings: [ConfigurationWarning]
    /// The directory of the main file, with its final `/`.
    package let directory: String
    /// Every file that was read, in the order of first opening, for `-T`.
    package let files: [SourceFile]

    init(_ parts: ConfigurationParts) {
        main = parts.main
        http = parts.http
        listeners = parts.listeners
        servers = parts.servers
        locations = parts.locations
        groups = parts.groups
        checks = parts.checks
        matches = parts.matches
        logFormats = parts.logFormats
        maps = parts.maps
        mediaTypes = parts.mediaTypes
        patterns = parts.patterns
        slots = parts.slots
        notices = parts.notices
        warnings = parts.warnings
        directory = parts.directory
        files = parts.files
    }
}

/// The model while it is being built.
struct ConfigurationParts {
    var main = MainSettings()
    var http = HTTPSettings()
    var listeners: [ListenerSettings] = []
    var servers: [ServerSettings] = []
    var locations: [LocationSettings] = []
    var groups: [GroupSettings] = []
    var checks: [HealthCheck] = []
    var matches: [ResponseMatch] = []
    var logFormats: [LogFormat] = []
    var maps: [MapSettings] = []
    var mediaTypes: [MediaTypeTable] = []
    var patterns: [PatternSource] = []
    var slots: [VariableSlot] = []
    var notices: [ConfigurationNotice] = []
    var warnings: [ConfigurationWarning] = []
    var directory = ""
    var files: [SourceFile] = []
}

/// Where a directive stands.
package struct SourcePosition: Hashable, Sendable {
    /// The file's full path; nil for the text of `-g`.
    package let file: String?
    /// The line of the directive's end, from 1, as nginx reports it.
    package let line: Int

    /// ` in FILE:LINE` or ` in command line`, as nginx ends a configuration message.
    package var suffix: String {
        if let file { return " in \(file):\(line)" }
        return " in command line"
    }
}

/// A directive of nginx that Postern accepts and does not need.
package struct ConfigurationNotice: Equatable, Sendable {
    /// The directive's name.
    package let name: String
    /// Where it stands first.
    package let position: SourcePosition
    /// What is not done, as a sentence part: `the kernel's defaults are used`.
    package let ignored: String

    /// The whole line without level and time.
    package var message: String { "\"\(name)\" directive has no effect in Postern: \(ignored)\(position.suffix)" }
}

/// A `[warn]` line of nginx.
package struct ConfigurationWarning: Equatable, Sendable {
    /// The whole line without level and time, its place included where nginx gives one.
    package let message: String
    /// Postern's own advice in one line, shown below.
    package let help: String?
}

/// A configuration file as it was read.
package struct SourceFile: Sendable {
    /// The full path.
    package let path: String
    /// The whole text.
    package let bytes: [UInt8]
}

/// Why a configuration was refused, in nginx's words.
package struct ConfigurationError: Error, Equatable, Sendable {
    /// nginx's message, with ` in FILE:LINE` where nginx writes it; no level, no time.
    package let message: String
    /// Where, as far as it is known, whether or not the message says so.
    package let position: SourcePosition?
    /// Postern's own advice in one line, shown below.
    package let help: String?

    /// An error whose message has its place already. Control bytes that it quotes are shown as `\xHH`: a file that is
    /// no text must not steer a terminal.
    package init(message: String, position: SourcePosition? = nil, help: String? = nil) {
        self.message = Advice.visible(message)
        self.position = position
        self.help = help.map(Advice.visible)
    }
}
