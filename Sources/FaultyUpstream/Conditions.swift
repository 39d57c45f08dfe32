/// When a fault strikes: which of the requests that match it, counted from 1.
package struct Conditions: Equatable, Sendable {
    /// The first so many are spared.
    package var after = 0
    /// Then so many meet the fault, and later ones are spared; nil: all.
    package var first: Int?
    /// Of these only each so-manieth.
    package var every = 1

    /// Every request.
    package init() {}

    /// The conditions among these settings, with the fault's defaults for what is not set.
    package init(_ fault: Fault, _ settings: [Knob: Int]) {
        let values = fault.defaults.merging(settings) { _, given in given }
        after = values[.after] ?? 0
        first = values[.first]
        every = max(values[.every] ?? 1, 1)
    }

    /// Whether nothing depends on the count.
    var isAlways: Bool { self == Conditions() }

    /// Whether request number `number` (from 1) meets the fault.
    package func hold(for number: Int) -> Bool {
        let position = number - after
        if position < 1 || position % every != 0 { return false }
        return first.map { position <= $0 } ?? true
    }
}
