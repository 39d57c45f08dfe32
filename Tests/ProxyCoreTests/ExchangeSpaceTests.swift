import Testing
@testable import ProxyCore

/// What holds in every state that an exchange can come to.
@Suite struct ExchangeSpaceTests {
    static let space = ExchangeSpace.all

    @Test func nothingWaitsWithoutADeadline() {
        let waiting = Self.space.talks.filter { $0.isResting && !$0.isLogged }
        #expect(waiting.count > 100)
        for talk in waiting where talk.machine.nextDeadline.isNever { Issue.record("\(talk.key)") }
    }

    /// Time alone ends every exchange, from wherever it stands.
    @Test func everyExchangeEndsByItself() {
        let ends = Set(Self.space.talks.indices.filter { Self.space.talks[$0].isLogged })
        let ways = Self.space.edges.filter(\.isTimeout).map { ($0.from, $0.to) }
        let all = ways + Self.space.talks.indices.map { ($0, $0) }
        for number in deadEnds(all, end: ends).sorted().prefix(10) { Issue.record("\(Self.space.talks[number].key)") }
    }

    @Test func aLoggedExchangeHoldsNothing() {
        for talk in Self.space.talks where talk.isLogged {
            let holds = !talk.machine.nextDeadline.isNever || talk.machine.isAttempting || !talk.duties.isEmpty
            if holds { Issue.record("\(talk.key)") }
        }
    }

    /// Each half goes forward only, but for a restart and for the next attempt.
    @Test func halvesGoForward() {
        for step in Self.space.steps {
            let isRestart = step.input == "restarted"
            #expect(step.from.request.rawValue <= step.to.request.rawValue || step.input == "bodyDiscarded", "\(step)")
            if isRestart { continue }
            let failsTunnel = step.from.response == .tunnelling && step.to.response == .committed
            #expect(step.from.response.rawValue <= step.to.response.rawValue || failsTunnel, "\(step)")
        }
    }

    /// Every state of every part can be reached, and is left again.
    @Test func everyStateIsReached() {
        let standings = Self.space.steps.map(\.to) + Self.space.steps.map(\.from)
        #expect(Set(standings.map(\.request)).count == ExchangeMachine.RequestHalf.allCases.count)
        #expect(Set(standings.map(\.response)).count == ExchangeMachine.ResponseHalf.allCases.count)
        #expect(Set(standings.map(\.attempt)).count == ExchangeMachine.Attempt.allCases.count)
    }

    /// No attempt is live once the response is over, no head is awaited once one is committed, and a tunnel begins
    /// behind a whole request.
    @Test func partsFitTogether() {
        for machine in Self.space.talks.map(\.machine) {
            var fits = !(machine.isOver && machine.isAttempting)
            switch machine.attempt {
            case .resolving, .queued, .waiting, .connecting, .handshaking, .sending, .awaitingHead:
                fits = fits && machine.isTrying
            case .none, .body, .over: break
            }
            if machine.isTunnelling { fits = fits && machine.isRequestWhole }
            if !fits { Issue.record("\(Standing(machine))") }
        }
    }
}
