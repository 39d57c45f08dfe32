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
        Limits.drainGraceMilliseconds: "a second",
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
        ] + session
        + [ExchangeEnd.keepAlive, .close, .linger, .cut(reset: false), .cut(reset: true), .gone].map { reason in
            Input(name: "exchangeEnded(\(reason))", isLegal: { $0.isExchanging }) { words(end(&$0, reason)) }
        }

    static let session: [Input<DownstreamMachine>] = [
        Input(name: "sessionBegan", isLegal: { mayBeginSession($0) }) {
            $0.sessionBegan()
            return ""
        },
        Input(name: "streamOpened", isLegal: { $0.isSession }) {
            $0.streamOpened()
            return ""
        },
        Input(name: "streamEnded", isLegal: { $0.streams > 0 }) {
            $0.streamEnded(now: now, keepAlive: (most: 200, least: 50))
            return ""
        },
        Input(name: "drainBegan", isLegal: { $0.isSession }) {
            $0.drainBegan(now: now)
            return ""
        },
        Input(name: "sessionTimedOut", isLegal: { $0.isSession && $0.streams == 0 }) {
            $0.sessionTimedOut(now: now)
            return ""
        },
        Input(name: "sessionEnded", isLegal: { $0.isSession && $0.streams == 0 }) {
            words($0.sessionEnded(now: now, linger: (total: 30_000, between: 300)))
        },
    ]

    static let firstEnd = 13

    static func mayBeginSession(_ machine: DownstreamMachine) -> Bool {
        switch machine.state {
        case .idle(first: true), .readingHead: true
        default: false
        }
    }

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
        case .opening: "opening"
        case .open(streams: 0): "open, no streams"
        case .open: "open"
        case .draining(streams: 0): "draining, no streams"
        case .draining: "draining"
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
                "proxyHeader", "handshaking", "idle, first", "idle", "readingHead", "exchanging", "opening",
                "open, no streams", "open", "draining, no streams", "draining", "lingering", "closed",
            ])
    }

    /// While it has exchanges its deadlines are the exchange's; closed it waits for nothing.
    @Test func nothingWaitsWithoutADeadline() {
        for machine in Self.space.machines {
            let rests = !machine.isExchanging && !machine.isClosed && machine.streams == 0
            #expect(machine.nextDeadline.isNever != rests, "\(Self.name(machine))")
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

    /// Without streams HTTP/2 waits for the next request as HTTP/1 does between two.
    @Test func streamsComeAndGo() {
        var machine = Self.accepted(secure: true)
        _ = machine.handshakeEnded()
        machine.sessionBegan()
        #expect(machine.isFresh && machine.nextDeadline == Self.now.after(100))
        machine.streamOpened()
        machine.streamOpened()
        #expect(machine.requests == 2 && machine.streams == 2 && machine.nextDeadline.isNever)
        machine.streamEnded(now: Self.now, keepAlive: (most: 200, least: 50))
        #expect(machine.nextDeadline.isNever)
        machine.streamEnded(now: Self.later, keepAlive: (most: 200, least: 50))
        #expect(machine.nextDeadline == Self.later.after(200) && machine.bound == Self.later.after(50))
    }

    /// What waits for the client's socket has a deadline, whatever else goes on.
    @Test func outputHasADeadline() {
        var machine = Self.accepted()
        machine.sessionBegan()
        machine.streamOpened()
        machine.outputAwaited(until: Self.later)
        #expect(machine.nextDeadline == Self.later)
        // A slow client is not hurried by what waits for its next request.
        machine.streamEnded(now: Self.now, keepAlive: (most: 200, least: 50))
        #expect(machine.nextDeadline == Self.later)
        machine.outputTaken(now: Self.later)
        #expect(machine.nextDeadline == Self.later.after(200))
    }

    /// A connection that goes serves the streams that it has, and those that were on their way.
    @Test func drainingServesWhatWasOnItsWay() {
        var machine = Self.accepted()
        machine.sessionBegan()
        machine.streamOpened()
        machine.drainBegan(now: Self.now)
        #expect(!machine.takesStreams && machine.nextDeadline.isNever)
        machine.streamOpened()
        machine.streamEnded(now: Self.now, keepAlive: (most: 200, least: 50))
        machine.streamEnded(now: Self.later, keepAlive: (most: 200, least: 50))
        #expect(machine.nextDeadline == Self.later.after(Limits.drainGraceMilliseconds))
        let actions = machine.sessionEnded(now: Self.later, linger: (total: 30_000, between: 300))
        #expect(words(actions) == "releaseInput, linger")
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
