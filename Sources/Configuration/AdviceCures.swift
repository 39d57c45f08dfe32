/// What helps against errors whose text says that something is wrong, but not how it would be right.
extension Advice {
    /// The line below an error that a directive's own check found; nil where its text is enough.
    static func cure(_ error: ConfigurationError, _ node: DirectiveNode, _ row: Directive) -> String? {
        if error.message.hasPrefix("\"\(node.name)\" directive invalid value") {
            if row.action.syntax == "size" { return "a size is a number of bytes, or has k or m behind it: 8k, 1m" }
            if row.action.syntax == "time" { return "a time is one word: 90s, 5m, 1h30m, 500ms; else it is seconds" }
        }
        if error.message.hasPrefix("invalid URL prefix") {
            return "a URL begins with http:// or https://, as in: \(node.name) http://\(node.words[1].text);"
        }
        if error.message.hasPrefix("invalid parameter"), node.name == "add_header" || node.name == "add_trailer" {
            return "a value with spaces must stand in quotes"
        }
        if error.message.contains("may not have port") {
            return "it is the name of a group, whose servers have ports of their own; take the port away"
        }
        return nil
    }

    /// The line below `unknown directive`.
    static func unknown(_ word: Word) -> String? {
        if word.bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            return "the file begins with a UTF-8 byte order mark; save it without one"
        }
        if isNoText(word) { return "this is no text; is it the right file?" }
        if let near = DirectiveTable.nearest(to: word.text) { return "did you mean \"\(near)\"?" }
        if word.text == "ssl" { return "write it behind the address: listen 443 ssl;" }
        if word.text.contains("}") { return "a pattern that has { or } or ; in it must stand in quotes" }
        let foreign = ["brotli", "content_by_lua", "geoip2", "js_", "lua_", "modsecurity", "more_", "pagespeed", "zstd"]
        if foreign.contains(where: word.text.hasPrefix) {
            return "it belongs to a module that is no part of nginx; take it out"
        }
        return nil
    }

    /// The line below `unknown "NAME" variable`.
    static func unknown(variable name: String, at position: SourcePosition) -> String {
        let usual =
            name == "connection_upgrade"
            ? "; most have: map $http_upgrade $connection_upgrade { default upgrade; '' close; } in http" : ""
        return "it is used" + position.suffix + usual
    }

    /// The line below a condition that cannot be read.
    static func condition(_ found: String) -> String {
        found == "==" || found == "eq"
            ? "equality is written ="
            : "it is written: if ($variable), if ($variable = value), if (-f file); or with != ~ ~* !~"
    }
}
