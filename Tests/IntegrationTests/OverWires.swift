import TestGateway
import Testing

/// Runs each test of a suite once for each pair of wires; an issue says which pair it was.
struct OverWires: SuiteTrait, TestTrait, TestScoping {
    let pairs: [Wires]
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite is left alone: each of its tests has this trait as well.
        if test.isSuite { return try await function() }
        for wires in pairs {
            let note = IssueHandlingTrait.compactMapIssues { issue in
                var issue = issue
                issue.comments.append("over \(wires)")
                return issue
            }
            try await Wires.$current.withValue(wires) {
                try await note.provideScope(for: test, testCase: testCase, performing: function)
            }
        }
    }
}

extension Trait where Self == OverWires {
    /// Over all pairs of wires.
    static var overEveryWire: Self { OverWires(pairs: Wires.all) }
    /// Over what upstreams may speak: the test is about what a client's socket shows.
    static var overUpstreamWires: Self { OverWires(pairs: Wire.allCases.map { Wires(upstreams: $0) }) }
    /// Over what clients may speak: the upstream is not asked, or in a way of its own.
    static var overClientWires: Self { OverWires(pairs: Wire.allCases.map { Wires(clients: $0) }) }
}
