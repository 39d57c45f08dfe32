import Bytes
import Configuration
import HTTP

extension RoutingTable {
    /// Runs the rewrite steps of a scope, from the start or from where they were interrupted; a decision where they end
    /// the walk (nginx: ngx_http_rewrite_module).
    func runSteps(
        of scope: Int, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision? {
        if record.route.counter < 0 {
            record.route.counter = entries[scope].program
            if record.route.counter < 0 { return nil }
            record.route.quotes = true
        }
        defer { record.route.escapesCaptures = false }
        while true {
            let place = Int(record.route.counter)
            record.route.counter += 1
            record.route.escapesCaptures = record.route.quotes && pathIsEscaped(record)
            switch steps[place] {
            case .end:
                record.route.counter = -1
                return nil
            case .stop:
                if record.route.uriChanged {
                    record.route.keepsLocation = false
                    record.route.uriChanged = false
                }
                record.route.counter = -1
                return nil
            case .set(let slot, let value):
                let piece = keep(value, &record, moment, &pool)
                record.setSlot(Int(slot), to: piece, of: slots.count)
            case .assign(let variable, let value):
                assign(variable, keep(value, &record, moment, &pool), &record)
            case .returnStatus(let status): return answer(status: Int(status))
            case .returnText(let status, let text):
                record.route.escapesCaptures = false
                if status == 444 { return .closeWithoutAnswer }
                let piece = keep(text, &record, moment, &pool)
                return .answer(OwnAnswer(status: Int(status), body: .text(piece)))
            case .returnRedirect(let status, let url):
                record.route.escapesCaptures = false
                record.answer.location = keep(url, &record, moment, &pool)
                return .answer(OwnAnswer(status: Int(status)))
            case .rewrite(let rule):
                if let decision = rewrite(rules[Int(rule)], &record, moment, &pool) { return decision }
                if record.route.counter < 0 { return nil }
            case .condition(let condition, let scope, let next):
                switch check(conditions[Int(condition)], &record, moment, &pool) {
                case .holds: if scope >= 0 { enter(Int(scope), &record) }
                case .fails: record.route.counter = next
                case .needs(let decision):
                    if case .testFile = decision { record.route.counter = Int32(place) }
                    return decision
                }
            }
        }
    }

    /// An `if` holds: from here on its settings do.
    private func enter(_ scope: Int, _ record: inout ExchangeRecord) {
        record.route.location = scope
        if entries[scope].content != .files { record.route.isProxied = true }
    }

    /// `return` with a status alone: pages only from 400 on, else an empty body.
    private func answer(status: Int) -> RouteDecision {
        switch status {
        case 444: return .closeWithoutAnswer
        case 301, 302, 303, 307, 308, 400...: return .answer(OwnAnswer(status: status))
        default: return .answer(OwnAnswer(status: status, body: .text(Piece(.arena, .empty))))
        }
    }

    private func assign(_ variable: VariableID, _ value: Piece, _ record: inout ExchangeRecord) {
        switch variable {
        case .args:
            record.route.arguments = value
            record.route.isUnchanged = false
        case .limitRate:
            if let rate = record.span(value).size { record.route.limitRate = rate }
        default: break
        }
    }

    /// Whether the path that the client sent had escapes or a plus sign.
    func pathIsEscaped(_ record: borrowing ExchangeRecord) -> Bool {
        let path = record.asked.head.span(record.asked.facts.path)
        for index in path.indices where path[index] == 0x25 || path[index] == 0x2b { return true }
        return false
    }

    // MARK: rewrite

    private func rewrite(
        _ rule: RewriteRuleEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        _ pool: inout BufferPool
    ) -> RouteDecision? {
        let subject = record.route.uri
        switch match(Int(rule.pattern), subject, &record, forgetsOnMiss: true) {
        case .none:
            noteMatch(Int(rule.pattern), subject, isMatch: false, &record)
            return nil
        case .failed(let code):
            return .answer(OwnAnswer(status: 500, trouble: .patternFailed(code), evidence: subject))
        case .matched: noteMatch(Int(rule.pattern), subject, isMatch: true, &record)
        }
        let isEscaped = pathIsEscaped(record)
        if rule.flag == .redirect || rule.flag == .permanent {
            record.route.escapesCaptures = isEscaped
            return redirect(rule, &record, moment, &pool)
        }
        record.route.quotes = false
        record.route.isInternal = true
        record.route.isUnchanged = false
        record.route.escapesCaptures = false
        let path = keep(rule.path, &record, moment, &pool)
        if rule.hasArguments {
            record.route.escapesCaptures = isEscaped
            record.route.arguments = newArguments(rule, &record, moment, &pool)
            record.route.escapesCaptures = false
        } else if !rule.keepsArguments {
            record.route.arguments = Piece(.arena, .empty)
        }
        record.route.uri = path
        if entries[record.route.location].logsRewriting { record.note(.rewritten(path, record.route.arguments)) }
        if path.isEmpty { return .answer(OwnAnswer(status: 500, trouble: .emptyRewrite)) }
        if rule.flag == .break {
            record.route.keepsLocation = false
            record.route.uriChanged = false
        } else {
            record.route.uriChanged = true
        }
        if rule.flag != .next { record.route.counter = -1 }
        return nil
    }

    /// The replacement's own arguments, and the request's behind them.
    private func newArguments(
        _ rule: RewriteRuleEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        _ pool: inout BufferPool
    ) -> Piece {
        let own = keep(rule.arguments, &record, moment, &pool)
        if !rule.keepsArguments || record.route.arguments.isEmpty { return own }
        record.arena.append(0x26)
        let old = record.keepCopy(of: record.route.arguments)
        return Piece(.arena, ByteRange(own.range.start, old.range.end))
    }

    private func redirect(
        _ rule: RewriteRuleEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment,
        _ pool: inout BufferPool
    ) -> RouteDecision {
        var scratch = pool.take(atLeast: 512)
        append(rule.path, &record, moment, to: &scratch)
        let start = record.arena.count
        record.arena.append(unescapingRedirect: scratch.span)
        pool.give(scratch)
        if rule.keepsArguments && !record.route.arguments.isEmpty {
            record.arena.append(rule.hasArguments ? 0x26 : 0x3f)
            _ = record.keepCopy(of: record.route.arguments)
        }
        record.answer.location = Piece(.arena, ByteRange(start, record.arena.count))
        if entries[record.route.location].logsRewriting { record.note(.redirected(record.answer.location)) }
        return .answer(OwnAnswer(status: rule.flag == .permanent ? 301 : 302))
    }

    // MARK: if

    private enum Outcome {
        case holds, fails
        case needs(RouteDecision)
    }

    private func check(
        _ condition: Condition, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> Outcome {
        if case .file(let test) = condition.test {
            if let isThere = record.route.fileIsThere {
                record.route.fileIsThere = nil
                return isThere != condition.negated ? .holds : .fails
            }
            return .needs(.testFile(test, keep(condition.subject, &record, moment, &pool)))
        }
        var scratch = pool.take(atLeast: 512)
        append(condition.subject, &record, moment, to: &scratch)
        let count = scratch.count
        let result: Outcome
        switch condition.test {
        case .isTrue, .file: result = count > 1 || (count == 1 && scratch[0] != 0x30) ? .holds : .fails
        case .equals(let value):
            append(value, &record, moment, to: &scratch)
            let same = scratch.span(ByteRange(0, count)).equals(scratch.span(ByteRange(count, scratch.count)))
            result = same != condition.negated ? .holds : .fails
        case .matches(let pattern):
            result = check(Int(pattern), scratch.span, negated: condition.negated, &record)
        }
        pool.give(scratch)
        return result
    }

    private func check(
        _ pattern: Int, _ subject: Span<UInt8>, negated: Bool, _ record: inout ExchangeRecord
    ) -> Outcome {
        switch matcher.match(patterns[pattern], subject) {
        case .none:
            noteMatch(pattern, subject, false, &record)
            record.route.captures.count = 0
            return negated ? .holds : .fails
        case .matched:
            let kept = patterns[pattern].captureCount > 0 ? record.keep(subject) : .absent
            noteCaptures(pattern, of: kept, &record)
            noteMatch(pattern, subject, true, &record)
            return negated ? .fails : .holds
        case .failed(let code):
            return .needs(
                .answer(OwnAnswer(status: 500, trouble: .patternFailed(code), evidence: record.keep(subject))))
        }
    }
}

extension ByteBuffer {
    /// Appends a redirect's URL with those escapes of its path decoded that need not be there: printable ASCII above
    /// `%`.
    mutating func append(unescapingRedirect url: Span<UInt8>) {
        var index = 0
        while index < url.count {
            let byte = url[index]
            if byte == 0x3f { return append(url.extracting(index..<url.count)) }
            if byte == 0x25, index + 2 < url.count, let high = ASCII.hexValue(url[index + 1]),
                let low = ASCII.hexValue(url[index + 2])
            {
                let decoded = high << 4 | low
                if decoded > 0x25 && decoded < 0x7f {
                    append(decoded)
                    index += 3
                    if decoded == 0x3f { return append(url.extracting(index..<url.count)) }
                    continue
                }
            }
            append(byte)
            index += 1
        }
    }
}

extension Span where Element == UInt8 {
    /// A size as nginx writes it, `40k` or `2M`; nil for anything else.
    var size: Int? {
        if isEmpty { return nil }
        var digits = count
        var unit: Int64 = 1
        switch self[count - 1] {
        case 0x4b, 0x6b: (unit, digits) = (1 << 10, count - 1)
        case 0x4d, 0x6d: (unit, digits) = (1 << 20, count - 1)
        default: break
        }
        guard let number = extracting(0..<digits).decimal else { return nil }
        let (product, over) = number.multipliedReportingOverflow(by: unit)
        return over ? nil : Int(product)
    }
}
