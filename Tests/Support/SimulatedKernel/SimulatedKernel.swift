import Bytes
import Platform

/// A kernel that is played from one seed: TCP, unix sockets, epoll, files and time, for a gateway and its far ends.
///
/// Whoever holds a `Kernel(simulated:)` of it makes the calls; tests script clients and servers on the object itself
/// (`addClient`, `addServer`). Nothing happens but within a call: virtual time passes in `poll` and `advance` only.
/// The same seed and the same calls give the same run. Where Linux is odd, so is this; what it cannot know is listed
/// in `violations`, which a test reads at the end through `findings`.
package final class SimulatedKernel: SimulatedSystem {
    /// What everything here was drawn from.
    package let seed: UInt64
    /// How unkind the network is; may be changed while it runs.
    package var adversity: Adversity

    // MARK: what a test may set

    /// How connecting to an endpoint goes where it is not simply whether somebody listens there.
    package var routes: [Endpoint: Route] = [:]
    /// Descriptors that can be open at once, the three standard ones included; past it EMFILE.
    package var descriptorLimit = 1024
    /// Bytes that all files together may hold, those under `/log/` aside, which lie on another disk; past it ENOSPC.
    package var diskLimitBytes = Int.max
    /// So many waits in a row in which no time passes and nothing happens are taken for a loop that spins.
    package var spinLimit = 1_000

    // MARK: what a test may read

    /// Calls made so far.
    package private(set) var callCount = 0
    /// Waits made so far.
    package internal(set) var waitCount = 0 { didSet { callsSinceWait = 0 } }
    /// Broken rules of use: a descriptor used after its close, closed twice, watched twice, a loop that spins.
    package private(set) var violations: [String] = []
    /// Whether somebody waits without a timeout, and nothing is left that could end the wait. A test for whom that is
    /// the good end clears it.
    package var isDeadlocked = false
    /// The failures that `failCall` or `failuresPerTenThousand` brought about.
    package internal(set) var injected: [InjectedFailure] = []
    /// The far ends in the order in which they began.
    package internal(set) var farEnds: [FarEnd] = []
    /// Calls that could have failed with the errno that `failCall` named.
    package internal(set) var failableCalls = 0

    var chance: Chance
    var gatewayChance: Chance
    var clock: Int64 = 0
    var agenda = Agenda()
    var trace = Trace()
    var descriptors: [KernelObject?]
    var lowestFree = 3
    var ends: [StreamEnd] = []
    var listeners: [Endpoint: [Listener]] = [:]
    var bound: [Endpoint: [StreamEnd]] = [:]
    var names: [String: FileName] = [:]
    var servers: [FarServer] = []
    var storedBytes = 0
    var nextPort: UInt16 = 32_768
    var armed: (number: Int, errno: Int32)?
    private var callsSinceWait = 0
    private var spinStart: (clock: Int64, wait: Int) = (0, 0)

    /// A kernel of its own time, network and files.
    package init(seed: UInt64, adversity: Adversity = .none) {
        self.seed = seed
        self.adversity = adversity
        chance = Chance(seed: seed, stream: 1)
        gatewayChance = Chance(seed: seed, stream: 2)
        descriptors = []
        for path in ["/dev/stdin", "/dev/stdout", "/dev/stderr"] {
            let file = StoredFile()
            file.isDevice = true
            file.isElsewhere = true
            names[path] = .file(file)
            descriptors.append(OpenFile(file, .append))
        }
    }

    deinit {
        for end in ends { end.peer = nil }
        for far in farEnds { far.dismantle() }
        for server in servers { server.dismantle() }
        for object in descriptors {
            object?.watches.removeAll()
            if let poller = object as? Poller { poller.ready.removeAll() }
        }
    }

    /// What it takes to call this kernel as if it were the real one.
    package var kernel: Kernel { Kernel(simulated: self) }

    // MARK: time

    /// Microseconds since the beginning of the run.
    package var elapsedMicroseconds: Int64 { clock }
    /// Whether nothing will happen any more unless somebody calls.
    package var isQuiet: Bool { agenda.count == 0 }

    /// Lets time pass, and happen what is due in it.
    package func advance(milliseconds: Int) {
        let end = clock + Int64(milliseconds) * 1000
        while let next = agenda.nextTime, next <= end {
            clock = max(clock, next)
            happenDue()
        }
        clock = end
    }

    func schedule(_ happening: Happening, afterMicroseconds delay: Int64) { agenda.add(happening, at: clock + delay) }

    /// How long the next thing travels, in microseconds.
    func latency() -> Int64 {
        adversity.latencyMicroseconds.upperBound == 0 ? 0 : Int64(chance.within(adversity.latencyMicroseconds))
    }

    func happenDue() {
        while let happening = agenda.takeDue(at: clock) {
            spinStart = (clock, waitCount)
            switch happening {
            case .arrival(let end):
                end.arrivalPlanned = false
                arrive(from: end)
            case .syn(let end, let attempt): synArrives(from: end, attempt: attempt)
            case .established(let end, let child, let listener): finishHandshake(end, child: child, listener: listener)
            case .connectFailed(let end, let errno): failConnect(end, errno)
            case .amends(let object, let what): wake(object, what)
            case .far(let far):
                far.isPlanned = false
                step(far)
            case .farAccept(let server):
                server.isPlanned = false
                accept(server)
            }
        }
    }

    // MARK: findings

    /// All that is wrong at the end of a run: violations, a deadlock, descriptors still open.
    package var findings: [String] {
        var all = violations
        if isDeadlocked { all.append("a wait has no timeout and nothing left to end it") }
        for (number, object) in descriptors.enumerated() where number > 2 {
            if let object { all.append("descriptor \(number) is still open, a \(object.kind)") }
        }
        return all
    }

    /// Descriptors open now, without the three standard ones.
    package var openDescriptorCount: Int { descriptors.dropFirst(3).count { $0 != nil } }

    /// Bytes that were sent and have not arrived.
    package var bytesInFlight: Int { ends.reduce(0) { $0 + $1.outbox.count } }

    /// The last calls and events, one a line, for a failing seed.
    package var traceText: String { "seed \(seed)\n" + trace.text }

    func note(_ item: TraceItem) { trace.note(clock, item) }

    func violation(_ text: String) {
        if violations.count < 100 { violations.append("call \(callCount): \(text)") }
    }

    func noteDeadlock() {
        isDeadlocked = true
        noteSpinning()
    }

    /// Whoever polls on and on at the same moment is stopped at last, so that no test hangs.
    func noteSpinning() {
        if clock != spinStart.clock { spinStart = (clock, waitCount) }
        if waitCount - spinStart.wait == spinLimit { violation("the loop spins: \(spinLimit) waits in no time") }
        precondition(waitCount - spinStart.wait < 4 * spinLimit, "a loop spins on the simulated kernel, seed \(seed)")
    }

    /// Bytes moved: where the network takes no time, much may happen at one moment, but no more than there are bytes.
    func noteProgress() { spinStart = (clock, waitCount) }

    func countCall() {
        callCount += 1
        callsSinceWait += 1
        precondition(callsSinceWait < 1_000_000, "a million calls without a wait, seed \(seed)")
    }
}

/// How connecting to an endpoint goes.
package enum Route: Sendable, Equatable {
    /// `connect` itself fails with this errno.
    case immediateFailure(Int32)
    /// The connection fails with this errno after a while (EHOSTUNREACH, ECONNREFUSED, ETIMEDOUT, …).
    case lateFailure(Int32, afterMilliseconds: Int)
    /// Nobody ever answers: ETIMEDOUT after Linux's 127 seconds.
    case blackHole
}
