import Testing

/// The types and functions that other modules see have a comment that says what they are for.
@Suite struct DocumentationTests {
    /// What a protocol of the standard library explains already.
    static let explained: Set<String> = ["rawValue", "description", "hash"]

    @Test func sharedDeclarationsAreDocumented() {
        var found: [Offence] = []
        for file in SourceTree.files where file.isSource {
            for (index, line) in file.code.enumerated() {
                guard let declaration = Declaration(line[...]), declaration.isShared else { continue }
                if Self.isExplained(declaration, line) || Self.isDocumented(file, index) { continue }
                found.append(Offence(path: file.path, line: index + 1, text: line.trimmed))
            }
        }
        KnownOffences.check("undocumented", found)
    }

    /// Stored properties and constants of a type may leave the explaining to its comment and their names.
    private static func isExplained(_ declaration: Declaration, _ line: String) -> Bool {
        switch declaration.keyword {
        case "let": true
        case "var": !line.contains("{") || explained.contains(declaration.name)
        // An operator has no name of letters.
        case "func": declaration.name.isEmpty || explained.contains(declaration.name)
        case "init": line.contains("init()") || line.contains("init(rawValue:")
        default: false
        }
    }

    /// Whether a doc comment stands above the line, with nothing but attributes between.
    private static func isDocumented(_ file: SourceFile, _ index: Int) -> Bool {
        var above = index - 1
        while above >= 0 {
            let comment = file.comments[above].trimmed
            if comment.hasPrefix("///") || comment.hasSuffix("*/") { return true }
            guard file.code[above].trimmed.hasPrefix("@") else { return false }
            above -= 1
        }
        return false
    }
}

extension String {
    var trimmed: String {
        var text = self[...]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
