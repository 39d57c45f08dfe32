/// Postern's own line below errors whose text, nginx's, is known to mislead: about the wrong line, or without the cure.
enum Advice {
    /// Where a `;` is missing nginx sees one directive with too many words, and names the line on which it ends: a word
    /// in it that is itself a directive shows which `;` it was.
    static func forgottenEnd(_ node: DirectiveNode) -> String? {
        for (index, word) in node.words.enumerated().dropFirst() where DirectiveTable.byName[word.text] != nil {
            let before = node.words[index - 1].text
            // `break` is a flag as well.
            if node.name == "rewrite" && index == 3 { continue }
            return "is the \";\" behind \"\(before)\", before \"\(word.text)\", missing?"
        }
        return nil
    }

    /// Whether a word is none that anybody wrote: it has bytes of no text.
    static func isNoText(_ word: Word) -> Bool {
        word.bytes.contains { $0 < 0x20 || $0 == 0x7f } || word.text.unicodeScalars.contains("\u{fffd}")
    }

    /// The text with controls as `\xHH`.
    static func visible(_ text: String) -> String {
        if !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { return text }
        var shown = ""
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x20 && scalar.value != 0x7f {
                shown.unicodeScalars.append(scalar)
            } else {
                let digits = String(scalar.value, radix: 16)
                shown += "\\x" + (digits.count < 2 ? "0" : "") + digits
            }
        }
        return shown
    }

    /// What holds for a response's buffers in a block.
    static func numbers(_ proxy: ProxySettings, _ scope: Scope) -> String {
        "for the block that begins\(scope.place) hold proxy_buffer_size \(size(proxy.headBufferBytes)), "
            + "proxy_buffers \(proxy.buffers.count) \(size(proxy.buffers.bytes)), "
            + "proxy_busy_buffers_size \(size(proxy.busyBytes))"
    }

    /// The least `proxy_buffers` that goes with the other two sizes.
    static func buffers(for proxy: ProxySettings) -> String {
        let bytes = max(proxy.headBufferBytes, proxy.buffers.bytes)
        let count = (proxy.busyBytes + bytes - 1) / bytes + 1
        return "proxy_buffers \(max(count, 2)) \(size(bytes))"
    }

    /// A size as one writes it.
    static func size(_ bytes: Int) -> String { bytes % 1024 == 0 ? "\(bytes >> 10)k" : "\(bytes)" }

    /// How the directive is written.
    static func syntax(of row: Directive) -> String? {
        if row.arguments.isFlag { return "it is written: \(row.name) on | off" }
        // Of what has no effect only the number of its arguments is known.
        if row.action.syntax == "…" { return nil }
        return row.action.syntax.isEmpty ? "it takes no arguments" : "it is written: \(row.name) \(row.action.syntax)"
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
