import Platform
import Testing
@testable import ProxyCore

/// The life of a connection to a peer, as conversations with its machine.
@Suite struct UpstreamMachineTests {
    static let now = Instant(milliseconds: 1_000)

    static func release(_ machine: inout UpstreamMachine, reusable: Bool, limit: Int = 1_000, tooOld: Bool = false)
        -> ActionList<UpstreamAction>
    {
        machine.released(
            reusable: reusable, now: now, idleTimeout: 400, requestLimit: limit, lifetimeOver: tooOld)
    }

    static func releaseStream(_ machine: inout UpstreamMachine, keeps: Bool = true) -> ActionList<UpstreamAction> {
        machine.streamReleased(keeps: keeps, now: now, idleTimeout: 400)
    }

    static let inputs: [Input<UpstreamMachine>] = connectionInputs + carrierInputs

    static let connectionInputs: [Input<UpstreamMachine>] = [
        Input(name: "connected", isLegal: { $0.isConnecting }) {
            $0.connected(shakesHands: false)
            return ""
        },
        Input(name: "connected(secure)", isLegal: { $0.isConnecting }) {
            $0.connected(shakesHands: true)
            return ""
        },
        Input(name: "handshakeEnded", isLegal: { $0.isShakingHands }) {
            $0.handshakeEnded()
            return ""
        },
        Input(name: "released(reusable)", isLegal: { $0.isConnecting || $0.isShakingHands || $0.isLeased }) {
            words(release(&$0, reusable: true))
        },
        Input(name: "released(not reusable)", isLegal: { $0.isConnecting || $0.isShakingHands || $0.isLeased }) {
            words(release(&$0, reusable: false))
        },
        Input(name: "leased", isLegal: { $0.isIdle && !$0.isCarrier }) {
            $0.leased()
            return ""
        },
        Input(name: "discarded", isLegal: { $0.isIdle }) { words($0.discarded()) },
    ]

    static let carrierInputs: [Input<UpstreamMachine>] = [
        Input(name: "carriesStreams", isLegal: { $0.isLeased }) {
            $0.carriesStreams(settingsBy: now.after(700))
            return ""
        },
        Input(name: "settingsArrived", isLegal: { $0.isCarrier && !$0.isClosed }) {
            $0.settingsArrived()
            return ""
        },
        Input(name: "streamLeased", isLegal: { $0.takesStreams }) {
            $0.streamLeased()
            return ""
        },
        Input(name: "streamReleased(keeps)", isLegal: { $0.leases > 0 }) { words(releaseStream(&$0)) },
        Input(name: "streamReleased", isLegal: { $0.leases > 0 }) { words(releaseStream(&$0, keeps: false)) },
        Input(name: "drain", isLegal: { $0.isCarrier && !$0.isIdle && !$0.isClosed }) {
            $0.drain()
            return ""
        },
    ]

    static func name(_ machine: UpstreamMachine) -> String {
        let kind = machine.isCarrier && machine.isIdle ? "idle carrier" : "\(machine.state)"
        switch machine.leases {
        case 0: return kind
        case 1: return kind + ", 1 stream"
        default: return kind + ", more streams"
        }
    }

    static let space = Space(
        starts: [
            UpstreamMachine(connected: false, shakesHands: false), UpstreamMachine(connected: true, shakesHands: false),
        ], inputs: inputs, name: name)

    @Test func everyStateIsReached() {
        let carriers = ["opening", "open", "draining"].flatMap { [$0 + ", 1 stream", $0 + ", more streams"] }
        #expect(
            Set(Self.space.names)
                == Set(["connecting", "handshaking", "leased", "idle", "closed", "idle carrier"] + carriers))
    }

    /// While it or a stream of it is leased its deadlines are the attempts'.
    @Test func nothingWaitsWithoutADeadline() {
        for machine in Self.space.machines {
            #expect(machine.deadline.isNever == !(machine.isIdle || machine.isOpening))
        }
    }

    @Test func everyStateCanEnd() {
        #expect(deadEnds(Self.space.steps.map { ($0.from, $0.to) }, end: ["closed"]).isEmpty)
    }

    @Test func illegalInputsTrap() async {
        for state in Self.space.names.indices {
            for input in Self.inputs.indices where !Self.inputs[input].isLegal(Self.space.machines[state]) {
                await #expect(processExitsWith: .failure, "\(Self.inputs[input].name) in \(Self.space.names[state])") {
                    [state = state as Int, input = input as Int] in
                    var machine = UpstreamMachineTests.space.machines[state]
                    _ = UpstreamMachineTests.inputs[input].apply(&machine)
                }
            }
        }
    }

    // MARK: conversations

    @Test func carrierLeasesStreamsAndLiesIdle() {
        var machine = UpstreamMachine(connected: true, shakesHands: false)
        machine.carriesStreams(settingsBy: Self.now.after(700))
        #expect(machine.isOpening && machine.deadline == Self.now.after(700))
        machine.settingsArrived()
        machine.streamLeased()
        #expect(machine.takesStreams && machine.deadline.isNever && machine.leases == 2 && machine.requests == 2)
        #expect(words(Self.releaseStream(&machine)) == "")
        #expect(words(Self.releaseStream(&machine)) == "keepIdle")
        #expect(machine.isIdle && machine.deadline == Self.now.after(400))
        machine.streamLeased()
        #expect(!machine.isIdle && machine.deadline.isNever && machine.requests == 3)
    }

    /// GOAWAY: those that have a stream go on, nobody gets another.
    @Test func drainingCarrierGoesWithItsLastStream() {
        var machine = UpstreamMachine(connected: true, shakesHands: false)
        machine.carriesStreams(settingsBy: Self.now.after(700))
        machine.settingsArrived()
        machine.drain()
        #expect(!machine.takesStreams)
        #expect(words(Self.releaseStream(&machine)) == "close")
        #expect(machine.isClosed)
    }

    /// A peer that never sent SETTINGS is not kept, whatever its exchange says.
    @Test func carrierWithoutSettingsIsNotKept() {
        var machine = UpstreamMachine(connected: true, shakesHands: false)
        machine.carriesStreams(settingsBy: Self.now.after(700))
        #expect(words(Self.releaseStream(&machine)) == "close")
    }

    @Test func streamIsLeasedFromItsBeginningToItsEnd() {
        var fresh = UpstreamMachine(streamOnReused: false)
        #expect(fresh.isLeased && !fresh.isReused)
        #expect(words(Self.release(&fresh, reusable: false)) == "close")
        #expect(UpstreamMachine(streamOnReused: true).isReused)
    }

    @Test func pooledAndLeasedAgain() {
        var machine = UpstreamMachine(connected: false, shakesHands: false)
        machine.connected(shakesHands: false)
        #expect(machine.isLeased && !machine.isReused)
        #expect(words(Self.release(&machine, reusable: true)) == "keepIdle")
        #expect(machine.deadline == Self.now.after(400))
        machine.leased()
        #expect(machine.isReused && machine.deadline.isNever && machine.requests == 2)
    }

    /// nginx: keepalive_requests and keepalive_time of the group.
    @Test func usedUpConnectionsAreClosed() {
        var counted = UpstreamMachine(connected: true, shakesHands: false)
        #expect(words(Self.release(&counted, reusable: true, limit: 1)) == "close")
        var old = UpstreamMachine(connected: true, shakesHands: false)
        #expect(words(Self.release(&old, reusable: true, tooOld: true)) == "close")
        #expect(counted.isClosed && old.isClosed)
    }

    /// A connection that never stood is not pooled, whatever its exchange says.
    @Test func unfinishedConnectionIsClosed() {
        var machine = UpstreamMachine(connected: false, shakesHands: false)
        #expect(words(Self.release(&machine, reusable: true)) == "close")
    }

    @Test func idleConnectionIsDiscarded() {
        var machine = UpstreamMachine(connected: true, shakesHands: false)
        _ = Self.release(&machine, reusable: true)
        #expect(words(machine.discarded()) == "close")
        #expect(machine.isClosed && machine.deadline.isNever)
    }
}
