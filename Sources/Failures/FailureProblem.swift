import Bytes
import HTTP

/// A failure as `application/problem+json` (RFC 9457), for clients that would rather have JSON.
package enum FailureProblem {
    /// The media type.
    package static var mediaType: StaticString { "application/problem+json" }

    /// Appends what everybody may see: type, title and status.
    package static func append(status: UInt16, to out: inout ByteBuffer) {
        open(status, &out)
        out.append("}\n")
    }

    /// The same with the failure's facts.
    package static func append(status: UInt16, detail: borrowing FailureDetail, to out: inout ByteBuffer) {
        open(status, &out)
        member("detail", detail.verdict.explanation, &out)
        member("check", detail.verdict.advice, &out)
        member("cause", detail.text, &out)
        member("phase", detail.phase.words, &out)
        member("peers", detail.peers, &out)
        member("answers", detail.statuses, &out)
        member("error", detail.verdict.error?.token ?? "", &out)
        out.append(",\"code\":\"")
        out.append(detail.verdict.code.who)
        out.append(detail.verdict.code.when)
        out.append(0x22)
        member("log", detail.logLine, &out)
        out.append("}\n")
    }

    private static func open(_ status: UInt16, _ out: inout ByteBuffer) {
        out.append("{\"type\":\"about:blank\",\"title\":\"")
        out.append(StatusPhrase.note(status) ?? StatusPhrase.text(status) ?? "Error")
        out.append("\",\"status\":")
        out.append(decimal: StatusPhrase.wire(status))
    }

    private static func member(_ name: StaticString, _ value: Span<UInt8>, _ out: inout ByteBuffer) {
        if value.isEmpty { return }
        begin(name, &out)
        TextEscape.append(json: value, to: &out)
        out.append(0x22)
    }

    /// The words of the table have quotes in them, so they are escaped too.
    private static func member(_ name: StaticString, _ words: StaticString, _ out: inout ByteBuffer) {
        if words.utf8CodeUnitCount == 0 { return }
        var copy = ByteBuffer()
        copy.append(words)
        member(name, copy.span, &out)
    }

    private static func begin(_ name: StaticString, _ out: inout ByteBuffer) {
        out.append(",\"")
        out.append(name)
        out.append("\":\"")
    }
}
