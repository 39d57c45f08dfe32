import Bytes
import Configuration
import HTTP
import Platform
import Upstreams

/// The state of all upstream groups as JSON: what the location of `upstream_status` answers. `docs/status.md` says what
/// each member is.
///
/// Written in pieces: the process first, then one peer at a time.
enum StatusReport {
    /// The parts: what is before the groups, the groups, and what is behind them.
    private enum Part { static let opening = 0, groups = 1, end = 2 }

    /// Appends the next piece. False once the report is whole.
    static func append(_ cursor: inout ReportCursor, _ view: ReportView, to out: inout ByteBuffer) -> Bool {
        while out.count < ReportCursor.pieceBytes {
            switch cursor.part {
            case Part.opening:
                appendProcess(view, to: &out)
                cursor.nextPart()
            case Part.groups where cursor.group < view.settings.count: appendGroup(&cursor, view, to: &out)
            case Part.groups: cursor.nextPart()
            default:
                out.append("],\"variables\":{")
                appendFailures(view.shared.namedByVariables.failures, to: &out)
                out.append("}}\n")
                return false
            }
        }
        return true
    }

    // MARK: the process

    private static func appendProcess(_ view: ReportView, to out: inout ByteBuffer) {
        let facts = view.shared.configuration
        let counts = ConnectionCounts(view.workers)
        out.append("{\"version\":")
        out.append(jsonString: Product.versionText)
        out.append(",\"time\":\"")
        out.append(timestamp: view.wall)
        out.append("\",\"started\":\"")
        out.append(timestamp: WallTime(milliseconds: Int64(facts.startedAt) * 1000))
        out.append("\",\"workers\":", decimal: view.shared.workerCount)
        out.append(",\"configuration\":{\"taken\":\"")
        out.append(timestamp: WallTime(milliseconds: Int64(facts.takenAt) * 1000))
        out.append("\",\"reloads\":", decimal: facts.reloads)
        out.append(",\"refused\":", decimal: facts.refusals)
        out.append(",\"last_reload\":")
        out.append(facts.lastSucceeded ? "\"taken\"" : "\"refused\"")
        out.append("},\"connections\":{\"accepted\":", decimal: counts.accepted)
        out.append(",\"active\":", decimal: counts.active)
        out.append(",\"reading\":", decimal: counts.reading)
        out.append(",\"writing\":", decimal: counts.writing)
        out.append(",\"idle\":", decimal: counts.waiting)
        out.append("},\"requests\":", decimal: counts.requests)
        out.append(",\"groups\":[")
    }

    // MARK: groups

    /// A group's head, one of its peers, or its end.
    private static func appendGroup(_ cursor: inout ReportCursor, _ view: ReportView, to out: inout ByteBuffer) {
        let peers = view.peers(cursor.group)
        if !cursor.isOpen { openGroup(cursor.group, view, to: &out) }
        cursor.isOpen = true
        while cursor.peer < peers.count {
            if out.count >= ReportCursor.pieceBytes { return }
            if cursor.peer > 0 { out.append(",") }
            appendPeer(peers[cursor.peer].peer, cursor.group, view, to: &out)
            cursor.peer += 1
        }
        out.append("]}")
        cursor.group += 1
        cursor.peer = 0
        cursor.isOpen = false
    }

    private static func openGroup(_ index: Int, _ view: ReportView, to out: inout ByteBuffer) {
        if index > 0 { out.append(",") }
        let group = view.groups[index]
        out.append("{\"name\":")
        out.append(jsonString: view.labels[index])
        out.append(",\"method\":\"")
        out.append(group.method.words)
        out.append("\",\"keepalive\":", decimal: group.idleLimit)
        out.append(",")
        appendFailures(group.tally.failures, to: &out)
        out.append(",\"peers\":[")
    }

    /// What failed by cause, and the last of it.
    static func appendFailures(_ book: FailureBook, to out: inout ByteBuffer) {
        let page = book.page
        out.append("\"failures\":{\"total\":", decimal: page.total)
        out.append(",\"causes\":{")
        var isFirst = true
        for cause in ProxyErrorType.allCases where !page.counts.isEmpty && page.counts[Int(cause.rawValue)] > 0 {
            if !isFirst { out.append(",") }
            isFirst = false
            out.append("\"")
            out.append(cause.token)
            out.append("\":", decimal: page.counts[Int(cause.rawValue)])
        }
        out.append("}},\"last_failure\":")
        guard !page.counts.isEmpty, let cause = ProxyErrorType(rawValue: UInt8(page.lastCause)) else {
            return out.append("null")
        }
        out.append("{\"time\":\"")
        out.append(timestamp: page.lastTime)
        out.append("\",\"cause\":\"")
        out.append(cause.token)
        out.append("\",\"line\":")
        out.append(jsonString: page.lastLine)
        out.append("}")
    }

    // MARK: peers

    private static func appendPeer(_ peer: Peer, _ group: Int, _ view: ReportView, to out: inout ByteBuffer) {
        let settings = peer.settings
        let servers = view.settings[group].servers
        out.append("{\"address\":")
        out.append(jsonString: peer.nameBytes)
        out.append(",\"server\":")
        let isKnown = settings.serverIndex < servers.count
        out.append(jsonString: isKnown ? servers[settings.serverIndex].name : settings.server)
        out.append(",\"state\":\"")
        out.append(peer.state(now: view.now).word)
        out.append("\",\"backup\":")
        out.append(settings.isBackup ? "true" : "false")
        member("weight", settings.weight, to: &out)
        member("active", peer.activeCount, to: &out)
        member("max_conns", settings.maxConnections, to: &out)
        member("fails", peer.failureCount, to: &out)
        member("max_fails", settings.maxFailures, to: &out)
        out.append(",\"fail_timeout\":")
        out.append(amount: Int(settings.failTimeoutMilliseconds), perWhole: 1000)
        out.append(",\"next_try\":")
        if let next = peer.nextTry(now: view.now) {
            out.append("\"")
            out.append(timestamp: view.wallTime(of: next))
            out.append("\"")
        } else {
            out.append("null")
        }
        appendFigures(peer.tally.figures, to: &out)
        out.append(",")
        appendFailures(peer.tally.failures, to: &out)
        out.append(",\"health\":")
        appendHealth(peer, view, to: &out)
        out.append("}")
    }

    private static func appendFigures(_ figures: PeerFigures, to out: inout ByteBuffer) {
        member("requests", figures.requests, to: &out)
        out.append(",\"responses\":{\"total\":", decimal: figures.heads)
        for digit in 1...5 {
            out.append(",\"", decimal: digit)
            out.append("xx\":", decimal: figures.responses[digit])
        }
        out.append("}")
        member("received", figures.received, to: &out)
        out.append(",\"connections\":{\"opened\":", decimal: figures.connections)
        member("idle", figures.idle, to: &out)
        member("stale", figures.stale, to: &out)
        out.append("},\"times\":{\"connect\":")
        appendMean(figures.connectTime, figures.connections, to: &out)
        out.append(",\"header\":")
        appendMean(figures.headTime, figures.heads, to: &out)
        out.append(",\"response\":")
        appendMean(figures.responseTime, figures.completed, to: &out)
        out.append("}")
    }

    /// What health checks found; null where none has ended.
    private static func appendHealth(_ peer: Peer, _ view: ReportView, to out: inout ByteBuffer) {
        let report = peer.checks.report
        guard let hasPassed = report.hasPassed else { return out.append("null") }
        out.append("{\"checks\":", decimal: report.checks)
        member("fails", report.failures, to: &out)
        member("unhealthy", report.unhealthyTurns, to: &out)
        out.append(",\"last_passed\":")
        out.append(hasPassed ? "true" : "false")
        member("last_status", report.status, to: &out)
        out.append(",\"last_check\":\"")
        out.append(timestamp: view.wallTime(of: report.checkedAt))
        out.append("\",\"last_failure\":")
        let page = peer.tally.checkFailures.page
        if page.counts.isEmpty {
            out.append("null}")
        } else {
            out.append("{\"time\":\"")
            out.append(timestamp: page.lastTime)
            out.append("\",\"line\":")
            out.append(jsonString: page.lastLine)
            out.append("}}")
        }
    }

    private static func member(_ name: StaticString, _ value: Int, to out: inout ByteBuffer) {
        out.append(",\"")
        out.append(name)
        out.append("\":", decimal: value)
    }

    /// Seconds, to the microsecond.
    private static func appendMean(_ milliseconds: Int, _ count: Int, to out: inout ByteBuffer) {
        if count == 0 { return out.append("null") }
        out.append(amount: milliseconds * 1000 / count, perWhole: 1_000_000)
    }
}

extension PeerState {
    /// As reports say it.
    var word: StaticString {
        switch self {
        case .up: "up"
        case .down: "down"
        case .draining: "draining"
        case .unavailable: "unavail"
        case .checking: "checking"
        case .unhealthy: "unhealthy"
        }
    }
}

extension BalancingMethod {
    /// As the configuration says it.
    var words: StaticString {
        switch self {
        case .roundRobin: "round_robin"
        case .leastConnections: "least_conn"
        case .ipHash: "ip_hash"
        case .hash(isConsistent: false): "hash"
        case .hash(isConsistent: true): "hash consistent"
        case .random: "random"
        case .randomTwo: "random two"
        }
    }
}
