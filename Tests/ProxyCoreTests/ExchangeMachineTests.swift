import Configuration
import Failures
import Platform
import Testing
@testable import ProxyCore

/// Requests and their responses, as conversations with the machine of an exchange.
@Suite struct ExchangeMachineTests {
    static func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    static func verdict(_ cause: Cause, committed: Bool = false) -> Verdict {
        FailureTable.verdict(cause, at: Place(.readingResponseHead, headCommitted: committed, wire: .http1))
    }

    static let refused = verdict(.connectFailed(errno: 111, atOnce: false))
    static let silent = verdict(.connection(.timedOut))
    static let closed = verdict(.connection(.closed))

    static func rules(
        _ conditions: NextUpstream = [.error, .timeout], idempotent: Bool = true, replays: Bool = true,
        timeIsUp: Bool = false
    ) -> RetryRules {
        RetryRules(conditions: conditions, isIdempotent: idempotent, canReplayBody: replays, timeIsUp: timeIsUp)
    }

    /// An exchange without a body on its way to a group.
    static func trying(tries: Int = 2) -> ExchangeMachine {
        var machine = ExchangeMachine(hasBody: false)
        _ = machine.routedToProxy(buffersBody: true, tries: tries)
        machine.attemptChosen()
        return machine
    }

    /// One whose whole request has left.
    static func awaitingHead(tries: Int = 2) -> ExchangeMachine {
        var machine = trying(tries: tries)
        _ = machine.attemptBegan(connected: false, deadline: at(10))
        _ = machine.attemptConnected(deadline: at(20))
        machine.requestProgressed(deadline: at(30))
        machine.requestFinished(deadline: at(40))
        return machine
    }

    /// One whose response is under way.
    static func committed() -> ExchangeMachine {
        var machine = awaitingHead()
        machine.headArrived(deadline: at(50))
        machine.committed()
        return machine
    }

    // MARK: whole conversations

    @Test func plainGet() {
        var machine = ExchangeMachine(hasBody: false)
        #expect(machine.phase == .routing)
        #expect(words(machine.routedToProxy(buffersBody: true, tries: 1)) == "startAttempt")
        machine.attemptChosen()
        #expect(words(machine.attemptBegan(connected: false, deadline: Self.at(10))) == "")
        #expect(machine.phase == .connecting && machine.nextDeadline == Self.at(10))
        #expect(words(machine.attemptConnected(deadline: Self.at(20))) == "sendRequest")
        #expect(machine.phase == .sendingRequest && machine.nextDeadline == Self.at(20))
        machine.requestFinished(deadline: Self.at(40))
        #expect(machine.phase == .readingResponseHead && machine.nextDeadline == Self.at(40))
        machine.headArrived(deadline: Self.at(50))
        machine.committed()
        #expect(machine.phase == .readingUpstream && machine.nextDeadline == Self.at(50))
        let over = machine.responseBodyEnded(reusable: true)
        #expect(words(over) == "endAttempt(reusable: true, outcome: ProxyCore.AttemptEnd.succeeded)")
        machine.ended()
        machine.logged()
        #expect(machine.nextDeadline.isNever)
    }

    @Test func bodyIsStoredFirst() {
        var machine = ExchangeMachine(hasBody: true)
        #expect(words(machine.routedToProxy(buffersBody: true, tries: 1)) == "readBody")
        machine.bodyAwaited(until: Self.at(10))
        #expect(machine.phase == .readingBody && machine.nextDeadline == Self.at(10))
        #expect(words(machine.bodyCompleted()) == "startAttempt")
        #expect(machine.nextDeadline.isNever && machine.isRequestWhole)
    }

    @Test func bodyIsPassedOn() {
        var machine = ExchangeMachine(hasBody: true)
        #expect(words(machine.routedToProxy(buffersBody: false, tries: 1)) == "readBody, startAttempt")
        machine.bodyAwaited(until: Self.at(10))
        machine.attemptChosen()
        #expect(words(machine.bodyGrew()) == "")
        #expect(words(machine.attemptBegan(connected: true, deadline: Self.at(20))) == "sendRequest")
        #expect(words(machine.bodyGrew()) == "sendRequest")
        machine.requestProgressed(deadline: .never)
        #expect(machine.nextDeadline == Self.at(10), "the client is waited for, not the upstream")
        #expect(words(machine.bodyCompleted()) == "sendRequest")
    }

    /// There is no room for more of the body: it is the upstream that is waited for.
    @Test func aPausedClientIsNoLateClient() {
        var machine = ExchangeMachine(hasBody: true)
        _ = machine.routedToProxy(buffersBody: false, tries: 1)
        machine.bodyAwaited(until: Self.at(10))
        machine.attemptChosen()
        _ = machine.attemptBegan(connected: true, deadline: Self.at(20))
        machine.requestBlocked(deadline: Self.at(30))
        machine.bodyAwaited(until: .never)
        #expect(machine.nextDeadline == Self.at(20))
    }

    /// RFC 9113 §8.7: a peer that did nothing may be followed by another, whatever was asked.
    @Test func whatWasNotProcessedMayBeSentAgain() {
        var machine = Self.awaitingHead()
        #expect(!machine.mayResend(Self.rules(idempotent: false)))
        machine.requestUnprocessed()
        #expect(machine.mayResend(Self.rules(idempotent: false)))
    }

    @Test func earlyAnswerMakesTheRestUnwanted() {
        var machine = ExchangeMachine(hasBody: true)
        _ = machine.routedToProxy(buffersBody: false, tries: 1)
        machine.bodyAwaited(until: Self.at(10))
        machine.attemptChosen()
        _ = machine.attemptBegan(connected: true, deadline: Self.at(20))
        machine.headArrived(deadline: Self.at(50))
        machine.committed()
        let actions = machine.responseBodyEnded(reusable: true)
        #expect(words(actions) == "endAttempt(reusable: false, outcome: ProxyCore.AttemptEnd.succeeded)")
        #expect(machine.isDiscarding && machine.bodyDeadline.isNever)
        machine.ended()
        machine.discardingBegan(until: Self.at(100))
        machine.discardAwaited(until: Self.at(60))
        #expect(machine.nextDeadline == Self.at(60))
        machine.discardAwaited(until: Self.at(160))
        #expect(machine.nextDeadline == Self.at(100), "lingering_time bounds it")
        machine.bodyDiscarded()
        machine.logged()
        #expect(machine.isRequestWhole)
    }

    @Test func tunnelEndsByItsTimeout() {
        var machine = Self.committed()
        machine.clientAwaited(until: Self.at(5))
        machine.tunnelBegan(deadline: Self.at(70))
        #expect(machine.phase == .tunnelling && machine.nextDeadline == Self.at(70))
        machine.bodyAwaitedFromUpstream(until: Self.at(90))
        #expect(machine.nextDeadline == Self.at(90))
        let actions = machine.attemptFailed(Self.silent, onReused: false, rules: Self.rules())
        #expect(words(actions).hasSuffix("abort(reset: false)"))
    }

    /// While the client takes nothing the upstream is not read, and its silence is no failure.
    @Test func pausedUpstreamIsNotLate() {
        var machine = Self.committed()
        machine.clientAwaited(until: Self.at(60))
        machine.bodyAwaitedFromUpstream(until: .never)
        #expect(machine.nextDeadline == Self.at(60))
        machine.clientAwaited(until: .never)
        machine.bodyAwaitedFromUpstream(until: Self.at(80))
        #expect(machine.nextDeadline == Self.at(80))
    }

    @Test func clientGone() {
        var machine = Self.committed()
        #expect(
            words(machine.clientGone(status: 499))
                == "endAttempt(reusable: false, outcome: ProxyCore.AttemptEnd.neutral), giveUp(status: 499)")
        #expect(machine.nextDeadline.isNever)
        var fresh = ExchangeMachine(hasBody: true)
        #expect(words(fresh.clientGone(status: 499)) == "giveUp(status: 499)")
    }

    // MARK: the next peer

    @Test func nextPeerUntilTriesAreUsedUp() {
        var machine = Self.trying(tries: 2)
        var actions = machine.attemptFailed(Self.refused, onReused: false, rules: Self.rules())
        #expect(words(actions) == "endAttempt(reusable: false, outcome: ProxyCore.AttemptEnd.failed), startAttempt")
        machine.attemptChosen()
        actions = machine.attemptFailed(Self.refused, onReused: false, rules: Self.rules())
        #expect(
            words(actions) == "endAttempt(reusable: false, outcome: ProxyCore.AttemptEnd.failed), answer(status: 502)")
    }

    /// A connection that died while it lay idle costs no try.
    @Test func staleConnectionIsFree() {
        var machine = Self.trying(tries: 1)
        _ = machine.attemptBegan(connected: true, deadline: Self.at(10))
        let actions = machine.attemptFailed(Self.closed, onReused: true, rules: Self.rules())
        #expect(words(actions).hasSuffix("startAttempt"))
    }

    /// nginx: proxy_next_upstream, non_idempotent, proxy_next_upstream_timeout.
    @Test func whatForbidsAnotherTry() {
        func next(_ verdict: Verdict, _ rules: RetryRules, sent: Bool) -> Bool {
            let machine = sent ? Self.awaitingHead() : Self.trying()
            return machine.mayRetry(verdict, rules)
        }
        #expect(next(Self.refused, Self.rules(), sent: false))
        #expect(!next(Self.refused, Self.rules([.timeout]), sent: false))
        #expect(!next(Self.silent, Self.rules([.error]), sent: true))
        #expect(next(Self.silent, Self.rules(), sent: true))
        #expect(!next(Self.refused, Self.rules([.error, .off]), sent: false))
        #expect(!next(Self.refused, Self.rules(timeIsUp: true), sent: false))
        #expect(!next(Self.silent, Self.rules(idempotent: false), sent: true))
        #expect(next(Self.silent, Self.rules(idempotent: false), sent: false), "nothing was sent yet")
        #expect(next(Self.silent, Self.rules([.timeout, .nonIdempotent], idempotent: false), sent: true))
        #expect(!next(Self.silent, Self.rules(replays: false), sent: true))
        #expect(!next(Self.verdict(.choice(.noLivePeers)), Self.rules(), sent: false))
    }

    @Test func statusIsPassedOver() {
        let rules = Self.rules([.http500])
        #expect(Self.awaitingHead(tries: 2).mayPassOver(.http500, rules))
        #expect(!Self.awaitingHead(tries: 2).mayPassOver(.http503, rules))
        #expect(!Self.awaitingHead(tries: 1).mayPassOver(.http500, rules))
    }

    /// After the head a failure is a cut: FIN where the framing shows it, a reset where only that does.
    @Test(arguments: [(Wire.http1, "abort(reset: false)"), (.http1UntilClose, "abort(reset: true)")])
    func failureAfterTheHead(_ wire: Wire, _ action: String) {
        var machine = Self.committed()
        let verdict = FailureTable.verdict(
            .connection(.timedOut), at: Place(.readingUpstream, headCommitted: true, wire: wire))
        let actions = machine.attemptFailed(verdict, onReused: false, rules: Self.rules())
        #expect(words(actions).hasSuffix(action))
    }

    // MARK: restarts

    @Test func restartKeepsTheBody() {
        var machine = ExchangeMachine(hasBody: true)
        _ = machine.routedToProxy(buffersBody: true, tries: 1)
        machine.bodyAwaited(until: Self.at(10))
        _ = machine.bodyCompleted()
        machine.attemptChosen()
        _ = machine.attemptFailed(Self.refused, onReused: false, rules: Self.rules())
        machine.restarted()
        #expect(words(machine.routedToProxy(buffersBody: true, tries: 3)) == "startAttempt")
        #expect(machine.triesLeft == 3)
    }

    /// A body that was refused is not asked for again, and the request can go without it.
    @Test func restartWithoutItsBody() {
        var machine = ExchangeMachine(hasBody: true)
        _ = machine.routedToProxy(buffersBody: true, tries: 1)
        machine.bodyAwaited(until: Self.at(10))
        machine.bodyUnwanted()
        machine.restarted()
        #expect(words(machine.routedToProxy(buffersBody: true, tries: 1)) == "startAttempt")
        #expect(machine.isRequestOver && !machine.isRequestWhole)
    }

    // MARK: what traps

    @Test func aSecondHeadTraps() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.committed()
            machine.committed()
        }
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.committed()
            machine.headArrived(deadline: .never)
        }
    }

    @Test func restartBehindTheHeadTraps() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.committed()
            machine.restarted()
        }
    }

    @Test func anAnswerWhileAnAttemptLivesTraps() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.awaitingHead()
            machine.committed()
        }
    }

    @Test func twoAttemptsAtOnceTrap() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.awaitingHead()
            machine.attemptChosen()
        }
    }

    @Test func awaitingABodyThatNobodyWantsTraps() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachine(hasBody: true)
            machine.bodyUnwanted()
            machine.bodyAwaited(until: .never)
        }
    }

    @Test func loggingBeforeTheEndTraps() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.committed()
            machine.logged()
        }
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.committed()
            machine.ended()
            machine.logged()
            machine.logged()
        }
    }
}
