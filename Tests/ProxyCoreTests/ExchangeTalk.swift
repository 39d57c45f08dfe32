import Configuration
import Failures
import Platform
@testable import ProxyCore

/// One exchange as its machine sees it, and what the driver has promised to do next.
///
/// A talk is a value: where several things may happen, it is copied for each of them. What it tells the machine in one
/// of its own methods is what `Worker` tells it in the same place, in the same order.
struct ExchangeTalk {
    /// What the driver does before it waits again.
    enum Duty {
        case route, readBody, startAttempt, sendRequest, answer, abort, giveUp
    }

    var machine: ExchangeMachine
    var duties: [Duty] = [.route]
    /// The body is passed on as it comes.
    var passes = false
    /// How often it may still be led to another place.
    var restartsLeft = 1
    /// What the machine was told on the way here, since the state before.
    var steps: [ExchangeStep] = []

    /// Far away, but there.
    static let soon = Instant(milliseconds: 1_000)
    static let never = Instant.never

    init(hasBody: Bool) { machine = ExchangeMachine(hasBody: hasBody) }

    /// Two talks of one key go on alike.
    var key: Key {
        Key(
            standing: standing, awaitsBody: !machine.bodyDeadline.isNever,
            awaitsUpstream: !machine.attemptDeadline.isNever, awaitsClient: !machine.sendDeadline.isNever,
            readsAtRate: !machine.readPace.isNever, sendsAtRate: !machine.sendPace.isNever,
            requestSent: machine.requestSent, triesLeft: machine.triesLeft, triesRefused: machine.triesRefused,
            waits: machine.waits, hasWaited: !machine.waitEnd.isNever, passes: passes, restartsLeft: restartsLeft,
            duties: duties)
    }

    struct Key: Hashable {
        var standing: Standing
        var awaitsBody: Bool
        var awaitsUpstream: Bool
        var awaitsClient: Bool
        var readsAtRate: Bool
        var sendsAtRate: Bool
        var requestSent: Bool
        var triesLeft: Int
        var triesRefused: Int
        var waits: Bool
        var hasWaited: Bool
        var passes: Bool
        var restartsLeft: Int
        var duties: [Duty]
    }

    var standing: Standing { Standing(machine) }
    /// Nothing is left to do but wait.
    var isResting: Bool { duties.isEmpty }
    var isLogged: Bool { if case .logged = machine.response { true } else { false } }
    /// Everything of the response is with the client, or waits for it.
    var responseEnded: Bool { machine.isCommitted && !machine.isAttempting }

    // MARK: telling the machine

    mutating func tell(_ input: String, _ body: (inout ExchangeMachine) -> Void) {
        let before = standing
        body(&machine)
        steps.append(ExchangeStep(from: before, input: input, actions: "", to: standing))
    }

    mutating func ask(_ input: String, _ body: (inout ExchangeMachine) -> ActionList<ExchangeAction>) {
        let before = standing
        let actions = body(&machine)
        steps.append(ExchangeStep(from: before, input: input, actions: words(actions), to: standing))
        var atOnce: [Duty] = []
        for index in 0..<actions.count {
            switch actions[index] {
            case .readBody: atOnce.append(.readBody)
            case .startAttempt: duties.append(.startAttempt)
            case .sendRequest: atOnce.append(.sendRequest)
            case .endAttempt: break
            case .answer: atOnce.append(.answer)
            case .abort: atOnce.append(.abort)
            case .giveUp: atOnce.append(.giveUp)
            }
        }
        duties = atOnce + duties
    }

    // MARK: what the driver does in several places

    static let rules = RetryRules(
        conditions: [.error, .timeout], isIdempotent: true, canReplayBody: true, timeIsUp: false)
    static let place = Place(.connecting, headCommitted: false, wire: .http1)
    static let refused = FailureTable.verdict(.connectFailed(errno: 111, atOnce: false), at: place)
    static let silent = FailureTable.verdict(.connection(.timedOut), at: place)
    static let stillQueued = FailureTable.verdict(.choice(.queueTimedOut), at: place)
    static let noneLive = FailureTable.verdict(.choice(.noLivePeers), at: place)

    private var ownRules: RetryRules {
        RetryRules(conditions: Self.rules.conditions, isIdempotent: true, canReplayBody: !passes, timeIsUp: false)
    }

    /// Nobody listens, in a location that waits: the exchange does, or has done so long enough.
    mutating func refuse(_ verdict: Verdict, hasOther: Bool, isLate: Bool = false) {
        let now = isLate ? Self.soon.after(9_000) : Instant(milliseconds: 0)
        let wait = WaitRules(
            mayBegin: true, hasOther: hasOther, now: now, next: Self.soon, end: Self.soon.after(4_000))
        let rules = ownRules
        var goesOn = false
        ask("attemptRefused") { machine in
            let actions = machine.attemptRefused(verdict, rules: rules, wait: wait)
            goesOn = actions != nil
            return actions ?? ActionList()
        }
        if !goesOn { failAttempt(verdict, isRefusal: true) }
    }

    mutating func failAttempt(_ verdict: Verdict, onReused: Bool = false, isRefusal: Bool = false) {
        var rules = ownRules
        rules.isRefusal = isRefusal
        ask("attemptFailed") { $0.attemptFailed(verdict, onReused: onReused, rules: rules) }
    }

    mutating func clientGone() { ask("clientGone") { $0.clientGone(status: 499) } }

    /// The request itself is at fault, or its body does not come.
    mutating func failRequest() {
        tell("bodyUnwanted") { $0.bodyUnwanted() }
        if machine.isAttempting || machine.isHeldUp {
            ask("attemptDropped") { $0.attemptDropped(reusable: false, outcome: .neutral) }
        }
        duties.insert(machine.isCommitted ? .abort : .answer, at: 0)
    }

    mutating func finish(keepsClient: Bool) {
        tell("ended") { $0.ended() }
        if machine.isDiscarding && keepsClient {
            tell("discardingBegan") { $0.discardingBegan(until: Self.soon.after(9_000)) }
            tell("discardAwaited") { $0.discardAwaited(until: Self.soon) }
        } else {
            log()
        }
    }

    mutating func log() {
        if machine.isAttempting || !machine.isOver { tell("ended") { $0.ended() } }
        tell("logged") { $0.logged() }
        duties = []
    }

    /// All that was sent was taken.
    mutating func clientTookAll() {
        tell("clientAwaited(never)") { $0.clientAwaited(until: Self.never) }
        if responseEnded { return finish(keepsClient: true) }
        tell("bodyAwaitedFromUpstream") { $0.bodyAwaitedFromUpstream(until: Self.soon) }
    }

    /// Some of it waits for the client.
    mutating func clientTookSome(pauses: Bool) {
        tell("clientAwaited") { $0.clientAwaited(until: Self.soon) }
        tell(pauses ? "bodyAwaitedFromUpstream(never)" : "bodyAwaitedFromUpstream") {
            $0.bodyAwaitedFromUpstream(until: pauses ? Self.never : Self.soon)
        }
    }

    /// The request is led to another place.
    mutating func restart() {
        restartsLeft -= 1
        tell("restarted") { $0.restarted() }
        duties.insert(.route, at: 0)
    }
}

/// Where the three parts of an exchange stand.
struct Standing: Hashable {
    var request: ExchangeMachine.RequestHalf
    var response: ExchangeMachine.ResponseHalf
    var attempt: ExchangeMachine.Attempt

    init(_ machine: ExchangeMachine) {
        request = machine.request
        response = machine.response
        attempt = machine.attempt
    }
}

/// One thing that the machine of an exchange was told.
struct ExchangeStep: Hashable {
    var from: Standing
    var input: String
    var actions: String
    var to: Standing
}
