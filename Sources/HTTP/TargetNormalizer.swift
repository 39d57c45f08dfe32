import Bytes

/// Turns the path that a client sent into the one that locations are chosen by (nginx: `$uri`).
///
/// Escapes are decoded, `.` and `..` segments are resolved, repeated slashes are merged if asked, and a fragment is
/// left out. An escaped `%`, `#` or `?` is a plain character of the path from then on; an escaped slash or dot counts
/// as if it had been sent plainly.
package struct TargetNormalizer: ~Copyable {
    /// Where in a segment the walk stands.
    private enum Place {
        case inside, afterSlash, afterDot, afterTwoDots
    }

    private let start: Int
    private let mergesSlashes: Bool
    private var place = Place.inside

    /// Appends the normal form of `path` to `out`.
    ///
    /// - Parameters:
    ///   - path: begins with a slash; a `?` or `#` in it ends it
    ///   - mergesSlashes: nginx: `merge_slashes`
    /// - Returns: false where the client's path is invalid: a broken escape, a NUL, or `..` above the root.
    ///   Nothing is appended then.
    package static func append(_ path: Span<UInt8>, mergesSlashes: Bool, to out: inout ByteBuffer) -> Bool {
        var walk = TargetNormalizer(start: out.count, mergesSlashes: mergesSlashes)
        if walk.run(path, &out) { return true }
        out.truncate(to: walk.start)
        return false
    }

    /// Whether `path` is its own normal form, so that no copy is needed. A segment that begins with a dot counts as
    /// not normal, as it does with nginx.
    package static func isNormal(_ path: Span<UInt8>) -> Bool {
        if path.isEmpty || path[0] != 0x2f { return false }
        var isAfterSlash = true
        for index in 1..<path.count {
            let kind = targetClasses[Int(path[index])]
            if kind >= TargetClass.percent || isAfterSlash && kind != TargetClass.usual { return false }
            isAfterSlash = kind == TargetClass.slash
        }
        return true
    }

    private init(start: Int, mergesSlashes: Bool) {
        self.start = start
        self.mergesSlashes = mergesSlashes
    }

    private mutating func run(_ path: Span<UInt8>, _ out: inout ByteBuffer) -> Bool {
        if path.isEmpty || path[0] != 0x2f { return false }
        out.reserve(path.count)
        var index = 0
        while index < path.count {
            var byte = path[index]
            index &+= 1
            if byte == 0x3f || byte == 0x23 { break }
            if byte == 0x25 {
                guard index &+ 2 <= path.count, let high = ASCII.hexValue(path[index]),
                    let low = ASCII.hexValue(path[index &+ 1])
                else { return false }
                index &+= 2
                byte = high &<< 4 | low
            }
            if byte == 0 || !take(byte, &out) { return false }
        }
        return close(&out)
    }

    /// Writes one decoded byte, and takes back the dots that a slash makes void.
    private mutating func take(_ byte: UInt8, _ out: inout ByteBuffer) -> Bool {
        switch byte {
        case 0x2f:
            if place == .afterSlash {
                if !mergesSlashes { out.append(byte) }
                return true
            }
            if place == .inside {
                out.append(byte)
            } else if !close(&out) {
                return false
            }
            place = .afterSlash
        case 0x2e:
            out.append(byte)
            switch place {
            case .inside, .afterTwoDots: place = .inside
            case .afterSlash: place = .afterDot
            case .afterDot: place = .afterTwoDots
            }
        default:
            out.append(byte)
            place = .inside
        }
        return true
    }

    /// Resolves the segment that ends here, if it is one or two dots.
    private func close(_ out: inout ByteBuffer) -> Bool {
        switch place {
        case .inside, .afterSlash: return true
        case .afterDot:
            out.truncate(to: out.count - 1)
            return true
        case .afterTwoDots:
            // Before the two dots stands a slash; the segment before that goes with them.
            var end = out.count - 3
            while end > start, out[end - 1] != 0x2f { end -= 1 }
            if end <= start { return false }
            out.truncate(to: end)
            return true
        }
    }
}
