import Bytes
import Configuration

/// One step of the rewrite phase. The steps of a scope stand in a row, those of an `if` after its condition.
enum Step: Sendable {
    /// An index in `rules`.
    case rewrite(Int32)
    case returnStatus(Int32)
    case returnText(Int32, Value)
    case returnRedirect(Int32, Value)
    case set(slot: Int32, Value)
    case assign(VariableID, Value)
    case stop
    /// Index in `conditions`; where it fails, the steps go on at `next`. A scope of −1 leaves the settings alone.
    case condition(Int32, scope: Int32, next: Int32)
    case end
}

/// The condition of an `if`.
struct Condition: Sendable {
    var test: Test
    var negated = false
    var subject: Value

    enum Test: Sendable {
        case isTrue
        case equals(Value)
        case matches(pattern: Int32)
        case file(FileTest)
    }
}

/// A compiled `rewrite`.
struct RewriteRuleEntry: Sendable {
    var pattern: Int32
    /// The replacement; up to its first literal `?` unless it redirects.
    var path: Value
    /// What follows that `?`.
    var arguments: Value
    var flag: RewriteFlag
    var keepsArguments: Bool
    /// Whether a literal `?` stands in the replacement.
    var hasArguments: Bool
}

/// One status of an `error_page`.
struct ErrorPageEntry: Sendable {
    var code: Int32
    /// −1 leaves the status, 0 takes the target's, else the status of `=`.
    var answer: Int32
    var kind: Kind
    var value: Value

    enum Kind: UInt8, Sendable { case uri, named, redirect }
}

/// A candidate of `try_files`.
struct FileCandidate: Sendable {
    var value: Value
    var isDirectory: Bool
}

/// What `try_files` does where no candidate is there.
enum FileFallback: Sendable {
    case status(Int32)
    case uri(Value)
    case named(ByteRange)
}

extension TableBuilder {
    /// Appends the steps of a scope and answers where they begin; −1 where there are none.
    ///
    /// - Parameters:
    ///   - inServer: whether an `if` leaves the settings alone, as it does on server level
    mutating func program(_ source: [RewriteStep], inServer: Bool) -> Int32 {
        if source.isEmpty { return -1 }
        let first = Int32(steps.count)
        append(source, inServer: inServer)
        steps.append(.end)
        return first
    }

    private mutating func append(_ source: [RewriteStep], inServer: Bool) {
        for step in source {
            switch step {
            case .rewrite(let rule):
                steps.append(.rewrite(Int32(rules.count)))
                rules.append(compiled(rule))
            case .return(.status(let status)): steps.append(.returnStatus(Int32(status)))
            case .return(.text(let status, let text)): steps.append(.returnText(Int32(status), values.value(text)))
            case .return(.redirect(let status, let url)):
                steps.append(.returnRedirect(Int32(status), values.value(url)))
            case .set(let slot, let value):
                slots[slot].isSet = true
                steps.append(.set(slot: Int32(slot), values.value(value)))
            case .assign(let variable, let value): steps.append(.assign(variable, values.value(value)))
            case .break: steps.append(.stop)
            case .condition(let condition, let location):
                let place = steps.count
                steps.append(.end)
                append(model.locations[location].steps, inServer: inServer)
                steps[place] = .condition(
                    Int32(conditions.count), scope: inServer ? -1 : Int32(location), next: Int32(steps.count))
                conditions.append(compiled(condition))
            }
        }
    }

    private mutating func compiled(_ condition: IfCondition) -> Condition {
        switch condition {
        case .isTrue(let variable):
            return Condition(test: .isTrue, subject: values.value(parts: [.variable(variable)]))
        case .equals(let variable, let value, let negated):
            let other = values.value(value)
            return Condition(
                test: .equals(other), negated: negated, subject: values.value(parts: [.variable(variable)]))
        case .matches(let variable, let pattern, let negated):
            return Condition(
                test: .matches(pattern: Int32(pattern)), negated: negated,
                subject: values.value(parts: [.variable(variable)]))
        case .file(let test, let path, let negated):
            return Condition(test: .file(test), negated: negated, subject: values.value(path))
        }
    }

    /// Splits the replacement at its first literal `?`, unless it redirects: there all of it is one URL.
    private mutating func compiled(_ rule: RewriteRule) -> RewriteRuleEntry {
        let redirects = rule.flag == .redirect || rule.flag == .permanent
        var path: [ValuePart] = []
        var arguments: [ValuePart] = []
        var split = false
        for part in rule.replacement.parts {
            if split || redirects {
                split ? arguments.append(part) : path.append(part)
            } else if case .bytes(let bytes) = part, let mark = bytes.firstIndex(of: 0x3f) {
                split = true
                path.append(.bytes(Array(bytes[..<mark])))
                arguments.append(.bytes(Array(bytes[(mark + 1)...])))
            } else {
                path.append(part)
            }
        }
        return RewriteRuleEntry(
            pattern: Int32(rule.pattern), path: values.value(parts: path.filter { $0 != .bytes([]) }),
            arguments: values.value(parts: arguments.filter { $0 != .bytes([]) }), flag: rule.flag,
            keepsArguments: rule.keepsArguments, hasArguments: rule.hasArguments)
    }
}
