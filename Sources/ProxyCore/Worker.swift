import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Logs
import Platform
import Resolver
import Routing
import TLS
import Upstreams

/// One worker: a loop, its slots and its memory. Everything on the data path happens in here, on one thread.
///
/// A turn: poll → dispatch → work list → access lines → sweep. Machines decide; the extensions of this type, one
/// concern a file, perform. Control between slots goes over the work list; bytes are lent within one call.
package struct Worker: ~Copyable {
    /// Stands first: where a nonmutating accessor of a struct is called, Swift 6.3 gives ThreadSanitizer the struct's
    /// first word for its address, and fails where that is no pointer.
    let memory: WorkerMemory
    private let inPlace = InPlace()
    let kernel: Kernel
    var loop: Loop
    let shared: ProcessShared
    let counters: WorkerCounters
    var told = ToldCounts()
    var known = KnownCounters()
    let mailbox: Mailbox<WorkerMessage>
    let stamp: ErrorLine.Stamp
    let limits: Limits

    var work: [WorkItem]
    var endedDownstreams: [SlotID]
    var endedExchanges: [SlotID]
    var endedUpstreams: [SlotID]

    var epochs: [Epoch]
    var currentEpoch: Int
    var listeners: [WorkerListener]
    var logs: LogSet
    /// What may still be held beyond the configured buffers, in bytes.
    var overshootLeft: Int
    /// What request bodies may still take beyond `client_body_buffer_size`, in bytes.
    var bodyBudgetLeft: Int
    var connectionsLeft: Int
    /// Certificates whose names have variables.
    var identities = TLSIdentityCache(limit: 256)
    /// The second in which it was last said that idle connections are closed to make room.
    var reuseTold = 0
    var idleOrder = IdleOrder()
    /// Configurations before the present one that are still in use.
    var oldEpochs: Int
    var stopping: Stopping
    /// Who waits for a peer below its `max_conns`, by group.
    var lines: [WaitingLine] = []
    /// Exchanges that wait for upstreams that refuse.
    var waitingCount = 0
    /// When it last asked for the names of groups to be looked up at once.
    var namesHastened = Instant(milliseconds: -1_000_000)
    /// Ways of resolving names that are in use.
    var resolvers: [WorkerResolver] = []
    let makeEngine: LookupEngineMaker
    /// Whether this worker looks up the names of groups, for all of the process.
    let keepsNames: Bool
    var names: [NamedServer] = []
    /// Health checks, which the same worker makes.
    var checks: [PeerCheck] = []
    /// How many of them are asking.
    var checksAsking = 0

    /// How far the end has come.
    ///
    /// While it drains, idle connections are closed; those on which nothing has come yet only after `fresh`: a request
    /// may be on its way. With `.never` all stay until their next response.
    enum Stopping { case no, draining(until: Instant, fresh: Instant), now }

    /// A worker on `kernel`, which serves nobody before it has a configuration: by `adopt`, or through its mailbox.
    ///
    /// - Parameters:
    ///   - poller: an epoll instance, which becomes the worker's
    ///   - keepsNames: whether it looks up the names of groups, which one worker of a process does for all
    ///   - lookups: what its resolvers ask through
    package init(
        kernel: Kernel, shared: ProcessShared, mailbox: Mailbox<WorkerMessage>, poller: Descriptor,
        limits: Limits, threadID: Int32, keepsNames: Bool = true,
        lookups: @escaping LookupEngineMaker = Worker.systemLookups
    ) {
        self.keepsNames = keepsNames
        makeEngine = lookups
        self.kernel = kernel
        self.shared = shared
        counters = shared.claimCounters()
        self.mailbox = mailbox
        self.limits = limits
        stamp = ErrorLine.Stamp(processID: shared.processID, threadID: threadID)
        loop = Loop(poller: poller, kernel: kernel)
        memory = WorkerMemory(connections: limits.connections, streamLimit: limits.streams)
        work = []
        endedDownstreams = []
        endedExchanges = []
        endedUpstreams = []
        epochs = []
        currentEpoch = -1
        listeners = []
        logs = LogSet(kernel: kernel)
        memory.moment.value.processID = shared.processID
        overshootLeft = limits.overshootBytes
        bodyBudgetLeft = limits.bodyBudgetBytes
        connectionsLeft = limits.connections
        oldEpochs = 0
        stopping = .no
        shared.join(mailbox)
        let watched = kernel.watch(
            loop.poller, mailbox.waker, token: Token(.waker, SlotID(index: 0, generation: 1)).rawValue,
            interest: [.readable, .edge])
        precondition(!watched.failed, "the mailbox cannot be watched: \(watched.errno.text)")
    }

    deinit { memory.destroy() }

    /// Runs until the worker is told to stop and nothing is left to finish.
    package mutating func run() {
        while step() {}
    }

    /// Handles one event and what follows from it; false once the worker is done.
    package mutating func step() -> Bool {
        switch loop.next(kernel) {
        case .ready(let token, let readiness): ready(token, readiness)
        case .posted(let token): ready(token, [])
        case .timer(let kind, let index): timerFired(kind, index)
        case .turnEnds: return endTurn()
        }
        drainWork()
        return true
    }

    mutating func ready(_ token: Token, _ readiness: Readiness) {
        switch token.kind {
        case .downstream where downstreams.contains(token.id): downstreamReady(token.id, readiness)
        case .upstream where upstreams.contains(token.id): upstreamReady(token.id, readiness)
        case .listener: listenerReady(Int(token.id.index), generation: token.id.generation)
        case .waker: takeMail()
        case .resolver: resolverReady(token.id, readiness)
        case .downstream, .upstream, .exchange, .other: break
        }
    }

    mutating func timerFired(_ kind: TokenKind, _ index: UInt32) {
        switch kind {
        case .downstream: if let id = downstreams.id(at: index) { downstreamTimer(id) }
        case .exchange: if let id = exchanges.id(at: index) { exchangeTimer(id) }
        case .upstream: if let id = upstreams.id(at: index) { upstreamTimer(id) }
        case .listener: resumeListeners()
        case .resolver: turnResolver(Int(index))
        case .other:
            if index == 1 { endOutlivedEpochs() }
            if index == 2 { lookUpNames() }
            if index == 3 { makeChecks() }
            if index == 4 { lookAtLines() }
        case .waker: break
        }
    }

    // MARK: the work list

    /// What one slot wants of another, done after the present machine has returned.
    mutating func drainWork() {
        var position = 0
        while position < work.count {
            let item = work[position]
            position += 1
            switch item {
            case .startAttempt(let id): if exchanges.contains(id) { startAttempt(id) }
            case .route(let id): if exchanges.contains(id) { route(id) }
            case .relay(let id): if exchanges.contains(id) { relayResponse(id) }
            case .send(let id): if exchanges.contains(id) { sendRequest(id) }
            case .leaveQueue(let id): if exchanges.contains(id) { leaveQueue(id) }
            case .serveLines: serveLines()
            case .hear(let id): if downstreams.contains(id) { hearStream(id) }
            }
        }
        work.removeAll(keepingCapacity: true)
    }

    // MARK: the end of a turn

    mutating func endTurn() -> Bool {
        if case .draining(_, let fresh) = stopping, !fresh.isNever { closeIdleForDrain(fresh) }
        speak()
        if let failure = logs.flush(now: loop.now) { reportLogFailure(failure) }
        // The turn that it begins writes what was gathered.
        if !logs.nextFlush.isNever { loop.arm(.other, 3, deadline: logs.nextFlush) }
        sweep()
        tellCounts()
        countTurn()
        switch stopping {
        case .no: return true
        case .draining(let until, _):
            if downstreams.count == 0 && exchanges.count == 0 { return finish() }
            if loop.now >= until {
                closeOutlived()
                return finish()
            }
            return true
        case .now: return finish()
        }
    }

    /// Frees the slots that ended in this turn.
    mutating func sweep() {
        for id in endedExchanges where exchanges.contains(id) {
            loop.disarm(.exchange, id.index)
            releaseExchange(id)
        }
        endedExchanges.removeAll(keepingCapacity: true)
        for id in endedDownstreams where downstreams.contains(id) {
            loop.disarm(.downstream, id.index)
            _ = downstreams.remove(id)
        }
        endedDownstreams.removeAll(keepingCapacity: true)
        sweepUpstreams()
        if oldEpochs > 0 { retireEpochs() }
    }

    mutating func sweepUpstreams() {
        for id in endedUpstreams where upstreams.contains(id) {
            loop.disarm(.upstream, id.index)
            _ = upstreams.remove(id)
        }
        endedUpstreams.removeAll(keepingCapacity: true)
    }

    mutating func finish() -> Bool {
        stopping = .now
        closeEverything()
        for listener in listeners where !listener.isClosed { kernel.close(listener.descriptor) }
        listeners.removeAll()
        for entry in resolvers { entry.resolver.close() }
        resolvers.removeAll()
        tellCounts()
        shared.leave(mailbox)
        shared.release(counters)
        logs.close()
        kernel.close(loop.poller)
        return false
    }
}

/// An entry of the work list.
enum WorkItem {
    case startAttempt(SlotID)
    case route(SlotID)
    case relay(SlotID)
    /// A stream to a peer takes more of the request.
    case send(SlotID)
    case leaveQueue(SlotID)
    case serveLines
    /// Bytes, or the end, came on a client's stream.
    case hear(SlotID)
}

/// What a worker is told from outside.
package enum WorkerMessage: Sendable {
    /// A new configuration, with descriptors of listeners to be registered and of those to be given up.
    case adopt(EpochPlan)
    /// The peers of a group are others.
    case peers(PeerUpdate)
    /// Somebody waits for names of groups that have no address.
    case hastenNames
    /// Open the logs anew.
    case reopenLogs
    /// Finish what runs, at most so many milliseconds (nil: as long as it takes), then end.
    case drain(timeoutMilliseconds: Int64?)
    /// The same, but idle connections stay open until their next response, or until their own time is over: the process
    /// goes on, and clients should not notice.
    case retire(timeoutMilliseconds: Int64?)
    /// End at once.
    case stop
}
