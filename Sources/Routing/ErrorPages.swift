import Bytes
import Configuration
import HTTP

extension RoutingTable {
    /// What `error_page` makes of a status that the response would have (300 … 599, as `$status` knows it).
    ///
    /// Sets `record.route.errorStatus` to what the client gets in the end; `record.answer.status` is the caller's.
    package func errorPage(
        _ record: inout ExchangeRecord, status: Int, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> ErrorPageDecision {
        record.route.errorStatus = status
        if status == 401 && record.answer.facts.status == 401 { keepChallenges(&record) }
        let location = record.route.location
        if !record.route.isErrorPage && !entries[location].errorPages.isEmpty && record.route.changesLeft != 0 {
            if !entries[location].recursesErrorPages { record.route.isErrorPage = true }
            for index in entries[location].errorPages.indices where Int(errorPages[index].code) == status {
                return follow(errorPages[index], &record, moment, &pool)
            }
        }
        if (494...497).contains(status) { record.route.errorStatus = 400 }
        return .none
    }

    /// Whether an upstream's response with that status is replaced by an error page (nginx: proxy_intercept_errors).
    package func intercepts(status: Int, _ record: borrowing ExchangeRecord) -> Bool {
        if status < 300 || !scopes[record.route.location].interceptsErrors { return false }
        for index in entries[record.route.location].errorPages.indices where Int(errorPages[index].code) == status {
            return true
        }
        return false
    }

    /// An intercepted 401 keeps saying how to authenticate.
    private func keepChallenges(_ record: inout ExchangeRecord) { carry(&record) { $0 == .wwwAuthenticate } }

    /// Keeps fields of the upstream's response for the one that takes its place.
    func carry(_ record: inout ExchangeRecord, where isCarried: (KnownField) -> Bool) {
        let hidden = entries[record.route.location].hiddenFields
        var arena = record.takeArena()
        let start = arena.count
        for index in 0..<record.answer.head.fieldCount {
            let field = record.answer.head[index]
            if !isCarried(field.knownField) || !field.isForwarded || hidden.contains(field.known) { continue }
            arena.append(record.answer.head.span(field.name))
            arena.append(": ")
            arena.append(record.answer.head.span(field.value))
            arena.append("\r\n")
        }
        record.answer.carried = Piece(.arena, ByteRange(start, arena.count))
        record.arena = arena
    }

    private func follow(
        _ page: ErrorPageEntry, _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> ErrorPageDecision {
        if page.answer >= 0 { record.route.errorStatus = Int(page.answer) }
        let target = keep(page.value, &record, moment, &pool)
        let first = target.isEmpty ? 0 : record.span(target)[0]
        switch first {
        case 0x2f:
            let (uri, arguments) = splitArguments(target, record)
            if record.route.method != .head {
                record.route.method = .get
                record.route.methodName = record.keep("GET")
            }
            if redirectInternally(&record, uri: uri, arguments: arguments) { return .restart }
            record.route.errorStatus = 500
            return .answer(OwnAnswer(status: 500, trouble: .redirectCycle, evidence: uri))
        case 0x40:
            // The name is looked up from a copy, as entering changes the record.
            var name = pool.take(atLeast: target.count)
            name.append(record.span(target))
            let trouble = enterNamed(&record, name.span)
            pool.give(name)
            guard let trouble else { return .restart }
            record.route.errorStatus = 500
            return .answer(OwnAnswer(status: 500, trouble: trouble, evidence: target))
        default:
            record.answer.location = target
            switch page.answer {
            case 301, 302, 303, 307, 308: break
            default: record.route.errorStatus = 302
            }
            return .answer(OwnAnswer(status: record.route.errorStatus))
        }
    }
}
