extension ByteBuffer {
    /// The range that was stored at `offset` by `setRange`: tables of ranges live in the same memory as their bytes.
    @inlinable public func range(at offset: Int) -> ByteRange {
        precondition(offset >= 0 && offset + 8 <= Int(used), "offset outside the buffer")
        // Safe: the eight bytes were just found to lie within the written ones, and any two UInt32 are a valid range.
        return unsafe base.unsafelyUnwrapped.loadUnaligned(fromByteOffset: offset, as: ByteRange.self)
    }

    /// Stores a range in the eight bytes at `offset`, which must have been written before.
    @inlinable public mutating func setRange(_ range: ByteRange, at offset: Int) {
        precondition(offset >= 0 && offset + 8 <= Int(used), "offset outside the buffer")
        unsafe base.unsafelyUnwrapped.storeBytes(of: range, toByteOffset: offset, as: ByteRange.self)
    }
}
