/// One step of the rewrite phase, in the order of the file.
package enum RewriteStep: Sendable {
    case rewrite(RewriteRule)
    case `return`(ReturnAction)
    /// `set $name value` for a slot.
    case set(slot: Int, value: ComplexValue)
    /// `set $args value`, `set $limit_rate value`: a variable of the server's own that can be changed.
    case assign(VariableID, value: ComplexValue)
    case `break`
    /// `if`: where the condition holds, the steps of `location` run and, unless this is the server's own scope, the
    /// request takes its settings.
    case condition(IfCondition, location: Int)
}

/// nginx: rewrite.
package struct RewriteRule: Sendable {
    /// Index in `patterns`, matched against the URI.
    package let pattern: Int
    /// The new URI, or a whole URL.
    package let replacement: ComplexValue
    /// What happens after it.
    package let flag: RewriteFlag
    /// False where the replacement ends with `?`: the request's arguments are not appended. The `?` is taken away.
    package let keepsArguments: Bool
    /// Whether the replacement's literal text has a `?`, so that arguments are split off it.
    package let hasArguments: Bool
    /// Where the directive stands.
    package let position: SourcePosition
}

/// What happens after a rewrite that matched.
package enum RewriteFlag: Equatable, Sendable {
    /// The next step runs.
    case next
    case last
    case `break`
    /// 302; also where the replacement begins with `http://`, `https://` or `$scheme`.
    case redirect
    case permanent
}

/// nginx: return.
package enum ReturnAction: Sendable {
    /// A status alone; 444 closes the connection without an answer.
    case status(Int)
    /// A status with a body.
    case text(Int, ComplexValue)
    /// 301, 302, 303, 307 or 308 with a Location.
    case redirect(Int, ComplexValue)
}

/// The condition of `if`.
package enum IfCondition: Sendable {
    /// False where the value is empty or `0`.
    case isTrue(VariableReference)
    case equals(VariableReference, ComplexValue, negated: Bool)
    case matches(VariableReference, pattern: Int, negated: Bool)
    case file(FileTest, ComplexValue, negated: Bool)
}

/// The tests `-f`, `-d`, `-e`, `-x`.
package enum FileTest: Equatable, Sendable {
    case regularFile, directory, exists, executable
}

/// One `error_page` directive.
package struct ErrorPage: Sendable {
    /// 300 … 599.
    package let codes: [Int]
    /// Which status the client gets.
    package let answer: Answer
    /// What it is shown.
    package let target: Target

    /// Which status the client gets.
    package enum Answer: Equatable, Sendable {
        /// The one that led here.
        case unchanged
        /// `=`: the one that the target answers with.
        case ofTarget
        /// `=200`.
        case fixed(Int)
    }

    /// What is shown in the place of the error.
    package enum Target: Equatable, Sendable {
        /// A URI of this server: an internal redirect; its arguments split off where the value is literal.
        case uri(ComplexValue)
        /// `@name`, with the `@`. Its index is found in the server's named locations when it is needed.
        case named([UInt8])
        /// Anything that does not begin with `/` or `@`: the client is redirected there.
        case redirect(ComplexValue)
    }
}

/// nginx: try_files.
package struct TryFiles: Sendable {
    /// Files to look for under the root, in order.
    package let candidates: [Candidate]
    /// What happens where none exists.
    package let fallback: Fallback

    /// A file or directory to look for.
    package struct Candidate: Equatable, Sendable {
        /// Appended to the root.
        package let value: ComplexValue
        /// Written with a final `/`, which is taken away.
        package let isDirectory: Bool
    }

    /// What happens where none exists.
    package enum Fallback: Equatable, Sendable {
        case status(Int)
        case uri(ComplexValue)
        /// With the `@`.
        case named([UInt8])
    }
}
