import SimulatedKernel
import Testing

/// Each call of each play fails once with each errno that it can fail with, one performance for each, until a
/// performance is untouched. What clients saw, the lines, the descriptors, the timers and the bounds are judged as in
/// the runs from seeds.
@Suite struct FaultSweepTests {
    static let names = Play.all.map(\.name)

    @Test(arguments: Play.all.indices) func withoutAFailure(_ index: Int) {
        let good = Performance(Play.all[index])
        let wrong = good.troubles + good.judge(against: good)
        #expect(wrong.isEmpty, "\(good.report(wrong))")
    }

    @Test(arguments: Play.all.indices) func everyCallFails(_ index: Int) {
        let play = Play.all[index]
        let good = Performance(play)
        var performances = 0
        var failed = 0
        for errno in Call.sweptErrnos {
            for number in 1... {
                let one = Performance(play, failing: (number, errno))
                performances += 1
                let wrong = one.troubles + one.judge(against: good)
                if !wrong.isEmpty {
                    failed += 1
                    if failed < 4 { Issue.record("\(one.report(wrong))") }
                }
                if one.simulated.injected.isEmpty { break }
                if number > 2_000 {
                    Issue.record("\(play.name) does not end")
                    return
                }
            }
        }
        #expect(failed == 0, "\(failed) of \(performances) performances of \(play.name)")
        // Each errno ends with one untouched performance.
        #expect(performances > 2 * Call.sweptErrnos.count)
    }
}
