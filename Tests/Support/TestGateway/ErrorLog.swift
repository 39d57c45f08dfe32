/// One line of an error log, with what differs from run to run taken out.
package struct LogLine: Equatable, Sendable, CustomStringConvertible {
    /// As in `error`.
    package let level: String
    /// The number behind `*`; nil for the process's own lines.
    package let connection: Int?
    /// What follows, with addresses by their names.
    package let text: String

    /// `[error] text`.
    package var description: String { "[\(level)] \(text)" }

    /// Levels, the gravest first.
    package static let levels = ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"]

    /// How grave: 0 is the gravest.
    package var rank: Int { Self.levels.firstIndex(of: level) ?? 0 }

    /// Reads `2026/01/31 12:00:00 [error] 12#34: *5 text`; nil for anything else.
    package init?(_ line: Substring, names: Names) {
        let words = line.split(separator: " ", maxSplits: 4, omittingEmptySubsequences: false)
        guard words.count == 5, words[0].count == 10, words[1].count == 8, words[2].hasPrefix("["),
            words[2].hasSuffix("]"), words[3].hasSuffix(":"), words[3].contains("#")
        else { return nil }
        level = String(words[2].dropFirst().dropLast())
        if words[4].hasPrefix("*"), let space = words[4].firstIndex(of: " "),
            let number = Int(words[4][words[4].index(after: words[4].startIndex)..<space])
        {
            connection = number
            text = names.mask(String(words[4][words[4].index(after: space)...]))
        } else {
            connection = nil
            text = names.mask(String(words[4]))
        }
    }
}

/// Names that stand for addresses and paths which differ from run to run.
package struct Names: Sendable {
    private var pairs: [(value: String, name: String)] = []

    package init() {}

    /// From now on `value` is shown as `name`, and `%name%` in a template is `value`.
    package mutating func add(_ value: String, as name: String) {
        pairs.append((value, name))
        pairs.sort { $0.value.count > $1.value.count }
    }

    /// The text with names in the place of values.
    package func mask(_ text: String) -> String {
        pairs.reduce(text) { $0.replacing($1.value, with: $1.name) }
    }

    /// The template with values in the place of `%NAME%`.
    package func fill(_ template: String) -> String {
        pairs.reduce(template) { $0.replacing("%\($1.name)%", with: $1.value) }
    }
}
