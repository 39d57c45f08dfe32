import Bytes
import Configuration
import HTTP
import Platform

// Values are appended to a buffer that is not the record's own. It serves as a stack: a map evaluates its source at the
// buffer's end, looks it up there and takes it away again.
extension RoutingTable {
    /// Appends a compiled value, evaluated for this exchange; absent variables give nothing.
    func append(
        _ value: Value, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        if value.isLiteral { return out.append(literals, value.literal) }
        for index in Int(value.first)..<Int(value.first) + Int(value.count) {
            _ = append(operations[index], &record, moment, to: &out)
        }
    }

    /// Appends a value of the model, evaluated for this exchange. For values that are not compiled: cold.
    package func append(
        _ value: ComplexValue, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        for part in value.parts {
            switch part {
            case .bytes(let bytes): out.append(bytes)
            case .variable(let reference): _ = append(reference, &record, moment, to: &out)
            }
        }
    }

    /// Appends a variable's value; false (and nothing appended) where it has none. For cold code, as above.
    package func append(
        _ reference: VariableReference, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) -> Bool {
        switch reference {
        case .builtIn(let variable): return append(variable, &record, moment, to: &out)
        case .prefixed(let prefix, let name): return append(prefix, name: name.span, record, to: &out)
        case .capture(let group): return appendCapture(group, record, to: &out)
        case .slot(let slot): return appendSlot(slot, &record, moment, to: &out)
        }
    }

    /// Evaluates a compiled value into the arena.
    func keep(
        _ value: Value, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> Piece {
        if value.isLiteral { return record.keep(literals, value.literal) }
        var scratch = pool.take(atLeast: 512)
        append(value, &record, moment, to: &scratch)
        let piece = record.keep(scratch.span)
        pool.give(scratch)
        return piece
    }

    /// Whether a condition such as `if=` holds: false for an empty value and `0`.
    func holds(
        _ value: Value, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ scratch: inout ByteBuffer
    ) -> Bool {
        let start = scratch.count
        append(value, &record, moment, to: &scratch)
        let count = scratch.count - start
        let result = count > 1 || (count == 1 && scratch[start] != 0x30)
        scratch.truncate(to: start)
        return result
    }

    /// Appends one operation; false (and nothing appended) where its variable has no value.
    func append(
        _ operation: ValueOperation, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        to out: inout ByteBuffer
    ) -> Bool {
        switch operation.kind {
        case .literal:
            out.append(literals, operation.bytes)
            return true
        case .builtIn: return append(operation.variable, &record, moment, to: &out)
        case .prefixed:
            if operation.number != 0 {
                let known = UInt8(truncatingIfNeeded: operation.number)
                return operation.prefix == .http
                    ? append(fieldsOf: record.asked.head, known: known, to: &out)
                    : append(fieldsOf: record.answer.head, known: known, to: &out)
            }
            let literals = literals
            return append(operation.prefix, name: literals.span.part(operation.bytes), record, to: &out)
        case .capture: return appendCapture(Int(operation.number), record, to: &out)
        case .slot: return appendSlot(Int(operation.number), &record, moment, to: &out)
        }
    }

    private func appendCapture(_ group: Int, _ record: borrowing ExchangeRecord, to out: inout ByteBuffer) -> Bool {
        let piece = record.route.captures[group]
        if piece.isAbsent { return group < record.route.captures.count }
        if record.route.escapesCaptures {
            out.append(record.span(piece), escapedAs: .argument)
        } else {
            out.append(record.span(piece))
        }
        return true
    }

    /// A variable that the configuration defines: what was kept, or else what its map says.
    private func appendSlot(
        _ slot: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) -> Bool {
        let kept = record.slot(slot)
        if !kept.isAbsent {
            out.append(record.arena.span(kept.range))
            return true
        }
        let source = slots[slot]
        if let operation = source.overridden { return append(operation, &record, moment, to: &out) }
        // A variable that nothing gave a value is empty, but not absent.
        if source.map < 0 {
            noteUninitialized(slot, &record)
            return true
        }
        let start = out.count
        append(map: Int(source.map), &record, moment, to: &out)
        if !maps[Int(source.map)].isVolatile {
            record.setSlot(slot, to: out.span(ByteRange(start, out.count)), of: slots.count)
        }
        return true
    }
}

extension RoutingTable {
    /// Looks a map's source up and appends the value that stands for it.
    private func append(
        map index: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, to out: inout ByteBuffer
    ) {
        let map = maps[index]
        let start = out.count
        append(map.source, &record, moment, to: &out)
        var end = out.count
        if map.hostnames, end > start, out[end - 1] == 0x2e { end -= 1 }
        let found = find(map, ByteRange(start, end), &record, out)
        out.truncate(to: start)
        append(mapValues[found], &record, moment, to: &out)
    }

    private func find(
        _ map: MapTable, _ range: ByteRange, _ record: inout ExchangeRecord, _ out: borrowing ByteBuffer
    ) -> Int {
        let key = out.span(range)
        let exact = lookUp(key, in: map.exact)
        if exact >= 0 { return exact }
        let wildcard = lookUpWildcard(key, suffixes: map.suffixes, starts: map.starts)
        if wildcard >= 0 { return wildcard }
        if range.isEmpty { return Int(map.fallback) }
        for choice in map.patterns.indices {
            let pattern = Int(mapPatterns[choice].pattern)
            switch matcher.match(patterns[pattern], key) {
            case .none: continue
            case .matched:
                if patterns[pattern].captureCount > 0 {
                    noteCaptures(pattern, of: record.keep(key), &record)
                } else {
                    record.route.captures.count = 0
                }
                return Int(mapPatterns[choice].number)
            case .failed: return Int(map.fallback)
            }
        }
        return Int(map.fallback)
    }

    /// The number of the longest `*.name` that the name ends with, else of the longest `name.*`; −1 for none.
    func lookUpWildcard(_ name: Span<UInt8>, suffixes: NameTable, starts: NameTable) -> Int {
        if suffixes.size > 0 {
            var from = 1
            while let dot = name.firstIndex(of: 0x2e, from: from) {
                let found = lookUp(name.extracting(dot..<name.count), in: suffixes)
                if found >= 0 { return found }
                from = dot + 1
            }
        }
        if starts.size > 0 {
            var end = name.count - 1
            while end > 0 {
                if name[end - 1] == 0x2e {
                    let found = lookUp(name.extracting(0..<end), in: starts)
                    if found >= 0 { return found }
                }
                end -= 1
            }
        }
        return -1
    }
}

// MARK: patterns

extension RoutingTable {
    /// Matches a pattern; where it matches, its groups become `$1` … and fill the slots of their names.
    ///
    /// - Parameters:
    ///   - forgetsOnMiss: whether a miss also takes the groups of the match before away, as `if` and `rewrite` do
    func match(
        _ pattern: Int, _ subject: Piece, _ record: inout ExchangeRecord, forgetsOnMiss: Bool = false
    ) -> PatternResult {
        let result = matcher.match(patterns[pattern], record.span(subject))
        switch result {
        case .matched: noteCaptures(pattern, of: subject, &record)
        case .none: if forgetsOnMiss { record.route.captures.count = 0 }
        case .failed: break
        }
        return result
    }

    /// Takes the groups of the match just made over.
    func noteCaptures(_ pattern: Int, of subject: Piece, _ record: inout ExchangeRecord) {
        record.route.captures.subject = subject
        record.route.captures.isSet = 0
        if patterns[pattern].captureCount == 0 {
            record.route.captures.count = 0
            return
        }
        record.route.captures.count = min(matcher.groupCount, 10)
        for group in 0..<record.route.captures.count {
            guard let range = matcher.range(group) else { continue }
            record.route.captures.ranges[group] = range
            record.route.captures.isSet |= 1 << UInt16(group)
        }
        for index in patternCaptures[pattern].indices {
            let capture = captureSlots[index]
            guard let range = matcher.range(Int(capture.group)) else { continue }
            let piece = record.keepCopy(of: subject.part(range))
            record.setSlot(Int(capture.slot), to: piece, of: slots.count)
        }
    }
}

// MARK: slots

extension ExchangeRecord {
    /// What was kept for a slot; absent where nothing was.
    func slot(_ index: Int) -> Piece {
        if route.slotsStart < 0 { return .absent }
        let range = arena.range(at: Int(route.slotsStart) + 8 * index)
        return range == .unset ? .absent : Piece(.arena, range)
    }

    /// Keeps a copy of a slot's value. `count`: how many slots there are.
    mutating func setSlot(_ index: Int, to bytes: Span<UInt8>, of count: Int) {
        setSlot(index, to: keep(bytes), of: count)
    }

    /// Lets a slot stand for a piece of the arena.
    mutating func setSlot(_ index: Int, to piece: Piece, of count: Int) {
        precondition(piece.home == .arena, "slots lie in the arena")
        if route.slotsStart < 0 {
            route.slotsStart = Int32(arena.count)
            arena.appendUninitialized(8 * count)
            for slot in 0..<count { arena.setRange(.unset, at: Int(route.slotsStart) + 8 * slot) }
        }
        arena.setRange(piece.range, at: Int(route.slotsStart) + 8 * index)
    }

    /// A copy of a piece in the arena.
    mutating func keepCopy(of piece: Piece) -> Piece {
        let start = arena.count
        if piece.home == .arena {
            arena.appendOwn(piece.range)
        } else {
            var own = takeArena()
            own.append(span(piece))
            arena = own
        }
        return Piece(.arena, ByteRange(start, arena.count))
    }
}

extension ByteRange {
    /// No range that can be: stands for a slot without a value.
    static var unset: ByteRange { ByteRange(start: Int(UInt32.max), count: Int(UInt32.max)) }
}
