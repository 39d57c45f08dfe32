import Bytes
import HTTP

/// A path and its normal form, by which locations are chosen.
enum Targets {
    static func play(_ input: Span<UInt8>) {
        for mergesSlashes in [true, false] { play(input, mergesSlashes: mergesSlashes) }
    }

    private static func play(_ input: Span<UInt8>, mergesSlashes: Bool) {
        var normal = ByteBuffer()
        let isValid = TargetNormalizer.append(input, mergesSlashes: mergesSlashes, to: &normal)
        if TargetNormalizer.isNormal(input) {
            precondition(isValid && normal.span.equals(input), "a normal path is changed")
        }
        if !isValid {
            precondition(normal.isEmpty, "something is left of a path that is invalid")
            return
        }
        precondition(normal.count <= input.count && normal[0] == 0x2f, "a normal form that is none")
        checkSegments(normal.span, mergesSlashes: mergesSlashes)
        var escaped = ByteBuffer()
        escaped.append(normal.span, escapedAs: .path)
        var again = ByteBuffer()
        let isValidAgain = TargetNormalizer.append(escaped.span, mergesSlashes: mergesSlashes, to: &again)
        precondition(isValidAgain && again.span.equals(normal.span), "an escaped path has another normal form")
    }

    /// No segment leads elsewhere, so that a location's prefix is where the path lies.
    private static func checkSegments(_ path: Span<UInt8>, mergesSlashes: Bool) {
        var start = 1
        for index in 1...path.count where index == path.count || path[index] == 0x2f {
            let segment = path.extracting(start..<index)
            precondition(!segment.equals(".") && !segment.equals(".."), "a dot segment is left")
            precondition(!mergesSlashes || index == path.count || !segment.isEmpty, "two slashes are left")
            start = index + 1
        }
        for index in path.indices { precondition(path[index] != 0, "a NUL is left") }
    }
}
