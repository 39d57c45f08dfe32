import Bytes
import SimulatedKernel

// What must hold of a performance in which one call failed, against the same where none did.
extension Performance {
    /// Lines of the error log whose level says that something failed.
    var failureLines: [String] {
        errorLog.split(separator: "\n").map(String.init).filter { line in
            ["[error]", "[crit]", "[alert]", "[emerg]"].contains { line.contains($0) }
        }
    }

    /// What is wrong: bytes that are no beginning of what was to come, a failure without a line or with two, a status
    /// that the log does not know.
    func judge(against good: Performance) -> [String] {
        var wrong: [String] = []
        let logs = logs
        let seen = simulated.injected.first
        let logFails = seen.map { $0.call == .write || $0.call == .open } ?? false
        var isSame = true
        for (plan, far) in zip(play.clients, ends) {
            for outcome in outcomes(plan, far) {
                if outcome.isAsExpected { continue }
                isSame = false
                if let trouble = outcome.trouble { wrong.append(trouble) }
            }
        }
        for (number, lines) in logs.access where lines.count > 1 {
            wrong.append("\(lines.count) access lines of /r\(number)")
        }
        if !logFails {
            for (number, status) in statuses where logs.access[number]?.first?.status != status {
                wrong.append("/r\(number) was answered \(status), logged \(logs.access[number]?.first?.status ?? 0)")
            }
        }
        let more = failureLines.count - good.failureLines.count
        if more > 1 { wrong.append("\(more) lines for one failure") }
        guard let seen else { return isSame ? wrong : wrong + ["another outcome, though nothing failed"] }
        let isTold = errorLog.contains("(\(seen.errno): ")
        if !isSame && !isTold && !logFails { wrong.append("another outcome, and no line names errno \(seen.errno)") }
        if attempts(logs) > attempts(good.logs) && !isTold { wrong.append("another attempt, and no line says why") }
        return wrong
    }

    private func attempts(_ logs: RunLogs) -> Int {
        logs.access.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.upstreamStatuses.count } }
    }

    /// The statuses that clients saw, by the number of the request.
    private var statuses: [(number: Int, status: Int)] {
        zip(play.clients, ends).flatMap { plan, far in
            let whole = far.responses(bodyless: plan.expected.map { _ in false }).whole
            return zip(plan.expected, whole).map { ($0.number, Head(far.received($1.head)).status) }
        }
    }

    /// How one request ended for its client.
    private struct Outcome {
        var isAsExpected: Bool
        /// What can never be.
        var trouble: String?
    }

    private func outcomes(_ plan: Play.Client, _ far: FarEnd) -> [Outcome] {
        let responses = far.responses(bodyless: plan.expected.map { _ in false })
        var all: [Outcome] = []
        for (index, expected) in plan.expected.enumerated() {
            if index < responses.whole.count {
                all.append(judge(whole: responses.whole[index], expected, far))
                continue
            }
            if far.ending == .open {
                all.append(Outcome(isAsExpected: false, trouble: "the client of /r\(expected.number) still waits"))
            } else if index == responses.whole.count, let rest = responses.rest {
                all.append(judge(cut: rest, expected, far))
            } else {
                all.append(Outcome(isAsExpected: false, trouble: nil))
            }
            break
        }
        return all
    }

    private func judge(whole message: FarMessage, _ expected: Play.Expected, _ far: FarEnd) -> Outcome {
        let status = Head(far.received(message.head)).status
        if expected.status == 101 {
            return tunnelled(far, from: message.head.end, expected, status: status)
        }
        let body = message.pieces.flatMap { far.received($0) }
        if status == expected.status {
            let isWhole = body == expected.body
            return Outcome(
                isAsExpected: isWhole,
                trouble: isWhole ? nil : "\(body.count) other bytes for /r\(expected.number), as if they were whole")
        }
        let isOwn = [400, 403, 404, 408, 500, 502, 503, 504].contains(status)
        return Outcome(isAsExpected: false, trouble: isOwn ? nil : "status \(status) for /r\(expected.number)")
    }

    private func judge(cut message: FarMessage, _ expected: Play.Expected, _ far: FarEnd) -> Outcome {
        let body = message.pieces.flatMap { far.received($0) }
        let status = Head(far.received(message.head)).status
        let isTrue = status != expected.status || expected.body.starts(with: body)
        return Outcome(
            isAsExpected: false, trouble: isTrue ? nil : "a cut body of /r\(expected.number) with other bytes")
    }

    /// What came through a tunnel has no framing: all of it or a beginning.
    private func tunnelled(_ far: FarEnd, from start: Int, _ expected: Play.Expected, status: Int) -> Outcome {
        if status != 101 { return Outcome(isAsExpected: false, trouble: status >= 500 ? nil : "status \(status)") }
        let bytes = far.received(ByteRange(start, far.receivedCount))
        let isTrue = expected.body.starts(with: bytes)
        return Outcome(
            isAsExpected: bytes == expected.body, trouble: isTrue ? nil : "other bytes through the tunnel")
    }
}
