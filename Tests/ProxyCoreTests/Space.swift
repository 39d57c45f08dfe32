/// The states of a machine that can be reached, found by giving it every legal input in every state found before.
struct Space<Machine: Sendable>: Sendable {
    /// One input in one state, and what came of it.
    struct Step: Sendable {
        var from: String
        var input: String
        var actions: String
        var to: String
    }

    /// A machine in each reachable state, in the order in which they were found.
    private(set) var machines: [Machine] = []
    private(set) var names: [String] = []
    private(set) var steps: [Step] = []

    init(starts: [Machine], inputs: [Input<Machine>], name: (Machine) -> String) {
        for start in starts { note(start, name(start)) }
        var next = 0
        while next < machines.count {
            for input in inputs where input.isLegal(machines[next]) {
                var machine = machines[next]
                let actions = input.apply(&machine)
                let to = name(machine)
                steps.append(Step(from: names[next], input: input.name, actions: actions, to: to))
                note(machine, to)
            }
            next += 1
        }
    }

    private mutating func note(_ machine: Machine, _ name: String) {
        if names.contains(name) { return }
        machines.append(machine)
        names.append(name)
    }
}

/// What a machine can be told.
struct Input<Machine>: Sendable {
    let name: String
    let isLegal: @Sendable (Machine) -> Bool
    /// Tells the machine; the actions it answers, in words.
    let apply: @Sendable (inout Machine) -> String
}
