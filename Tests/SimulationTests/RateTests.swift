import Platform
import Testing

@testable import ProxyCore

/// What a rate allows, and until when it makes somebody wait.
@Suite struct RateTests {
    private let start = Instant(milliseconds: 5_000)

    @Test func noRateAllowsEverything() {
        var rate = Rate()
        rate.took(1 << 40)
        #expect(!rate.isLimited)
        #expect(rate.allowance(now: start) == .max)
    }

    @Test func aSecondsWorthMayGoAtOnce() {
        var rate = Rate(bytesPerSecond: 1_000, now: start)
        #expect(rate.allowance(now: start) == 1_000)
        rate.took(1_000)
        #expect(rate.allowance(now: start) == 0)
        #expect(rate.allowance(now: start.after(250)) == 250)
        rate.took(250)
        #expect(rate.allowance(now: start.after(250)) == 0)
        #expect(rate.allowance(now: start.after(2_000)) == 1_750)
    }

    @Test func freeBytesDoNotCount() {
        var rate = Rate(bytesPerSecond: 100, free: 5_000, now: start)
        #expect(rate.allowance(now: start) == 5_100)
        rate.took(5_050)
        #expect(rate.allowance(now: start) == 50)
    }

    @Test func waitingEndsWhereAPieceMayGo() {
        var rate = Rate(bytesPerSecond: 800, now: start)
        rate.took(800)
        // An eighth of a second's worth, or less where less is left.
        #expect(rate.next(5_000) == start.after(125))
        #expect(rate.next(8) == start.after(10))
        #expect(rate.allowance(now: rate.next(5_000)) == 100)
        #expect(rate.allowance(now: rate.next(8)) == 8)
        #expect(rate.allowance(now: rate.next(1)) >= 1)
    }

    /// However slow and odd a rate is: where waiting ends, something may go, and the whole takes as long as it must.
    @Test(arguments: [1, 3, 7, 999, 1_000, 1_001, 65_536, 1 << 40]) func itEnds(_ bytesPerSecond: Int) {
        var rate = Rate(bytesPerSecond: bytesPerSecond, free: 10, now: start)
        var now = start
        var left = min(bytesPerSecond * 5, 1 << 20)
        var waits = 0
        while left > 0 {
            let count = min(left, rate.allowance(now: now))
            if count == 0 {
                let next = rate.next(left)
                #expect(next > now)
                now = next
                waits += 1
                continue
            }
            rate.took(count)
            left -= count
        }
        #expect(waits <= 40)
        #expect(now.since(start) <= 4_001)
    }

    @Test func hugeRatesDoNotOverflow() {
        let rate = Rate(bytesPerSecond: .max, now: start)
        #expect(rate.allowance(now: start.after(1 << 40)) == .max)
    }
}
