import Bytes
import Glibc

/// Bytes in, in order out. Whole runs are copied, never single bytes.
struct ByteQueue: ~Copyable {
    private var bytes = ByteBuffer()
    private var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { bytes.count == start }

    mutating func append(_ more: Span<UInt8>) { bytes.append(more) }

    /// Moves the first `count` bytes to the end of another queue.
    mutating func move(_ count: Int, to other: inout ByteQueue) {
        other.bytes.append(bytes.span(ByteRange(start: start, count: count)))
        drop(count)
    }

    /// Moves the first `count` bytes to the end of a buffer.
    mutating func move(_ count: Int, to buffer: inout ByteBuffer) {
        buffer.append(bytes.span(ByteRange(start: start, count: count)))
        drop(count)
    }

    /// Forgets the first `count` bytes.
    mutating func drop(_ count: Int) {
        start += count
        if start == bytes.count {
            bytes.clear()
            start = 0
        } else if start > 65_536 && start > bytes.count / 2 {
            bytes.removeFirst(start)
            start = 0
        }
    }

    /// Forgets all but the first `count` bytes.
    mutating func keepFirst(_ count: Int) {
        bytes.truncate(to: start + count)
        drop(0)
    }

    mutating func clear() { keepFirst(0) }
}

// What a class does with a buffer that it holds: its span cannot leave one call.
extension ByteBuffer {
    /// Calls `body` with the bytes.
    func lend<Result>(_ body: (Span<UInt8>) -> Result) -> Result { body(span) }

    /// A copy of the bytes, or of a part of them: in one go, for a loop over bytes is slow in a debug build.
    func copy(_ range: ByteRange? = nil) -> [UInt8] {
        // The pointer does not leave the closure.
        unsafe span(range ?? ByteRange(0, count)).withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// Whether a part of the bytes is the part of `pattern` that begins at `start`; in one go as well.
    func holds(_ range: ByteRange, partOf pattern: [UInt8], from start: Int) -> Bool {
        if start + range.count > pattern.count { return false }
        if range.isEmpty { return true }
        // Both pointers stay within their closures, and both regions have `range.count` bytes.
        return unsafe span(range).withUnsafeBytes { own in
            unsafe pattern.withUnsafeBytes { other in
                guard let one = own.baseAddress, let two = other.baseAddress else { return false }
                return unsafe memcmp(one, two + start, range.count) == 0
            }
        }
    }

    /// Appends a part of these bytes to another buffer.
    func copy(_ range: ByteRange, to other: inout ByteBuffer) { other.append(span(range)) }

    /// The offset past the first occurrence of a text that begins at `start` or later.
    func end(of text: [UInt8], from start: Int) -> Int? {
        guard let first = text.first else { return start }
        let bytes = span
        var start = start
        while let found = bytes.firstIndex(of: first, from: start), found + text.count <= bytes.count {
            if bytes.extracting(found..<found + text.count).equals(text.span) { return found + text.count }
            start = found + 1
        }
        return nil
    }
}
