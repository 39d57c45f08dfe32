import Bytes

/// A target that begins with a path, taken apart: HTTP/2's `:path`, or a URI that an answer sends the exchange to.
package struct OriginTarget: Equatable, Sendable {
    /// The path without arguments and fragment.
    package let path: ByteRange
    /// What follows the first `?`, without the fragment.
    package let arguments: ByteRange
    /// Whether the path needs no `TargetNormalizer`.
    package let isPathNormal: Bool

    /// The target that stands at `range`; nil where it does not begin with a slash, or has a space, a control byte or
    /// DEL in it (RFC 9113 §8.3.1; nginx: `client sent invalid :path header`).
    package init?(_ bytes: Span<UInt8>, _ range: ByteRange) {
        var index = range.start
        while index < range.end, targetClasses[Int(bytes[index])] < TargetClass.question { index &+= 1 }
        if index == range.start || bytes[range.start] != 0x2f { return nil }
        path = ByteRange(range.start, index)
        var argumentsRange = ByteRange.empty
        if index < range.end, bytes[index] == 0x3f {
            let start = index &+ 1
            while index < range.end, bytes[index] != 0x23 { index &+= 1 }
            argumentsRange = ByteRange(start, index)
        }
        arguments = argumentsRange
        isPathNormal = index == range.end && TargetNormalizer.isNormal(bytes.part(path))
        for rest in path.end..<range.end where targetClasses[Int(bytes[rest])] == TargetClass.stop { return nil }
    }
}
