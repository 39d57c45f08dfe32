import Bytes
import Configuration
import EventLoop
import HTTP
import Platform
import Routing

// `upstream_status` and `metrics`: what fits into one piece is answered with its length; more goes out as a file does,
// a piece whenever the client has taken the one before, so that memory is bounded however many peers there are.
extension Worker {
    /// Answers with a report.
    mutating func answerReport(_ id: SlotID, _ kind: ReportKind) {
        let method = exchanges[id].record.route.method
        if method != .get && method != .head { return answer(id, status: 405) }
        if !discardBody(id) { return refuseBody(id) }
        if isNoTunnel(id, status: 200) { return refuseTunnel(id) }
        exchanges[id].record.answer.status = 200
        exchanges[id].file.report = ReportCursor(kind)
        writeReportPiece(id)
        let body: OwnBody = kind == .upstreams ? .json : .metrics
        if !exchanges[id].file.isOpen {
            decideKeepAlive(id)
            return sendOwn(id, body)
        }
        beginLongReport(id, body)
    }

    /// The next piece of a report becomes `scratch`.
    mutating func writeReportPiece(_ id: SlotID) {
        scratch.clear()
        guard var cursor = exchanges[id].file.report else { return }
        tellCounts()
        shared.look(&known)
        let epoch = epochs[Int(exchanges[id].epoch)]
        let view = ReportView(
            settings: epoch.model.groups, labels: epoch.groupLabels, groups: epoch.groups, shared: shared,
            workers: known.all, now: loop.now, wall: loop.wallTime)
        let hasMore =
            switch cursor.kind {
            case .upstreams: StatusReport.append(&cursor, view, to: &scratch)
            case .metrics: MetricsReport.append(&cursor, view, to: &scratch)
            }
        exchanges[id].file.report = hasMore ? cursor : nil
    }

    /// Sends the head and the first piece of a report whose length nobody knows yet.
    private mutating func beginLongReport(_ id: SlotID, _ body: OwnBody) {
        let isOnStream = isOnStream(id)
        let mayChunk =
            !isOnStream && exchanges[id].record.asked.facts.version != .http10 && settings(id).chunksAllowed
        let framing: BodyFraming = mayChunk ? .chunked : .untilClose
        if !mayChunk && !isOnStream { exchanges[id].keepsClient = false }
        decideKeepAlive(id)
        let outgoing = outgoing(id, framing)
        var type = ByteBuffer(), extra = ByteBuffer()
        type.append(body.mediaType)
        extra.append("Cache-Control: no-store\r\n")
        output.clear()
        epochs[Int(exchanges[id].epoch)].routing.appendOwnHead(
            &exchanges[id].record, moment, outgoing, contentType: type.span, extra: extra.span, to: &output)
        exchanges[id].clientFraming = framing
        if exchanges[id].record.asked.facts.method == .head {
            exchanges[id].clientFraming = .none
            exchanges[id].file.report = nil
            scratch.clear()
        }
        exchanges[id].machine.committed()
        exchanges[id].headSent = true
        setSendRate(id)
        exchanges[id].heldLimit = output.count + 2 * ReportCursor.pieceBytes
        exchanges[id].record.answer.bytesSent += Int64(output.count)
        sendFilePiece(id)
    }
}
