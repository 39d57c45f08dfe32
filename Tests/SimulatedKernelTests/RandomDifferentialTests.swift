import Platform
import SimulatedKernel
import Testing

/// Random programs on both ends of a connection: both kernels must give the same answers and events.
@Suite struct RandomDifferentialTests {
    @Test(arguments: DifferentialTests.families) func randomPrograms(_ family: AddressFamily) {
        for seed in 0..<UInt64(500) {
            let (real, played) = compare { bench in RandomDifferentialTests.run(bench, family, seed) }
            #expect(real == played, "seed \(seed)")
            if real != played { return }
        }
    }

    static func run(_ bench: Bench, _ family: AddressFamily, _ seed: UInt64) {
        var chance = Chance(seed: seed)
        let pair = bench.pair(family)
        let ends = [pair.client, pair.server]
        var isOpen = [true, true]
        var isWatched = [false, false]
        for _ in 0..<30 {
            let side = chance.below(2)
            let end = ends[side]
            if !isOpen[side] { continue }
            switch chance.below(20) {
            case 0...4: bench.send(end, ["a", "bcd", "efghijkl"][chance.below(3)])
            case 5...8: bench.receive(end, chance.one(of: [1, 2, 5, 1_000]))
            case 9...14: bench.poll()
            case 15: bench.shutdownWrite(end)
            case 16:
                if isWatched[side] { bench.unwatch(end) } else { bench.watch(end) }
                isWatched[side].toggle()
            case 17: bench.pendingError(end)
            case 18:
                isOpen[side] = false
                if chance.percent(50) { bench.close(end) } else { bench.reset(end) }
            default:
                if !isWatched[side] { bench.watch(end) }
                isWatched[side] = true
            }
        }
        bench.poll()
    }
}
