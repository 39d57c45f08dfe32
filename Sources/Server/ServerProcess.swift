import Bytes
import Configuration
import EventLoop
import Failures
import Platform
import ProxyCore
import Synchronization
import Upstreams

/// The process: listeners, workers, signals. There is no master process; a trap is a restart by whoever supervises.
package struct ServerProcess: ~Copyable {
    private let options: Options
    private var model: ConfigurationModel
    private var listeners = Listeners()
    private let kernel = Kernel()
    private var workers: [WorkerHandle] = []
    private var shared: ProcessShared
    /// How many configurations were taken.
    private var serial: UInt64 = 0
    /// The peers of the one that was taken last.
    private var taken: [[Peer]] = []
    /// The present configuration's certificates.
    private var tls: TLSPlan
    /// Workers that a reload has no use for any more, until their last connection is over.
    private var retired: [WorkerHandle] = []
    private var pidFile = PidFile()
    /// A daemon by now: nobody watches standard error.
    private var isDetached = false

    /// A process for a configuration that was read and found good.
    package init(options: Options, model: ConfigurationModel) {
        self.options = options
        self.model = model
        tls = TLSPlan(model)
        shared = ProcessShared(processID: ProcessControl.id, workerCount: 1)
    }

    /// Opens what must be open, starts the workers and obeys signals until the end; the exit code.
    package mutating func run() -> Int32 {
        ControlSignal.hold()
        do throws(StartError) {
            try start()
        } catch {
            report(.emerg, error.message)
            if !isDetached && !LogFiles.reachStandardError(model) { LogFiles.say(.emerg, error.message) }
            return 1
        }
        return obey()
    }

    // MARK: start

    private mutating func start() throws(StartError) {
        for entry in model.main.environment {
            if let value = entry.value { ProcessControl.setVariable(entry.name, value) }
        }
        tls = try TLSContexts.build(model)
        limitOpenFiles()
        let logs = try LogFiles.open(model, owner: user?.user)
        defer { LogFiles.close(logs) }
        try listeners.become(model.listeners, workers: workerCount)
        let peers = resolvePeers(model)
        if model.main.daemon {
            if let errno = ProcessControl.daemonize() { throw StartError("fork() failed", errno) }
            isDetached = true
            LogFiles.redirectStandardError(model)
        }
        shared = ProcessShared(processID: ProcessControl.id, workerCount: workerCount)
        try pidFile.move(to: model.main.pidPath)
        makeTemporaryDirectories()
        if let user { listeners.give(to: user.user) }
        if let user, let failure = ProcessControl.become(user: user.user, group: user.group) {
            throw StartError("\(failure.what) failed", failure.errno)
        }
        if let path = model.main.workingDirectory, let errno = ProcessControl.changeDirectory(path) {
            throw StartError("chdir(\"\(path)\") failed", errno)
        }
        while workers.count < workerCount { try startWorker(peers, logs) }
        tellNotices()
        report(.notice, "postern/\(Product.versionText) started, \(workerCount) worker(s)")
    }

    /// Whom the process becomes; root becomes nobody unless told otherwise, as with nginx.
    private var user: (user: String, group: String?)? {
        if let setting = model.main.user { return (setting.user, setting.group) }
        return MachineFacts.current.isSuperuser ? ("nobody", nil) : nil
    }

    private var workerCount: Int { Self.workerCount(of: model) }

    private static func workerCount(of model: ConfigurationModel) -> Int {
        switch model.main.workerProcesses {
        case .automatic: ProcessControl.processorCount
        case .count(let count): max(1, count)
        }
    }

    /// The peers of a configuration that is about to be taken.
    private mutating func resolvePeers(_ model: ConfigurationModel) -> Peers {
        for update in shared.latestPeers where update.serial == serial { taken[update.group] = update.peers }
        serial += 1
        var former: [String: [SocketAddress]] = [:]
        for (group, peers) in taken.enumerated() {
            for peer in peers {
                guard case .ip(let address) = peer.settings.endpoint,
                    let key = Peers.key(self.model, group: group, server: peer.settings.serverIndex)
                else { continue }
                former[key, default: []].append(address)
            }
        }
        let peers = Peers(model, former: former) { report(.warn, $0) }
        taken = peers.groups
        return peers
    }

    /// What the worker at that place is told.
    private func plan(_ worker: Int, _ peers: Peers, _ logs: [String: Descriptor]) throws(StartError) -> EpochPlan {
        EpochPlan(
            model: model, peers: peers.groups, listeners: try listeners.plan(for: model.listeners, worker: worker),
            logs: LogFiles.duplicates(logs), tls: tls, serial: serial, nameServers: peers.nameServers)
    }

    private mutating func startWorker(_ peers: Peers, _ logs: [String: Descriptor]) throws(StartError) {
        let waker = kernel.makeWaker()
        if waker.failed { throw StartError("eventfd() failed", waker.errno) }
        let mailbox = Mailbox<WorkerMessage>(waker: Descriptor(Int32(waker.value)))
        mailbox.send(.adopt(try plan(workers.count, peers, logs)))
        let limits = Limits(connections: model.main.workerConnections)
        let (shared, isRunning, isFirst) = (shared, Flag(), workers.isEmpty)
        let failure = BlockingThread.start {
            var worker = Worker(
                kernel: Kernel(), shared: shared, mailbox: mailbox, limits: limits, threadID: CurrentThread.id,
                keepsNames: isFirst)
            worker.run()
            isRunning.clear()
        }
        if let failure { throw StartError("pthread_create() failed", failure) }
        workers.append(WorkerHandle(mailbox: mailbox, isRunning: isRunning))
    }

    /// Workers are threads and share one bound on open files. It is raised to what their connections may need, as far
    /// as the process may; where that is too low, nginx's warning.
    private func limitOpenFiles() {
        if let count = model.main.openFileLimit, let errno = ProcessControl.limitOpenFiles(count) {
            report(.alert, "setrlimit(RLIMIT_NOFILE, \(count)) failed (\(errno.rawValue): \(errno.text))")
        }
        let connections = workerCount * model.main.workerConnections
        let limit = ProcessControl.raiseOpenFiles(to: connections + model.listeners.count * 2 * workerCount + 64)
        if limit < connections {
            report(.warn, "\(connections) worker_connections exceed open file resource limit: \(limit)")
        }
    }

    private func tellNotices() {
        for notice in model.notices { report(.notice, notice.message) }
    }

    private func makeTemporaryDirectories() {
        for path in Set(model.locations.map(\.body.temporaryPath)) where !path.isEmpty {
            if let errno = ProcessControl.makeDirectory(path) {
                report(.warn, "mkdir() \"\(path)\" failed (\(errno.rawValue): \(errno.text))")
            } else if let user {
                ProcessControl.giveFile(path, to: user.user)
            }
        }
    }

    // MARK: signals

    private mutating func obey() -> Int32 {
        while true {
            guard let signal = ControlSignal.wait() else { continue }
            switch signal {
            case .terminate, .interrupt:
                let name = signal == .terminate ? "SIGTERM" : "SIGINT"
                report(.notice, "signal \(signal.rawValue) (\(name)) received, exiting")
                return end(.stop)
            case .quit:
                report(.notice, "signal 3 (SIGQUIT) received, gracefully shutting down")
                return end(.drain(timeoutMilliseconds: model.main.shutdownTimeout.map { Int64($0) }))
            case .hangup: reload()
            case .reopen:
                report(.notice, "signal 10 (SIGUSR1) received, reopening logs")
                reopenLogs()
            case .ignored, .windowChange: break
            }
        }
    }

    /// Takes the configuration file anew. A bad one is reported and changes nothing.
    private mutating func reload() {
        report(.notice, "signal 1 (SIGHUP) received, reconfiguring")
        do throws(ConfigurationError) {
            let fresh = try options.load()
            do throws(StartError) { try adopt(fresh) } catch { report(.emerg, error.message) }
        } catch {
            report(.emerg, error.message)
        }
    }

    private mutating func adopt(_ fresh: ConfigurationModel) throws(StartError) {
        let freshTLS = try TLSContexts.build(fresh)
        let logs = try LogFiles.open(fresh, owner: nil)
        defer { LogFiles.close(logs) }
        try listeners.become(fresh.listeners, workers: Self.workerCount(of: fresh))
        let peers = resolvePeers(fresh)
        let old = model
        model = fresh
        tls = freshTLS
        limitOpenFiles()
        if isDetached { LogFiles.redirectStandardError(model) }
        let wanted = workerCount
        shared.workersChanged(to: wanted)
        // A worker's memory is laid out for its connections: another number of them takes new workers.
        let kept = old.main.workerConnections == fresh.main.workerConnections ? min(workers.count, wanted) : 0
        let surplus = workers[kept...]
        for (place, worker) in workers.enumerated() {
            worker.mailbox.send(.adopt(try plan(place, peers, logs)))
        }
        workers.removeLast(surplus.count)
        while workers.count < wanted { try startWorker(peers, logs) }
        for worker in surplus {
            worker.mailbox.send(.retire(timeoutMilliseconds: old.main.shutdownTimeout.map { Int64($0) }))
        }
        forgetEnded()
        retired += surplus
        tellNotices()
        try pidFile.move(to: fresh.main.pidPath)
        report(.notice, "reconfigured")
    }

    /// Lets go of workers that have ended.
    private mutating func forgetEnded() {
        for worker in retired where !worker.isRunning.isSet { kernel.close(worker.mailbox.waker) }
        retired.removeAll { !$0.isRunning.isSet }
    }

    private func reopenLogs() {
        for worker in workers + retired { worker.mailbox.send(.reopenLogs) }
        if isDetached { LogFiles.redirectStandardError(model) }
    }

    /// Tells the workers to end and waits for them; a second signal makes a graceful end a quick one.
    private mutating func end(_ message: WorkerMessage) -> Int32 {
        // Before the workers close theirs: who comes from now on is refused at once.
        listeners.closeAll()
        for worker in workers + retired { worker.mailbox.send(message) }
        while (workers + retired).contains(where: \.isRunning.isSet) {
            switch ControlSignal.wait(timeoutMilliseconds: 20) {
            case .terminate, .interrupt: for worker in workers + retired { worker.mailbox.send(.stop) }
            case .reopen: reopenLogs()
            default: break
            }
        }
        pidFile.remove()
        report(.notice, "exit")
        return 0
    }

    // MARK: reports

    /// A line of the process's own, into the main error logs.
    private func report(_ level: LogLevel, _ message: String) {
        LogFiles.write(level, message, model: model, processID: ProcessControl.id)
    }
}

/// What the main thread keeps of a worker.
struct WorkerHandle: Sendable {
    let mailbox: Mailbox<WorkerMessage>
    /// Until its thread has nothing more to do.
    let isRunning: Flag
}

/// A flag that one thread clears and another looks at.
final class Flag: Sendable {
    private let value = Atomic<Bool>(true)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func clear() { value.store(false, ordering: .releasing) }
}
