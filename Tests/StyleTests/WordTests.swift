import Testing

/// Words that have no place in the code, and words that have only some.
@Suite struct WordTests {
    /// Neither in identifiers nor in comments, in whatever case.
    static let banned = ["backend", "frontend", "cluster", "todo", "fixme", "try!", "fatalerror"]

    /// Where unsafe code may stand: storage, the kernel, and the bridges to C.
    static let unsafePlaces = [
        "Sources/Bytes/", "Sources/Platform/", "Sources/Configuration/Pattern.swift", "Sources/HTTP2/Bridge",
        "Sources/TLS/", "Sources/Resolver/AresEngine.swift",
    ]

    @Test func noBannedWord() {
        for file in SourceTree.files where file.path != "Tests/StyleTests/WordTests.swift" {
            for index in file.code.indices {
                let text = (file.code[index] + file.comments[index]).lowercased()
                for word in Self.banned where text.contains(word) {
                    Issue.record("\(file.path):\(index + 1): '\(word)'")
                }
            }
        }
    }

    @Test func unsafeCodeStaysInItsPlaces() {
        for file in SourceTree.files where file.isSource && !Self.unsafePlaces.contains(where: file.path.hasPrefix) {
            for (index, line) in file.code.enumerated() where line.lowercased().contains("unsafe") {
                Issue.record("\(file.path):\(index + 1): unsafe code")
            }
        }
    }

    /// What the server links is without Foundation: it is larger than all the rest together.
    @Test func noFoundation() {
        for file in SourceTree.files where file.isSource {
            for (index, line) in file.code.enumerated() where line.contains("import Foundation") {
                Issue.record("\(file.path):\(index + 1): Foundation")
            }
        }
    }
}
