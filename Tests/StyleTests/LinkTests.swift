import Foundation
import Testing

/// Documents point at things that are there.
@Suite struct LinkTests {
    /// Every document but the goldens, whose text is data.
    static let documents: [(path: String, lines: [String])] =
        (["README.md", "CHANGELOG.md"] + SourceTree.paths(under: "docs") + SourceTree.paths(under: "Sources"))
        .filter { $0.hasSuffix(".md") }
        .compactMap { path in
            SourceTree.text(of: path).map {
                (path, $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
            }
        }

    @Test func linksLeadSomewhere() {
        for document in Self.documents {
            for (index, line) in document.lines.enumerated() {
                for target in Self.targets(in: line) where !Self.isThere(target, from: document.path) {
                    Issue.record("\(document.path):\(index + 1): nothing is at \(target)")
                }
            }
        }
    }

    /// A path in backquotes that begins at the top of the project is there too.
    @Test func namedPathsExist() {
        let tops = ["docs/", "Sources/", "Tests/", "scripts/", "Config/", "./scripts/"]
        for document in Self.documents {
            for (index, line) in document.lines.enumerated() {
                for (offset, part) in line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                where offset % 2 == 1 && tops.contains(where: part.hasPrefix) {
                    let path = part.prefix { $0 != " " && $0 != "*" && $0 != "<" }
                    if path.count < part.count && part.dropFirst(path.count).first != " " { continue }
                    #expect(SourceTree.exists(String(path)), "\(document.path):\(index + 1): there is no \(path)")
                }
            }
        }
    }

    /// What the links of a line of Markdown point at.
    private static func targets(in line: String) -> [String] {
        line.components(separatedBy: "](").dropFirst().compactMap { rest in
            rest.firstIndex(of: ")").map { String(rest[..<$0]) }
        }
    }

    private static func isThere(_ target: String, from path: String) -> Bool {
        if ["http://", "https://", "mailto:"].contains(where: target.hasPrefix) { return true }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let folder = path.split(separator: "/").dropLast().map { $0 + "/" }.joined()
        let file = parts[0].isEmpty ? path : folder + parts[0]
        if !SourceTree.exists(file) { return false }
        guard parts.count > 1, let text = SourceTree.text(of: file) else { return parts.count == 1 }
        return text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { anchor(of: $0) }.contains(parts[1])
    }

    /// The name by which a heading is linked to.
    private static func anchor(of heading: Substring) -> String {
        let text = heading.drop { $0 == "#" }.drop { $0 == " " }.lowercased()
        return String(
            text.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" ? $0 : nil })
    }
}
