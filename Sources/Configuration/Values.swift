/// nginx's notations of numbers, sizes and times.
///
/// What is larger than any machine has is cut to a bound, so that sums and products of such values cannot overflow.
enum Values {
    /// 1 TiB.
    static let largestSize = 1 << 40
    /// A hundred years, in milliseconds.
    static let longestTime = 36_525 * 86_400_000

    /// Decimal digits only; nil for anything else and beyond `Int.max`.
    static func number(_ bytes: some Collection<UInt8>) -> Int? {
        if bytes.isEmpty { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            let (product, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, over2) = product.addingReportingOverflow(Int(byte - 0x30))
            if over || over2 { return nil }
            value = sum
        }
        return value
    }

    /// A size in bytes: digits with `k` or `m` behind, and `g` where `allowsGiga`; in either case.
    static func size(_ bytes: some BidirectionalCollection<UInt8>, allowsGiga: Bool = false) -> Int? {
        guard let last = bytes.last else { return nil }
        let scale: Int
        switch last {
        case UInt8(ascii: "k"), UInt8(ascii: "K"): scale = 1 << 10
        case UInt8(ascii: "m"), UInt8(ascii: "M"): scale = 1 << 20
        case UInt8(ascii: "g"), UInt8(ascii: "G"):
            if !allowsGiga { return nil }
            scale = 1 << 30
        default: return number(bytes).map { min($0, largestSize) }
        }
        guard let value = number(bytes.dropLast()) else { return nil }
        let (product, over) = value.multipliedReportingOverflow(by: scale)
        return over ? nil : min(product, largestSize)
    }

    /// What a time is counted in.
    enum TimeUnit {
        case milliseconds, seconds
    }

    /// A time such as `1h30m`, `500ms`, `10`. Without a unit it means seconds.
    ///
    /// Units come from the largest down, each once. Years and months are known only where the answer is in seconds,
    /// milliseconds only where it is in milliseconds, as in nginx.
    static func time(_ bytes: [UInt8], in unit: TimeUnit) -> Int? {
        var index = 0
        var total = 0
        var value = 0
        var hasDigits = false
        var rank = unit == .seconds ? -1 : 1
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte >= 0x30 && byte <= 0x39 {
                guard let next = add(times(value, 10), Int(byte - 0x30)) else { return nil }
                value = next
                hasDigits = true
                continue
            }
            let isMilliseconds = byte == UInt8(ascii: "m") && index < bytes.count && bytes[index] == UInt8(ascii: "s")
            if isMilliseconds { index += 1 }
            guard let step = timeStep(byte, isMilliseconds: isMilliseconds, unit: unit), step.rank > rank else {
                return nil
            }
            rank = step.rank
            guard let sum = add(times(value, step.scale), total) else { return nil }
            total = sum
            value = 0
            while index < bytes.count && bytes[index] == 0x20 { index += 1 }
        }
        guard hasDigits else { return nil }
        guard let sum = add(times(value, unit == .seconds ? 1 : 1000), total) else { return nil }
        return min(sum, unit == .seconds ? longestTime / 1000 : longestTime)
    }

    /// Where a unit stands in the order, and how many of the answer's units it is; nil for no such unit.
    private static func timeStep(_ byte: UInt8, isMilliseconds: Bool, unit: TimeUnit) -> (rank: Int, scale: Int)? {
        if isMilliseconds { return unit == .seconds ? nil : (7, 1) }
        let factor = unit == .seconds ? 1 : 1000
        switch byte {
        case UInt8(ascii: "y"): return (0, 365 * 86_400 * factor)
        case UInt8(ascii: "M"): return (1, 30 * 86_400 * factor)
        case UInt8(ascii: "w"): return (2, 7 * 86_400 * factor)
        case UInt8(ascii: "d"): return (3, 86_400 * factor)
        case UInt8(ascii: "h"): return (4, 3600 * factor)
        case UInt8(ascii: "m"): return (5, 60 * factor)
        case UInt8(ascii: "s"): return (6, factor)
        case UInt8(ascii: " "): return (8, factor)
        default: return nil
        }
    }

    private static func times(_ left: Int, _ right: Int) -> Int? {
        let (product, over) = left.multipliedReportingOverflow(by: right)
        return over ? nil : product
    }

    private static func add(_ left: Int?, _ right: Int) -> Int? {
        guard let left else { return nil }
        let (sum, over) = left.addingReportingOverflow(right)
        return over ? nil : sum
    }
}

extension Word {
    /// Whether the word is exactly `text`.
    func equals(_ text: String) -> Bool { self.text == text }

    /// Whether the word is `text` but for ASCII case.
    func equalsIgnoringCase(_ text: String) -> Bool { Word.lowercased(bytes) == Word.lowercased(Array(text.utf8)) }

    /// What follows `prefix`, where the word begins with it.
    func after(_ prefix: String) -> Word? {
        guard bytes.starts(with: prefix.utf8) else { return nil }
        return Word(bytes: Array(bytes.dropFirst(prefix.utf8.count)))
    }

    /// The bytes with ASCII letters in lower case.
    static func lowercased(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { $0 >= 0x41 && $0 <= 0x5a ? $0 | 0x20 : $0 }
    }
}
