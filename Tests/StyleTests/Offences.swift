import Foundation
import Synchronization
import Testing

/// A place where a rule is broken.
struct Offence {
    let path: String
    /// From 1.
    let line: Int
    let text: String
}

/// Compares what was found with the offences that are known: neither more nor fewer.
///
/// `known-offences.txt` may only shrink: `UPDATE_GOLDEN=1 swift test --filter StyleTests` writes smaller numbers into
/// it and takes lines out, and never writes a larger one.
enum KnownOffences {
    static func check(_ rule: String, _ offences: [Offence]) {
        let found = Dictionary(grouping: offences, by: \.path)
        var known = read().filter { $0.rule == rule }.reduce(into: [:]) { $0[$1.path] = $1.count }
        for (path, list) in found.sorted(by: { $0.key < $1.key }) {
            let limit = known.removeValue(forKey: path) ?? 0
            if list.count > limit {
                let places = list.map { "  \($0.path):\($0.line): \($0.text)" }.joined(separator: "\n")
                Issue.record("\(rule): \(list.count) in \(path), known are \(limit)\n\(places)")
            } else if list.count < limit {
                shrank(rule, path, limit, to: list.count)
            }
        }
        for (path, limit) in known.sorted(by: { $0.key < $1.key }) { shrank(rule, path, limit, to: 0) }
    }

    private struct Entry {
        let rule: String
        var count: Int
        let path: String
    }

    /// Tests run beside each other; the list is written by one at a time.
    private static let writing = Mutex(())

    private static var path: String { SourceTree.root + "Tests/StyleTests/known-offences.txt" }

    private static func read() -> [Entry] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard !line.hasPrefix("#"), words.count == 3, let count = Int(words[1]) else { return nil }
            return Entry(rule: String(words[0]), count: count, path: String(words[2]))
        }
    }

    /// Better than the list says: then the list must say so too.
    private static func shrank(_ rule: String, _ file: String, _ limit: Int, to count: Int) {
        guard ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] != nil else {
            Issue.record("\(rule): \(count) in \(file), known are \(limit): lower the number in known-offences.txt")
            return
        }
        writing.withLock { _ in rewrite(rule, file, limit, to: count) }
    }

    private static func rewrite(_ rule: String, _ file: String, _ limit: Int, to count: Int) {
        let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let lines = old.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line -> String? in
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == rule, words[2] == file else { return String(line) }
            return count == 0 ? nil : line.replacingOccurrences(of: " \(limit) ", with: " \(count) ")
        }
        try? lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }
}
