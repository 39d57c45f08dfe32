/// Where one field line of a head stands: 16 bytes, offsets from the start of the head's bytes.
@frozen public struct FieldEntry: Sendable {
    @usableFromInline var nameStart: UInt32
    @usableFromInline var valueStart: UInt32
    @usableFromInline var valueCount: UInt32
    @usableFromInline var nameCount: UInt16
    /// Which well-known name it is, as the HTTP room numbers them; 0 for any other.
    public var known: UInt8
    /// Marks of the HTTP room (hop-by-hop and its like).
    public var marks: UInt8

    /// An entry; `name` is at most 65,535 bytes long.
    @inlinable public init(name: ByteRange, value: ByteRange, known: UInt8 = 0, marks: UInt8 = 0) {
        nameStart = UInt32(name.start)
        nameCount = UInt16(name.count)
        valueStart = UInt32(value.start)
        valueCount = UInt32(value.count)
        self.known = known
        self.marks = marks
    }

    @inlinable public var name: ByteRange { ByteRange(start: Int(nameStart), count: Int(nameCount)) }
    @inlinable public var value: ByteRange { ByteRange(start: Int(valueStart), count: Int(valueCount)) }
}

/// A worker's scratch for the field lines of the head being parsed. Holds at most `limit` entries.
@safe @frozen public struct FieldTable: ~Copyable {
    @usableFromInline let entries: UnsafeMutablePointer<FieldEntry>
    /// How many entries fit.
    public let limit: Int
    @usableFromInline var used: Int
    /// Counts the calls of `clear`, so that a parser that was interrupted sees that another one used the table since.
    public private(set) var generation: UInt64

    /// A table for at most `limit` field lines.
    public init(limit: Int) {
        unsafe entries = UnsafeMutablePointer<FieldEntry>.allocate(capacity: limit)
        self.limit = limit
        used = 0
        generation = 0
    }

    deinit { unsafe entries.deallocate() }

    @inlinable public var count: Int { used }
    @inlinable public var isFull: Bool { used == limit }

    /// Forgets all entries.
    @inlinable public mutating func clear() {
        used = 0
        countClearing()
    }

    @usableFromInline mutating func countClearing() { generation &+= 1 }

    /// Adds an entry; the table must not be full.
    @inlinable public mutating func append(_ entry: FieldEntry) {
        precondition(used < limit, "the field table is full")
        unsafe entries[used] = entry
        used &+= 1
    }

    @inlinable public subscript(index: Int) -> FieldEntry {
        get {
            precondition(index >= 0 && index < used, "no such field")
            return unsafe entries[index]
        }
        set {
            precondition(index >= 0 && index < used, "no such field")
            unsafe entries[index] = newValue
        }
    }
}

/// A head's memory: its bytes from the front, its field entries from the back, in one block.
///
/// Empty (without memory) until filled. The bytes are as they came from the wire, or as HPACK gave them.
@frozen public struct FieldBlock: ~Copyable {
    /// The memory; `buffer.count` counts the bytes of the head only.
    public var buffer: ByteBuffer
    @usableFromInline var fields: UInt32

    /// A block without memory.
    @inlinable public init() {
        buffer = ByteBuffer()
        fields = 0
    }

    /// A copy of a parsed head in memory of the pool's.
    @inlinable public init(bytes: Span<UInt8>, fields table: borrowing FieldTable, pool: inout BufferPool) {
        let tableBytes = table.count * MemoryLayout<FieldEntry>.stride
        buffer = pool.take(atLeast: bytes.count + tableBytes + 16)
        buffer.append(bytes)
        fields = UInt32(truncatingIfNeeded: table.count)
        for index in 0..<table.count { buffer.storeFromBack(table[index], slot: index) }
    }

    /// Field lines in it.
    @inlinable public var fieldCount: Int { Int(fields) }
    /// Whether there is no head in it.
    @inlinable public var isEmpty: Bool { buffer.isEmpty }

    /// The field line at `index`, in order of arrival.
    @inlinable public subscript(index: Int) -> FieldEntry {
        precondition(index >= 0 && index < Int(fields), "no such field")
        return buffer.loadFromBack(slot: index)
    }

    /// The bytes of `range`.
    @inlinable @_lifetime(borrow self) public func span(_ range: ByteRange) -> Span<UInt8> { buffer.span(range) }

    /// Gives the memory back; the block is empty afterwards.
    @inlinable public mutating func release(to pool: inout BufferPool) {
        var old = ByteBuffer()
        swap(&old, &buffer)
        fields = 0
        pool.give(old)
    }
}

extension ByteBuffer {
    @inlinable func loadFromBack(slot: Int) -> FieldEntry {
        let offset = (Int(room) & ~7) - (slot + 1) * MemoryLayout<FieldEntry>.stride
        precondition(offset >= Int(used), "field entry over the bytes")
        return unsafe base.unsafelyUnwrapped.load(fromByteOffset: offset, as: FieldEntry.self)
    }

    @inlinable mutating func storeFromBack(_ entry: FieldEntry, slot: Int) {
        let offset = (Int(room) & ~7) - (slot + 1) * MemoryLayout<FieldEntry>.stride
        precondition(offset >= Int(used), "field entry over the bytes")
        unsafe base.unsafelyUnwrapped.storeBytes(of: entry, toByteOffset: offset, as: FieldEntry.self)
    }
}
