/// Postern's own line below errors whose text, nginx's, is known to mislead: about the wrong line, or without the cure.
enum Advice {
    /// Where a `;` is missing nginx sees one directive with too many words, and names the line on which it ends: a word
    /// in it that is itself a directive shows which `;` it was.
    static func forgottenEnd(_ node: DirectiveNode) -> String? {
        for (index, word) in node.words.enumerated().dropFirst() where DirectiveTable.byName[word.text] != nil {
            // `off`, `default` and the like are words and no directives; `break`, `internal` and `hash` are both.
            let before = node.words[index - 1].text
            if node.name == "rewrite" && index == 3 || node.name == "error_page" { continue }
            return "is the \";\" behind \"\(before)\", before \"\(word.text)\", missing?"
        }
        return nil
    }

    /// How the directive is written.
    static func syntax(of row: Directive) -> String {
        row.action.syntax.isEmpty ? "it takes no arguments" : "it is written: \(row.name) \(row.action.syntax)"
    }

    /// Where the directive may stand, for one that stands somewhere else.
    static func place(of rows: [Directive], in context: Contexts) -> String {
        let names = rows.reduce(into: Contexts()) { $0.formUnion($1.contexts) }.names
        let places = "it may stand in: " + names.joined(separator: ", ")
        let isLoose = context == .main && !names.contains("main")
        return isLoose && names.contains("http") || isLoose && rows[0].name == "server"
            ? places + "; a file for conf.d is no whole configuration, name with -c the one that includes it" : places
    }
}
