import Bytes

/// What was read or named when a cause was seen, copied on the spot: at most 1,024 bytes in one or two pieces.
///
/// Owns no memory until it is given bytes, so that an empty one is free. Raw bytes go in; `CauseText` escapes them.
package struct Evidence: ~Copyable {
    /// The most bytes kept, both pieces together; what is beyond is cut off.
    package static let limitBytes = 1024

    private var bytes = ByteBuffer()
    private var split = 0

    /// No evidence.
    package init() {}

    /// One piece.
    package init(_ piece: Span<UInt8>) { set(piece) }

    /// Two pieces: a line and the one that came before it, or a subject and its pattern.
    package init(_ first: Span<UInt8>, _ second: Span<UInt8>) { set(first, second) }

    /// Two pieces, the first of which comes in two parts with a separator between, such as `Name: value`.
    package init(name: Span<UInt8>, value: Span<UInt8>) {
        add(name)
        bytes.append(": ")
        add(value)
        split = bytes.count
    }

    /// Replaces what was there by one piece.
    package mutating func set(_ piece: Span<UInt8>) {
        bytes.clear()
        add(piece)
        split = bytes.count
    }

    /// Replaces what was there by two pieces; of both, half the bound is kept at least.
    package mutating func set(_ first: Span<UInt8>, _ second: Span<UInt8>) {
        bytes.clear()
        let kept = max(Self.limitBytes / 2, Self.limitBytes - second.count)
        add(first.count > kept ? first.extracting(0..<kept) : first)
        split = bytes.count
        add(second)
    }

    /// Replaces what was there by text of this program's own.
    package mutating func set(_ text: StaticString) {
        bytes.clear()
        bytes.append(text)
        split = bytes.count
    }

    /// Adds to the last piece, such as the number in `1024+17`.
    package mutating func append(_ piece: Span<UInt8>) {
        let whole = split == bytes.count
        add(piece)
        if whole { split = bytes.count }
    }

    /// Adds a number to the first piece.
    package mutating func append(decimal number: Int64) {
        if bytes.count + 20 > Self.limitBytes { return }
        bytes.append(decimal: number)
        split = bytes.count
    }

    /// Forgets everything and keeps the memory.
    package mutating func clear() {
        bytes.clear()
        split = 0
    }

    /// Whether there is none.
    package var isEmpty: Bool { bytes.isEmpty }

    /// The first piece, or the only one.
    package var first: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span(ByteRange(start: 0, count: split)) }
    }

    /// The second piece; empty where there is one only.
    package var second: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span(ByteRange(split, bytes.count)) }
    }

    private mutating func add(_ piece: Span<UInt8>) {
        let room = Self.limitBytes - bytes.count
        bytes.append(piece.count > room ? piece.extracting(0..<max(0, room)) : piece)
    }
}
