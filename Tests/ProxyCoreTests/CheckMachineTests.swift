import Platform
import Testing
@testable import ProxyCore

/// A health check of one peer, as conversations with its machine.
@Suite struct CheckMachineTests {
    static let now = Instant(milliseconds: 1_000)

    static func machine(_ standing: CheckMachine.Standing = .healthy, fails: Int = 2, passes: Int = 2) -> CheckMachine {
        CheckMachine(first: now, fails: fails, passes: passes, standing: standing)
    }

    static let inputs: [Input<CheckMachine>] = [
        Input(name: "due", isLegal: { $0.isResting }) { words($0.due()) },
        Input(name: "ended(passed)", isLegal: { $0.isAsking }) { words($0.ended(.passed, next: now)) },
        Input(name: "ended(failed)", isLegal: { $0.isAsking }) { words($0.ended(.failed, next: now)) },
        Input(name: "ended(impossible)", isLegal: { $0.isAsking }) { words($0.ended(.impossible, next: now)) },
        Input(name: "stopped", isLegal: { _ in true }) { words($0.stopped()) },
    ]

    /// Fails and passes are two, so that there is one on the way to each.
    static func name(_ machine: CheckMachine) -> String {
        if machine.isStopped { return "stopped" }
        return "\(machine.state), \(machine.standing)" + (machine.inRow > 0 ? ", in doubt" : "")
    }

    static let space = Space(starts: [machine(.unknown), machine(.healthy)], inputs: inputs, name: name)

    @Test func everyStateIsReached() {
        let standings = ["unknown", "healthy", "healthy, in doubt", "unhealthy", "unhealthy, in doubt"]
        let live = ["resting", "asking"].flatMap { state in standings.map { "\(state), \($0)" } }
        #expect(Set(Self.space.names) == Set(live + ["stopped"]))
    }

    /// While it asks its deadlines are those of the exchange that asks.
    @Test func nothingRestsWithoutADeadline() {
        for machine in Self.space.machines { #expect(machine.deadline.isNever != machine.isResting) }
    }

    @Test func everyStateCanEnd() {
        #expect(deadEnds(Self.space.steps.map { ($0.from, $0.to) }, end: ["stopped"]).isEmpty)
    }

    /// A turn is told where the standing changes, and nowhere else.
    @Test func turnsAreToldOnce() {
        func standing(_ name: String) -> String { name.split(separator: ", ").dropFirst().first.map(String.init) ?? "" }
        for step in Self.space.steps where step.to != "stopped" && step.from != "stopped" {
            let isTurn = standing(step.from) != standing(step.to)
            let turn = isTurn ? "turn(isHealthy: \(standing(step.to) == "healthy"))" : ""
            #expect((step.input == "due" ? "" : step.actions) == turn, "\(step)")
        }
    }

    @Test func illegalInputsTrap() async {
        for state in Self.space.names.indices {
            for input in Self.inputs.indices where !Self.inputs[input].isLegal(Self.space.machines[state]) {
                await #expect(processExitsWith: .failure, "\(Self.inputs[input].name) in \(Self.space.names[state])") {
                    [state = state as Int, input = input as Int] in
                    var machine = CheckMachineTests.space.machines[state]
                    _ = CheckMachineTests.inputs[input].apply(&machine)
                }
            }
        }
    }

    // MARK: conversations

    /// Asks once; the words of what follows.
    static func ask(_ machine: inout CheckMachine, _ outcome: CheckOutcome) -> String {
        #expect(words(machine.due()) == "begin")
        return words(machine.ended(outcome, next: now.after(5_000)))
    }

    @Test func onlySoManyInARowMakeAPeerUnhealthy() {
        var machine = Self.machine(fails: 3)
        for outcome in [CheckOutcome.failed, .failed, .passed, .failed, .failed] {
            #expect(Self.ask(&machine, outcome) == "")
        }
        #expect(Self.ask(&machine, .failed) == "turn(isHealthy: false)")
        #expect(Self.ask(&machine, .failed) == "")
        #expect(machine.deadline == Self.now.after(5_000))
    }

    @Test func onlySoManyInARowMakeItHealthyAgain() {
        var machine = Self.machine(.unhealthy, passes: 2)
        #expect(Self.ask(&machine, .passed) == "")
        #expect(Self.ask(&machine, .failed) == "")
        #expect(Self.ask(&machine, .passed) == "")
        #expect(Self.ask(&machine, .passed) == "turn(isHealthy: true)")
    }

    /// nginx: mandatory.
    @Test func theFirstOutcomeDecides() {
        var good = Self.machine(.unknown, fails: 3, passes: 3)
        #expect(Self.ask(&good, .passed) == "turn(isHealthy: true)")
        var bad = Self.machine(.unknown, fails: 3, passes: 3)
        #expect(Self.ask(&bad, .failed) == "turn(isHealthy: false)")
    }

    /// What fails here says nothing about the peer, neither way.
    @Test func whatCannotBeAskedCountsForNothing() {
        var machine = Self.machine(fails: 2)
        #expect(Self.ask(&machine, .failed) == "")
        #expect(Self.ask(&machine, .impossible) == "")
        #expect(Self.ask(&machine, .failed) == "turn(isHealthy: false)")
        var unknown = Self.machine(.unknown)
        #expect(Self.ask(&unknown, .impossible) == "")
        #expect(unknown.standing == .unknown)
    }

    @Test func whoIsStoppedGivesUpItsQuestion() {
        var machine = Self.machine()
        #expect(words(machine.due()) == "begin")
        #expect(words(machine.stopped()) == "abandon")
        #expect(words(machine.stopped()) == "" && machine.deadline.isNever)
    }
}
