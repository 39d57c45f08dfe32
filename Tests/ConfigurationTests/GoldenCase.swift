import Platform

@testable import Configuration

/// One case of a golden file: text in a fence, and what comes of it in the fence below.
///
/// The first word after the fence's mark says what the text is: `main` a whole file, `http`, `server`, `location` what
/// stands in such a block; `each-…` has one case on every line; `file NAME` is a further file for what follows.
struct GoldenCase {
    var kind = ""
    var input: [String] = []
    /// Further files, by their path.
    var files: [String: String] = [:]

    /// What the case comes to.
    func outcome() -> [String] {
        if kind.hasPrefix("each-") {
            let inner = String(kind.dropFirst("each-".count))
            return input.flatMap { line in
                line.isEmpty ? [""] : [line] + run(inner, line).map { "    " + $0 }
            }
        }
        if kind == "tree" { return tree() }
        return run(kind, input.joined(separator: "\n") + "\n")
    }

    private func run(_ kind: String, _ text: String) -> [String] {
        let wrapped: String
        switch kind {
        case "http": wrapped = "http { \(text)}"
        case "server": wrapped = "http { server { listen 80; \(text)}}"
        case "location": wrapped = "http { server { listen 80; location / { \(text)}}}"
        case "upstream": wrapped = "http { upstream u { \(text)}}"
        default: wrapped = text
        }
        do throws(ConfigurationError) {
            let model = try load(wrapped)
            let writer = ModelText(model: model)
            switch kind {
            case "location": return writer.notes() + writer.checks() + writer.settings(of: 2, indent: "")
            default: return writer.whole()
            }
        } catch {
            return ["[emerg] " + error.message] + (error.help.map { ["help: " + $0] } ?? [])
        }
    }

    func load(_ text: String, globals: String = "") throws(ConfigurationError) -> ConfigurationModel {
        var all = files.mapValues { Array($0.utf8) }
        all["/p/nginx.conf"] = Array(text.utf8)
        let known = all
        let source = FileSource(
            read: { path in
                known[path].map { .success($0) }
                    ?? .failure(Files.Failure(operation: "open()", errno: Errno(rawValue: 2)))
            },
            glob: { mask in
                let parts = mask.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
                return .success(known.keys.filter { $0.hasPrefix(parts[0]) && $0.hasSuffix(parts[1]) }.sorted())
            })
        return try ConfigurationLoader.load(
            prefix: "/p", confPath: "nginx.conf", globals: globals, source: source,
            machine: MachineFacts(hostName: "gate.example", isSuperuser: true))
    }

    /// The words, before anything is made of them.
    private func tree() -> [String] {
        let bytes = Array((input.joined(separator: "\n") + "\n").utf8)
        let source = FileSource(read: { _ in .success(bytes) }, glob: { _ in .success([]) })
        var parser = Parser(source: source, directory: "/p/")
        return lines(of: parser.parse(path: "/p/nginx.conf"), depth: 0)
    }

    private func lines(of block: BlockNode, depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        return block.items.flatMap { item -> [String] in
            switch item {
            case .failure(let error): return [indent + "[emerg] " + error.message]
            case .directive(let node):
                let words = node.words.map { "<\($0.text)>" }.joined(separator: " ")
                let line = "\(indent)\(node.position.line): \(words)"
                return [line] + (node.block.map { lines(of: $0, depth: depth + 1) } ?? [])
            }
        }
    }
}

/// A golden file: Markdown, of which only the fences count.
enum GoldenFile {
    /// The text with each expectation replaced by what comes out now.
    static func rewritten(_ text: String) -> String {
        var result: [String] = []
        var current = GoldenCase()
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        while let line = lines.popFirst() {
            result.append(line)
            guard line.hasPrefix("```"), line != "```" else { continue }
            let info = String(line.dropFirst(3))
            var body: [String] = []
            while let inner = lines.popFirst(), inner != "```" { body.append(inner) }
            if info == "outcome" { continue }
            result += body + ["```"]
            if info.hasPrefix("file ") {
                current.files["/p/" + info.dropFirst(5)] = body.joined(separator: "\n") + "\n"
                continue
            }
            current.kind = info
            current.input = body
            result += ["", "```outcome"] + current.outcome() + ["```"]
            skipOutcome(&lines)
            current = GoldenCase()
        }
        return result.joined(separator: "\n")
    }

    private static func skipOutcome(_ lines: inout ArraySlice<String>) {
        var rest = lines
        while rest.first == "" { rest.removeFirst() }
        guard rest.first == "```outcome" else { return }
        while let line = rest.popFirst(), line != "```" {}
        lines = rest
    }
}
