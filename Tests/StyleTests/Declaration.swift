/// A declaration, as far as one line of code shows it.
struct Declaration {
    var modifiers: Set<String> = []
    /// `func`, `var`, `struct` …
    var keyword = ""
    var name = ""

    /// Whether other modules can see it.
    var isShared: Bool { modifiers.contains("public") || modifiers.contains("package") }

    /// The declaration that begins on this line of code; nil where none does.
    init?(_ line: Substring) {
        var words = Words(line)
        words.skipAttributes()
        while let word = words.next() {
            let isModifier =
                Self.modifiers.contains(word) && (word != "class" || ["func", "var"].contains(words.peek()))
            if isModifier {
                if !words.skipParentheses() { modifiers.insert(word) }
                continue
            }
            guard Self.keywords.contains(word) else { return nil }
            keyword = word
            name = words.peek() ?? ""
            return
        }
        return nil
    }

    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "static", "class", "final", "mutating",
        "nonmutating",
        "borrowing", "consuming", "override", "convenience", "required", "indirect", "lazy", "weak", "unowned",
        "nonisolated", "unsafe", "isolated",
    ]
    private static let keywords: Set<String> = [
        "func", "init", "subscript", "deinit", "var", "let", "struct", "class", "enum", "protocol", "actor",
        "typealias",
    ]
}

/// The words of a line of code, from the left.
private struct Words {
    var rest: Substring

    init(_ line: Substring) { rest = line.drop { $0 == " " } }

    func peek() -> String? {
        var copy = self
        return copy.next()
    }

    mutating func next() -> String? {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        if word.isEmpty { return nil }
        rest = rest.dropFirst(word.count).drop { $0 == " " }
        return String(word)
    }

    /// Skips `(set)` and the like; false where none is there.
    mutating func skipParentheses() -> Bool {
        guard rest.first == "(" else { return false }
        rest = rest.drop { $0 != ")" }.dropFirst().drop { $0 == " " }
        return true
    }

    mutating func skipAttributes() {
        while rest.first == "@" {
            rest = rest.dropFirst()
            _ = next()
            _ = skipParentheses()
        }
    }
}
