/// How unkind the played network is. Every kindness withheld here is one that Linux does not promise either.
package struct Adversity: Sendable {
    /// How long bytes, FIN, RST, SYN and its answer travel, in microseconds, drawn anew for each step.
    package var latencyMicroseconds: ClosedRange<Int> = 0...0
    /// In so many of a hundred arrivals only a random piece of what is on the way arrives.
    package var cutPercent = 0
    /// In so many of a hundred sends only a random part is taken, with a writable edge to follow.
    package var shortWritePercent = 0
    /// In so many of a hundred sends and receives the answer is would-block, with an edge to follow.
    package var wouldBlockPercent = 0
    /// Send buffers in bytes, drawn for each socket.
    package var sendBufferBytes: ClosedRange<Int> = 87_040...87_040
    /// Receive buffers in bytes, drawn for each socket.
    package var receiveBufferBytes: ClosedRange<Int> = 131_072...131_072
    /// Whether the events of one wait come in random order.
    package var shufflesEvents = false
    /// How late a wait returns, in microseconds: other processes have the processor.
    package var lateMicroseconds: ClosedRange<Int> = 0...0
    /// How long a far end takes for each step, in microseconds.
    package var farMicroseconds: ClosedRange<Int> = 0...0
    /// In so many of ten thousand calls that can fail, one of the plausible errnos is the answer.
    package var failuresPerTenThousand = 0

    /// No adversity at all.
    package init() {}

    /// A loopback without any latency: what `Kernel()` does on an idle machine.
    package static var none: Adversity { Adversity() }

    /// A network as it is on a bad day.
    package static var wild: Adversity {
        var wild = Adversity()
        wild.latencyMicroseconds = 0...20_000
        wild.cutPercent = 50
        wild.shortWritePercent = 20
        wild.wouldBlockPercent = 5
        wild.sendBufferBytes = 64...65_536
        wild.receiveBufferBytes = 64...65_536
        wild.shufflesEvents = true
        wild.lateMicroseconds = 0...3_000
        wild.farMicroseconds = 0...5_000
        return wild
    }

    /// Some of it, each kind drawn by itself, so that thousands of seeds cover the mixtures. Calls do not fail.
    package static func drawn(from chance: inout Chance) -> Adversity {
        var drawn = Adversity()
        drawn.latencyMicroseconds = 0...chance.one(of: [0, 0, 100, 2_000, 20_000, 200_000])
        drawn.cutPercent = chance.one(of: [0, 10, 50, 90])
        drawn.shortWritePercent = chance.one(of: [0, 0, 10, 50])
        drawn.wouldBlockPercent = chance.one(of: [0, 0, 5, 30])
        let least = chance.one(of: [64, 2_304, 16_384])
        drawn.sendBufferBytes = least...chance.one(of: [16_384, 65_536, 262_144])
        drawn.receiveBufferBytes = least...chance.one(of: [16_384, 65_536, 262_144])
        drawn.shufflesEvents = chance.percent(80)
        drawn.lateMicroseconds = 0...chance.one(of: [0, 500, 5_000])
        drawn.farMicroseconds = 0...chance.one(of: [0, 0, 1_000, 50_000])
        return drawn
    }
}
