/// The start page: every fault as a link, by group.
enum SitePage {
    /// Links are relative, so that the page works behind a gateway that puts a path in front.
    static func html(_ core: Core) -> String {
        var page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>faulty-upstream</title>
            <meta name="viewport" content="width=device-width">
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
            table { border-collapse: collapse; width: 100%; }
            td { border-top: 1px solid #ccc; padding: .2rem .6rem .2rem 0; vertical-align: top; }
            td:first-child { white-space: nowrap; }
            @media (prefers-color-scheme: dark) { body { background: #111; color: #ddd; } a { color: #8bf; } }
            </style></head><body>
            <h1>faulty-upstream</h1>
            <p>An upstream that fails on purpose. Each link plays a fault; look at it through your gateway.
            The third column is what a gateway should answer.</p>
            <p>Any path takes <code>?fault=NAME</code>; every fault takes <code>delay</code>, <code>first</code>,
            <code>after</code> and <code>every</code>.</p>
            <h2>Good answers</h2><p>

            """
        page += goodPaths.map { "<a href=\"\($0)\">\($0)</a>" }.joined(separator: "\n") + "</p>\n"
        for group in FaultGroup.allCases {
            let faults = group == .own ? core.options.rules.faults : FaultTable.of(group)
            if faults.isEmpty { continue }
            page += "<h2 id=\"\(group.rawValue)\">\(escaped(group.summary))</h2>\n<table>\n"
            for fault in faults { page += row(fault, core.places) }
            page += "</table>\n"
        }
        return page + "</body></html>\n"
    }

    private static let goodPaths = [
        "ok", "echo", "bytes/100000", "status/404", "slow?delay=500", "sse?interval=200", "chunked", "trailers",
        "early-hints", "counts",
    ]

    private static func row(_ fault: Fault, _ places: Places) -> String {
        let knobs = fault.defaults.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue)=\($0.value)" }
        var name = "<a href=\"fault/\(fault.name)\">\(fault.name)</a>"
        var note = knobs.joined(separator: " ")
        if let place = fault.place {
            name = fault.name
            note = places.endpoint(of: place)?.text ?? "not opened"
        }
        if !note.isEmpty { note = " <small>\(escaped(note))</small>" }
        let expected = fault.group == .own ? "" : escaped(fault.expected.text)
        return "<tr><td>\(name)</td><td>\(escaped(fault.summary))\(note)</td><td>\(expected)</td></tr>\n"
    }

    /// For text and attributes of HTML.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7f ? " " : scalar)
            }
        }
        return out
    }
}
