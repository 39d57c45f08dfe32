import Bytes
import Failures

/// The bytes of a string, with the bytes 0–255 written as the first 256 characters of Unicode.
func bytes(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

/// Evidence of one or two pieces.
func evidence(_ first: String, _ second: String) -> Evidence {
    var made = Evidence()
    made.set(bytes(first).span, bytes(second).span)
    return made
}

/// What a cause and a phase read like: `text while phase`.
func words(_ cause: Cause, _ phase: Phase, _ first: String = "", _ second: String = "") -> String {
    var out = ByteBuffer()
    let evidence = evidence(first, second)
    ErrorLine.appendText(cause, evidence, while: phase, to: &out)
    return out.span.text
}

/// The same of a sample.
func words(_ sample: Sample) -> String {
    words(sample.cause, sample.place.phase, String(describing: sample.first), String(describing: sample.second))
}

/// What a function appends.
func written(_ body: (inout ByteBuffer) -> Void) -> String {
    var out = ByteBuffer()
    body(&out)
    return out.span.text
}

/// The name of a kind in documents.
func name(_ kind: CauseKind) -> String { kind.name }
