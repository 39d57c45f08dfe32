import TestGateway
import Testing

/// Runs each test of a suite once for each pair of wires; an issue says which pair it was. A test that has something to
/// say of wires (`Peculiarity`) is not run over those that it is not about.
struct OverWires: SuiteTrait, TestTrait, TestScoping {
    /// The pairs for a test of that name.
    let pairs: @Sendable (String) -> [Wires]
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // A suite is left alone: each of its tests has this trait as well.
        if test.isSuite { return try await function() }
        let peculiarities = test.traits.compactMap { ($0 as? NotOver)?.peculiarity }
        for wires in pairs(test.name) where peculiarities.allSatisfy({ !$0.excludes(wires) }) {
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

/// The promise is about something that some wires have no form for.
struct NotOver: SuiteTrait, TestTrait {
    let peculiarity: Peculiarity
    var isRecursive: Bool { true }
}

extension Trait where Self == OverWires {
    /// Over all pairs of wires: for what everything else rests on.
    static var overEveryWire: Self { OverWires { _ in Wires.all } }
    /// Over four pairs, in which each wire of either side is found; over all where that is wanted.
    static var overWires: Self { OverWires { Wires.wantsAll ? Wires.all : Wires.selection(for: $0) } }
    /// Over what upstreams may speak: the test is about what a client's socket shows.
    static var overUpstreamWires: Self { OverWires { _ in Wire.allCases.map { Wires(upstreams: $0) } } }
    /// Over what clients may speak: the upstream is not asked, or in a way of its own.
    static var overClientWires: Self { OverWires { _ in Wire.allCases.map { Wires(clients: $0) } } }
}

extension Trait where Self == NotOver {
    /// Not over wires that have no form for it.
    static func about(_ peculiarity: Peculiarity) -> Self { NotOver(peculiarity: peculiarity) }
}
