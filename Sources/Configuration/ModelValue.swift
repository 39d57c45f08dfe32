/// A value in which variables may stand, compiled into parts.
package struct ComplexValue: Equatable, Sendable {
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
    package let name: String
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
    package let text: [UInt8]
    package let ignoresCase: Bool
    /// Named groups in the order of the text, each with its slot.
    package let captures: [NamedCapture]
    /// For the message where it does not compile.
    package let position: SourcePosition
}

/// A named group of a pattern and the slot that it fills.
package struct NamedCapture: Equatable, Sendable {
    package let name: String
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
    package internal(set) var hostnames = false
    /// Whether it is computed anew at each use.
    package internal(set) var isVolatile = false
    package let position: SourcePosition
}

/// A key as it is compared, and its value.
package struct MapEntry: Equatable, Sendable {
    package let key: [UInt8]
    package let value: ComplexValue
}

/// A host name with a wildcard, and its value.
package struct MapWildcard: Equatable, Sendable {
    package let name: ServerName
    package let value: ComplexValue
}

/// A pattern, by its index in `patterns`, and its value.
package struct MapPattern: Equatable, Sendable {
    package let pattern: Int
    package let value: ComplexValue
}
