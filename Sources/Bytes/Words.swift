extension Span where Element == UInt8 {
    /// The eight bytes at `offset`, the first one in the lowest bits. They must lie within the span.
    @inlinable public func word(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset <= count &- 8, "eight bytes outside the span")
        // Safe: the eight bytes were just found to lie within the span, and every UInt64 is a valid value.
        let loaded = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return UInt64(littleEndian: loaded)
    }

    /// Offset of the first byte below 0x20 from `start` on and before `end`, or `end`. Eight bytes at a time.
    @inlinable public func firstControl(from start: Int, before end: Int) -> Int {
        precondition(end <= count, "the end lies outside the span")
        var index = start
        while index &+ 8 <= end {
            let word = word(at: index)
            // The lowest set bit is exact: a borrow can only spoil the bytes above a hit.
            let hits = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
            if hits != 0 { return index &+ (hits.trailingZeroBitCount &>> 3) }
            index &+= 8
        }
        while index < end, self[index] >= 0x20 { index &+= 1 }
        return index
    }
}
