import Bytes
import Failures
import HTTP
import Upstreams

/// Counts and times in Prometheus' text format, version 0.0.4: what the location of `metrics` answers.
///
/// Written in pieces: one metric of the process, or of one group or peer, at a time.
enum MetricsReport {
    /// Appends the next piece. False once the report is whole.
    static func append(_ cursor: inout ReportCursor, _ view: ReportView, to out: inout ByteBuffer) -> Bool {
        while out.count < ReportCursor.pieceBytes {
            guard let metric = Metric(rawValue: cursor.part) else { return false }
            let row = metric.row
            if !cursor.isOpen { out.append(header: row) }
            cursor.isOpen = true
            switch row.scope {
            case .process:
                ProcessMetrics.append(metric, view, to: &out)
                cursor.nextPart()
            case .group:
                while cursor.group < view.settings.count && out.count < ReportCursor.pieceBytes {
                    append(metric, group: cursor.group, view, to: &out)
                    cursor.group += 1
                }
                if cursor.group == view.settings.count { finishGroups(metric, &cursor, view, to: &out) }
            case .peer:
                while cursor.group < view.settings.count && out.count < ReportCursor.pieceBytes {
                    appendPeers(metric, &cursor, view, to: &out)
                }
                if cursor.group == view.settings.count { cursor.nextPart() }
            }
        }
        return true
    }

    // MARK: groups

    private static func append(_ metric: Metric, group: Int, _ view: ReportView, to out: inout ByteBuffer) {
        var labels = Labels(metric.row.name)
        labels.add("upstream", view.labels[group])
        append(metric, view.groups[group].tally, labels, to: &out)
    }

    private static func append(_ metric: Metric, _ tally: GroupTally, _ labels: Labels, to out: inout ByteBuffer) {
        switch metric {
        case .connectDuration: out.append(tally.figures.connectTimes, .milliseconds, labels)
        case .headerDuration: out.append(tally.figures.headTimes, .milliseconds, labels)
        case .responseDuration: out.append(tally.figures.responseTimes, .milliseconds, labels)
        default: append(tally.failures, labels, to: &out)
        }
    }

    /// Behind the groups with names: what variables named, together.
    private static func finishGroups(
        _ metric: Metric, _ cursor: inout ReportCursor, _ view: ReportView, to out: inout ByteBuffer
    ) {
        var labels = Labels(metric.row.name)
        labels.add("upstream", "$variables")
        if view.shared.namedByVariables.isUsed {
            append(metric, view.shared.namedByVariables, labels, to: &out)
        }
        cursor.nextPart()
    }

    private static func append(_ book: FailureBook, _ labels: Labels, to out: inout ByteBuffer) {
        let page = book.page
        if page.counts.isEmpty { return }
        for cause in ProxyErrorType.allCases where page.counts[Int(cause.rawValue)] > 0 {
            var labels = labels
            labels.add("cause", cause.token)
            out.append(page.counts[Int(cause.rawValue)], labels)
        }
    }

    // MARK: peers

    private static func appendPeers(
        _ metric: Metric, _ cursor: inout ReportCursor, _ view: ReportView, to out: inout ByteBuffer
    ) {
        let peers = view.peers(cursor.group)
        while cursor.peer < peers.count {
            if out.count >= ReportCursor.pieceBytes { return }
            var labels = Labels(metric.row.name)
            labels.add("upstream", view.labels[cursor.group])
            labels.add("peer", peers[cursor.peer])
            append(metric, peers[cursor.peer].peer, view, labels, to: &out)
            cursor.peer += 1
        }
        cursor.group += 1
        cursor.peer = 0
    }

    private static func append(
        _ metric: Metric, _ peer: Peer, _ view: ReportView, _ labels: Labels, to out: inout ByteBuffer
    ) {
        switch metric {
        case .available: out.append(peer.state(now: view.now) == .up ? 1 : 0, labels)
        case .activeRequests: out.append(peer.activeCount, labels)
        case .peerFailures: append(peer.tally.failures, labels, to: &out)
        case .peerResponses:
            let figures = peer.tally.figures
            for digit in 1...5 {
                var labels = labels
                labels.add("class", ProcessMetrics.classes[digit])
                out.append(figures.responses[digit], labels)
            }
        case .peerRequests: out.append(peer.tally.figures.requests, labels)
        case .peerConnections: out.append(peer.tally.figures.connections, labels)
        case .staleConnections: out.append(peer.tally.figures.stale, labels)
        case .idleConnections: out.append(peer.tally.figures.idle, labels)
        default: out.append(peer.tally.figures.received, labels)
        }
    }
}

/// The metrics of which the process has one each.
enum ProcessMetrics {
    /// The classes of a status by its first digit.
    static let classes: [StaticString] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"]

    static func append(_ metric: Metric, _ view: ReportView, to out: inout ByteBuffer) {
        let facts = view.shared.configuration
        var labels = Labels(metric.row.name)
        switch metric {
        case .buildInfo:
            labels.add("version", Product.version)
            out.append(1, labels)
        case .startTime: out.append(facts.startedAt, labels)
        case .workers: out.append(view.shared.workerCount, labels)
        case .workerStarts: out.append(view.shared.workerStarts.load(ordering: .relaxed), labels)
        case .lastReloadSuccessful: out.append(facts.lastSucceeded ? 1 : 0, labels)
        case .lastReloadTime: out.append(facts.takenAt, labels)
        case .reloads:
            var refused = labels
            labels.add("result", "taken")
            out.append(facts.reloads, labels)
            refused.add("result", "refused")
            out.append(facts.refusals, refused)
        default: appendClients(metric, view, labels, to: &out)
        }
    }

    private static func appendClients(
        _ metric: Metric, _ view: ReportView, _ labels: Labels, to out: inout ByteBuffer
    ) {
        let counts = ConnectionCounts(view.workers)
        switch metric {
        case .accepted: out.append(counts.accepted, labels)
        case .requests: out.append(counts.requests, labels)
        case .connections:
            let states: [(StaticString, Int)] = [
                ("reading", counts.reading), ("writing", counts.writing), ("idle", counts.waiting),
            ]
            for (state, count) in states {
                var labels = labels
                labels.add("state", state)
                out.append(count, labels)
            }
        case .responses:
            for digit in 0...5 {
                var labels = labels
                labels.add("class", classes[digit])
                out.append(view.workers.reduce(0) { $0 + $1.answers[digit].value }, labels)
            }
        case .failures:
            for kind in CauseKind.all {
                let count = view.workers.reduce(0) { $0 + $1.failures[Int(kind.code)].value }
                if count == 0 { continue }
                var labels = labels
                labels.add("kind", Array(kind.name.utf8))
                out.append(count, labels)
            }
        case .requestDuration:
            var sum = HistogramSum()
            for worker in view.workers { worker.requestTimes.add(to: &sum) }
            out.append(sum, .milliseconds, labels)
        default:
            var sum = HistogramSum()
            for worker in view.workers { worker.turns.add(to: &sum) }
            out.append(sum, .microseconds, labels)
        }
    }
}
