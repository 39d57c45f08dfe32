/// A value in which variables may stand, compiled into parts.
package struct ComplexValue: Equatable, Sendable {
    /// In order; neighbouring parts are not both literal, and none is empty.
    package let parts: [ValuePart]

    /// Joins neighbouring literal parts and drops empty ones.
    package init(parts: [ValuePart]) {
        var joined: [ValuePart] = []
        for part in parts {
            switch part {
            case .bytes(let bytes):
                if bytes.isEmpty { continue }
                if case .bytes(let before)? = joined.last {
                    joined[joined.count - 1] = .bytes(before + bytes)
                } else {
                    joined.append(part)
                }
            case .variable:
                joined.append(part)
            }
        }
        self.parts = joined
        switch joined.first {
        case nil: literalBytes = []
        case .bytes(let bytes)? where joined.count == 1: literalBytes = bytes
        default: literalBytes = nil
        }
    }

    /// A value without variables.
    package init(literal: [UInt8]) { self.init(parts: [.bytes(literal)]) }

    /// The bytes, where no variable stands in the value.
    package let literalBytes: [UInt8]?
    /// Whether no variable stands in it.
    package var isLiteral: Bool { literalBytes != nil }
    /// Whether it is the empty literal.
    package var isEmpty: Bool { parts.isEmpty }

    /// The variable that is the whole value, if it is one.
    package var loneVariable: VariableReference? {
        if parts.count == 1, case .variable(let reference) = parts[0] { return reference }
        return nil
    }
}

/// A part of a `ComplexValue`.
package enum ValuePart: Equatable, Sendable {
    case bytes([UInt8])
    case variable(VariableReference)
}

/// What a `$name` stands for.
package enum VariableReference: Hashable, Sendable {
    /// One of the server's own.
    case builtIn(VariableID)
    /// A family member: the rest of its name, lower-cased. Of field names `_` stands for `_` or `-`.
    case prefixed(VariablePrefix, name: [UInt8])
    /// `$1` … `$9` of the last regular expression that matched; 0 is the whole match.
    case capture(Int)
    /// An index in `slots`.
    case slot(Int)
}

/// A variable that the configuration defines.
package struct VariableSlot: Equatable, Sendable {
    /// In lower case, without `$`.
    package let name: String
    /// Where its value comes from.
    package internal(set) var source: Source

    /// Where its value comes from.
    package enum Source: Equatable, Sendable {
        /// Empty until a `set`, or a named capture, gives it a value.
        case assigned
        /// As before, but until then it is what this variable of the server's own is (`set $proxy_host x`).
        case overridden(VariableReference)
        /// Computed by a map, an index in `maps`.
        case map(Int)
    }
}

/// A regular expression as it was written.
package struct PatternSource: Equatable, Sendable {
    /// Without the `~` or `~*`.
    package let text: [UInt8]
    /// Whether `~*` was written, or the place asks for it.
    package let ignoresCase: Bool
    /// Named groups in the order of the text, each with its slot.
    package let captures: [NamedCapture]
    /// For the message where it does not compile.
    package let position: SourcePosition
}

/// A named group of a pattern and the slot that it fills.
package struct NamedCapture: Equatable, Sendable {
    /// As it is written in the pattern.
    package let name: String
    /// An index in `slots`.
    package let slot: Int
}

/// One `map {}` block (nginx: ngx_http_map_module).
package struct MapSettings: Sendable {
    /// What is looked up.
    package let source: ComplexValue
    /// The slot of the variable that it defines.
    package let slot: Int
    /// Exact keys, lower-cased as nginx compares them, in the order of the file; compared without case.
    package internal(set) var exact: [MapEntry] = []
    /// With `hostnames`: keys `.example.com` (both), `*.example.com`, `www.example.*`.
    package internal(set) var wildcards: [MapWildcard] = []
    /// Regular expressions, tried in the order of the file after the others.
    package internal(set) var patterns: [MapPattern] = []
    /// What no entry gives: empty unless `default` is written.
    package internal(set) var fallback = ComplexValue(parts: [])
    /// Whether `hostnames` is written: keys may have wildcards.
    package internal(set) var hostnames = false
    /// Whether it is computed anew at each use.
    package internal(set) var isVolatile = false
    /// Where the block begins.
    package let position: SourcePosition
}

/// A key as it is compared, and its value.
package struct MapEntry: Equatable, Sendable {
    /// In lower case.
    package let key: [UInt8]
    /// What the variable is then.
    package let value: ComplexValue
}

/// A host name with a wildcard, and its value.
package struct MapWildcard: Equatable, Sendable {
    /// Never exact, never a pattern.
    package let name: ServerName
    /// What the variable is then.
    package let value: ComplexValue
}

/// A pattern, by its index in `patterns`, and its value.
package struct MapPattern: Equatable, Sendable {
    /// An index in `patterns`.
    package let pattern: Int
    /// What the variable is then; may use the captures.
    package let value: ComplexValue
}
