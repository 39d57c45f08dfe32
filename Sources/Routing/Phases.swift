import Bytes
import Configuration
import HTTP
import Platform

extension RoutingTable {
    /// Walks the phases from where the record stands to the content, and says what is to be done: server rewrite → find
    /// location → rewrite → (URI changed? find again, ten times) → access → content. Also goes on after a restart
    /// (`redirectInternally`, `enterNamed`, `errorPage`).
    package func route(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision {
        record.openArena(&pool)
        while true {
            switch record.route.stage {
            case .serverSteps:
                let server = Int(servers[record.route.server].scope)
                if let decision = runSteps(of: server, &record, moment, &pool) { return decision }
                record.route.stage = .find
            case .find:
                if let decision = find(&record) { return decision }
                record.route.stage = .steps
            case .steps:
                if let decision = runLocationSteps(&record, moment, &pool) { return decision }
            case .access:
                if let decision = checkAccess(&record) { return decision }
                record.route.stage = .tryFiles
            case .tryFiles:
                if entries[record.route.location].candidates.isEmpty {
                    record.route.stage = .content
                } else if let decision = tryFiles(&record, moment, &pool) {
                    return decision
                }
            case .content: return content(&record, moment, &pool)
            }
        }
    }

    /// Goes on after `RouteDecision.testFile`. `fileIsThere`: whether the test holds for the path.
    package func continueRoute(
        _ record: inout ExchangeRecord, fileIsThere: Bool, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision {
        record.route.fileIsThere = fileIsThere
        return route(&record, moment, &pool)
    }

    // MARK: phases

    private func find(_ record: inout ExchangeRecord) -> RouteDecision? {
        record.route.uriChanged = false
        record.route.isProxied = false
        let server = Int(servers[record.route.server].scope)
        var redirects = false
        switch findLocation(in: server, &record) {
        case .none: record.route.location = server
        case .location(let location): record.route.location = location
        case .redirect(let location):
            record.route.location = location
            redirects = true
        case .failed(let code):
            record.route.location = server
            return .answer(OwnAnswer(status: 500, trouble: .patternFailed(code), evidence: record.route.uri))
        }
        let found = record.route.location
        if entries[found].isInternal && !record.route.isInternal { return .answer(OwnAnswer(status: 404)) }
        enterScope(&record)
        if !redirects { return nil }
        let literals = literals
        let start = record.arena.count
        record.arena.append(literals.span.part(entries[found].name), escapedAs: .path)
        appendQuery(&record)
        record.answer.location = Piece(.arena, ByteRange(start, record.arena.count))
        return .answer(OwnAnswer(status: 301))
    }

    /// Appends `?` and the request's arguments to the arena, where there are any.
    private func appendQuery(_ record: inout ExchangeRecord) {
        if record.route.arguments.isEmpty { return }
        record.arena.append(0x3f)
        _ = record.keepCopy(of: record.route.arguments)
    }

    /// Takes `limit_except` into account: other methods have a scope of their own.
    private func enterScope(_ record: inout ExchangeRecord) {
        let limit = entries[record.route.location].limitScope
        if limit < 0 || isLetThrough(record) { return }
        record.route.location = Int(limit)
    }

    private func isLetThrough(_ record: borrowing ExchangeRecord) -> Bool {
        let method = record.span(record.route.methodName)
        for index in entries[record.route.location].limitedMethods.indices
        where literals.has(limitedMethods[index], equalTo: method) { return true }
        return false
    }

    private func runLocationSteps(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision? {
        let server = Int(servers[record.route.server].scope)
        if record.route.location == server && record.route.counter < 0 {
            record.route.stage = .access
            return nil
        }
        if let decision = runSteps(of: record.route.location, &record, moment, &pool) { return decision }
        if !record.route.uriChanged {
            record.route.stage = .access
            return nil
        }
        record.route.changesLeft -= 1
        if record.route.changesLeft == 0 {
            return .answer(OwnAnswer(status: 500, trouble: .rewriteCycle, evidence: record.route.uri))
        }
        record.route.location = server
        record.route.stage = .find
        return nil
    }

    private func checkAccess(_ record: inout ExchangeRecord) -> RouteDecision? {
        setEffectiveClient(&record)
        for index in entries[record.route.location].accessRules.indices {
            let rule = accessRules[index]
            if !rule.range.contains(record.asked.client) { continue }
            if !rule.denies { return nil }
            return .answer(OwnAnswer(status: 403, trouble: .accessForbidden))
        }
        return nil
    }

    private func content(
        _ record: inout ExchangeRecord, _ moment: borrowing Moment, _ pool: inout BufferPool
    ) -> RouteDecision {
        let location = record.route.location
        switch entries[location].content {
        case .files where record.route.isProxied: return .answer(OwnAnswer(status: 500, trouble: .noUpstream))
        case .files: return .files
        case .stubStatus: return .stubStatus
        case .upstreamStatus: return .report(.upstreams)
        case .metrics: return .report(.metrics)
        case .group:
            record.route.proxy = ProxyRoute()
            record.route.proxy.destination = .group(Int(entries[location].group))
            record.route.proxy.isTLS = entries[location].isTLS
            return .proxy
        case .url: return evaluateTarget(entries[location].proxyURL, &record, moment, &pool)
        }
    }
}

// MARK: restarts

extension RoutingTable {
    /// Sends the request to another URI of its server (nginx: internal redirect). Then `route` goes on.
    ///
    /// False after ten changes: 500, `rewrite or internal redirection cycle while internally redirecting to "URI"`.
    package func redirectInternally(_ record: inout ExchangeRecord, uri: Piece, arguments: Piece) -> Bool {
        record.route.changesLeft -= 1
        if record.route.changesLeft <= 0 {
            record.route.changesLeft = 0
            return false
        }
        record.route.uri = uri
        record.route.arguments = arguments
        record.route.location = Int(servers[record.route.server].scope)
        restart(&record, at: .serverSteps)
        record.route.isUnchanged = false
        record.route.keepsLocation = true
        return true
    }

    /// Sends the request to a named location; `name` has its `@`. Then `route` goes on.
    ///
    /// The trouble is `namedLocationCycle` or `namedLocationMissing`, 500 both.
    package func enterNamed(_ record: inout ExchangeRecord, _ name: Span<UInt8>) -> RouteTrouble? {
        record.route.changesLeft -= 1
        if record.route.changesLeft <= 0 {
            record.route.changesLeft = 0
            return .namedLocationCycle
        }
        let location = named(name, record)
        if location < 0 { return .namedLocationMissing }
        record.route.location = location
        restart(&record, at: .steps)
        enterScope(&record)
        return nil
    }

    private func named(_ name: Span<UInt8>, _ record: borrowing ExchangeRecord) -> Int {
        let server = Int(servers[record.route.server].scope)
        for index in entries[server].named.indices
        where literals.has(entries[Int(namedLocations[index])].name, equalTo: name) {
            return Int(namedLocations[index])
        }
        return -1
    }

    private func restart(_ record: inout ExchangeRecord, at stage: Route.Stage) {
        record.route.stage = stage
        record.route.counter = -1
        record.route.candidate = 0
        record.route.fileIsThere = nil
        record.route.isProxied = false
        record.route.isInternal = true
        record.route.uriChanged = false
        record.route.addsURIToAlias = false
        record.route.proxy = ProxyRoute()
    }

    /// Splits a URI at its `?` (nginx does the same with `error_page` and `try_files`).
    func splitArguments(_ uri: Piece, _ record: borrowing ExchangeRecord) -> (uri: Piece, arguments: Piece) {
        guard let mark = record.span(uri).firstIndex(of: 0x3f) else { return (uri, .absent) }
        return (uri.part(ByteRange(0, mark)), uri.dropping(mark + 1))
    }
}
