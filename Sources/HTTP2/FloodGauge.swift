/// Counts what a peer does without being useful. Plain arithmetic; the caller brings the time.
struct FloodGauge {
    /// One leaking bucket.
    struct Bucket {
        let burst: Int
        let perSecond: Int
        private(set) var level = 0

        init(_ burst: Int, _ perSecond: Int) {
            self.burst = burst
            self.perSecond = perSecond
        }

        mutating func add() { level += 1 }
        mutating func pay(_ count: Int = 1) { level = max(0, level - count) }
        mutating func pass(seconds: Int64) { level = max(0, level - Int(min(seconds, 86_400)) * perSecond) }
        var isOver: Bool { level > burst }
    }

    var resets: Bucket
    var controls: Bucket
    var refused: Bucket
    private let overheadBytes: Int64
    private var second: Int64 = 0
    /// Bytes received.
    private var total: Int64 = 0
    /// Bytes of heads and bodies, in both directions.
    private var useful: Int64 = 0
    private var unpaid = 0

    init(_ limits: FloodLimits) {
        resets = Bucket(limits.resetBurst, limits.resetsPerSecond)
        controls = Bucket(limits.controlBurst, limits.controlsPerSecond)
        refused = Bucket(limits.refusedBurst, limits.refusedPerSecond)
        overheadBytes = Int64(limits.overheadBytes)
    }

    /// Bytes arrive at that second of whatever clock.
    mutating func received(_ count: Int, second now: Int64) {
        total += Int64(count)
        if now > second {
            let passed = now - second
            resets.pass(seconds: passed)
            controls.pass(seconds: passed)
            refused.pass(seconds: passed)
        }
        second = max(second, now)
    }

    /// Bytes of a head or body went by.
    mutating func carried(_ count: Int) {
        useful += Int64(count)
        unpaid += count
        if unpaid >= 16384 {
            controls.pay(unpaid / 16384)
            unpaid %= 16384
        }
    }

    /// A stream ended as it should.
    mutating func ended() { resets.pay() }

    /// Whether it is too much.
    var isFlood: Bool {
        resets.isOver || controls.isOver || refused.isOver || total / 8 > useful + overheadBytes
    }
}
