import Bytes
import SimulatedKernel

/// Judges a run: what clients and upstreams saw against the plans and against the logs.
struct Oracle {
    let scenario: Scenario
    let play: UpstreamPlay
    let clients: [FarEnd]
    let logs: RunLogs
    private(set) var troubles: [String] = []
    /// No write to a log was made to fail.
    private let logsAreWhole: Bool
    /// Calls were made to fail before a request was there to be named in a line.
    private let mayFailNamelessly: Bool
    private let injectedCount: Int

    init(
        _ scenario: Scenario, _ play: UpstreamPlay, _ clients: [FarEnd], _ logs: RunLogs, _ injected: [InjectedFailure]
    ) {
        logsAreWhole = !injected.contains { $0.call == .write }
        mayFailNamelessly = !injected.isEmpty
        injectedCount = injected.count
        self.scenario = scenario
        self.play = play
        self.clients = clients
        self.logs = logs
    }

    mutating func judge() {
        for line in logs.unreadable { troubles.append("an access line that cannot be read: \(line)") }
        for stranger in play.strangers { troubles.append("an upstream was asked for \(stranger)") }
        for (index, client) in scenario.clients.enumerated() {
            judge(client, clients[index])
            for request in client.requests {
                judgeUpstreams(request)
                judgeLines(request)
            }
        }
    }

    private mutating func blame(_ request: RequestPlan, _ what: String) {
        let lines = (logs.access[request.number] ?? []).map(\.text) + (logs.errors[request.number] ?? [])
        let all = ["request \(request.number) (\(request.method)): \(what)"] + lines
        troubles.append(all.joined(separator: "\n    "))
    }

    /// What can be asked of whole logs only.
    private mutating func demandLogged(_ condition: Bool, _ request: RequestPlan, _ what: @autoclosure () -> String) {
        if !condition && logsAreWhole { blame(request, what()) }
    }

    /// Whether a line says why this request was not answered as planned.
    private func isExplained(_ request: RequestPlan) -> Bool {
        logs.errors[request.number] != nil || mayFailNamelessly
    }

    private mutating func demand(_ condition: Bool, _ request: RequestPlan, _ what: @autoclosure () -> String) {
        if !condition { blame(request, what()) }
    }

    // MARK: what the client saw

    private mutating func judge(_ plan: ClientPlan, _ far: FarEnd) {
        // At the limit of connections those that ask for nothing are closed for others.
        var mayEnd = logs.reachedConnectionLimit
        let isGoing = (far.coat as? HTTP2Coat)?.isGoing ?? false
        let responses = far.responses(bodyless: plan.requests.map(\.isHead))
        for (index, request) in plan.requests.enumerated() {
            if index < responses.whole.count {
                let message = responses.whole[index]
                let head = Head(far.received(message.head))
                mayEnd = head.closes || scenario.keepAliveSeconds <= 1 || logs.reachedConnectionLimit
                // A unix socket knows no reset, so that its client cannot tell such a cut from a good end.
                let isLoggedWhole = logs.access[request.number]?.first?.isComplete ?? logsAreWhole
                let unsure = plan.overUnixSocket && !isLoggedWhole
                if head.endsWithConnection && !request.isHead && (far.ending != .finished || unsure) {
                    judgeCut(plan, request, far, head, message)
                } else {
                    judgeWhole(request, far, head, message)
                }
                continue
            }
            if let rest = responses.rest {
                judgeCut(plan, request, far, Head(far.received(rest.head)), rest)
            } else {
                judgeNothing(plan, request, far, mayEnd: mayEnd || isGoing)
            }
            return
        }
    }

    /// A whole response is either the upstream's, unchanged, or the gateway's own and explained.
    private mutating func judgeWhole(_ request: RequestPlan, _ far: FarEnd, _ head: Head, _ message: FarMessage) {
        let access = logs.access[request.number]?.first
        demandLogged(access != nil, request, "answered, but not logged")
        if let access { demand(access.status == head.status, request, "seen \(head.status), logged \(access.status)") }
        let failures = logs.failedAttempts(request.number).count
        let failed = self.failed(request, access?.upstreamStatuses ?? [])
        if let attempt = head.attempt(of: request.number) {
            guard let answer = answer(request, attempt) else {
                return blame(request, "an answer that no upstream gave")
            }
            demand(head.status == answer.status, request, "status \(head.status) instead of \(answer.status)")
            demand(answer.isWhole != false || request.isHead, request, "whole, though \(answer.fault) was played")
            if head.status == 101 { return judgeTunnel(request, far, attempt, message, failures) }
            judgeTrailers(request, far, message, attempt, answer)
            let count = request.isHead ? 0 : answer.bodyCount
            let trouble = compare(far, message.pieces, request.number, attempt, whole: count)
            demand(trouble == nil, request, trouble ?? "")
            demandLogged(
                failed.contains(failures), request, "\(failures) lines for \(failed) failures before a good answer")
            return
        }
        if head.answer != nil { return blame(request, "the answer of request \(head.answer ?? "")") }
        judgeOwn(request, head, access, failures: failures, failed: failed)
    }

    /// What came through a tunnel is a beginning of what was sent into it; a side that fails has one line.
    private mutating func judgeTunnel(
        _ request: RequestPlan, _ far: FarEnd, _ attempt: Int, _ message: FarMessage, _ failures: Int
    ) {
        let count = request.tunnelCount ?? 0
        let bytes = ByteRange(message.head.end, far.receivedCount)
        let isTrue =
            bytes.count <= count
            && far.received(bytes, isPartOf: Pattern.all, from: Pattern.start(of: request.number, attempt: attempt))
        demand(isTrue, request, "other bytes came through the tunnel to the client")
        let played = play.played[request.number]
        if attempt < played.count, played[attempt].messageIndex < played[attempt].far.messages.count {
            let upstream = played[attempt].far
            let start = upstream.messages[played[attempt].messageIndex].body.end
            let sent = ByteRange(start, upstream.receivedCount)
            let isTrue =
                sent.count <= count
                && upstream.received(sent, isPartOf: Pattern.all, from: Pattern.start(of: request.number, attempt: -1))
            demand(isTrue, request, "other bytes came through the tunnel to the upstream")
        }
        let earlier = (logs.access[request.number]?.first?.upstreamStatuses ?? []).dropLast()
        let failed = self.failed(request, earlier + [101])
        demandLogged(
            failures >= failed.lowerBound && failures <= failed.upperBound + 1, request, "\(failures) lines of a tunnel"
        )
    }

    /// A trailer section is the answer's own, or none; it is there where everybody wants it.
    private mutating func judgeTrailers(
        _ request: RequestPlan, _ far: FarEnd, _ message: FarMessage, _ attempt: Int, _ answer: AnswerPlan
    ) {
        guard case .chunked = answer.framing, !request.isHead, !message.pieces.isEmpty else { return }
        let start = message.pieces[message.pieces.count - 1].end
        let text = String(decoding: far.received(ByteRange(start, message.body.end)), as: UTF8.self)
        let own = "X-Trailer: \(request.number).\(attempt)\r\n"
        if text.isEmpty { return }
        // HTTP/2 has names in small letters.
        let isOwn = text.lowercased().hasSuffix("\r\n0\r\n" + own.lowercased() + "\r\n")
        demand(isOwn || text.hasSuffix("\r\n0\r\n\r\n"), request, "a trailer section of another kind: \(text)")
        demand(!isOwn || answer.hasTrailers && scenario.passesTrailers, request, "a trailer section that nobody sent")
        let isWanted = answer.hasTrailers && scenario.passesTrailers && request.takesTrailers
        demand(isOwn || !isWanted, request, "the trailer section was lost")
    }

    private mutating func judgeOwn(
        _ request: RequestPlan, _ head: Head, _ access: AccessLine?, failures: Int, failed: ClosedRange<Int>
    ) {
        switch head.status {
        case 502 where logs.failures(request.number).last?.contains(" could not be resolved (") == true: break
        case 504 where logs.failures(request.number).last?.contains("resolved (110: Operation timed out)") == true:
            break
        case 502, 504:
            // An attempt that failed after its head has that head's status, and one more line.
            let last = access?.upstreamStatuses.last ?? 0
            let afterHead = last != 502 && last != 504
            demandLogged(afterHead || last == head.status, request, "\(head.status) is not the last attempt's")
            let lines = failures - (afterHead ? 1 : 0)
            demandLogged(failed.contains(lines), request, "\(failures) lines for \(failed) failed attempts")
            let line = logs.failures(request.number).last ?? ""
            demandLogged(!line.isEmpty, request, "\(head.status) without a line")
            let timedOut = line.contains("timed out (110: Connection timed out) while")
            let gaveUp = line.contains("connect() failed (110:")
            demandLogged((head.status == 504) == timedOut || gaveUp, request, "\(head.status) of another cause")
        case 408, 500:
            demandLogged(logs.errors[request.number] != nil, request, "\(head.status) without a line")
        default: blame(request, "an answer of the gateway's own: \(head.status)")
        }
    }

    /// The same, where an attempt that waited may have failed by its name, of which there is another line.
    private func failed(_ request: RequestPlan, _ statuses: [Int]) -> ClosedRange<Int> {
        let all = Oracle.failed(statuses)
        return all.lowerBound - logs.waitedNames(request.number)...all.upperBound
    }

    /// How many attempts failed, by their statuses: 502 and 504 are failures, and so is every earlier attempt but those
    /// whose 500 or 503 was passed over, which may be either.
    private static func failed(_ statuses: [Int]) -> ClosedRange<Int> {
        let certain = statuses.count { $0 == 502 || $0 == 504 }
        let earlier = statuses.dropLast().filter { $0 != 502 && $0 != 504 && $0 != AnswerPlan.redirectStatus }
        let passed = earlier.count { $0 == 500 || $0 == 503 }
        let least = certain + earlier.count - passed
        return least...least + passed
    }

    /// A response that was cut is a true beginning, and the cut is explained.
    private mutating func judgeCut(
        _ plan: ClientPlan, _ request: RequestPlan, _ far: FarEnd, _ head: Head, _ message: FarMessage
    ) {
        if let attempt = head.attempt(of: request.number) {
            let trouble = compare(far, message.pieces, request.number, attempt, whole: nil)
            demand(trouble == nil, request, trouble ?? "")
        }
        if clientMayHaveLeft(plan) || mayBeReset(plan) { return }
        if far.ending == .open { return blame(request, "its client still waits for the rest") }
        demandLogged(isExplained(request), request, "cut without a line, ending \(far.ending)")
    }

    /// The first request without any answer.
    private mutating func judgeNothing(_ plan: ClientPlan, _ request: RequestPlan, _ far: FarEnd, mayEnd: Bool) {
        if plan.wireLimit != nil { return }
        switch plan.manner {
        case .patient, .slow:
            if far.ending == .open { return blame(request, "its client still waits") }
            if mayBeReset(plan) { return }
            demandLogged(mayEnd || isExplained(request), request, "no answer, ending \(far.ending)")
        case .stalls, .leaves, .halfCloses, .stops, .breaksOff: break
        }
    }

    /// Bytes that come for a connection just closed make the kernel reset it; only lingering prevents that.
    private func mayBeReset(_ plan: ClientPlan) -> Bool {
        plan.isPipelining && (!scenario.alwaysLingers || plan.manner == .halfCloses) || scenario.drains
            || plan.overUnixSocket && scenario.configurations.count > 1
    }

    private func clientMayHaveLeft(_ plan: ClientPlan) -> Bool {
        if plan.wireLimit != nil { return true }
        switch plan.manner {
        case .patient, .slow, .halfCloses: return false
        case .leaves, .stalls, .stops, .breaksOff: return true
        }
    }

    private func answer(_ request: RequestPlan, _ attempt: Int) -> AnswerPlan? {
        let played = play.played[request.number]
        return attempt < played.count ? played[attempt].answer : nil
    }

    /// Whether the pieces are a body's beginning, or all of it where `whole` says how long it is.
    private func compare(_ far: FarEnd, _ pieces: [ByteRange], _ number: Int, _ attempt: Int, whole: Int?) -> String? {
        var start = Pattern.start(of: number, attempt: attempt)
        var count = 0
        for piece in pieces {
            if !far.received(piece, isPartOf: Pattern.all, from: start) { return "other body bytes from \(count) on" }
            start += piece.count
            count += piece.count
        }
        if let whole, whole != count { return "\(count) body bytes instead of \(whole)" }
        return nil
    }

    // MARK: what upstreams saw

    private mutating func judgeUpstreams(_ request: RequestPlan) {
        let played = play.played[request.number]
        for one in played where one.messageIndex < one.far.messages.count {
            let message = one.far.messages[one.messageIndex]
            if let trouble = compare(one.far, message.pieces, request.number, -1, whole: request.bodyCount) {
                blame(request, "upstream, attempt \(one.attempt): \(trouble)")
            }
        }
        // What an upstream says that it did nothing about may be sent again.
        let executed = played.count { $0.answer.isExecuted }
        if executed > 1 && request.method == "POST" && !scenario.sendsAgain && !scenario.fallsBack {
            blame(request, "a POST was executed \(executed) times")
        }
        judgeRefusal(request, played)
        let attempts = logs.access[request.number]?.first?.upstreamStatuses.count ?? 0
        if logs.access[request.number] != nil && played.count > attempts {
            blame(request, "upstreams saw \(played.count) attempts, the log has \(attempts)")
        }
    }

    /// What was refused once by a stream's end goes somewhere else, whatever its method.
    private mutating func judgeRefusal(_ request: RequestPlan, _ played: [Played]) {
        guard let last = played.last, !last.answer.isExecuted, played.count(where: { !$0.answer.isExecuted }) == 1,
            let access = logs.access[request.number]?.first, access.status == 502, injectedCount == 0,
            access.upstreamStatuses.count == played.count
        else { return }
        // Something else may have come before the refusal did.
        let line = logs.failures(request.number).last ?? ""
        let words = ["upstream rejected request with error 7 ", "upstream sent goaway with error 0 "]
        if !words.contains(where: { line.contains($0) }) { return }
        // A body that was passed on is nowhere any more.
        if request.bodyCount > 0 && !scenario.buffersRequests { return }
        blame(request, "refused by a stream's end, and not sent again")
    }

    // MARK: what the logs say

    private mutating func judgeLines(_ request: RequestPlan) {
        let access = logs.access[request.number] ?? []
        if access.count > 1 { blame(request, "\(access.count) access lines") }
        guard let line = access.first else { return }
        let failures = logs.failedAttempts(request.number).count
        let failed = self.failed(request, line.upstreamStatuses)
        // A response that was cut behind its head has one more, and so has one made here in the place of a head, or
        // because something failed here.
        let last = line.upstreamStatuses.last ?? 0
        let isWhole =
            line.isComplete && line.status != 500 && (last == line.status || last == 0 || last == 502 || last == 504)
        let most = failed.upperBound + (isWhole ? 0 : 1) + injectedCount
        let isExplained = failures >= failed.lowerBound && failures <= most
        demandLogged(isExplained, request, "\(failures) lines for \(failed) failed attempts")
    }
}

/// What the oracle wants to know of a response's head.
struct Head {
    var status: Int
    /// The value of X-Answer: `request.attempt`.
    var answer: String?
    var closes: Bool
    /// The body ends with the connection.
    var endsWithConnection: Bool

    init(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        answer = nil
        closes = false
        var isFramed = status == 204 || status == 304 || status < 200
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " }
            switch parts[0].lowercased() {
            case "x-answer": answer = String(value)
            case "connection": closes = value.lowercased() == "close"
            case "content-length", "transfer-encoding": isFramed = true
            default: break
            }
        }
        endsWithConnection = !isFramed
        if endsWithConnection { closes = true }
    }

    /// Which attempt's answer it is, where it is one of this request's.
    func attempt(of number: Int) -> Int? {
        guard let parts = answer?.split(separator: "."), parts.count == 2, Int(parts[0]) == number else { return nil }
        return Int(parts[1])
    }
}
