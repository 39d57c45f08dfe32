/// `docs/directives.md`, made from the directive table.
package enum DirectiveDocument {
    /// The whole page.
    package static var text: String {
        var lines = [
            "# Directives", "",
            "Made from the directive table in `Sources/Configuration`; a test compares both. They are nginx's, with "
                + "its names, arguments and defaults.", "",
            "*Inherited* says what a level has that does not write the directive: `value` the one of the level around "
                + "it, `list` all entries of the level around it, which one entry of its own replaces.", "",
            "| Directive | Where | Default | Inherited | What it does |", "|---|---|---|---|---|",
        ]
        for row in DirectiveTable.rows.sorted(by: { $0.name < $1.name }) {
            guard case .run = row.action.effect else { continue }
            lines.append(line(row))
        }
        lines += ["", "## Accepted without effect", ""]
        lines.append("A configuration that has them works; `-t` names each once as a notice.")
        lines += groups { if case .ignored(let why) = $0 { return why } else { return nil } }
        lines += ["", "## Refused", "", "A configuration that has them does not start."]
        lines += groups { if case .refused(let advice) = $0 { return advice } else { return nil } }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ row: Directive) -> String {
        let name = row.action.syntax.isEmpty ? row.name : "\(row.name) \(row.action.syntax)"
        let contexts = row.contexts == .all ? "anywhere" : row.contexts.names.joined(separator: ", ")
        let inherited = row.inherits == .no ? "" : row.inherits.rawValue
        let cells = ["`\(name)`", contexts, row.standard.isEmpty ? "" : "`\(row.standard)`", inherited, row.summary]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    /// One paragraph for each text that `select` gives, with the names that it holds for.
    private static func groups(_ select: (Action.Effect) -> String?) -> [String] {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for row in DirectiveTable.rows {
            guard let text = select(row.action.effect) else { continue }
            if names[text] == nil { order.append(text) }
            names[text, default: []].append("`\(row.name)`")
        }
        return order.flatMap { ["", "*\($0)*: \(names[$0, default: []].joined(separator: ", "))"] }
    }
}
