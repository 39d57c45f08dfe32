/// The ends of the pieces in which bytes arrive; the last is the end of all.
struct Cuts: ~Copyable {
    private let count: Int
    private var last = -1
    private var seed: UInt64
    private let isEach: Bool

    /// All at once.
    init(none input: Span<UInt8>) { self.init(input, seed: 0, isEach: false) }

    /// At places that the bytes choose.
    init(random input: Span<UInt8>) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in input.indices { hash = (hash ^ UInt64(input[index])) &* 0x100_0000_01b3 }
        self.init(input, seed: hash | 1, isEach: false)
    }

    /// Byte by byte.
    init(each input: Span<UInt8>) { self.init(input, seed: 0, isEach: true) }

    private init(_ input: Span<UInt8>, seed: UInt64, isEach: Bool) {
        count = input.count
        self.seed = seed
        self.isEach = isEach
    }

    /// How many bytes have arrived at the next reading; nil after the last.
    mutating func next() -> Int? {
        if last == count { return nil }
        if isEach {
            last += 1
        } else if seed == 0 {
            last = count
        } else {
            seed ^= seed << 13
            seed ^= seed >> 7
            seed ^= seed << 17
            last = min(count, max(last, 0) + 1 + Int(seed % 64))
        }
        return last
    }
}
