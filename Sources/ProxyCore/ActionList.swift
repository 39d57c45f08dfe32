/// What a machine wants done, in order: at most six plain-data actions, inline.
struct ActionList<Action: BitwiseCopyable> {
    private var items: InlineArray<6, Action?>
    private(set) var count: Int

    init() {
        items = InlineArray(repeating: nil)
        count = 0
    }

    init(_ first: Action) {
        self.init()
        append(first)
    }

    init(_ first: Action, _ second: Action) {
        self.init(first)
        append(second)
    }

    init(_ first: Action, _ second: Action, _ third: Action) {
        self.init(first, second)
        append(third)
    }

    mutating func append(_ action: Action) {
        precondition(count < 6, "a machine asks for at most six actions at a time")
        items[count] = action
        count += 1
    }

    subscript(index: Int) -> Action {
        guard index < count, let action = items[index] else { preconditionFailure("no such action") }
        return action
    }
}
