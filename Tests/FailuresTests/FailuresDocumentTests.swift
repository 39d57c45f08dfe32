import Bytes
import Failures
import Foundation
import HTTP
import Testing

/// `docs/failures.md` is the table, rendered. `UPDATE_GOLDEN=1` writes it anew.
@Suite struct FailuresDocumentTests {
    @Test func documentIsTheTable() throws {
        let file = document("failures.md")
        let rendered = Self.render()
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try rendered.write(to: file, atomically: true, encoding: .utf8)
        }
        let stored = try String(contentsOf: file, encoding: .utf8)
        let differing = zip(rendered.split(separator: "\n"), stored.split(separator: "\n")).first { $0 != $1 }
        #expect(rendered == stored, "docs/failures.md is not the table: \(String(describing: differing))")
    }

    static func render() -> String {
        var text = opening
        for (title, prefix) in sections {
            text += "\n## \(title)\n\n"
            text += "| log line | status | Proxy-Status | code | retried on | counts | what happened, what to check |\n"
            text += "|---|---|---|---|---|---|---|\n"
            for kind in CauseKind.all where name(kind).hasPrefix(prefix + ".") {
                for sample in Sample.of(kind) { text += row(sample) }
            }
        }
        return text
    }

    static func row(_ sample: Sample) -> String {
        let verdict = sample.verdict
        let code = String(decoding: [verdict.code.who, verdict.code.when], as: UTF8.self)
        let retry = verdict.retry == .never ? "–" : "`\(verdict.retry.word)`"
        let error = verdict.error.map { String(describing: $0.token) } ?? "–"
        let cells = [
            "`[\(verdict.level.name)] \(words(sample))`<br>\(name(sample.cause.kind))\(marks(sample.cause))",
            status(verdict), error, code == "--" ? "–" : code, retry, verdict.countsAgainstPeer ? "yes" : "–",
            "\(verdict.explanation) \(verdict.advice)",
        ]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }

    static func status(_ verdict: Verdict) -> String {
        switch verdict.ending {
        case .notice: "–"
        case .answer:
            StatusPhrase.wire(verdict.status) == verdict.status ? "\(verdict.status)" : "400 (\(verdict.status))"
        case .cut: "cut"
        case .close: verdict.status == 0 ? "closed" : "closed (\(verdict.status))"
        case .reset: "RST_STREAM \(verdict.resetCode)"
        case .goaway: "GOAWAY \(verdict.resetCode)"
        }
    }

    static func marks(_ cause: Cause) -> String {
        if cause.marks.contains(.stale) { return ", on a reused connection" }
        if cause.marks.contains(.answerBegun) { return ", after the first bytes of the head" }
        return ""
    }

    static let sections = [
        ("The upstream's connection", "connection"), ("What the upstream sent", "response"),
        ("Finding an upstream", "choice"), ("The client's connection", "client"), ("What the client sent", "request"),
        ("The client's HTTP/2", "stream"), ("This process", "local"),
    ]

    static let opening = """
        # What every failure becomes

        This page is rendered from the table in `Sources/Failures`; a test compares them, and `UPDATE_GOLDEN=1 swift test
        --filter FailuresTests` writes it anew. The log, the error page, `Proxy-Status`, retries and counters all read the
        same rows.

        - **Log line**: level and words as they stand in the error log, with example addresses; below it the cause's name.
          Time, process and connection come before the words, `client`, `server`, `request`, `upstream` and the rest after.
        - **Status**: what the client gets while the response's head is not committed. *cut*: the head was committed, so
          the connection is closed before the message is complete (HTTP/2: RST_STREAM INTERNAL_ERROR; HTTP/1.0 clients, whose
          body ends with the connection, get a reset). *closed (499)*: nobody is there to be answered; the number is what
          the access log has. 494–497 are sent as 400 and have `error_page` numbers of their own.
        - **Proxy-Status**: the error type of RFC 9209.
        - **Code**: who ended it and when, as HAProxy writes it. C client, c client's timeout, S upstream, s upstream's
          timeout, P refused here, L answered here, R resources, I internal or configuration, K shutdown; then R request,
          Q queue, C connecting, H response head, D data, L last.
        - **Retried on**: the word of `proxy_next_upstream` that lets another peer be tried.
        - **Counts**: towards `max_fails` of the peer.

        """
}

/// A file of the documentation.
func document(_ name: String, from source: String = #filePath) -> URL {
    URL(fileURLWithPath: source).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("docs").appendingPathComponent(name)
}
