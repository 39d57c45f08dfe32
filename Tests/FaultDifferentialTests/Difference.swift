/// Faults that Postern answers otherwise than Debian's nginx.
struct Difference {
    /// Why the two differ.
    enum Because: Equatable {
        /// On purpose: the words of the column `when` in docs/divergences.md.
        case divergence(String)
        /// Debian's nginx is old; the release that Postern's words and statuses are taken from does as Postern does.
        case newerNginx
    }

    let because: Because
    let faults: [String]

    static let all: [Difference] = divergences + newer

    private static let divergences: [Difference] = [
        .init(
            .divergence("what comes is no status line"),
            "garbage-line garbage-line-held garbage-bytes garbage-bytes-held bare-html bare-html-big bare-html-reset",
            "response-inside-garbage status-letters phrase-glued phrase-cr version-tab version-leading-space",
            "version-leading-crlf version-lowercase version-icy version-2 version-0.9 http2-settings http2-goaway",
            "ssh-banner smtp-banner tls-alert"),
        .init(
            .divergence("the status is below 100, or no three digits"),
            "status-099 status-000 status-1000 status-20 status-2 status-negative status-2x0"),
        .init(
            .divergence(
                "the status line is nearly one: another major version, a minor of two digits, two spaces, a NUL"),
            "phrase-nul version-two-spaces version-2.0 version-1.10"),
        .init(
            .divergence("a header line has no colon, or its name is no token"),
            "field-no-colon name-8bit name-parentheses name-at name-slash"),
        .init(.divergence("a header line ends in CR CR LF"), "lines-crcrlf"),
        .init(
            .divergence("the first chunk is broken, and nothing was sent yet"),
            "chunk-size-letters chunk-size-negative chunk-size-hex chunk-size-plus chunk-size-empty",
            "chunk-size-leading-space chunk-size-extension-lf chunk-size-overflow chunk-size-max64 chunk-size-2pow63",
            "chunk-size-wrap64 chunk-size-underscore chunk-size-comma chunk-size-cr chunk-data-no-crlf",
            "chunk-data-long chunk-size-max63"),
        .init(
            .divergence("lines of the chunked coding end in bare LF, or an extension is very long"),
            "chunk-lines-lf chunk-extension-big"),
        .init(
            .divergence("a trailer line is malformed or too big"), "trailer-no-colon trailer-bad-name trailer-big"),
        .init(
            .divergence("`100 Continue` comes, then the connection is closed"),
            "continue-fin hints-fin continue-garbage status-199"),
        .init(.divergence("interim responses without end"), "hints-many"),
        .init(
            .divergence("101 comes that nobody asked for"),
            "switch-unasked tunnel-echo tunnel-reset tunnel-fin switch-without-field"),
    ]

    private static let newer: [Difference] = [
        // Repeated fields are warned of or refused since 1.23.0.
        .init(
            .newerNginx, "twice-server-date twice-type twice-location twice-validators",
            "length-twice-same length-twice-different"),
        // Lengths and codings are checked since 1.23.0.
        .init(
            .newerNginx, "length-list-same length-list-different length-then-chunked chunked-then-length",
            "length-negative length-letters length-overflow length-2pow63 length-wrap64 length-plus length-hex",
            "length-two-words length-empty length-fraction length-semicolon length-trailing-tab",
            "coding-gzip-chunked coding-gzip coding-unknown coding-chunked-twice coding-chunked-identity",
            "coding-identity coding-vertical-tab coding-parameter coding-quoted coding-empty coding-two-lines",
            "coding-gzip-line length-chunked-http10"),
        // Interim responses are known since 1.29.0.
        .init(
            .newerNginx, "continue continue-expected continue-unread continue-many continue-pause continue-stall",
            "continue-length processing hints hints-pause hints-stall hints-http10 interim-unknown"),
    ]

    private init(_ because: Because, _ faults: String...) {
        self.because = because
        self.faults = faults.flatMap { $0.split(separator: " ").map(String.init) }
    }
}
