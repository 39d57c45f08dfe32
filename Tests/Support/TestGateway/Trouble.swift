import Platform

/// Why a test cannot go on: a program that does not start, a wait that took too long.
package struct Trouble: Error, CustomStringConvertible, Sendable {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Waits in tests: for a condition, never for its own sake.
package enum Wait {
    /// Bound on every wait, in milliseconds: ample on a loaded machine, and never reached where all is well.
    package static let patience = 20_000

    /// Waits until `condition` holds; throws where that takes longer than `milliseconds`.
    package static func until(
        _ what: String, within milliseconds: Int = patience, _ condition: () throws -> Bool
    ) throws {
        let end = Kernel().now().after(Int64(milliseconds))
        while try !condition() {
            if Kernel().now() >= end { throw Trouble("waited \(milliseconds) ms in vain: \(what)") }
            pause()
        }
    }

    /// Lets others run for two milliseconds.
    static func pause() { BlockingThread.sleep(milliseconds: 2) }
}

/// Measures what passed, in milliseconds.
package struct Stopwatch: Sendable {
    private let start = Kernel().now()

    package init() {}

    package var milliseconds: Int { Int(Kernel().now().since(start)) }
}
