import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing

extension Worker {
    /// Answers with the file that the request's URI stands for (nginx: ngx_http_static_module).
    mutating func serveFile(_ id: SlotID) {
        let method = exchanges[id].record.route.method
        if method != .get && method != .head && method != .post { return answer(id, status: 405) }
        let routing = epochs[Int(exchanges[id].epoch)].routing
        if routing.asksForDirectory(exchanges[id].record) { return serveDirectory(id) }
        nameFile(id)
        if routing.leavesRoot(exchanges[id].record, text.span) {
            return refuseFile(id, .local(.fileFailed, operation: .open, errno: Errno.accessDenied.rawValue))
        }
        let opened = kernel.openFile(text.span)
        if opened.failed {
            return refuseFile(id, .local(.fileFailed, operation: .open, errno: opened.errno.rawValue))
        }
        let descriptor = Descriptor(Int32(opened.value))
        var facts = FileFacts()
        let seen = kernel.inspect(descriptor, &facts)
        if !seen.failed && facts.kind == .regular && method != .post { return beginFile(id, descriptor, facts) }
        kernel.close(descriptor)
        if seen.failed {
            return refuseFile(id, .local(.fileFailed, operation: .stat, errno: seen.errno.rawValue))
        }
        switch facts.kind {
        case .regular: answer(id, status: 405)
        case .other: refuseFile(id, .local(.notRegularFile))
        case .directory:
            evidence.clear()
            routing.locateDirectory(&exchanges[id].record)
            answer(id, OwnAnswer(status: 301))
        }
    }

    /// Whether a test of `try_files` or `if` holds.
    mutating func holds(_ id: SlotID, _ test: FileTest, _ path: Piece) -> Bool {
        text.clear()
        exchanges[id].record.append(path, to: &text)
        var facts = FileFacts()
        if kernel.inspect(text.span, &facts).failed { return false }
        switch test {
        case .regularFile: return facts.kind == .regular
        case .directory: return facts.kind == .directory
        case .exists: return true
        case .executable: return facts.isExecutable
        }
    }

    /// The path of the file goes into `text`, and becomes the evidence.
    private mutating func nameFile(_ id: SlotID) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        text.clear()
        routing.appendFilename(&exchanges[id].record, moment, to: &text)
        evidence.set(text.span)
    }

    /// There is nothing to be sent: the cause is logged and answered, but for a 404 where `log_not_found` says no.
    private mutating func refuseFile(_ id: SlotID, _ cause: Cause) {
        if !settings(id).logsNotFound && FailureTable.verdict(cause, at: Place(.routing)).status == 404 {
            evidence.clear()
            return answer(id, status: 404)
        }
        let verdict = record(id, cause, phase: .routing)
        answer(id, status: verdict.status)
    }

    // MARK: directories

    /// Sends the request on to the first index file that exists (nginx: ngx_http_index_module).
    private mutating func serveDirectory(_ id: SlotID) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        var name = ByteBuffer()
        for index in 0..<routing.indexCount(exchanges[id].record) {
            name.clear()
            routing.appendIndex(index, &exchanges[id].record, moment, to: &name)
            if name.isEmpty { continue }
            if name[0] != 0x2f {
                nameFile(id)
                let directoryBytes = text.count
                text.append(name.span)
                evidence.set(text.span)
                switch lookForIndex(directoryBytes) {
                case .found: break
                case .next: continue
                case .refused(let cause): return refuseFile(id, cause)
                }
            }
            evidence.clear()
            if routing.enterIndex(name.span, &exchanges[id].record) { return routeAgain(id) }
            let uri = exchanges[id].record.route.uri
            return answer(id, OwnAnswer(status: 500, trouble: .redirectCycle, evidence: uri))
        }
        nameFile(id)
        refuseFile(id, .local(.directoryForbidden))
    }

    private enum IndexFound { case found, next, refused(Cause) }

    /// Looks for the index file whose path is in `text`; its directory's path is the first `directoryBytes` of it.
    private mutating func lookForIndex(_ directoryBytes: Int) -> IndexFound {
        var facts = FileFacts()
        let seen = kernel.inspect(text.span, &facts)
        if !seen.failed { return .found }
        switch seen.errno {
        case .notFound:
            let directory = kernel.inspect(text.span.extracting(0..<directoryBytes), &facts)
            if directory.errno != .notFound { return .next }
        case .accessDenied, .notDirectory, .nameTooLong: break
        default: return .refused(.local(.fileFailed, operation: .stat, errno: seen.errno.rawValue))
        }
        return .refused(.local(.indexFailed, errno: seen.errno.rawValue))
    }

    // MARK: sending

    /// Answers with an open file, or with what the request's conditions make of it.
    private mutating func beginFile(_ id: SlotID, _ descriptor: Descriptor, _ facts: FileFacts) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        var part: (start: Int64, end: Int64)?
        var status = 200
        switch routing.share(of: facts, exchanges[id].record) {
        case .whole: break
        case .part(let start, let end):
            part = (start, end)
            status = 206
        case .notModified: status = 304
        case .preconditionFailed: status = 412
        case .unsatisfiable:
            status = 416
            exchanges[id].file.refusedSize = facts.sizeBytes
        }
        if status != 200 { exchanges[id].record.route.errorStatus = 0 }
        let laidDown = exchanges[id].record.route.errorStatus
        if isNoTunnel(id, status: laidDown == 0 ? status : laidDown) {
            kernel.close(descriptor)
            return refuseTunnel(id)
        }
        let range = part ?? (start: 0, end: facts.sizeBytes)
        let hasBody = status < 300 && exchanges[id].record.asked.facts.method != .head && range.end > range.start
        if hasBody {
            exchanges[id].file.descriptor = descriptor
            exchanges[id].file.offset = range.start
            exchanges[id].file.left = range.end - range.start
        } else {
            kernel.close(descriptor)
        }
        if status > 400 {
            evidence.clear()
            return answer(id, status: UInt16(status))
        }
        if !discardBody(id) {
            closeFile(id)
            return refuseBody(id)
        }
        if hasBody && !readFile(id) { return }
        evidence.clear()
        exchanges[id].record.answer.status = status
        decideKeepAlive(id)
        let framing = status == 304 ? .none : framingWithTrailers(id, .length(range.end - range.start))
        let outgoing = outgoing(id, framing)
        var type = ByteBuffer()
        routing.appendContentType(exchanges[id].record, to: &type)
        output.clear()
        routing.appendFileHead(
            &exchanges[id].record, moment, outgoing, facts, part: part, contentType: type.span, to: &output)
        exchanges[id].machine.committed()
        exchanges[id].headSent = true
        setSendRate(id)
        exchanges[id].clientFraming = framing
        exchanges[id].heldLimit = output.count + OutgoingFile.pieceBytes
        exchanges[id].record.answer.bytesSent += Int64(output.count)
        if !hasBody { scratch.clear() }
        sendFilePiece(id)
    }

    /// Sends the next piece, once the client has taken all before it.
    mutating func continueFile(_ id: SlotID) {
        if readFile(id) {
            output.clear()
            sendFilePiece(id)
        }
    }

    /// Reads the next piece into `scratch`; false where that failed, and then what follows is done.
    private mutating func readFile(_ id: SlotID) -> Bool {
        if exchanges[id].file.report != nil {
            writeReportPiece(id)
            return true
        }
        let file = exchanges[id].file
        scratch.clear()
        let limit = Int(min(file.left, Int64(OutgoingFile.pieceBytes)))
        let result = kernel.read(file.descriptor, into: &scratch, limit: limit, at: file.offset)
        if result.value > 0 {
            exchanges[id].file.offset += Int64(result.value)
            exchanges[id].file.left -= Int64(result.value)
            if exchanges[id].file.left == 0 { closeFile(id) }
            return true
        }
        closeFile(id)
        nameFile(id)
        let cause: Cause =
            result.failed
            ? .local(.fileFailed, operation: .pread, errno: result.errno.rawValue)
            : .local(.fileCut, number: Int64(limit))
        let verdict = record(id, cause, phase: exchanges[id].machine.phase)
        if exchanges[id].machine.isCommitted {
            abort(id, reset: verdict.ending == .reset)
        } else {
            answer(id, status: verdict.status)
        }
        return false
    }

    /// Sends `output` and the piece in `scratch`.
    mutating func sendFilePiece(_ id: SlotID) {
        let isLast = !exchanges[id].file.isOpen
        let headBytes = output.count
        var body = ByteRange(start: 0, count: scratch.count)
        if exchanges[id].clientFraming == .chunked { body = frameChunk(id, body, last: isLast) }
        let bodyBytes = Int64(output.count - headBytes + body.count)
        exchanges[id].record.answer.bytesSent += bodyBytes
        exchanges[id].record.answer.bodyBytesSent += bodyBytes
        if isLast {
            if isOnStream(id) { takeTrailers(id) }
            exchanges[id].responseEnded = true
        }
        guard case .connection(let connection) = exchanges[id].client else { return finishExchange(id) }
        sent(id, connection, sendTogether(connection, body))
    }

    /// Closes the file, if it is open.
    mutating func closeFile(_ id: SlotID) {
        exchanges[id].file.report = nil
        if exchanges[id].file.descriptor.isNone { return }
        kernel.close(exchanges[id].file.descriptor)
        exchanges[id].file.descriptor = .none
    }
}
