import Bytes
import SimulatedKernel

/// One request that an upstream saw, and what it did.
struct Played {
    var number: Int
    /// The how manieth time an upstream saw this request, from 0.
    var attempt: Int
    var answer: AnswerPlan
    /// Where the request came.
    var far: FarEnd
    /// Which of the connection's whole messages it is, once it is whole.
    var messageIndex: Int
}

/// The upstreams of a scenario: they do what the plans say and keep account.
final class UpstreamPlay {
    private(set) var played: [[Played]]
    /// Requests whose target is not one of the scenario's.
    private(set) var strangers: [String] = []
    private var plans: [RequestPlan]
    /// What health checks meet.
    private var chance: Chance

    init(_ scenario: Scenario) {
        chance = Chance(seed: scenario.seed, stream: 103)
        plans = scenario.clients.flatMap(\.requests)
        played = Array(repeating: [], count: plans.count)
    }

    /// What to do with this request.
    func answer(_ request: FarRequest) -> [FarAction] {
        if request.target == "/check" { return [.awaitBody] + CheckPlay.answer(&chance) }
        guard request.target.hasPrefix("/r"), let number = Int(request.target.dropFirst(2)), number < plans.count else {
            strangers.append(request.target)
            return [.reset]
        }
        let plan = plans[number]
        let attempt = played[number].count
        let answer = plan.answers[min(attempt, plan.answers.count - 1)]
        played[number].append(
            Played(
                number: number, attempt: attempt, answer: answer, far: request.far,
                messageIndex: request.far.messages.count))
        return UpstreamPlay.actions(plan, answer, attempt)
    }

    private static func actions(_ plan: RequestPlan, _ answer: AnswerPlan, _ attempt: Int) -> [FarAction] {
        var actions: [FarAction] = []
        switch answer.fault {
        case .early, .refuses, .readsNothing: break
        default: actions.append(.awaitBody)
        }
        if answer.delayMilliseconds > 0 { actions.append(.pause(milliseconds: answer.delayMilliseconds)) }
        let head = head(plan, answer, attempt)
        let body = body(plan, answer, attempt)
        switch answer.fault {
        case .silent(let end): return actions + [action(end)]
        case .cutHead(let part, let end):
            return actions + [.send(Array(head.prefix(max(1, head.count * part / 1_000)))), action(end)]
        case .cutBody(let part, let end):
            let count = plan.isHead ? 0 : body.count * part / 1_000
            return actions + send(head + body.prefix(min(count, max(0, body.count - 1))), answer) + [action(end)]
        case .garbage: return actions + [.send("SSH-2.0-OpenSSH_9.2p1\r\nwhat is this\r\n\r\n"), .awaitEnd, .close]
        case .badField:
            return actions + [
                .send("HTTP/1.1 200 OK\r\nNo-Colon-Here\r\nContent-Length: 0\r\n\r\n"), .awaitEnd, .close,
            ]
        case .bigHead:
            let field = "X-Large: " + String(repeating: "y", count: 40_000) + "\r\n"
            return actions + [.send("HTTP/1.1 200 OK\r\n" + field + "Content-Length: 0\r\n\r\n"), .awaitEnd, .close]
        case .badChunk(let first):
            let good =
                first
                ? []
                : Pattern.chunked(
                    Array(Pattern.bytes(of: plan.number, attempt: attempt, 1)), pieceBytes: 1, last: false)
            return actions + [.send(head + good + Array("zz\r\nabc\r\n".utf8)), .awaitEnd, .close]
        case .surplus: return actions + send(head + body + Array("surplus".utf8), answer)
        case .interims(let count):
            let interims = (0..<count).map {
                FarAction.send(
                    $0 % 2 == 0 ? "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" : "HTTP/1.1 100 Continue\r\n\r\n")
            }
            return actions + interims + send(head + body, answer) + after(answer)
        case .continueThenClose: return actions + [.send("HTTP/1.1 100 Continue\r\n\r\n"), .close]
        case .uninvited101:
            return actions + [
                .send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), .awaitEnd,
                .close,
            ]
        case .early(let reads):
            return actions + send(head + body, answer) + (reads ? [.awaitBody, .pause(milliseconds: 50)] : []) + [
                .close
            ]
        case .none: return actions + send(head + body, answer) + after(answer)
        case .lateSurplus, .redirects, .upgrades: return actions + rest(plan, answer, attempt, head + body)
        case .closesIdle(let wait): return actions + send(head + body, answer) + [.pause(milliseconds: wait), .close]
        case .refuses, .resetsStream, .endsEarly, .fails, .goesGently, .readsNothing:
            return actions + streamed(plan, answer, head, body)
        }
    }

    /// The faults that only HTTP/2 knows.
    private static func streamed(
        _ plan: RequestPlan, _ answer: AnswerPlan, _ head: [UInt8], _ body: [UInt8]
    ) -> [FarAction] {
        let isBodyless = plan.isHead || body.isEmpty
        switch answer.fault {
        case .refuses(let byGoAway):
            return byGoAway ? [.goAway(0, refuses: true), .stall] : [.resetStream(7)]
        case .resetsStream(let code, let part):
            if isBodyless || part < 300 { return [.resetStream(code)] }
            return send(head + body.prefix(min(body.count * part / 1_000, body.count - 1)), answer)
                + [.resetStream(code)]
        case .endsEarly(let part):
            if isBodyless || part < 300 { return [.endStream] }
            return send(head + body.prefix(min(body.count * part / 1_000, body.count - 1)), answer) + [.endStream]
        case .fails(let code): return [.goAway(code, refuses: false), .stall]
        case .goesGently: return [.goAway(0, refuses: false)] + send(head + body, answer) + after(answer)
        default: return [.stall]
        }
    }

    /// The faults of what comes behind an answer, or in its place.
    private static func rest(
        _ plan: RequestPlan, _ answer: AnswerPlan, _ attempt: Int, _ whole: [UInt8]
    ) -> [FarAction] {
        switch answer.fault {
        case .lateSurplus(let wait):
            return send(whole, answer) + [
                .pause(milliseconds: wait), .send("surplus"), .awaitEnd, .close,
            ]
        case .redirects:
            let field = "X-Accel-Redirect: /inside/r\(plan.number)\r\n"
            return [.send("HTTP/1.1 \(answer.status) Elsewhere\r\n\(field)Content-Length: 0\r\n\r\n")]
        case .upgrades(let count):
            let fields = "X-Answer: \(plan.number).\(attempt)\r\nUpgrade: sim\r\nConnection: upgrade\r\n\r\n"
            return [
                .send(Array("HTTP/1.1 101 Switching\r\n\(fields)".utf8)),
                .trickle(Pattern.bytes(of: plan.number, attempt: attempt, count), pieceBytes: 900, gapMilliseconds: 3),
                .awaitBytes(count), .awaitEnd, .close,
            ]
        default: return []
        }
    }

    private static func after(_ answer: AnswerPlan) -> [FarAction] {
        if case .close = answer.framing { return [.close] }
        return answer.saysClose ? [.close] : []
    }

    private static func action(_ end: AnswerPlan.End) -> FarAction {
        switch end {
        case .close: .close
        case .reset: .reset
        case .stall: .stall
        case .drop: .drop
        }
    }

    private static func send(_ bytes: [UInt8], _ answer: AnswerPlan) -> [FarAction] {
        if answer.pieceBytes == 0 { return [.send(bytes)] }
        return [.trickle(bytes, pieceBytes: max(answer.pieceBytes, bytes.count / 200), gapMilliseconds: 7)]
    }

    private static func head(_ plan: RequestPlan, _ answer: AnswerPlan, _ attempt: Int) -> [UInt8] {
        var head = "HTTP/1.1 \(answer.status) Whatever\r\nX-Answer: \(plan.number).\(attempt)\r\n"
        switch answer.framing {
        case .length: if answer.status != 204 { head += "Content-Length: \(answer.bodyCount)\r\n" }
        case .chunked: head += "Transfer-Encoding: chunked\r\n"
        case .close: break
        }
        if answer.saysClose { head += "Connection: close\r\n" }
        return Array((head + "\r\n").utf8)
    }

    /// The body as it goes over the wire.
    private static func body(_ plan: RequestPlan, _ answer: AnswerPlan, _ attempt: Int) -> [UInt8] {
        if plan.isHead { return [] }
        let content = Pattern.bytes(of: plan.number, attempt: attempt, answer.bodyCount)
        if case .chunked(let piece) = answer.framing {
            let whole = Pattern.chunked(content, pieceBytes: piece)
            return answer.hasTrailers
                ? whole.dropLast(2) + Array("X-Trailer: \(plan.number).\(attempt)\r\n\r\n".utf8) : whole
        }
        return content
    }
}
