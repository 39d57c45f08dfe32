import Platform

/// How fast bytes may go one way: a rate, and what has gone (nginx: limit_rate, proxy_limit_rate).
///
/// What was not used is saved, and a second's worth may go at once, as in nginx. Waiting ends when an eighth of a
/// second's worth may go, so that a limited exchange wakes its worker at most some eight times a second each way.
struct Rate {
    /// 0 for no limit.
    private let bytesPerSecond: Int64
    private let began: Instant
    /// Bytes that count towards the rate: those after the free ones (nginx: limit_rate_after); negative before.
    private var counted: Int64

    /// No limit.
    init() {
        bytesPerSecond = 0
        began = .never
        counted = 0
    }

    /// A rate from now on; the first `free` bytes do not count.
    init(bytesPerSecond: Int, free: Int = 0, now: Instant) {
        self.bytesPerSecond = Int64(max(0, bytesPerSecond))
        began = now
        counted = -Int64(free)
    }

    var isLimited: Bool { bytesPerSecond > 0 }

    /// How many bytes may go now; `Int.max` without a limit.
    func allowance(now: Instant) -> Int {
        if !isLimited { return .max }
        let (thousandfold, overflow) = bytesPerSecond.multipliedReportingOverflow(by: now.since(began) + 1000)
        if overflow { return .max }
        return Int(max(0, thousandfold / 1000 - counted))
    }

    /// Bytes went.
    mutating func took(_ count: Int) { if isLimited { counted += Int64(count) } }

    /// When waiting for `count` bytes more to be allowed ends: with a part of them, where they are many.
    func next(_ count: Int) -> Instant {
        precondition(isLimited && count > 0, "only a rate makes somebody wait, and for something")
        let wanted = counted + min(Int64(count), max(1, bytesPerSecond / 8))
        let (thousandfold, overflow) = wanted.multipliedReportingOverflow(by: 1000)
        if overflow { return .never }
        return began.after((thousandfold + bytesPerSecond - 1) / bytesPerSecond - 1000)
    }
}
