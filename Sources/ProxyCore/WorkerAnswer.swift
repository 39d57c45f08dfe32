import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing

extension Worker {
    /// A response for `status` is made here; `error_page` may lead the request elsewhere first.
    mutating func answer(_ id: SlotID, status: UInt16) {
        if exchanges[id].machine.isCommitted { return abort(id, reset: false) }
        if status == 499 || status == 444 || status == 0 || isCheck(id) { return giveUp(id, status: status) }
        exchanges[id].isErrorAnswer = true
        let routing = epochs[Int(exchanges[id].epoch)].routing
        let decision = routing.errorPage(&exchanges[id].record, status: Int(status), moment, &pool)
        if case .none = decision {} else { return follow(id, decision) }
        answer(id, OwnAnswer(status: Int(status)), page: status)
    }

    /// What `error_page` said.
    mutating func follow(_ id: SlotID, _ decision: ErrorPageDecision) {
        switch decision {
        case .none: break
        case .restart:
            exchanges[id].isErrorAnswer = true
            routeAgain(id)
        case .answer(let own):
            noteTrouble(id, own)
            answer(id, own, page: UInt16(own.status))
        }
    }

    /// A response that routing asks for: a page, a text, a redirect.
    mutating func answer(_ id: SlotID, _ own: OwnAnswer) {
        noteTrouble(id, own)
        if case .page = own.body, own.status >= 300 { return answer(id, status: UInt16(own.status)) }
        answer(id, own, page: UInt16(own.status))
    }

    /// Whether the client would take an own response with this status for a tunnel, which it is not (RFC 8441 §5).
    func isNoTunnel(_ id: SlotID, status: Int) -> Bool { 200..<300 ~= status && awaitsTunnel(id) }

    mutating func refuseTunnel(_ id: SlotID) {
        // A status that `error_page` laid down would lead here again.
        exchanges[id].record.route.errorStatus = 0
        let verdict = record(id, .request(.noTunnelHere), phase: .routing)
        answer(id, status: verdict.status)
    }

    private mutating func noteTrouble(_ id: SlotID, _ own: OwnAnswer) {
        guard let trouble = own.trouble else { return }
        text.clear()
        exchanges[id].record.append(own.evidence, to: &text)
        evidence.set(text.span)
        _ = record(id, Cause(trouble), phase: .routing)
    }

    /// Makes the response. A body is small here: it goes out in one piece with its head.
    private mutating func answer(_ id: SlotID, _ own: OwnAnswer, page: UInt16) {
        if !discardBody(id) {
            if own.status < 400 { return refuseBody(id) }
            exchanges[id].keepsClient = false
        }
        exchanges[id].record.answer.status = own.status
        let laidDown = exchanges[id].record.route.errorStatus
        if laidDown != 0 { exchanges[id].record.answer.status = laidDown }
        if isNoTunnel(id, status: exchanges[id].record.answer.status) { return refuseTunnel(id) }
        scratch.clear()
        text.clear()
        var kind = OwnBody.html
        switch own.body {
        case .text(let piece):
            exchanges[id].record.append(piece, to: &scratch)
            kind = .text
        case .page: kind = writePage(id, page)
        }
        // A status that nobody has a page for (nginx: zero body).
        if case .page = own.body, scratch.isEmpty { kind = .empty }
        if closesAfter(page) { exchanges[id].keepsClient = false }
        decideKeepAlive(id)
        sendOwn(id, kind)
    }

    /// Sends the response whose body lies in `scratch`.
    mutating func sendOwn(_ id: SlotID, _ kind: OwnBody) {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        let count = scratch.count
        let framing = framingWithTrailers(id, .length(Int64(count)))
        let outgoing = outgoing(id, framing)
        text.clear()
        appendProxyStatus(id)
        if kind.isMomentary { text.append("Cache-Control: no-store\r\n") }
        if exchanges[id].file.refusedSize >= 0 && exchanges[id].record.answer.status == 416 {
            routing.appendContentRange(nil, of: exchanges[id].file.refusedSize, outgoing, to: &text)
        }
        output.clear()
        var type = ByteBuffer()
        if kind == .text {
            routing.appendContentType(exchanges[id].record, to: &type)
        } else {
            type.append(kind.mediaType)
        }
        routing.appendOwnHead(
            &exchanges[id].record, moment, outgoing, contentType: type.span, extra: text.span,
            to: &output)
        let isHead = exchanges[id].record.asked.facts.method == .head
        let headBytes = output.count
        var body = isHead ? ByteRange.empty : ByteRange(start: 0, count: count)
        if framing == .chunked { body = frameChunk(id, body, last: true) }
        exchanges[id].machine.committed()
        exchanges[id].headSent = true
        setSendRate(id)
        exchanges[id].responseEnded = true
        exchanges[id].clientFraming = framing
        exchanges[id].record.answer.bytesSent += Int64(output.count + body.count)
        exchanges[id].record.answer.bodyBytesSent += Int64(output.count - headBytes + body.count)
        exchanges[id].heldLimit = max(exchanges[id].heldLimit, output.count + body.count)
        guard case .connection(let connection) = exchanges[id].client else { return finishExchange(id) }
        if isOnStream(id) { takeTrailers(id) }
        sent(id, connection, sendTogether(connection, body))
    }

    /// The page of a status goes into `scratch`: nginx's, with why for those who may see it, or problem details.
    private mutating func writePage(_ id: SlotID, _ status: UInt16) -> OwnBody {
        let routing = epochs[Int(exchanges[id].epoch)].routing
        text.clear()
        appendSignature(id)
        guard status >= 400, let failure = exchanges[id].failure, maySeeDetail(id) else {
            FailurePage.append(status: status, signature: text.span, to: &scratch)
            return .html
        }
        var cause = ByteBuffer(), peers = ByteBuffer(), statuses = ByteBuffer(), logged = ByteBuffer()
        exchanges[id].record.append(failure.text, to: &cause)
        exchanges[id].record.append(failure.line, to: &logged)
        _ = routing.append(.builtIn(.upstreamAddr), &exchanges[id].record, moment, to: &peers)
        _ = routing.append(.builtIn(.upstreamStatus), &exchanges[id].record, moment, to: &statuses)
        let detail = FailureDetail(
            verdict: failure.verdict, phase: failure.phase, text: cause.span, peers: peers.span,
            statuses: statuses.span,
            logLine: logged.span)
        if prefersJSON(id) {
            FailureProblem.append(status: status, detail: detail, to: &scratch)
            return .problem
        }
        FailurePage.append(status: status, signature: text.span, detail: detail, to: &scratch)
        return .html
    }

    private func prefersJSON(_ id: SlotID) -> Bool {
        guard let accept = exchanges[id].record.asked.head.first(.accept) else { return false }
        return AcceptPreference.prefersJSON(exchanges[id].record.asked.head.span(accept.value))
    }

    /// Whether this client may see why a request failed (Postern: error_detail).
    func maySeeDetail(_ id: SlotID) -> Bool {
        switch settings(id).errorDetail {
        case .off: return false
        case .on: return true
        case .local:
            let connection = exchanges[id].record.asked.connection
            let epoch = epochs[Int(exchanges[id].epoch)]
            // Behind a load balancer that speaks PROXY protocol everybody's connection comes from here.
            if !connection.peer.isLoopback || epoch.proxiedListeners[connection.listener] { return false }
            for index in 0..<exchanges[id].record.asked.head.fieldCount {
                let entry = exchanges[id].record.asked.head[index]
                switch entry.knownField {
                case .forwarded, .via, .xRealIP, .xForwardedFor, .xForwardedHost, .xForwardedProto: return false
                default: break
                }
                if entry.name.count > 12,
                    exchanges[id].record.asked.head.span(entry.name).extracting(0..<12).equalsIgnoringCase(
                        "x-forwarded-")
                {
                    return false
                }
            }
            return true
        }
    }

    /// The `Proxy-Status` line of a failure goes into `text` (RFC 9209).
    private mutating func appendProxyStatus(_ id: SlotID) {
        guard let failure = exchanges[id].failure, failure.verdict.error != .none else { return }
        text.append("Proxy-Status: ")
        if maySeeDetail(id) {
            var peer = ByteBuffer(), words = ByteBuffer()
            exchanges[id].record.append(exchanges[id].record.attempts.current.peerName, to: &peer)
            exchanges[id].record.append(failure.text, to: &words)
            ProxyStatusValue.append(
                failure.verdict, cause: failure.cause, nextHop: peer.span, text: words.span, to: &text)
        } else {
            ProxyStatusValue.append(failure.verdict, to: &text)
        }
        text.append("\r\n")
    }

    /// Statuses after which nginx closes the client's connection.
    private func closesAfter(_ status: UInt16) -> Bool {
        switch status {
        case 400, 408, 413, 414, 431, 494, 495, 496, 497, 500, 501: true
        default: false
        }
    }
}

/// What kind of body a response made here has.
enum OwnBody {
    case html, problem, plain
    /// What holds for this moment only.
    case json, metrics
    /// The text of `return`: the location's default type.
    case text
    /// None.
    case empty

    /// Whether nobody may keep it.
    var isMomentary: Bool {
        switch self {
        case .json, .metrics: true
        case .html, .problem, .plain, .text, .empty: false
        }
    }

    /// The media type; of a text the location's types and the URI decide.
    var mediaType: StaticString {
        switch self {
        case .html: "text/html"
        case .problem: "application/problem+json"
        case .plain: "text/plain"
        case .json: "application/json"
        case .metrics: "text/plain; version=0.0.4; charset=utf-8"
        case .text, .empty: ""
        }
    }
}
