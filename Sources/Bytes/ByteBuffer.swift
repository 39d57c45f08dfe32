/// A growing run of bytes in memory of its own: heads, log lines, arenas and output are written into one.
///
/// Offsets count bytes from the start. The memory goes back with the value, or to a `BufferPool`.
/// A buffer that was never written owns no memory. Its bound is its user's to keep: it grows as far as it is told to.
@safe @frozen public struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer?
    @usableFromInline var used: UInt32
    @usableFromInline var room: UInt32

    /// An empty buffer, without memory until the first byte.
    @inlinable public init() {
        unsafe base = nil
        used = 0
        room = 0
    }

    /// An empty buffer with room for at least `capacity` bytes (at most 4 GiB − 1).
    @inlinable public init(capacity: Int) {
        self.init()
        reserve(capacity)
    }

    @inlinable init(unsafeBase: UnsafeMutableRawPointer, capacity: Int) {
        unsafe base = unsafeBase
        used = 0
        room = UInt32(truncatingIfNeeded: capacity)
    }

    @inlinable deinit { unsafe base?.deallocate() }

    /// Bytes written.
    @inlinable public var count: Int { Int(used) }
    /// Bytes of memory held, free ones included.
    @inlinable public var capacity: Int { Int(room) }
    /// Bytes that can be written without growing.
    @inlinable public var free: Int { Int(room &- used) }
    /// Whether nothing is written.
    @inlinable public var isEmpty: Bool { used == 0 }

    /// Makes room for `additional` more bytes, doubling at least.
    @inlinable public mutating func reserve(_ additional: Int) {
        if additional > Int(room &- used) { grow(by: additional) }
    }

    @usableFromInline @inline(never) mutating func grow(by additional: Int) {
        let wanted = max(Int(used) + additional, Int(room) * 2, 64)
        precondition(wanted <= Int(UInt32.max), "a buffer holds less than 4 GiB")
        let moved = UnsafeMutableRawPointer.allocate(byteCount: wanted, alignment: 8)
        if let old = unsafe base {
            unsafe moved.copyMemory(from: old, byteCount: Int(used))
            unsafe old.deallocate()
        }
        unsafe base = moved
        room = UInt32(truncatingIfNeeded: wanted)
    }

    /// Forgets the bytes and keeps the memory.
    @inlinable public mutating func clear() { used = 0 }

    /// Cuts off what follows the first `count` bytes.
    @inlinable public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= Int(used), "truncation cannot lengthen a buffer")
        used = UInt32(truncatingIfNeeded: count)
    }

    /// Drops the first `count` bytes and moves the rest to the front.
    @inlinable public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= Int(used), "more bytes removed than written")
        if count == 0 { return }
        let left = Int(used) - count
        if left > 0, let base = unsafe base { unsafe base.copyMemory(from: base + count, byteCount: left) }
        used = UInt32(truncatingIfNeeded: left)
    }

    /// The bytes written so far.
    @inlinable public var span: Span<UInt8> {
        @_lifetime(borrow self) get {
            let start = unsafe base.map { unsafe UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
            let whole = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: start, count: Int(used)))
            return unsafe _overrideLifetime(whole, borrowing: self)
        }
    }

    /// The bytes of `range`, which must lie within the written ones.
    @inlinable @_lifetime(borrow self) public func span(_ range: ByteRange) -> Span<UInt8> {
        precondition(range.end <= Int(used), "range outside the buffer")
        guard let base = unsafe base, range.count > 0 else {
            let none = unsafe Span<UInt8>(_unsafeElements: UnsafeBufferPointer(start: nil, count: 0))
            return unsafe _overrideLifetime(none, borrowing: self)
        }
        let start = unsafe UnsafePointer((base + range.start).assumingMemoryBound(to: UInt8.self))
        let part = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: start, count: range.count))
        return unsafe _overrideLifetime(part, borrowing: self)
    }

    /// The byte at `offset`; writing is for patching what was written before.
    @inlinable public subscript(offset: Int) -> UInt8 {
        get {
            precondition(offset >= 0 && offset < Int(used), "offset outside the buffer")
            return unsafe base.unsafelyUnwrapped.load(fromByteOffset: offset, as: UInt8.self)
        }
        set {
            precondition(offset >= 0 && offset < Int(used), "offset outside the buffer")
            unsafe base.unsafelyUnwrapped.storeBytes(of: newValue, toByteOffset: offset, as: UInt8.self)
        }
    }

    // MARK: writing

    /// Appends one byte.
    @inlinable public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.unsafelyUnwrapped.storeBytes(of: byte, toByteOffset: Int(used), as: UInt8.self)
        used &+= 1
    }

    /// Appends a literal's UTF-8 bytes.
    @inlinable public mutating func append(_ text: StaticString) {
        if text.hasPointerRepresentation {
            let count = text.utf8CodeUnitCount
            if count == 0 { return }
            reserve(count)
            unsafe (base.unsafelyUnwrapped + Int(used)).copyMemory(from: text.utf8Start, byteCount: count)
            used &+= UInt32(truncatingIfNeeded: count)
        } else {
            for byte in String(describing: text).utf8 { append(byte) }
        }
    }

    /// Appends a copy of `bytes`, which must not be this buffer's own.
    @inlinable public mutating func append(_ bytes: Span<UInt8>) {
        let count = bytes.count
        if count == 0 { return }
        reserve(count)
        let target = unsafe base.unsafelyUnwrapped + Int(used)
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe target.copyMemory(from: source.baseAddress.unsafelyUnwrapped, byteCount: count)
        }
        used &+= UInt32(truncatingIfNeeded: count)
    }

    /// Appends a copy of an array's bytes.
    @inlinable public mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

    /// Appends a string's UTF-8 bytes. For cold code.
    public mutating func append(text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends `range` of this same buffer.
    @inlinable public mutating func appendOwn(_ range: ByteRange) {
        precondition(range.end <= Int(used), "range outside the buffer")
        if range.count == 0 { return }
        reserve(range.count)
        let memory = unsafe base.unsafelyUnwrapped
        unsafe (memory + Int(used)).copyMemory(from: memory + range.start, byteCount: range.count)
        used &+= UInt32(truncatingIfNeeded: range.count)
    }

    /// Appends `count` bytes of whatever value, to be filled in later.
    @inlinable public mutating func appendUninitialized(_ count: Int) {
        reserve(count)
        used &+= UInt32(truncatingIfNeeded: count)
    }

    // MARK: lending to the kernel

    /// Lends the free room, at most `limit` bytes; `body` says how many it wrote (nothing is added for a negative
    /// answer).
    @inlinable public mutating func fill(limit: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
        let room = min(limit, free)
        let start = unsafe base.map { unsafe $0 + Int(used) }
        let wrote = unsafe body(UnsafeMutableRawBufferPointer(start: start, count: start == nil ? 0 : room))
        precondition(wrote <= room, "more bytes written than lent")
        if wrote > 0 { used &+= UInt32(truncatingIfNeeded: wrote) }
        return wrote
    }
}

extension ByteBuffer {
    /// Moves bytes of this buffer to an earlier or later offset of it; the two places may overlap.
    @inlinable public mutating func copyWithin(_ range: ByteRange, to offset: Int) {
        precondition(range.end <= count && offset + range.count <= count, "bytes moved outside the buffer")
        if range.count == 0 || range.start == offset { return }
        let memory = unsafe base.unsafelyUnwrapped
        unsafe (memory + offset).copyMemory(from: memory + range.start, byteCount: range.count)
    }
}
