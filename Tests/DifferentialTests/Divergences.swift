/// Where Postern differs from Debian's nginx 1.22 on purpose, or nginx 1.31 does. Each row must be met at least once.
enum Divergences {
    struct Row: Sendable {
        let name: String
        /// Why, as in docs/divergences.md.
        let because: String
        let holds: @Sendable (_ asking: Asking, _ nginx: String, _ postern: String) -> Bool
    }

    static let rows: [Row] = [
        Row(
            name: "merge_slashes",
            because: "Postern takes the server that the request is for; nginx its listener's default server's word"
        ) { asking, _, _ in asking.route == "merge-off" && asking.target.contains("//") },
        Row(
            name: "escaped target",
            because: "a space that a variable puts into the upstream's request line is sent as %20"
        ) { asking, _, _ in asking.route == "pass-variables" && asking.target.hasPrefix("/r/a%20b") },
        Row(
            name: "joined fields",
            because: "from 1.23 on nginx joins the values of equal fields in $http_… too"
        ) { asking, nginx, postern in postern.contains("|one, two|") && nginx.contains("|one|") },
    ]

    static func row(for asking: Asking, nginx: String, postern: String) -> String? {
        rows.first { $0.holds(asking, nginx, postern) }?.name
    }
}
