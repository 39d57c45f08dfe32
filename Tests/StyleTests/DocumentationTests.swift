import Testing

/// Whatever other modules see has a comment that says what it is for.
@Suite struct DocumentationTests {
    /// What a protocol of the standard library explains already.
    static let explained: Set<String> = ["rawValue", "description", "hash", "deinit"]

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

    private static func isExplained(_ declaration: Declaration, _ line: String) -> Bool {
        // An operator has no name of letters.
        explained.contains(declaration.name) || declaration.keyword == "func" && declaration.name.isEmpty
            || declaration.keyword == "init" && line.contains("init(rawValue:")
    }

    /// Whether a doc comment stands above the line, with nothing but attributes between. One comment may serve a row of
    /// stored properties.
    private static func isDocumented(_ file: SourceFile, _ index: Int) -> Bool {
        let isProperty = isStoredProperty(file.code[index])
        var above = index - 1
        while above >= 0 {
            let (code, comment) = (file.code[above].trimmed, file.comments[above].trimmed)
            if comment.hasPrefix("///") || comment.hasSuffix("*/") && code.isEmpty { return true }
            guard code.hasPrefix("@") || isProperty && isStoredProperty(file.code[above]) else { return false }
            above -= 1
        }
        return false
    }

    private static func isStoredProperty(_ line: String) -> Bool {
        guard let declaration = Declaration(line[...]) else { return false }
        return ["let", "var"].contains(declaration.keyword) && declaration.isShared && !line.contains("{")
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
