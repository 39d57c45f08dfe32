import EventLoop
import Platform
import Testing

/// Deadlines of slots.
@Suite struct TimerWheelTests {
    static func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    /// What fires at `now`, in order.
    static func fired(_ wheel: inout TimerWheel, at now: Int64) -> [UInt32] {
        var all: [UInt32] = []
        while let due = wheel.popExpired(now: at(now)) { all.append(due.index) }
        return all
    }

    @Test func neverEarlyAndAtMostATickLate() {
        for deadline: Int64 in [1_001, 1_007, 1_008, 1_016, 1_017, 1_500, 60_000] {
            var wheel = TimerWheel(kinds: 1, now: Self.at(1_000))
            wheel.arm(kind: 0, index: 5, deadline: Self.at(deadline))
            var firedAt: Int64 = 0
            for now in 1_000...70_000 where firedAt == 0 {
                if Self.fired(&wheel, at: Int64(now)) == [5] { firedAt = Int64(now) }
            }
            #expect(firedAt >= deadline && firedAt <= deadline + 16, "\(deadline) fired at \(firedAt)")
        }
    }

    /// The loop sleeps until the tick, not a moment shorter: else it would wake for nothing.
    @Test func timeoutReachesTheTick() {
        var wheel = TimerWheel(kinds: 1, now: Self.at(1_000))
        #expect(wheel.timeoutMilliseconds(now: Self.at(1_000)) == -1)
        wheel.arm(kind: 0, index: 0, deadline: Self.at(5_003))
        let wait = wheel.timeoutMilliseconds(now: Self.at(1_000))
        #expect(Self.fired(&wheel, at: 1_000 + Int64(wait) - 1) == [])
        #expect(Self.fired(&wheel, at: 1_000 + Int64(wait)) == [0])
        #expect(wheel.timeoutMilliseconds(now: Self.at(6_000)) == -1)
    }

    /// A later deadline costs nothing: the entry fires at its old time and its owner arms it anew.
    @Test func laterDeadlinesAreLazy() {
        var wheel = TimerWheel(kinds: 1, now: Self.at(1_000))
        wheel.arm(kind: 0, index: 3, deadline: Self.at(2_000))
        wheel.arm(kind: 0, index: 3, deadline: Self.at(9_000))
        #expect(wheel.count == 1)
        #expect(Self.fired(&wheel, at: 2_016) == [3])
        wheel.arm(kind: 0, index: 3, deadline: Self.at(9_000))
        #expect(Self.fired(&wheel, at: 8_999) == [] && Self.fired(&wheel, at: 9_016) == [3])
    }

    @Test func anEarlierDeadlineMovesTheEntry() {
        var wheel = TimerWheel(kinds: 1, now: Self.at(1_000))
        wheel.arm(kind: 0, index: 3, deadline: Self.at(9_000))
        wheel.arm(kind: 0, index: 3, deadline: Self.at(2_000))
        #expect(wheel.count == 1 && Self.fired(&wheel, at: 2_016) == [3] && Self.fired(&wheel, at: 9_100) == [])
    }

    @Test func neverArmsNothing() {
        var wheel = TimerWheel(kinds: 1, now: Self.at(1_000))
        wheel.arm(kind: 0, index: 3, deadline: .never)
        #expect(wheel.count == 0)
        wheel.disarm(kind: 0, index: 7)
        wheel.arm(kind: 0, index: 3, deadline: Self.at(2_000))
        wheel.disarm(kind: 0, index: 3)
        #expect(wheel.count == 0 && Self.fired(&wheel, at: 3_000) == [])
    }

    /// Beyond 65 s an entry fires early, for its owner to arm again; it is not lost.
    @Test func farDeadlinesGoRoundAndRound() {
        var wheel = TimerWheel(kinds: 1, now: Self.at(0))
        let deadline: Int64 = 1_000_000
        wheel.arm(kind: 0, index: 1, deadline: Self.at(deadline))
        var now: Int64 = 0
        var rounds = 0
        while now < deadline {
            now += Int64(wheel.timeoutMilliseconds(now: Self.at(now)))
            #expect(Self.fired(&wheel, at: now) == [1])
            rounds += 1
            if now < deadline { wheel.arm(kind: 0, index: 1, deadline: Self.at(deadline)) }
        }
        #expect(now <= deadline + 16 && rounds < 20)
    }

    /// Kinds and indices do not mix, and entries of one bucket come out of it one by one.
    @Test func oneBucketHoldsMany() {
        var wheel = TimerWheel(kinds: 3, now: Self.at(1_000))
        for kind in 0..<3 {
            for index in 0..<50 { wheel.arm(kind: kind, index: UInt32(index), deadline: Self.at(1_200)) }
        }
        wheel.disarm(kind: 1, index: 49)
        wheel.disarm(kind: 2, index: 0)
        wheel.disarm(kind: 0, index: 25)
        #expect(wheel.count == 147)
        var seen: Set<UInt64> = []
        while let due = wheel.popExpired(now: Self.at(1_216)) {
            seen.insert(UInt64(due.kind) << 32 | UInt64(due.index))
        }
        #expect(seen.count == 147 && wheel.count == 0)
        #expect(!seen.contains(1 << 32 | 49) && !seen.contains(2 << 32) && !seen.contains(25))
    }

    /// A deadline that has passed already fires in the same go, once for each time it is armed.
    @Test func armingWhileFiring() {
        var wheel = TimerWheel(kinds: 1, now: Self.at(1_000))
        wheel.arm(kind: 0, index: 0, deadline: Self.at(1_100))
        #expect(wheel.popExpired(now: Self.at(1_200))?.index == 0)
        wheel.arm(kind: 0, index: 0, deadline: Self.at(1_100))
        #expect(Self.fired(&wheel, at: 1_200) == [0] && wheel.count == 0)
        wheel.arm(kind: 0, index: 0, deadline: Self.at(1_100))
        #expect(Self.fired(&wheel, at: 1_200) == [], "its tick is the next one now")
        #expect(Self.fired(&wheel, at: 1_216) == [0])
    }

    /// Thousands of random deadlines against a plain list.
    @Test func agreesWithAPlainList() {
        var state: UInt64 = 7
        func random(_ bound: Int64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % bound
        }
        var wheel = TimerWheel(kinds: 1, now: Self.at(0))
        var list: [UInt32: Int64] = [:]
        var now: Int64 = 0
        for _ in 0..<20_000 {
            now += random(40)
            let index = UInt32(random(200))
            if random(4) == 0 {
                wheel.disarm(kind: 0, index: index)
                list[index] = nil
            } else {
                let deadline = now + 1 + random(60_000)
                wheel.disarm(kind: 0, index: index)
                wheel.arm(kind: 0, index: index, deadline: Self.at(deadline))
                list[index] = deadline
            }
            for fired in Self.fired(&wheel, at: now) {
                #expect((list[fired] ?? .max) <= now, "\(fired) fired early, or was not armed")
                list[fired] = nil
            }
            #expect(!list.values.contains { $0 + 16 < now }, "an entry was forgotten")
            #expect(wheel.count == list.count)
        }
    }
}
