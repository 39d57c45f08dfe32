/// Random numbers from a seed (SplitMix64): the same seed, the same numbers, on every machine.
///
/// Each use has a stream of its own, so that one more draw in one place moves nothing in another.
package struct Chance: RandomNumberGenerator {
    private var state: UInt64

    /// The numbered stream of a seed.
    package init(seed: UInt64, stream: UInt64 = 0) {
        state = seed &+ stream &* 0xd134_2543_de82_ef95
        for _ in 0..<2 { state = next() ^ (stream &+ 1) }
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A number of 0 ..< `bound`; 0 for a bound below 2, without a draw.
    package mutating func below(_ bound: Int) -> Int {
        if bound < 2 { return 0 }
        return Int((next() >> 32).multipliedFullWidth(by: UInt64(bound) << 32).high)
    }

    /// A number within the range.
    package mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// A small number more often than a large one: first the number of bits is drawn, then the number.
    package mutating func skewed(_ range: ClosedRange<Int>) -> Int {
        let width = range.upperBound - range.lowerBound
        if width == 0 { return range.lowerBound }
        let bits = within(0...(Int.bitWidth - width.leadingZeroBitCount))
        return range.lowerBound + min(width, below(1 << bits))
    }

    /// True in so many of a hundred cases; 0 makes no draw.
    package mutating func percent(_ share: Int) -> Bool { share > 0 && below(100) < share }

    /// One of the items, which must be some.
    package mutating func one<Item>(of items: [Item]) -> Item { items[below(items.count)] }
}
