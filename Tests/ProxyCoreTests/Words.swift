@testable import ProxyCore

/// Actions in words, in their order.
func words<Action>(_ actions: ActionList<Action>) -> String {
    (0..<actions.count).map { "\(actions[$0])" }.joined(separator: ", ")
}

/// The states from which no way of these steps leads to an `end`.
func deadEnds<State: Hashable>(_ steps: [(from: State, to: State)], end: Set<State>) -> Set<State> {
    var comers: [State: [State]] = [:]
    for step in steps { comers[step.to, default: []].append(step.from) }
    var good = end
    var open = Array(end)
    while let state = open.popLast() {
        for comer in comers[state] ?? [] where good.insert(comer).inserted { open.append(comer) }
    }
    return Set(steps.flatMap { [$0.from, $0.to] }).subtracting(good)
}
