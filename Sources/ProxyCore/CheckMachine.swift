import Platform

/// What the driver of a health check does.
enum CheckAction: BitwiseCopyable {
    /// Ask the peer now.
    case begin
    /// The question under way is of no interest any more.
    case abandon
    /// From now on the peer gets requests, or none; said once for each change.
    case turn(isHealthy: Bool)
}

/// What a question to a peer came to.
enum CheckOutcome: BitwiseCopyable {
    case passed, failed
    /// It could not be asked, for want of something here: that says nothing about the peer.
    case impossible
}

/// One health check of one peer: resting ⇄ asking, until it is stopped (nginx: health_check).
///
/// It rests until its own deadline; while it asks, the deadlines are those of the exchange that asks.
struct CheckMachine {
    enum State: BitwiseCopyable { case resting, asking, stopped }
    /// What is known of the peer: nothing yet where the check is mandatory.
    enum Standing: BitwiseCopyable { case unknown, healthy, unhealthy }

    private(set) var state = State.resting
    private(set) var standing: Standing
    /// When it asks next.
    private(set) var deadline: Instant
    /// Outcomes in a row that speak against the standing.
    private(set) var inRow = 0
    private let fails: Int
    private let passes: Int

    /// A check that asks for the first time at `first`.
    init(first: Instant, fails: Int, passes: Int, standing: Standing) {
        deadline = first
        self.fails = fails
        self.passes = passes
        self.standing = standing
    }

    var isResting: Bool { if case .resting = state { true } else { false } }
    var isAsking: Bool { if case .asking = state { true } else { false } }
    var isStopped: Bool { if case .stopped = state { true } else { false } }

    // MARK: inputs

    /// Its deadline has passed.
    mutating func due() -> ActionList<CheckAction> {
        switch state {
        case .resting:
            state = .asking
            deadline = .never
            return ActionList(.begin)
        case .asking, .stopped: preconditionFailure("only a check that rests is due")
        }
    }

    /// The peer was asked; the next time is at `next`.
    mutating func ended(_ outcome: CheckOutcome, next: Instant) -> ActionList<CheckAction> {
        switch state {
        case .asking:
            state = .resting
            deadline = next
        case .resting, .stopped: preconditionFailure("a question ends once")
        }
        switch outcome {
        case .passed: return turn(to: .healthy, after: passes)
        case .failed: return turn(to: .unhealthy, after: fails)
        case .impossible: return ActionList()
        }
    }

    /// The first outcome decides where nothing is known; after that it takes as many in a row as are configured.
    private mutating func turn(to new: Standing, after limit: Int) -> ActionList<CheckAction> {
        if new == standing {
            inRow = 0
            return ActionList()
        }
        inRow += 1
        if standing != .unknown && inRow < limit { return ActionList() }
        inRow = 0
        standing = new
        return ActionList(.turn(isHealthy: new == .healthy))
    }

    /// The peer, or the configuration, is gone; or the worker ends.
    mutating func stopped() -> ActionList<CheckAction> {
        let wasAsking = isAsking
        state = .stopped
        deadline = .never
        return wasAsking ? ActionList(.abandon) : ActionList()
    }
}
