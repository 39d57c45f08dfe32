import Bytes
import Platform

/// Deadlines of slots: 4,096 buckets of 16 ms with a bitmap; never early, at most 16 ms late.
///
/// One entry per slot, armed lazily: moving a deadline later costs nothing, for the entry fires at its old time and
/// its owner arms it anew. A deadline beyond the wheel's 65 s fires early in that sense too.
package struct TimerWheel: ~Copyable {
    static var bucketCount: Int { 4096 }
    static var shift: Int64 { 4 }

    struct Entry: BitwiseCopyable {
        static var blank: Entry { Entry(next: .max, previous: .max, tick: 0) }

        var next: UInt32
        var previous: UInt32
        /// The tick it is armed for; 0 while it is not.
        var tick: Int64
    }

    var buckets = PlainRow<UInt32>(count: Self.bucketCount, blank: .max)
    var bitmap = PlainRow<UInt64>(count: Self.bucketCount / 64, blank: 0)
    /// By kind; there is room for the eight that a packed slot can name.
    var entries = InlineArray<8, PlainRow<Entry>> { _ in PlainRow(count: 0, blank: .blank) }
    var tick: Int64
    /// Entries armed.
    package private(set) var count: Int

    /// A wheel for slots of `kinds` kinds, starting at `now`.
    package init(kinds: Int, now: Instant) {
        precondition(kinds <= 8, "a wheel has at most eight kinds")
        tick = now.milliseconds >> Self.shift
        count = 0
    }

    deinit {
        buckets.destroy()
        bitmap.destroy()
        for kind in entries.indices { entries[kind].destroy() }
    }

    /// Makes sure that the slot's entry fires at `deadline` or before.
    package mutating func arm(kind: Int, index: UInt32, deadline: Instant) {
        if deadline.isNever { return }
        var wanted = (deadline.milliseconds + 15) >> Self.shift
        wanted = min(max(wanted, tick + 1), tick + Int64(Self.bucketCount) - 1)
        if entries[kind].count <= Int(index) { entries[kind].grow(toHold: Int(index)) }
        let armed = entries[kind][Int(index)].tick
        if armed != 0 {
            if armed <= wanted { return }
            unlink(kind: kind, index: index)
        }
        link(kind: kind, index: index, tick: wanted)
    }

    /// Takes the slot's entry out; nothing happens where it is not armed.
    package mutating func disarm(kind: Int, index: UInt32) {
        if Int(index) < entries[kind].count, entries[kind][Int(index)].tick != 0 { unlink(kind: kind, index: index) }
    }

    /// The next slot whose entry is due, its entry taken out; nil where none is left.
    package mutating func popExpired(now: Instant) -> (kind: Int, index: UInt32)? {
        let due = now.milliseconds >> Self.shift
        while true {
            let head = buckets[Int(tick) & (Self.bucketCount - 1)]
            if head != .max {
                let (kind, index) = Self.unpack(head)
                unlink(kind: kind, index: index)
                return (kind, index)
            }
            if tick >= due { return nil }
            if count == 0 {
                tick = due
                return nil
            }
            tick = min(nextOccupied(after: tick), due)
        }
    }

    /// Milliseconds until the next entry is due, or -1 where none is armed.
    package func timeoutMilliseconds(now: Instant) -> Int32 {
        if count == 0 { return -1 }
        if buckets[Int(tick) & (Self.bucketCount - 1)] != .max { return 0 }
        let at = nextOccupied(after: tick) << Self.shift
        return Int32(max(0, min(at - now.milliseconds, 65_536)))
    }

    /// The tick that a slot's entry is armed for; 0 while it is not.
    func armedTick(kind: Int, index: Int) -> Int64 {
        index < entries[kind].count ? entries[kind][index].tick : 0
    }

    /// How many entries of a kind are armed.
    func armedCount(kind: Int) -> Int {
        (0..<entries[kind].count).count { entries[kind][$0].tick != 0 }
    }

    // MARK: buckets

    static func pack(_ kind: Int, _ index: UInt32) -> UInt32 {
        precondition(index < 1 << 29, "timer indices have 29 bits")
        return UInt32(kind) << 29 | index
    }

    static func unpack(_ packed: UInt32) -> (Int, UInt32) { (Int(packed >> 29), packed & 0x1fff_ffff) }

    mutating func link(kind: Int, index: UInt32, tick wanted: Int64) {
        let bucket = Int(wanted) & (Self.bucketCount - 1)
        let me = Self.pack(kind, index)
        let head = buckets[bucket]
        entries[kind][Int(index)] = Entry(next: head, previous: .max, tick: wanted)
        if head != .max {
            let (headKind, headIndex) = Self.unpack(head)
            entries[headKind][Int(headIndex)].previous = me
        }
        buckets[bucket] = me
        bitmap[bucket >> 6] |= 1 << UInt64(bucket & 63)
        count += 1
    }

    mutating func unlink(kind: Int, index: UInt32) {
        let entry = entries[kind][Int(index)]
        let bucket = Int(entry.tick) & (Self.bucketCount - 1)
        if entry.next != .max {
            let (nextKind, nextIndex) = Self.unpack(entry.next)
            entries[nextKind][Int(nextIndex)].previous = entry.previous
        }
        if entry.previous != .max {
            let (previousKind, previousIndex) = Self.unpack(entry.previous)
            entries[previousKind][Int(previousIndex)].next = entry.next
        } else {
            buckets[bucket] = entry.next
            if entry.next == .max { bitmap[bucket >> 6] &= ~(1 << UInt64(bucket & 63)) }
        }
        entries[kind][Int(index)].tick = 0
        count -= 1
    }

    /// The tick of the first occupied bucket after `start`; there must be one.
    func nextOccupied(after start: Int64) -> Int64 {
        let first = Int(start + 1) & (Self.bucketCount - 1)
        var word = first >> 6
        var bits = bitmap[word] & (UInt64.max << UInt64(first & 63))
        for _ in 0...bitmap.count {
            if bits != 0 {
                let bucket = word << 6 | bits.trailingZeroBitCount
                let distance = (bucket - first + Self.bucketCount) & (Self.bucketCount - 1)
                return start + 1 + Int64(distance)
            }
            word = (word + 1) & (bitmap.count - 1)
            bits = bitmap[word]
        }
        return start + Int64(Self.bucketCount)
    }
}
