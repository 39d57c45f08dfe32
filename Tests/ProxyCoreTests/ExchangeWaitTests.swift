import Failures
import Platform
import Testing
@testable import ProxyCore

/// Waiting before an attempt: in a group's queue, and for an upstream that refuses connections (proxy_wait).
@Suite struct ExchangeWaitTests {
    private typealias Base = ExchangeMachineTests
    private static let unknown = Base.verdict(.choice(.nameNotResolved, number: 3))
    private static let neutral = "endAttempt(reusable: false, outcome: ProxyCore.AttemptEnd.neutral)"

    private static func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    /// At `now`, in a location that waits for 200 ms.
    private static func wait(_ now: Int64, mayBegin: Bool = true, hasOther: Bool = false) -> WaitRules {
        WaitRules(mayBegin: mayBegin, hasOther: hasOther, now: at(now), next: at(now + 50), end: at(now + 200))
    }

    private static func refuse(_ machine: inout ExchangeMachine, _ wait: WaitRules) -> String? {
        machine.attemptRefused(Base.refused, rules: Base.rules(), wait: wait).map(words)
    }

    /// The failure that follows where an exchange waits no more.
    private static func fail(_ machine: inout ExchangeMachine, _ verdict: Verdict = Base.refused) -> String {
        var rules = Base.rules()
        rules.isRefusal = true
        return words(machine.attemptFailed(verdict, onReused: false, rules: rules))
    }

    // MARK: proxy_wait

    @Test func waitsUntilSomebodyListens() {
        var machine = Base.trying(tries: 1)
        #expect(Self.refuse(&machine, Self.wait(0)) == Self.neutral)
        #expect(machine.isPausing && machine.waits && machine.phase == .connecting)
        #expect(machine.nextDeadline == Self.at(50))
        #expect(words(machine.pauseEnded()) == "startAttempt")
        machine.attemptChosen()
        _ = machine.attemptBegan(connected: false, deadline: Self.at(900))
        #expect(machine.waits)
        #expect(Self.refuse(&machine, Self.wait(60)) == Self.neutral)
        _ = machine.pauseEnded()
        machine.attemptChosen()
        _ = machine.attemptBegan(connected: false, deadline: Self.at(900))
        #expect(words(machine.attemptConnected(deadline: Self.at(900))) == "sendRequest")
        #expect(!machine.waits)
    }

    /// The last try is made when the time is over, and its failure is the client's; the peer has no part in it.
    @Test func waitsNoLongerThanItMay() {
        var machine = Base.trying(tries: 1)
        _ = Self.refuse(&machine, Self.wait(0))
        for now in [50, 100, 170] as [Int64] {
            _ = machine.pauseEnded()
            machine.attemptChosen()
            #expect(Self.refuse(&machine, Self.wait(now)) == Self.neutral)
        }
        #expect(machine.nextDeadline == Self.at(200), "no pause is longer than the wait")
        _ = machine.pauseEnded()
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(200)) == nil)
        #expect(Self.fail(&machine) == Self.neutral + ", answer(status: 502)")
    }

    /// A wait that ended by success may go on after another failure, but all in all it is no longer.
    @Test func oneTimeForAllWaitsOfARoute() {
        var machine = Base.trying(tries: 3)
        _ = Self.refuse(&machine, Self.wait(0))
        _ = machine.pauseEnded()
        machine.attemptChosen()
        _ = machine.attemptBegan(connected: true, deadline: Self.at(900))
        let failed = machine.attemptFailed(Base.silent, onReused: false, rules: Base.rules())
        #expect(words(failed).hasSuffix("AttemptEnd.failed), startAttempt"))
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(180)) == Self.neutral)
        #expect(machine.waitEnd == Self.at(200))
    }

    /// A location without `proxy_wait`, or as many that wait as may.
    @Test func whoMayNotWaitFails() {
        var machine = Base.trying(tries: 1)
        #expect(Self.refuse(&machine, Self.wait(0, mayBegin: false)) == nil)
        #expect(
            Self.fail(&machine)
                == "endAttempt(reusable: false, outcome: ProxyCore.AttemptEnd.refused), answer(status: 502)")
    }

    /// Who waits already goes on, however many have begun to meanwhile.
    @Test func theBoundIsForThoseWhoBegin() {
        var machine = Base.trying(tries: 1)
        _ = Self.refuse(&machine, Self.wait(0))
        _ = machine.pauseEnded()
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(50, mayBegin: false)) == Self.neutral)
    }

    /// Another peer comes first, with its own line and its own part in the peer's record; then all have refused.
    @Test func waitsOnlyOnceEveryPeerRefused() {
        var machine = Base.trying(tries: 2)
        #expect(Self.refuse(&machine, Self.wait(0, hasOther: true)) == nil)
        #expect(Self.fail(&machine).hasSuffix("AttemptEnd.refused), startAttempt"))
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(1)) == Self.neutral)
        // The next round has all of its tries again, and says nothing.
        _ = machine.pauseEnded()
        #expect(machine.triesLeft == 2)
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(50, hasOther: true)) == Self.neutral + ", startAttempt")
        #expect(machine.waits && !machine.isPausing)
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(51)) == Self.neutral)
        #expect(machine.isPausing)
    }

    /// What reached a peer is counted, however long the exchange waits.
    @Test func triesThatReachedAPeerAreSpent() {
        var machine = Base.trying(tries: 2)
        _ = machine.attemptBegan(connected: true, deadline: Self.at(900))
        _ = machine.attemptFailed(Base.silent, onReused: false, rules: Base.rules())
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(0)) == Self.neutral)
        _ = machine.pauseEnded()
        #expect(machine.triesLeft == 1)
        machine.attemptChosen()
        _ = machine.attemptBegan(connected: true, deadline: Self.at(900))
        let last = machine.attemptFailed(Base.silent, onReused: false, rules: Base.rules())
        #expect(words(last).hasSuffix("answer(status: 504)"))
    }

    /// A name is looked up again after each pause; how many addresses it has says how many tries there are.
    @Test func aNameIsWaitedForToo() {
        var machine = ExchangeMachine(hasBody: false)
        _ = machine.routedToProxy(buffersBody: true, tries: 1)
        for now in [0, 50] as [Int64] {
            machine.lookupBegan(deadline: Self.at(900))
            let actions = machine.attemptRefused(Self.unknown, rules: Base.rules(), wait: Self.wait(now))
            #expect(actions.map(words) == Self.neutral)
            _ = machine.pauseEnded()
        }
        machine.addressesFound(3)
        machine.attemptChosen()
        #expect(machine.triesLeft >= 2)
    }

    @Test func theClientsLeavingEndsIt() {
        var machine = Base.trying(tries: 1)
        _ = Self.refuse(&machine, Self.wait(0))
        #expect(words(machine.clientGone(status: 499)) == "giveUp(status: 499)")
        #expect(machine.nextDeadline.isNever && !machine.waits)
    }

    /// Another place has a time of its own.
    @Test func aRestartBeginsAnew() {
        var machine = Base.trying(tries: 1)
        #expect(Self.refuse(&machine, Self.wait(0)) == Self.neutral)
        _ = machine.pauseEnded()
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(200)) == nil)
        _ = Self.fail(&machine)
        machine.restarted()
        _ = machine.routedToProxy(buffersBody: true, tries: 1)
        machine.attemptChosen()
        #expect(Self.refuse(&machine, Self.wait(300)) == Self.neutral)
        #expect(machine.waitEnd == Self.at(500))
    }

    // MARK: queue

    @Test func waitsInTheQueue() {
        var machine = Base.trying(tries: 1)
        machine.queued(deadline: Self.at(70))
        #expect(machine.phase == .queued && machine.nextDeadline == Self.at(70) && !machine.isAttempting)
        #expect(words(machine.attemptBegan(connected: true, deadline: Self.at(90))) == "sendRequest")
        #expect(machine.nextDeadline == Self.at(90))
    }

    @Test func theQueueTimesOut() {
        var machine = Base.trying(tries: 2)
        machine.queued(deadline: Self.at(70))
        let verdict = FailureTable.verdict(.choice(.queueTimedOut), at: Place(.queued))
        let actions = machine.attemptFailed(verdict, onReused: false, rules: Base.rules())
        #expect(words(actions) == Self.neutral + ", answer(status: 502)")
        #expect(machine.nextDeadline.isNever)
    }

    /// The request's body is still taken while it waits, and goes on its way once there is a connection.
    @Test func aBodyComesInTheQueue() {
        var machine = ExchangeMachine(hasBody: true)
        _ = machine.routedToProxy(buffersBody: false, tries: 1)
        machine.bodyAwaited(until: Self.at(10))
        machine.attemptChosen()
        machine.queued(deadline: Self.at(70))
        #expect(words(machine.bodyGrew()) == "")
        machine.bodyAwaited(until: .never)
        #expect(machine.nextDeadline == Self.at(70))
        #expect(words(machine.attemptBegan(connected: true, deadline: Self.at(90))) == "sendRequest")
    }

    @Test func pausingTwiceTraps() async {
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.trying(tries: 1)
            _ = machine.pauseEnded()
        }
        await #expect(processExitsWith: .failure) {
            var machine = ExchangeMachineTests.trying(tries: 1)
            machine.queued(deadline: .never)
            machine.queued(deadline: .never)
        }
    }
}
