import Testing

/// What requests come to under a configuration, told by Markdown files.
@Suite struct GoldenTests {
    static let names = [
        "servers", "locations", "rewrite", "conditions", "return", "error-pages", "try-files", "access",
        "proxy-pass", "upstream-head", "response-head", "redirects", "cookies", "variables", "maps", "access-lines",
        "realip", "accel", "injection",
    ]

    @Test(arguments: names) func golden(_ name: String) throws {
        try GoldenFile(name).check(Walk.lines)
    }
}
