import Glibc
import Synchronization

/// Says which seeds were being played when a trap ends the process, for a trap has no words of its own about that.
enum TrapReport {
    private static let first = Atomic<UInt64>(.max)
    private static let second = Atomic<UInt64>(.max)
    /// With SWIFT_BACKTRACE set the runtime's own handlers say more.
    private static let installed: Bool = {
        if unsafe getenv("SWIFT_BACKTRACE") != nil { return true }
        for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV] {
            _ = signal(number) { number in
                for seed in TrapReport.seeds where seed != .max {
                    var line = Array("a trap while seed \(seed) was played\n".utf8)
                    _ = unsafe write(2, &line, line.count)
                }
                _ = signal(number, SIG_DFL)
                raise(number)
            }
        }
        return true
    }()

    private static var seeds: [UInt64] { [first.load(ordering: .relaxed), second.load(ordering: .relaxed)] }

    /// The seed that one of the two halves plays now.
    static func note(_ seed: UInt64, half: Int) {
        precondition(installed, "the handlers are installed once")
        if half == 0 { first.store(seed, ordering: .relaxed) } else { second.store(seed, ordering: .relaxed) }
    }
}
