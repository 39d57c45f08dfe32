import Bytes
import Configuration
import HTTP

/// A value of the configuration, compiled: literal bytes, or operations that each append something.
package struct Value: Equatable, Sendable {
    /// Where its operations begin in the table's `operations`.
    var first: Int32 = 0
    /// 0 for a literal.
    var count: Int32 = 0
    /// Where a literal stands in the table's `literals`.
    var literal = ByteRange.empty

    /// The empty literal.
    static var empty: Value { Value() }

    var isLiteral: Bool { count == 0 }
    var isEmpty: Bool { count == 0 && literal.isEmpty }
}

/// One part of a value.
struct ValueOperation: Equatable, Sendable {
    var kind: Kind
    var variable = VariableID.args
    var prefix = VariablePrefix.argument
    /// Of a capture or slot; of a field's name the known field that it is, or 0.
    var number: Int32 = 0
    /// Of a literal, or of a family member's name, in the table's `literals`.
    var bytes = ByteRange.empty

    enum Kind: UInt8, Sendable {
        case literal, builtIn, prefixed, capture, slot
    }
}

/// A run of entries in one of the table's arrays.
struct Run: Equatable, Sendable {
    var first: Int32 = 0
    var count: Int32 = 0

    init() {}

    init(from first: Int, upTo end: Int) {
        self.first = Int32(first)
        count = Int32(end - first)
    }

    var isEmpty: Bool { count == 0 }
    var indices: Range<Int> { Int(first)..<Int(first) + Int(count) }
}

/// The parts of a table's values while it is compiled. Equal literals are stored once.
struct ValueBuilder {
    var operations: [ValueOperation] = []
    var literals: [UInt8] = []
    /// Variables that are asked for anywhere.
    var usedVariables: Set<VariableID> = []
    var usedPrefixes: Set<VariablePrefix> = []
    private var known: [[UInt8]: ByteRange] = [:]

    mutating func literal(_ bytes: [UInt8]) -> ByteRange {
        if bytes.isEmpty { return .empty }
        if let range = known[bytes] { return range }
        let range = ByteRange(start: literals.count, count: bytes.count)
        literals += bytes
        known[bytes] = range
        return range
    }

    mutating func value(_ value: ComplexValue) -> Value {
        if let bytes = value.literalBytes { return Value(literal: literal(bytes)) }
        return self.value(parts: value.parts)
    }

    mutating func value(parts: [ValuePart]) -> Value {
        if parts.isEmpty { return .empty }
        if parts.count == 1, case .bytes(let bytes) = parts[0] { return Value(literal: literal(bytes)) }
        let compiled = parts.map { part -> ValueOperation in
            switch part {
            case .bytes(let bytes): return ValueOperation(kind: .literal, bytes: literal(bytes))
            case .variable(let reference): return operation(reference)
            }
        }
        let first = operations.count
        operations += compiled
        return Value(first: Int32(first), count: Int32(compiled.count))
    }

    /// The known field that `$http_name` and its like mean, if every spelling of the name is that field.
    private func knownField(_ prefix: VariablePrefix, _ name: [UInt8]) -> KnownField {
        if prefix != .http && prefix != .upstreamHTTP { return .none }
        let spelled = name.map { $0 == 0x5f ? 0x2d : $0 }
        return KnownField(name: spelled.span)
    }

    mutating func operation(_ reference: VariableReference) -> ValueOperation {
        switch reference {
        case .builtIn(let variable):
            usedVariables.insert(variable)
            return ValueOperation(kind: .builtIn, variable: variable)
        case .prefixed(let prefix, let name):
            usedPrefixes.insert(prefix)
            return ValueOperation(
                kind: .prefixed, prefix: prefix, number: Int32(knownField(prefix, name).rawValue), bytes: literal(name))
        case .capture(let number): return ValueOperation(kind: .capture, number: Int32(number))
        case .slot(let slot): return ValueOperation(kind: .slot, number: Int32(slot))
        }
    }
}
