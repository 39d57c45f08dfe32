import Synchronization

/// A count that one thread changes and any thread reads: no locked instruction, so it costs what a plain number costs.
/// Whoever changes it alone, or passes that right on with a lock between, loses nothing.
package struct Count: ~Copyable, Sendable {
    private let cell = Atomic<Int>(0)

    package init() {}

    /// What it stands at.
    package var value: Int { cell.load(ordering: .relaxed) }

    /// Adds to it; negative for a gauge that falls.
    package func add(_ amount: Int = 1) {
        cell.store(cell.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}

/// In what a histogram measures, and where its buckets end.
package enum HistogramScale: Sendable {
    /// Milliseconds, from 1 to 60,000: requests.
    case milliseconds
    /// Microseconds, from 50 to 2,500,000: turns of a loop.
    case microseconds

    /// The buckets' upper ends; what lies above all of them is in one bucket more.
    package var bounds: InlineArray<15, Int> {
        switch self {
        case .milliseconds: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000]
        case .microseconds:
            [
                50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
                2_500_000,
            ]
        }
    }

    /// The bucket of a time; as `bounds` says, but a few comparisons.
    static func bucket(milliseconds time: Int) -> Int {
        switch time {
        case ...1: 0
        case ...2: 1
        case ...5: 2
        case ...10: 3
        case ...25: 4
        case ...50: 5
        case ...100: 6
        case ...250: 7
        case ...500: 8
        case ...1_000: 9
        case ...2_500: 10
        case ...5_000: 11
        case ...10_000: 12
        case ...30_000: 13
        case ...60_000: 14
        default: 15
        }
    }

    /// The same for microseconds.
    static func bucket(microseconds time: Int) -> Int {
        switch time {
        case ...50: 0
        case ...100: 1
        case ...250: 2
        case ...500: 3
        case ...1_000: 4
        case ...2_500: 5
        case ...5_000: 6
        case ...10_000: 7
        case ...25_000: 8
        case ...50_000: 9
        case ...100_000: 10
        case ...250_000: 11
        case ...500_000: 12
        case ...1_000_000: 13
        case ...2_500_000: 14
        default: 15
        }
    }

    /// How many of its units are a second.
    package var perSecond: Int {
        switch self {
        case .milliseconds: 1_000
        case .microseconds: 1_000_000
        }
    }
}

/// Times in fixed buckets: one thread adds, any thread reads. All are of one scale.
package struct Histogram: ~Copyable, Sendable {
    private let buckets = InlineArray<16, Count> { _ in Count() }
    private let sum = Count()

    package init() {}

    /// Counts a time of the scale of milliseconds.
    package func add(milliseconds time: Int) {
        buckets[HistogramScale.bucket(milliseconds: time)].add()
        sum.add(time)
    }

    /// Counts a time of the scale of microseconds.
    package func add(microseconds time: Int) {
        buckets[HistogramScale.bucket(microseconds: time)].add()
        sum.add(time)
    }

    /// Adds what is in here to a sum.
    package func add(to total: inout HistogramSum) {
        for index in 0..<16 { total.buckets[index] += buckets[index].value }
        total.sum += sum.value
    }
}

/// What several histograms of one scale have together.
package struct HistogramSum: Sendable {
    /// Not cumulated; the last has what lies above all bounds.
    package internal(set) var buckets = InlineArray<16, Int>(repeating: 0)
    /// In the scale's units.
    package internal(set) var sum = 0

    /// Nothing.
    package init() {}
}
