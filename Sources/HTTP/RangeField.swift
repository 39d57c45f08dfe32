import Bytes

/// What a Range field asks of a representation (RFC 9110 §14.2).
package enum RangeRequest: Equatable, Sendable {
    /// All of it: there is no byte range, or there are several, which are answered as if there were none.
    case whole
    /// The bytes from the first offset up to, and not including, the second.
    case part(Int64, Int64)
    /// None that there is, or nothing that can be understood (nginx: 416).
    case unsatisfiable

    /// What the value of a Range field asks of `count` bytes. More than `limit` ranges ask for all of them, and so do
    /// ranges that together are longer than that (nginx: max_ranges).
    package init(_ value: Span<UInt8>, of count: Int64, limit: Int) {
        guard value.count > 6, value.extracting(0..<6).equalsIgnoringCase("bytes=") else {
            self = .whole
            return
        }
        var index = 6
        var found = RangeRequest.unsatisfiable
        var ranges = 0
        var total: Int64 = 0
        while true {
            guard let next = RangeRequest.one(value, &index, of: count) else {
                self = .unsatisfiable
                return
            }
            if case .part(let start, let end) = next {
                ranges += 1
                total += end - start
                found = ranges == 1 ? next : .whole
                if ranges > limit || total > count {
                    self = .whole
                    return
                }
            }
            if index == value.count { break }
            index += 1
        }
        self = found
    }

    /// The range at `index`, which moves to the comma behind it or to the end; nil where none can be read.
    private static func one(_ value: Span<UInt8>, _ index: inout Int, of count: Int64) -> RangeRequest? {
        skipSpaces(value, &index)
        let first = number(value, &index)
        skipSpaces(value, &index)
        guard index < value.count, value[index] == 0x2d else { return nil }
        index += 1
        skipSpaces(value, &index)
        let last = number(value, &index)
        skipSpaces(value, &index)
        if index < value.count && value[index] != 0x2c { return nil }
        guard let first else {
            guard let last else { return nil }
            return last == 0 || count == 0 ? .unsatisfiable : .part(max(0, count - last), count)
        }
        let end = last.map { $0 >= count ? count : $0 + 1 } ?? count
        return first < end ? .part(first, end) : .unsatisfiable
    }

    private static func skipSpaces(_ value: Span<UInt8>, _ index: inout Int) {
        while index < value.count && value[index] == ASCII.space { index += 1 }
    }

    /// The digits at `index` as a number, no larger than there can be bytes; nil where there is none.
    private static func number(_ value: Span<UInt8>, _ index: inout Int) -> Int64? {
        let start = index
        while index < value.count && ASCII.isDigit(value[index]) { index += 1 }
        if index == start { return nil }
        return value.extracting(start..<index).decimal ?? Int64.max
    }
}
