extension Span where Element == UInt8 {
    /// The eight bytes at `offset`, the first one in the lowest bits. They must lie within the span.
    @inlinable public func word(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset &+ 8 <= count, "eight bytes outside the span")
        // Safe: the eight bytes were just found to lie within the span, and every UInt64 is a valid value.
        let loaded = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
        return UInt64(littleEndian: loaded)
    }

    /// The same with ASCII letters in lower case.
    @inlinable public func lowercasedWord(at offset: Int) -> UInt64 {
        let word = word(at: offset)
        let low = word & 0x7f7f_7f7f_7f7f_7f7f
        // The top bit of each byte: from A on, beyond Z. No sum leaves its byte.
        let letters = (low &+ 0x3f3f_3f3f_3f3f_3f3f) ^ (low &+ 0x2525_2525_2525_2525)
        return word | (letters & ~word & 0x8080_8080_8080_8080) &>> 2
    }

    /// Offset of the first byte below 0x20 from `start` on, or the count. Eight bytes at a time.
    @inlinable public func firstControl(from start: Int) -> Int {
        var index = start
        while index &+ 8 <= count {
            let word = word(at: index)
            // The lowest set bit is exact: a borrow can only spoil the bytes above a hit.
            let hits = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
            if hits != 0 { return index &+ (hits.trailingZeroBitCount &>> 3) }
            index &+= 8
        }
        while index < count, self[index] >= 0x20 { index &+= 1 }
        return index
    }

    /// Offset of the first byte from `start` on that is neither a letter nor a hyphen, or the count; it may stop before
    /// one of the last seven bytes. Eight bytes at a time.
    @inlinable public func firstNeitherLetterNorHyphen(from start: Int) -> Int {
        let top: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while index &+ 8 <= count {
            let word = word(at: index)
            let low = (word | 0x2020_2020_2020_2020) & ~top
            let letters = ((low &+ 0x1f1f_1f1f_1f1f_1f1f) ^ (low &+ 0x0505_0505_0505_0505)) & ~word
            let other = word ^ 0x2d2d_2d2d_2d2d_2d2d
            let hyphens = ~(((other & ~top) &+ ~top) | other)
            let misses = ~(letters | hyphens) & top
            if misses != 0 { return index &+ (misses.trailingZeroBitCount &>> 3) }
            index &+= 8
        }
        return index
    }
}
