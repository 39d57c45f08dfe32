import Bytes

// The table keeps all its literal bytes in one array; a range says which of them are meant.
extension ByteBuffer {
    /// Appends the bytes of `range` in `literals`.
    mutating func append(_ literals: [UInt8], _ range: ByteRange) {
        append(literals.span.part(range))
    }
}

extension Array where Element == UInt8 {
    /// Whether the bytes of `range` are `other`.
    func has(_ range: ByteRange, equalTo other: Span<UInt8>) -> Bool {
        range.count == other.count && span.part(range).equals(other)
    }

    /// Whether the bytes of `range` are `other` but for ASCII case.
    func has(_ range: ByteRange, equalIgnoringCaseTo other: Span<UInt8>) -> Bool {
        range.count == other.count && span.part(range).equalsIgnoringCase(other)
    }

    /// Whether the bytes of `range` begin with `other`.
    func has(_ range: ByteRange, startingWith other: Span<UInt8>) -> Bool {
        range.count >= other.count && span.part(ByteRange(start: range.start, count: other.count)).equals(other)
    }

    /// Whether `other` begins with the bytes of `range`.
    func has(_ range: ByteRange, startOf other: Span<UInt8>) -> Bool {
        range.count <= other.count && span.part(range).equals(other.extracting(0..<range.count))
    }

    /// Byte order: negative where the bytes of `range` stand before `other`.
    func order(of range: ByteRange, against other: Span<UInt8>) -> Int {
        let own = span.part(range)
        let shared = Swift.min(own.count, other.count)
        for index in 0..<shared where own[index] != other[index] { return Int(own[index]) - Int(other[index]) }
        return own.count - other.count
    }
}

extension ExchangeRecord {
    /// Copies the bytes of `range` in `literals` into the arena.
    mutating func keep(_ literals: [UInt8], _ range: ByteRange) -> Piece {
        keep(literals.span.part(range))
    }
}
