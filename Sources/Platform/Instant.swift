/// A moment of the monotonic clock, in milliseconds since an arbitrary start; `never` lies behind all others.
package struct Instant: Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Never.
    package static var never: Instant { Instant(milliseconds: .max) }
    package var isNever: Bool { milliseconds == .max }

    @inlinable package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }
    @inlinable package static func == (left: Instant, right: Instant) -> Bool {
        left.milliseconds == right.milliseconds
    }

    /// The moment a timeout of so many milliseconds after this one ends.
    package func after(_ timeoutMilliseconds: Int64) -> Instant {
        let (sum, over) = milliseconds.addingReportingOverflow(timeoutMilliseconds)
        return over ? .never : Instant(milliseconds: sum)
    }

    /// Milliseconds from `earlier` to this one.
    package func since(_ earlier: Instant) -> Int64 { milliseconds - earlier.milliseconds }
}

/// A moment of the wall clock, in milliseconds since 1970 (UTC).
package struct WallTime: Sendable, Equatable {
    package var milliseconds: Int64
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package var seconds: Int { Int(milliseconds / 1000) }
}
