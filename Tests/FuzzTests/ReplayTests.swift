import FuzzTargets
import Foundation
import Testing

/// The fuzzers' seeds, and the inputs that once failed: each is played again. A trap says which target it was.
@Suite struct ReplayTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzzers")

    /// The inputs of a target, by name.
    static func inputs(_ target: FuzzTarget, in kind: String) throws -> [(name: String, bytes: [UInt8])] {
        let place = folder.appendingPathComponent(kind).appendingPathComponent(target.rawValue)
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().map { name in
            (name, Array(try Data(contentsOf: place.appendingPathComponent(name))))
        }
    }

    @Test(arguments: FuzzTarget.allCases) func seeds(_ target: FuzzTarget) throws {
        let seeds = try Self.inputs(target, in: "Corpus")
        #expect(seeds.count >= 5, "Tests/Fuzzers/Corpus/\(target.rawValue) has \(seeds.count) seeds")
        for seed in seeds { target.play(seed.bytes.span) }
    }

    /// `./scripts/soak` says how an input gets there.
    @Test(arguments: FuzzTarget.allCases) func keptFailures(_ target: FuzzTarget) throws {
        for kept in try Self.inputs(target, in: "Kept") { target.play(kept.bytes.span) }
    }

    /// No folder is without a target, so that no input is left out.
    @Test(arguments: ["Corpus", "Kept"]) func everyFolderIsPlayed(_ kind: String) throws {
        let place = Self.folder.appendingPathComponent(kind).path
        guard FileManager.default.fileExists(atPath: place) else { return }
        let names = try FileManager.default.contentsOfDirectory(atPath: place)
        #expect(Set(names).isSubset(of: FuzzTarget.allCases.map(\.rawValue)))
    }
}
