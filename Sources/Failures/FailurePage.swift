import Bytes
import HTTP

/// The pages that Postern makes itself: nginx's, and below them why, for those who may see it.
package enum FailurePage {
    /// Appends the HTML page of `status`; nothing for a status without a page (nginx: an empty body).
    ///
    /// - Parameters:
    ///   - status: as in `Verdict.status`: 494–497 have pages of their own.
    ///   - signature: what stands below the rule, `postern` or `postern/1.2` (nginx: server_tokens).
    package static func append(status: UInt16, signature: Span<UInt8>, to out: inout ByteBuffer) {
        if open(status, style: false, &out) { close(signature, &out) }
    }

    /// The same page with the failure's facts below the rule.
    package static func append(
        status: UInt16, signature: Span<UInt8>, detail: borrowing FailureDetail, to out: inout ByteBuffer
    ) {
        guard open(status, style: true, &out) else { return }
        out.append("<hr><center>")
        TextEscape.append(html: signature, to: &out)
        out.append("</center>\r\n<main>\r\n<p>")
        out.append(detail.verdict.explanation)
        out.append("</p>\r\n<aside><b>What to check:</b> ")
        out.append(detail.verdict.advice)
        out.append("</aside>\r\n<table>\r\n")
        row("Cause", detail.text, &out)
        row("Phase", detail.phase, &out)
        row("Peers tried", detail.peers, &out)
        row("Ended as", detail.statuses, &out)
        row("Type", detail.verdict.error?.token ?? "", &out)
        row("Code", detail.verdict.code, &out)
        out.append("</table>\r\n<small>In the error log</small>\r\n<pre>")
        TextEscape.append(html: detail.logLine, to: &out)
        out.append("</pre>\r\n</main>\r\n</body>\r\n</html>\r\n")
    }

    /// Appends what pages and the Server field call this program: `postern`, `postern/1.2` or `postern/1.2 (build)`.
    package static func appendSignature(
        _ tokens: ServerTokens, version: Span<UInt8>, build: Span<UInt8>, to out: inout ByteBuffer
    ) {
        out.append("postern")
        if tokens == .off { return }
        out.append(0x2f)
        out.append(version)
        if tokens == .on || build.isEmpty { return }
        out.append(" (")
        out.append(build)
        out.append(0x29)
    }

    /// Light or dark as the browser likes it, and readable on a telephone. nginx's heading and signature stay, at the
    /// left.
    private static var style: StaticString {
        """
        <meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>\r\n\
        :root{color-scheme:light dark;--soft:#8882}\r\n\
        body{max-width:44em;margin:3.5em auto;padding:0 1.5em;font:16px/1.6 system-ui,sans-serif}\r\n\
        h1{margin-bottom:0;font-size:1.9em;font-weight:600}center{text-align:left}hr{display:none}\r\n\
        hr+center,small,td:first-child{opacity:.65;white-space:nowrap}p{font-size:1.1em}\r\n\
        aside{margin:1.5em 0;padding:.8em 1.2em;border-left:4px solid #c58b2a;background:var(--soft)}\r\n\
        table{margin-bottom:1.5em;border-spacing:0;font:inherit}\r\n\
        td{padding:.15em 1.5em .15em 0;vertical-align:top;overflow-wrap:anywhere}\r\n\
        pre{margin:.4em 0;padding:1em 1.2em;background:var(--soft);font:.85em/1.6 monospace}\r\n\
        pre{white-space:pre-wrap;overflow-wrap:anywhere}\r\n\
        </style>\r\n
        """
    }

    private static func open(_ status: UInt16, style detailed: Bool, _ out: inout ByteBuffer) -> Bool {
        guard let title = StatusPhrase.title(status) else { return false }
        let note = StatusPhrase.note(status)
        out.append("<html>\r\n<head><title>")
        heading(status, note ?? title, &out)
        out.append("</title>")
        if detailed {
            out.append("\r\n")
            out.append(style)
        }
        out.append("</head>\r\n<body>\r\n<center><h1>")
        heading(status, title, &out)
        out.append("</h1></center>\r\n")
        if let note {
            out.append("<center>")
            out.append(note)
            out.append("</center>\r\n")
        }
        return true
    }

    private static func close(_ signature: Span<UInt8>, _ out: inout ByteBuffer) {
        out.append("<hr><center>")
        TextEscape.append(html: signature, to: &out)
        out.append("</center>\r\n</body>\r\n</html>\r\n")
    }

    private static func heading(_ status: UInt16, _ words: StaticString, _ out: inout ByteBuffer) {
        out.append(decimal: StatusPhrase.wire(status))
        out.append(ASCII.space)
        out.append(words)
    }

    private static func row(_ name: StaticString, _ value: Span<UInt8>, _ out: inout ByteBuffer) {
        if value.isEmpty { return }
        begin(name, &out)
        TextEscape.append(html: value, to: &out)
        out.append("</td></tr>\r\n")
    }

    private static func row(_ name: StaticString, _ phase: Phase, _ out: inout ByteBuffer) {
        row(name, phase.words, &out)
    }

    private static func row(_ name: StaticString, _ words: StaticString, _ out: inout ByteBuffer) {
        if words.utf8CodeUnitCount == 0 { return }
        begin(name, &out)
        out.append(words)
        out.append("</td></tr>\r\n")
    }

    private static func row(_ name: StaticString, _ code: EndCode, _ out: inout ByteBuffer) {
        begin(name, &out)
        out.append(code.who)
        out.append(code.when)
        out.append(" (")
        out.append(code.whoWords)
        out.append(", ")
        out.append(code.whenWords)
        out.append(")</td></tr>\r\n")
    }

    private static func begin(_ name: StaticString, _ out: inout ByteBuffer) {
        out.append("<tr><td>")
        out.append(name)
        out.append("</td><td>")
    }
}

/// How much pages and the Server field tell of this program (nginx: server_tokens).
package enum ServerTokens: UInt8, Sendable { case off, on, build }
