/// One row of the directive table: all that is known about a directive in some contexts.
struct Directive: Sendable {
    let name: String
    let contexts: Contexts
    let arguments: Arguments
    let inherits: Inheritance
    /// What holds where it is not written, as in nginx's documentation; empty where there is none.
    let standard: String
    let action: Action
    /// One line for `docs/directives.md`.
    let summary: String

    init(
        _ name: String, in contexts: Contexts, _ arguments: Arguments, inherits: Inheritance = .no,
        default standard: String = "", _ action: Action, _ summary: String
    ) {
        self.name = name
        self.contexts = contexts
        self.arguments = arguments
        self.inherits = inherits
        self.standard = standard
        self.action = action
        self.summary = summary
    }
}

/// Where a directive may stand.
struct Contexts: OptionSet, Sendable {
    let rawValue: UInt16

    static let main = Contexts(rawValue: 1)
    static let events = Contexts(rawValue: 2)
    static let http = Contexts(rawValue: 4)
    static let server = Contexts(rawValue: 8)
    static let location = Contexts(rawValue: 16)
    /// `if` in a server.
    static let serverIf = Contexts(rawValue: 32)
    /// `if` in a location.
    static let locationIf = Contexts(rawValue: 64)
    static let limitExcept = Contexts(rawValue: 128)
    static let upstream = Contexts(rawValue: 256)
    static let match = Contexts(rawValue: 512)

    static let all = Contexts(rawValue: 1023)
    /// http, server and location.
    static let levels: Contexts = [.http, .server, .location]
    /// Those of the rewrite module.
    static let rewriting: Contexts = [.server, .location, .serverIf, .locationIf]

    /// The words of the documentation.
    var names: [String] {
        let all: [(Contexts, String)] = [
            (.main, "main"), (.events, "events"), (.http, "http"), (.server, "server"), (.location, "location"),
            (.serverIf, "if in server"), (.locationIf, "if in location"), (.limitExcept, "limit_except"),
            (.upstream, "upstream"), (.match, "match"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// How many arguments a directive takes, and whether a block follows.
struct Arguments: Sendable {
    let counts: ClosedRange<Int>
    var isFlag = false
    var isBlock = false

    static let none = Arguments(counts: 0...0)
    /// `on` or `off`.
    static let flag = Arguments(counts: 1...1, isFlag: true)
    static let one = Arguments(counts: 1...1)
    static let two = Arguments(counts: 2...2)
    static func range(_ counts: ClosedRange<Int>) -> Arguments { Arguments(counts: counts) }
    static func atLeast(_ count: Int) -> Arguments { Arguments(counts: count...Int.max) }
    static func block(_ counts: ClosedRange<Int>) -> Arguments { Arguments(counts: counts, isBlock: true) }
}

/// What a scope that does not write the directive has.
enum Inheritance: String, Sendable {
    /// Nothing: it is for this scope alone.
    case no
    /// The value of the enclosing scope.
    case value
    /// All entries of the enclosing scope; one entry of its own replaces them all.
    case list
}

/// What a directive does.
struct Action: Sendable {
    /// What it does is done by a function of the builder.
    typealias Run = @Sendable (Builder, DirectiveNode) throws(ConfigurationError) -> Void

    /// The arguments, for the documentation.
    let syntax: String
    let effect: Effect

    enum Effect: Sendable {
        case run(Run)
        /// Accepted without effect; the text goes on after `has no effect in Postern: `.
        case ignored(String)
        /// Refused; the text says what to do instead.
        case refused(String)
    }

    static func run(_ syntax: String, _ run: @escaping Run) -> Action { Action(syntax: syntax, effect: .run(run)) }
    static func ignored(_ why: String) -> Action { Action(syntax: "…", effect: .ignored(why)) }
    static func refused(_ advice: String) -> Action { Action(syntax: "…", effect: .refused(advice)) }
}

/// The whole language.
enum DirectiveTable {
    static let rows: [Directive] =
        mainRows + httpRows + serverRows + locationRows + responseRows + logRows + rewriteRows + proxyRows
        + proxyTLSRows + grpcRows + upstreamRows + healthRows + tlsRows + ignoredRows + refusedRows

    static let byName: [String: [Directive]] = Dictionary(grouping: rows, by: \.name)

    /// The directive whose name is at most two typing errors away and nearest; nil where none is.
    static func nearest(to name: String) -> String? {
        let wanted = Array(name.utf8)
        guard wanted.count >= 4, wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in byName.keys.sorted() where abs(candidate.utf8.count - wanted.count) <= 2 {
            let distance = distance(wanted, Array(candidate.utf8))
            if distance <= 2 && distance < best?.distance ?? 3 { best = (candidate, distance) }
        }
        return best?.name
    }

    /// How many insertions, removals, changes and swaps of neighbours lead from one text to the other.
    private static func distance(_ from: [UInt8], _ to: [UInt8]) -> Int {
        var rows = [Array(0...to.count)]
        for (i, left) in from.enumerated() {
            var row = [i + 1]
            for (j, right) in to.enumerated() {
                var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (left == right ? 0 : 1))
                let isSwap = i > 0 && j > 0 && left == to[j - 1] && from[i - 1] == right
                if isSwap { cost = min(cost, rows[i - 1][j - 1] + 1) }
                row.append(cost)
            }
            rows.append(row)
        }
        return rows[from.count][to.count]
    }
}
