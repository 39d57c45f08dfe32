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

    /// All names in order, as bytes, for `nearest`.
    private static let namesInOrder = byName.keys.sorted().map { (name: $0, bytes: Array($0.utf8)) }

    /// The directive whose name is at most two typing errors away and nearest; nil where none is.
    static func nearest(to name: String) -> String? {
        let wanted = Array(name.utf8)
        guard wanted.count >= 4, wanted.count <= 64 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in namesInOrder where abs(candidate.bytes.count - wanted.count) <= 2 {
            let limit = (best?.distance ?? 3) - 1
            guard let distance = distance(wanted, candidate.bytes, atMost: limit) else { continue }
            best = (candidate.name, distance)
        }
        return best?.name
    }

    /// How many insertions, removals, changes and swaps of neighbours lead from one text to the other; nil where they
    /// are more than `limit`.
    private static func distance(_ from: [UInt8], _ to: [UInt8], atMost limit: Int) -> Int? {
        // The rows of the last two letters of `from`, and the one that is being made.
        var older = [Int](repeating: 0, count: to.count + 1)
        var row = Array(0...to.count)
        var next = older
        for (i, left) in from.enumerated() {
            next[0] = i + 1
            var least = i + 1
            for (j, right) in to.enumerated() {
                var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (left == right ? 0 : 1))
                let isSwap = i > 0 && j > 0 && left == to[j - 1] && from[i - 1] == right
                if isSwap { cost = min(cost, older[j - 1] + 1) }
                next[j + 1] = cost
                least = min(least, cost)
            }
            // A swap is the only step that leaves a row out, and it costs one more than what stands two rows above.
            if least > limit && (row.min() ?? 0) >= limit { return nil }
            (older, row, next) = (row, next, older)
        }
        return row[to.count] <= limit ? row[to.count] : nil
    }
}
