import Platform
import Testing
@testable import ProxyCore

/// The life of a client's connection, as conversations with its machine.
@Suite struct DownstreamMachineTests {
    static let now = Instant(milliseconds: 1_000)
    static let later = Instant(milliseconds: 5_000)
    /// Timeouts of different lengths, so that a deadline tells which one it is of, in milliseconds.
    static let timeouts: [Int64: String] = [
        100: "client_header_timeout", 200: "keepalive_timeout", 300: "lingering_timeout",
    ]

    static func accepted(proxied: Bool = false, secure: Bool = false) -> DownstreamMachine {
        DownstreamMachine(now: now, headTimeout: 100, awaitsProxyHeader: proxied, shakesHands: secure)
    }

    static func end(_ machine: inout DownstreamMachine, _ end: ExchangeEnd, at now: Instant = now)
        -> ActionList<DownstreamAction>
    {
        machine.exchangeEnded(end, now: now, keepAlive: (most: 200, least: 50), linger: (total: 30_000, between: 300))
    }

    static let inputs: [Input<DownstreamMachine>] =
        [
            Input(name: "proxyHeaderArrived", isLegal: { isBeforeProxyHeader($0) }) {
                words($0.proxyHeaderArrived(shakesHands: false))
            },
            Input(name: "proxyHeaderArrived(secure)", isLegal: { isBeforeProxyHeader($0) }) {
                words($0.proxyHeaderArrived(shakesHands: true))
            },
            Input(name: "handshakeEnded", isLegal: { $0.isShakingHands }) { words($0.handshakeEnded()) },
            Input(name: "headBegan", isLegal: { awaitsHead($0) }) {
                $0.headBegan(now: now, headTimeout: 100)
                return ""
            },
            Input(name: "headArrived", isLegal: { awaitsHead($0) }) {
                $0.headArrived()
                return ""
            },
            Input(name: "lingered", isLegal: { $0.isLingering }) {
                $0.lingered(now: now, between: 300)
                return ""
            },
            Input(name: "ended", isLegal: { !$0.isExchanging }) { words($0.ended()) },
        ]
        + [ExchangeEnd.keepAlive, .close, .linger, .cut(reset: false), .cut(reset: true), .gone].map { reason in
            Input(name: "exchangeEnded(\(reason))", isLegal: { $0.isExchanging }) { words(end(&$0, reason)) }
        }

    static let firstEnd = 7

    static func isBeforeProxyHeader(_ machine: DownstreamMachine) -> Bool {
        if case .proxyHeader = machine.state { true } else { false }
    }

    static func awaitsHead(_ machine: DownstreamMachine) -> Bool {
        if case .readingHead = machine.state { true } else { machine.isIdle }
    }

    static func name(_ machine: DownstreamMachine) -> String {
        switch machine.state {
        case .proxyHeader: "proxyHeader"
        case .handshaking: "handshaking"
        case .idle(first: true): "idle, first"
        case .idle(first: false): "idle"
        case .readingHead: "readingHead"
        case .exchanging: "exchanging"
        case .lingering: "lingering"
        case .closed: "closed"
        }
    }

    static let space = Space(
        starts: [accepted(), accepted(proxied: true), accepted(secure: true)], inputs: inputs, name: name)

    // MARK: all states

    @Test func everyStateIsReached() {
        #expect(
            Set(Self.space.names) == [
                "proxyHeader", "handshaking", "idle, first", "idle", "readingHead", "exchanging", "lingering", "closed",
            ])
    }

    /// While it has an exchange its deadlines are the exchange's; closed it waits for nothing.
    @Test func nothingWaitsWithoutADeadline() {
        for machine in Self.space.machines {
            #expect(machine.deadline.isNever == (machine.isExchanging || machine.isClosed), "\(Self.name(machine))")
        }
    }

    /// From each state inputs alone lead to the end.
    @Test func everyStateCanEnd() {
        #expect(deadEnds(Self.space.steps.map { ($0.from, $0.to) }, end: ["closed"]).isEmpty)
    }

    @Test func illegalInputsTrap() async {
        for state in Self.space.names.indices {
            // The ways in which an exchange ends are all refused in one place.
            for input in 0...Self.firstEnd where !Self.inputs[input].isLegal(Self.space.machines[state]) {
                await #expect(processExitsWith: .failure, "\(Self.inputs[input].name) in \(Self.space.names[state])") {
                    [state = state as Int, input = input as Int] in
                    var machine = DownstreamMachineTests.space.machines[state]
                    _ = DownstreamMachineTests.inputs[input].apply(&machine)
                }
            }
        }
    }

    // MARK: conversations

    @Test func oneRequestThenIdle() {
        var machine = Self.accepted()
        #expect(machine.isBetweenRequests)
        machine.headArrived()
        #expect(machine.deadline.isNever && machine.requests == 1)
        #expect(words(Self.end(&machine, .keepAlive)) == "readNext")
        #expect(machine.isIdle && machine.deadline == Self.now.after(200) && machine.bound == Self.now.after(50))
    }

    /// The deadline of the first head counts from the accept, however late its first byte comes (nginx).
    @Test func firstHeadHasOneDeadline() {
        var machine = Self.accepted()
        machine.headBegan(now: Self.now.after(90), headTimeout: 100)
        #expect(machine.deadline == Self.now.after(100))
        machine.headBegan(now: Self.now.after(95), headTimeout: 100)
        #expect(machine.deadline == Self.now.after(100))
    }

    /// That of a later head counts from its first byte, and drops of it do not move it.
    @Test func laterHeadHasOneDeadline() {
        var machine = Self.accepted()
        machine.headArrived()
        _ = Self.end(&machine, .keepAlive)
        machine.headBegan(now: Self.later, headTimeout: 100)
        #expect(machine.deadline == Self.later.after(100))
        machine.headBegan(now: Self.later.after(60), headTimeout: 100)
        #expect(machine.deadline == Self.later.after(100))
    }

    /// A PROXY protocol header takes of the time of the head behind it.
    @Test func proxyHeaderSharesTheDeadline() {
        var machine = Self.accepted(proxied: true)
        #expect(words(machine.proxyHeaderArrived(shakesHands: false)) == "readNext")
        #expect(machine.deadline == Self.now.after(100) && machine.isIdle)
    }

    /// Lingering ends `lingering_time` after it began, whatever comes.
    @Test func lingeringIsBounded() {
        var machine = Self.accepted()
        machine.headArrived()
        #expect(words(Self.end(&machine, .linger)) == "releaseInput, linger")
        machine.lingered(now: Self.now.after(200), between: 300)
        #expect(machine.deadline == Self.now.after(500))
        machine.lingered(now: Self.now.after(29_900), between: 300)
        #expect(machine.deadline == Self.now.after(30_000))
        #expect(words(machine.ended()) == "close" && words(machine.ended()) == "")
    }

    @Test(arguments: [
        (ExchangeEnd.close, "close"), (.gone, "close"), (.cut(reset: false), "close"), (.cut(reset: true), "reset"),
    ])
    func endsAtOnce(_ end: ExchangeEnd, _ actions: String) {
        var machine = Self.accepted()
        machine.headArrived()
        #expect(words(Self.end(&machine, end)) == actions)
        #expect(machine.isClosed && machine.deadline.isNever)
    }
}
