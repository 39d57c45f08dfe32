import Platform
import SimulatedKernel
import Synchronization
import Testing

/// Health checks in simulated time: what makes a peer unhealthy, when it is asked, and what ends with it.
@Suite struct HealthCheckTests {
    /// What an upstream answers to its checks, one after the other; the last for all that follow.
    private final class Script: Sendable {
        private let state: Mutex<(left: [[FarAction]], asked: Int)>
        init(_ answers: [[FarAction]]) { state = Mutex((answers, 0)) }

        var asked: Int { state.withLock { $0.asked } }

        func next() -> [FarAction] {
            state.withLock { state in
                state.asked += 1
                return state.left.count > 1 ? state.left.removeFirst() : state.left[0]
            }
        }
    }

    private static let good: [FarAction] = [.send(Play.answer(Array("good".utf8)))]
    private static let bad: [FarAction] = [.send(Play.answer([], status: 503))]

    /// A client that asks at these times, over a connection for each.
    private static func clients(at times: [Int]) -> [Play.Client] {
        times.map { time in
            Play.Client(
                startMilliseconds: time,
                actions: [Play.get(time, "Connection: close\r\n"), .awaitResponse(bodyless: false), .close],
                expected: [])
        }
    }

    private static func play(
        _ check: String, _ script: Script, at times: [Int], reloadTo other: String? = nil,
        _ interventions: [(milliseconds: Int, what: Scenario.Intervention)] = [], location: String = "",
        adversity: Adversity = .none, wire: Wire = .plain
    ) -> Performance {
        let locations = [check, other].compactMap { $0 }.map {
            "location / { proxy_pass http://app; \(location) \($0) }"
        }
        // No connection of an exchange is kept, so that the play ends with its last client.
        let answer = Play.answer(Play.bytes(9), "Connection: close\r\n")
        let server = Play.Server(endpoint: Play.peer, atHead: true) { request in
            [.awaitBody] + (request.target == "/check" ? script.next() : [.send(answer), .close])
        }
        return Performance(
            Play(
                name: check, locations: locations, servers: [server], clients: clients(at: times),
                interventions: interventions, adversity: adversity, wire: wire))
    }

    /// The statuses that the clients saw.
    private func statuses(_ one: Performance) -> [String] {
        one.ends.map { String($0.receivedText.dropFirst(9).prefix(3)) }
    }

    /// Lines about health checks, without the time.
    private func lines(_ one: Performance) -> [String] {
        one.errorLog.split(separator: "\n").filter { $0.contains(", health check ") }.map { line in
            let level = line.split(separator: " ")[2]
            let text = line.split(separator: ": ", maxSplits: 1)[1]
            return "\(level) \(text.replacing(" of peer 10.0.0.16:8000 in upstream \"app\"", with: ""))"
        }
    }

    @Test func failuresInARowMakeAPeerUnhealthyAndPassesHealthy() {
        let script = Script([Self.good, Self.bad, Self.good, Self.bad, Self.bad, Self.good, Self.good])
        // Asked at 0, 1, 2 … seconds: the second failure in a row is that of the fifth.
        let one = Self.play(
            "health_check interval=1s fails=2 passes=2 uri=/check;", script, at: [500, 1500, 3500, 4500, 5500, 6500])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(statuses(one) == ["200", "200", "200", "502", "502", "200"], "\(one.report([]))")
        #expect(
            lines(one) == [
                "[warn] peer is unhealthy while checking status code, health check \"\"",
                "[notice] peer is healthy while checking status code, health check \"\"",
            ])
        #expect(one.errorLog.contains("no live upstreams while connecting to upstream, client: "))
        #expect(one.accessLog.split(separator: "\n").count == 6, "a check has no access line")
    }

    /// What kept the peer from answering is told once, until it is something else.
    @Test func everyFailureHasItsLineOnce() {
        let garbage: [FarAction] = [.send("what is this\r\n\r\n"), .close]
        let script = Script([[.close], [.close], [.reset], garbage, garbage, Self.good, [.close]])
        let one = Self.play("health_check interval=1s uri=/check match=good;", script, at: [7500])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        let cut = "[error] upstream prematurely closed connection while reading response header from upstream"
        let name = ", health check \"good\""
        #expect(
            lines(one) == [
                cut + name,
                "[warn] peer is unhealthy while reading response header from upstream" + name,
                "[error] recv() failed (104: Connection reset by peer) while reading response header from upstream"
                    + name,
                "[error] upstream sent no valid HTTP/1.0 header while reading response header from upstream" + name,
                "[notice] peer is healthy while checking body" + name, cut + name,
                "[warn] peer is unhealthy while reading response header from upstream" + name,
            ], "\(one.report([]))")
    }

    /// Over HTTP/2 each question has a connection of its own.
    @Test(arguments: ["", "keepalive_time=10s"]) func checksSpeakHTTP2(_ keeps: String) {
        let script = Script([Self.good])
        let one = Self.play(
            "health_check interval=1s uri=/check match=good \(keeps);", script, at: [3500],
            location: "proxy_http_version 2;", wire: .http2)
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(statuses(one) == ["200"], "\(one.report([]))")
        #expect(script.asked >= 4)
        let connections = Set(one.simulated.farEnds.filter { $0.server != nil }.map(\.connectionIndex)).count
        // The client's request has one as well.
        #expect(connections > script.asked, "\(one.report([]))")
    }

    /// nginx: mandatory.
    @Test func aMandatoryCheckIsWaitedFor() {
        let script = Script([[.pause(milliseconds: 1000)] + Self.good])
        let one = Self.play("health_check interval=1h uri=/check mandatory;", script, at: [500, 1500])
        #expect(statuses(one) == ["502", "200"], "\(one.report(one.troubles))")
        #expect(lines(one) == ["[notice] peer is healthy while checking status code, health check \"\""])
    }

    /// Every wait has the location's timeout, and the body has one for all of it.
    @Test(arguments: [
        ("head", "while reading response header from upstream"), ("body", "while reading upstream"),
        ("drip", "while reading upstream"),
    ]) func silenceIsAFailure(_ what: String, _ phase: String) {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".utf8)
        let answers: [String: [FarAction]] = [
            "head": [.stall], "body": [.send(head), .stall],
            "drip": [.send(head), .trickle(Play.bytes(100), pieceBytes: 1, gapMilliseconds: 900), .awaitEnd, .close],
        ]
        let one = Self.play(
            "health_check interval=1s uri=/check match=good;", Script([answers[what] ?? []]), at: [1000, 2500],
            location: "proxy_read_timeout 2s;")
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(statuses(one) == ["200", "502"], "\(one.report([]))")
        let name = ", health check \"good\""
        #expect(
            lines(one).prefix(2) == [
                "[error] upstream timed out (110: Connection timed out) \(phase)\(name)",
                "[warn] peer is unhealthy \(phase)\(name)",
            ])
    }

    /// nginx: only the first 256k of a body are looked at.
    @Test func theBeginningOfABodyDecides() {
        let limit = 256 << 10
        func answer(_ spaces: Int) -> [FarAction] {
            let body = [UInt8](repeating: 0x20, count: spaces) + Array("good".utf8) + Play.bytes(90_000)
            return [.send(Play.answer(body))]
        }
        let script = Script([answer(limit - 4), answer(limit - 3), answer(0)])
        let one = Self.play("health_check interval=1s uri=/check match=good;", script, at: [500, 1500, 2500])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(statuses(one) == ["200", "502", "200"], "\(one.report([]))")
    }

    /// Without a test of the body nobody waits for it.
    @Test func anEndlessBodyPasses() {
        let endless: [FarAction] = [.send("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n"), .awaitEnd, .close]
        let script = Script([endless])
        let one = Self.play("health_check interval=1s uri=/check mandatory;", script, at: [100, 4500])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(statuses(one) == ["200", "200"] && (5...6).contains(script.asked), "\(one.report([]))")
    }

    /// nginx: keepalive_time. Without it each check has a connection of its own, and says that it ends.
    @Test(arguments: [true, false]) func aConnectionMayServeSeveralChecks(_ isKept: Bool) {
        let script = Script([Self.good])
        let one = Self.play(
            "health_check interval=1s uri=/check \(isKept ? "keepalive_time=2500ms" : "");", script, at: [4500])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        let asked = one.simulated.farEnds.filter { $0.receivedText.hasPrefix("GET /check ") }
        #expect((isKept ? 2...2 : 5...6).contains(asked.count), "\(one.report([]))")
        let closing = asked.filter { $0.receivedText.contains("\r\nConnection: close\r\n") }
        #expect(closing.count == (isKept ? 0 : asked.count))
    }

    /// A kept connection that ended meanwhile says nothing about its peer.
    @Test func aStaleConnectionIsReplaced() {
        let leaves: [FarAction] = Self.good + [.awaitText("GET"), .close]
        let script = Script([leaves, Self.good])
        let one = Self.play("health_check interval=1s uri=/check keepalive_time=1h;", script, at: [500, 2500])
        #expect(statuses(one) == ["200", "200"], "\(one.report(one.troubles))")
        #expect(!one.errorLog.contains("peer is unhealthy"), "\(one.report([]))")
    }

    /// nginx: jitter. The first check may be late, too.
    @Test func chanceMakesChecksLate() {
        let script = Script([Self.good])
        let one = Self.play("health_check interval=1s jitter=1s uri=/check;", script, at: [60_500])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect((33...52).contains(script.asked), "\(script.asked) checks in 60 seconds")
    }

    // MARK: ends

    /// A question under way ends with its configuration, and nothing of it is left.
    @Test func aReloadBeginsAnew() {
        let script = Script([[.stall]])
        let one = Self.play(
            "health_check interval=1s uri=/check mandatory;", script, at: [300, 700, 900],
            reloadTo: "", [(milliseconds: 600, what: .reload(1))])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        let seen = statuses(one)
        #expect(seen.first == "502" && seen.last == "200" && script.asked == 1, "\(one.report([]))")
    }

    /// Who drains waits for requests, and for no check.
    @Test func aDrainEndsChecksAtOnce() {
        let script = Script([[.stall]])
        let one = Self.play(
            "health_check interval=1s uri=/check;", script, at: [300], reloadTo: nil,
            [(milliseconds: 600, what: .drain(timeoutMilliseconds: nil))])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.simulated.elapsedMicroseconds < 30_000_000 + 200_000_000, "nobody waited for a timeout")
    }
}
