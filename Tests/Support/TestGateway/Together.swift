/// Threads that run beside each other for one test.
package enum Together {
    /// Runs `body` in so many threads, and waits for all of them; an error of one is thrown.
    package static func run(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let threads = (0..<count).map { index in Background { try body(index) } }
        for thread in threads { try thread.wait() }
    }
}
