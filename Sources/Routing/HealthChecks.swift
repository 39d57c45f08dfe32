import Bytes
import Configuration
import HTTP

/// What of a response to a health check is compared with a `match`, in this order.
package enum ResponsePart: UInt8, Sendable {
    case status, header, variables, body
}

// Requests that health checks make, and what their responses must be (nginx: ngx_http_upstream_hc_module).
extension RoutingTable {
    /// Makes a record that of a check's request: GET for the check's URI, sent as the location's settings say. Most
    /// variables are empty, for nobody asked.
    ///
    /// - Parameters:
    ///   - closes: whether the peer is told that the connection ends with the response
    package func beginCheck(_ check: HealthCheck, closes: Bool, _ record: inout ExchangeRecord) {
        record.asked.facts.method = .get
        record.route.server = model.locations[check.location].server
        record.route.location = check.location
        record.route.method = .get
        record.route.methodName = record.keep("GET")
        record.route.uri = record.keep(check.uri.span)
        record.route.arguments = Piece(.arena, .empty)
        record.route.proxy.destination = .group(check.group)
        record.route.proxy.isTLS = check.kind == .http && entries[check.location].isTLS
        record.route.proxy.uri = record.route.uri
        record.route.closesConnection = closes
    }

    /// The part of the response's head that does not pass; nil where all tests of the head are passed. Without a
    /// `match` a status of 2xx or 3xx passes.
    package func headFault(
        match: Int?, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> ResponsePart? {
        let status = record.answer.facts.status
        guard let match else { return (200..<400).contains(status) ? nil : .status }
        var fault: ResponsePart?
        for test in model.matches[match].tests {
            switch test {
            case .status(let ranges, let isNegated):
                if ranges.contains(where: { $0.contains(status) }) == isNegated { return .status }
            case .header(let name, let test): if fails(test, name, record) { fault = fault ?? .header }
            case .require(let values):
                if fault == nil && !holdAll(values, &record, moment, &pool) { fault = .variables }
            case .body: break
            }
        }
        return fault
    }

    /// Whether a test looks at the body.
    package func testsBody(match: Int?) -> Bool { lastPart(match: match) == .body }

    /// Whether what there is of the body passes.
    package func bodyPasses(match: Int?, _ body: Span<UInt8>) -> Bool {
        guard let match else { return true }
        for case .body(let pattern, let isNegated) in model.matches[match].tests {
            if !agrees(pattern, body, isNegated: isNegated) { return false }
        }
        return true
    }

    /// The part that is compared last: that which a response that passes was seen to pass.
    package func lastPart(match: Int?) -> ResponsePart {
        guard let match else { return .status }
        var last = ResponsePart.status
        for test in model.matches[match].tests {
            let part: ResponsePart
            switch test {
            case .status: part = .status
            case .header: part = .header
            case .require: part = .variables
            case .body: part = .body
            }
            if part.rawValue > last.rawValue { last = part }
        }
        return last
    }

    // MARK: tests

    private func fails(_ test: HeaderTest, _ name: [UInt8], _ record: borrowing ExchangeRecord) -> Bool {
        var (isThere, isFound) = (false, false)
        for index in 0..<record.answer.head.fieldCount {
            let field = record.answer.head[index]
            guard record.answer.head.span(field.name).equalsIgnoringCase(name.span) else { continue }
            isThere = true
            let value = record.answer.head.span(field.value)
            switch test {
            case .isThere: break
            case .equals(let wanted, _): if value.equals(wanted.span) { isFound = true }
            case .matches(let pattern, let isNegated):
                if agrees(pattern, value, isNegated: isNegated) != isNegated { isFound = true }
            }
        }
        switch test {
        case .isThere(let wanted): return isThere != wanted
        case .equals(_, let isNegated), .matches(_, let isNegated): return !isThere || isFound == isNegated
        }
    }

    /// Whether a pattern says what it should. One that gives up on its subject never does.
    private func agrees(_ pattern: Int, _ subject: Span<UInt8>, isNegated: Bool) -> Bool {
        switch matcher.match(patterns[pattern], subject) {
        case .matched: return !isNegated
        case .none: return isNegated
        case .failed: return false
        }
    }

    /// `require`: each value is neither empty nor `0`.
    private func holdAll(
        _ values: [ComplexValue], _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> Bool {
        var text = pool.take(atLeast: 512)
        var result = true
        for value in values {
            text.clear()
            append(value, &record, moment, to: &text)
            if text.isEmpty || text.count == 1 && text[0] == 0x30 { result = false }
        }
        pool.give(text)
        return result
    }
}
