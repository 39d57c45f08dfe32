/// Where some bytes stand within a buffer: an offset and a count, both in bytes and below 4 GiB.
@frozen public struct ByteRange: Equatable, Sendable {
    @usableFromInline var offset: UInt32
    @usableFromInline var length: UInt32

    /// The range of `count` bytes from `start`; both must be within 0 ..< 4 GiB.
    @inlinable public init(start: Int, count: Int) {
        offset = UInt32(start)
        length = UInt32(count)
    }

    /// The range from `start` up to, and not including, `end`.
    @inlinable public init(_ start: Int, _ end: Int) {
        self.init(start: start, count: end - start)
    }

    /// No bytes, at the start.
    @inlinable public static var empty: ByteRange { ByteRange(start: 0, count: 0) }

    @inlinable public var start: Int { Int(offset) }
    @inlinable public var count: Int { Int(length) }
    @inlinable public var end: Int { Int(offset) + Int(length) }
    @inlinable public var isEmpty: Bool { length == 0 }
}

extension Span where Element == UInt8 {
    /// The bytes of `range`, which must lie within the span.
    @inlinable @_lifetime(copy self) public func part(_ range: ByteRange) -> Span<UInt8> {
        extracting(range.start..<range.end)
    }

    /// A copy, for cold code and tests.
    public var array: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return copy
    }

    /// The bytes as text, what is no UTF-8 replaced. For cold code and tests.
    public var text: String { String(decoding: array, as: UTF8.self) }

    /// Whether these are exactly the bytes of `literal`.
    @inlinable public func equals(_ literal: StaticString) -> Bool {
        if count != literal.utf8CodeUnitCount { return false }
        let other = unsafe literal.utf8Start
        for index in indices where unsafe self[index] != other[index] { return false }
        return true
    }

    /// Whether these are the bytes of `literal`, which is lower-case, in any case.
    @inlinable public func equalsIgnoringCase(_ literal: StaticString) -> Bool {
        if count != literal.utf8CodeUnitCount { return false }
        let other = unsafe literal.utf8Start
        if count >= 8 {
            // Eight bytes at a time; the last eight may overlap those before. Safe: both have `count` bytes.
            var index = 0
            while true {
                let word = unsafe UnsafeRawPointer(other).loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if lowercasedWord(at: index) != UInt64(littleEndian: word) { return false }
                if index == count &- 8 { return true }
                index = Swift.min(index &+ 8, count &- 8)
            }
        }
        for index in indices where unsafe ASCII.lowercased(self[index]) != other[index] { return false }
        return true
    }

    /// Whether both hold the same bytes.
    @inlinable public func equals(_ other: Span<UInt8>) -> Bool {
        if count != other.count { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    /// Whether both hold the same bytes but for ASCII case.
    @inlinable public func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        if count != other.count { return false }
        for index in indices where ASCII.lowercased(self[index]) != ASCII.lowercased(other[index]) { return false }
        return true
    }

    /// Whether these begin with the bytes of `literal`.
    @inlinable public func starts(with literal: StaticString) -> Bool {
        let wanted = literal.utf8CodeUnitCount
        if count < wanted { return false }
        let other = unsafe literal.utf8Start
        for index in 0..<wanted where unsafe self[index] != other[index] { return false }
        return true
    }

    /// Offset of the first `byte` at or after `start`, or nil.
    @inlinable public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }
}
