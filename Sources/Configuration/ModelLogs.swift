/// One `error_log`.
package struct ErrorLogSettings: Equatable, Sendable {
    /// Where the lines go.
    package let target: ErrorLogTarget
    /// The least grave level that is written.
    package let level: ErrorLevel
}

/// Where error lines go.
package enum ErrorLogTarget: Hashable, Sendable {
    /// Full path of a file.
    case file(String)
    case standardError
}

/// nginx's levels; a line is written where its level is not above the log's.
package enum ErrorLevel: UInt8, Comparable, Sendable, CaseIterable {
    case emerg = 1, alert, crit, error, warn, notice, info, debug

    /// Graver is less.
    package static func < (left: ErrorLevel, right: ErrorLevel) -> Bool { left.rawValue < right.rawValue }

    /// nginx's word.
    package var name: String { String(describing: self) }
}

/// One `access_log`.
package struct AccessLogSettings: Equatable, Sendable {
    /// Where the lines go.
    package let target: AccessLogTarget
    /// Index in `logFormats`.
    package let format: Int
    /// `buffer=`: bytes that are gathered before they are written; 0 for the lines of one turn.
    package let bufferBytes: Int
    /// `flush=`: how long they may wait, in milliseconds; 0 for as long as it takes.
    package let flushTimeout: Int
    /// `if=`: the line is written unless it is empty or `0`.
    package let condition: ComplexValue?
}

/// Where access lines go.
package enum AccessLogTarget: Equatable, Sendable {
    /// Full path of a file.
    case file(String)
    /// A path with variables; full once it is evaluated, relative ones lie under the prefix.
    case variable(ComplexValue)
}

/// One `log_format`.
package struct LogFormat: Equatable, Sendable {
    /// As it is referred to.
    package let name: String
    /// How variables are written.
    package let escape: LogEscape
    /// One line, without its end.
    package let value: ComplexValue
}

/// How variables are written into an access line.
package enum LogEscape: Equatable, Sendable {
    /// `"`, `\`, below 0x20 and above 0x7e as `\xHH`; an absent value as `-`.
    case standard
    case json
    case none
}
