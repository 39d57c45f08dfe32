/// A worker's free buffers, by powers of two from 512 bytes to 256 KiB.
///
/// What is larger is allocated for its taker alone. At most `keepLimitBytes` lie idle.
@safe @frozen public struct BufferPool: ~Copyable {
    @usableFromInline static var smallest: Int { 9 }
    @usableFromInline static var classes: Int { 10 }

    @usableFromInline var heads: InlineArray<10, UnsafeMutableRawPointer?>
    /// Bytes lying idle.
    public private(set) var idleBytes: Int
    /// Bound on the bytes lying idle.
    public let keepLimitBytes: Int

    /// An empty pool.
    public init(keepLimitBytes: Int = 4 << 20) {
        unsafe heads = InlineArray(repeating: nil)
        idleBytes = 0
        self.keepLimitBytes = keepLimitBytes
    }

    deinit {
        for index in 0..<10 {
            var next = unsafe heads[index]
            while let block = unsafe next {
                unsafe next = block.load(as: UnsafeMutableRawPointer?.self)
                unsafe block.deallocate()
            }
        }
    }

    /// An empty buffer with room for at least `bytes` bytes.
    public mutating func take(atLeast bytes: Int) -> ByteBuffer {
        guard let index = Self.sizeClass(bytes) else { return ByteBuffer(capacity: bytes) }
        let size = 1 << (index + Self.smallest)
        guard let block = unsafe heads[index] else { return ByteBuffer(capacity: size) }
        unsafe heads[index] = block.load(as: UnsafeMutableRawPointer?.self)
        idleBytes -= size
        return unsafe ByteBuffer(unsafeBase: block, capacity: size)
    }

    /// Takes a buffer back; its bytes are forgotten.
    public mutating func give(_ buffer: consuming ByteBuffer) {
        let size = buffer.capacity
        guard let index = Self.sizeClass(size), size == 1 << (index + Self.smallest),
            idleBytes + size <= keepLimitBytes, let block = unsafe buffer.surrender()
        else { return }
        unsafe block.storeBytes(of: heads[index], as: UnsafeMutableRawPointer?.self)
        unsafe heads[index] = block
        idleBytes += size
    }

    /// The class that holds `bytes`, or nil beyond the largest.
    static func sizeClass(_ bytes: Int) -> Int? {
        if bytes <= 1 << smallest { return 0 }
        let index = Int.bitWidth - (bytes - 1).leadingZeroBitCount - smallest
        return index < classes ? index : nil
    }
}

extension ByteBuffer {
    /// Gives up the memory; the buffer is empty afterwards.
    mutating func surrender() -> UnsafeMutableRawPointer? {
        let memory = unsafe base
        unsafe base = nil
        used = 0
        room = 0
        return unsafe memory
    }
}
