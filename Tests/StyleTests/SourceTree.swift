import Foundation

/// A Swift file of the project.
struct SourceFile {
    /// Relative to the top of the project.
    let path: String
    /// As they stand.
    let lines: [String]
    /// The same without comments and the text of literals.
    let code: [String]
    /// The comments alone.
    let comments: [String]

    init(path: String, text: String) {
        self.path = path
        let parts = SwiftText(text)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = Self.lines(parts.code)
        comments = Self.lines(parts.comments)
    }

    /// The module that the file belongs to.
    var module: String { String(path.split(separator: "/").dropFirst().first ?? "") }
    var isSource: Bool { path.hasPrefix("Sources/") }

    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: newline, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// The project's files.
enum SourceTree {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path(percentEncoded: false)

    /// Every Swift file of `Sources` and `Tests`.
    static let files: [SourceFile] = (paths(under: "Sources") + paths(under: "Tests"))
        .filter { $0.hasSuffix(".swift") }
        .compactMap { path in text(of: path).map { SourceFile(path: path, text: $0) } }

    /// Paths of all files below a folder, in order.
    static func paths(under folder: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: root + folder)?.compactMap { $0 as? String } ?? []
        return found.map { folder + "/" + $0 }.sorted()
    }

    static func text(of path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root + path) }

    /// The folders directly below a folder.
    static func folders(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root + folder)) ?? []
        return names.filter { name in
            (try? FileManager.default.contentsOfDirectory(atPath: "\(root)\(folder)/\(name)")) != nil
        }.sorted()
    }
}
