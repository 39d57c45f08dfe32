import Glibc
import SimulatedKernel
import Testing

/// The real worker among random clients and upstreams, thousands of times. `POSTERN_SEEDS` says how many, and
/// `POSTERN_FIRST_SEED` from where; `POSTERN_SEEDS=1 POSTERN_FIRST_SEED=N` plays a failure again. With
/// `POSTERN_REQUEST_FACTOR` each client sends so many times the requests.
@Suite struct SimulationTests {
    static func number(_ name: String, default value: UInt64) -> UInt64 {
        guard let text = unsafe getenv(name) else { return value }
        return unsafe UInt64(String(cString: text)) ?? value
    }

    static let first = number("POSTERN_FIRST_SEED", default: 0)
    static let count = number("POSTERN_SEEDS", default: 2_600)
    static let requestFactor = Int(number("POSTERN_REQUEST_FACTOR", default: 1))

    /// Two halves, so that two processors have something to do.
    @Test(arguments: 0..<2) func seeds(half: Int) {
        play(Self.count, half: half) { Run(Self.scenario($0)) }
    }

    /// Calls fail at random besides.
    @Test(arguments: 0..<2) func randomFailures(half: Int) {
        play((Self.count + 1) / 2, half: half) { seed in
            Run(Self.scenario(seed), failuresPerTenThousand: seed % 3 == 0 ? 500 : 50)
        }
    }

    /// What OpenSSL says differs from run to run, but not how long it is, so that a seed is one run.
    @Test func runsRepeat() {
        for seed in Self.first..<Self.first + 40 {
            let traces = (0..<2).map { _ in Run(Self.scenario(seed)).simulated.traceText }
            #expect(traces[0] == traces[1], "seed \(seed)")
        }
    }

    private static func scenario(_ seed: UInt64) -> Scenario {
        Scenario(seed: seed, requestFactor: requestFactor, wires: .of(seed))
    }

    /// Plays the even or the odd seeds, and reports the first few that fail.
    private func play(_ count: UInt64, half: Int, _ run: (UInt64) -> Run) {
        var figures: [Wires: (seeds: Int, exchanges: Int, failed: Int)] = [:]
        var failed = 0
        for seed in Self.first..<Self.first + count where Int(seed & 1) == half {
            TrapReport.note(seed, half: half)
            let run = run(seed)
            figures[run.scenario.wires, default: (0, 0, 0)].seeds += 1
            figures[run.scenario.wires, default: (0, 0, 0)].exchanges += run.exchangeCount
            if run.troubles.isEmpty { continue }
            figures[run.scenario.wires, default: (0, 0, 0)].failed += 1
            failed += 1
            if failed < 4 { Issue.record("\(run.report())") }
        }
        // What ./scripts/soak adds up.
        for (wires, all) in figures.sorted(by: { $0.key.name < $1.key.name }) {
            print("SimulationTests: \(wires.name) \(all.seeds) seeds \(all.exchanges) exchanges \(all.failed) failed")
        }
        #expect(failed == 0)
        #expect(figures.isEmpty || figures.values.contains { $0.exchanges > 0 })
    }

    /// The plans come to every end of a wait: the line says so.
    @Test func requestsWait() {
        var (waits, full, late, refused) = (0, 0, 0, 0)
        for seed in 0..<200 as Range<UInt64> {
            let log = Run(Scenario(seed: seed)).simulated.fileText("/log/error.log") ?? ""
            if log.contains("waiting for upstream: connect() ") { waits += 1 }
            if log.contains("upstream queue is full") { full += 1 }
            if log.contains("upstream queue timed out") { late += 1 }
            if log.contains("waiting for upstream: moving.test could not be resolved (") { refused += 1 }
        }
        print("SimulationTests: of 200 runs \(waits) wait, \(refused) for a name, \(full) fill a queue, \(late) late")
        #expect(min(waits, full, late, refused) > 0)
    }

    /// Addresses of groups go while exchanges are on them, over connections and over streams.
    @Test(arguments: [Wire.plain, .http2]) func addressesGo(_ wire: Wire) {
        let runs = (0..<200 as Range<UInt64>).map {
            Run(Scenario(seed: $0, wires: Wires(clients: .plain, upstreams: wire)))
        }
        for run in runs { #expect(run.troubles.isEmpty, "\(run.report())") }
        let kept = runs.count { $0.keptGonePeer }
        print(
            "SimulationTests: in \(kept) of \(runs.count { $0.scenario.follows }) runs a peer went from under exchanges"
        )
        #expect(kept > 0)
    }

    /// What only HTTP/2 knows is played to upstreams' side, each kind some times.
    @Test func streamFaultsArePlayed() {
        var counts: [String: Int] = [:]
        for seed in 0..<300 as Range<UInt64> {
            let run = Run(
                Scenario(
                    seed: seed, requestFactor: 3,
                    wires: Wires(clients: seed % 2 == 0 ? .plain : .http2, upstreams: .http2)))
            #expect(run.troubles.isEmpty, "\(run.report())")
            counts.merge(run.tally.counts, uniquingKeysWith: +)
            let log = run.simulated.fileText("/log/error.log") ?? ""
            if log.contains("timed out) while sending request to upstream") { counts["full windows", default: 0] += 1 }
        }
        print("SimulationTests: \(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })")
        let wanted = [
            "RST_STREAM REFUSED_STREAM", "RST_STREAM NO_ERROR", "RST_STREAM CANCEL", "RST_STREAM INTERNAL_ERROR",
            "GOAWAY below a stream", "GOAWAY NO_ERROR", "GOAWAY INTERNAL_ERROR",
            "refused beyond the limit", "early ends", "malformed heads", "broken frames", "noise", "interim heads",
            "trailers", "lost connections", "closed behind an answer", "gateway resets", "shared",
            "held up by a window", "full windows",
        ]
        for what in wanted { #expect(counts[what, default: 0] > 0, "no \(what)") }
    }

    /// Each call of a small run fails once with each errno that it can fail with.
    @Test(arguments: Call.sweptErrnos, [3, 8] as [UInt64]) func faultSweep(_ errno: Int32, _ seed: UInt64) {
        var number = 1
        while number < 2_000 {
            let run = Run(Scenario(seed: seed), failing: (number, errno))
            if !run.troubles.isEmpty {
                Issue.record("call \(number): \(run.simulated.injected)\n\(run.report())")
                return
            }
            if run.isUntouched { break }
            number += 1
        }
        #expect(number < 2_000)
    }
}
