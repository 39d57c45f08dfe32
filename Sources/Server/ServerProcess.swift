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
    private var tallies: [GroupTally] = []
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
        limitOpenFiles()
        let candidate = try prepare(model, owner: user?.user)
        if model.main.daemon {
            if let errno = ProcessControl.daemonize() { throw StartError("fork() failed", errno) }
            isDetached = true
            LogFiles.redirectStandardError(model)
        }
        shared = ProcessShared(processID: ProcessControl.id, workerCount: workerCount)
        shared.configuration.begin(seconds: kernel.wallTime().seconds)
        try pidFile.move(to: model.main.pidPath)
        makeTemporaryDirectories()
        if let user { listeners.give(candidate.listeners, to: user.user) }
        if let user, let failure = ProcessControl.become(user: user.user, group: user.group) {
            throw StartError("\(failure.what) failed", failure.errno)
        }
        if let path = model.main.workingDirectory, let errno = ProcessControl.changeDirectory(path) {
            throw StartError("chdir(\"\(path)\") failed", errno)
        }
        let crew = try engage(candidate, fresh: workerCount)
        take(candidate)
        workers = crew.fresh
        crew.send()
        tellNotices()
        report(.notice, "postern/\(Product.versionText) started, \(workerCount) worker(s)")
    }

    /// Whom the process becomes; root becomes nobody unless told otherwise, as with nginx.
    private var user: (user: String, group: String?)? {
        if let setting = model.main.user { return (setting.user, setting.group) }
        return MachineFacts.current.isSuperuser ? ("nobody", nil) : nil
    }

    private var workerCount: Int { Self.workerCount(model) }

    private static func workerCount(_ model: ConfigurationModel) -> Int {
        switch model.main.workerProcesses {
        case .automatic: ProcessControl.processorCount
        case .count(let count): max(1, count)
        }
    }

    // MARK: taking a configuration

    /// Makes what a configuration needs of the machine. Where something cannot be had, nothing has changed.
    private mutating func prepare(_ fresh: ConfigurationModel, owner: String?) throws(StartError) -> Candidate {
        let tls = try TLSContexts.build(fresh)
        // What stays of it where the rest fails does no harm.
        _ = Self.raiseOpenFiles(for: fresh)
        let logs = try LogFiles.open(fresh, owner: owner)
        do throws(StartError) {
            let change = try listeners.prepare(fresh.listeners, workers: Self.workerCount(fresh))
            return Candidate(
                model: fresh, workerCount: Self.workerCount(fresh), tls: tls, logs: logs, listeners: change,
                peers: resolvePeers(fresh), serial: serial + 1)
        } catch {
            LogFiles.close(logs)
            throw error
        }
    }

    /// Makes the plans for all workers, starts those that are missing, and writes the pid file. Where something fails,
    /// what was made is undone, the candidate's listeners included. The candidate's logs are closed in any case: each
    /// plan has duplicates, and the process needs a descriptor for its own lines.
    private mutating func engage(_ candidate: Candidate, fresh count: Int, leads: Bool = true) throws(StartError)
        -> Crew
    {
        defer { LogFiles.close(candidate.logs) }
        var crew = Crew(old: workers)
        do throws(StartError) {
            for place in workers.indices { crew.plans.append(try plan(place, candidate)) }
            // Fresh ones take the places behind those that stay.
            let kept = candidate.workerCount - count
            for place in kept..<kept + count { crew.plans.append(try plan(place, candidate)) }
            for index in 0..<count {
                crew.fresh.append(
                    try WorkerHandle.start(
                        shared, connections: candidate.model.main.workerConnections, keepsNames: leads && index == 0))
            }
            try pidFile.move(to: candidate.model.main.pidPath)
        } catch {
            for plan in crew.plans { plan.close() }
            for worker in crew.fresh { worker.dismiss() }
            listeners.abandon(candidate.listeners)
            throw error
        }
        return crew
    }

    /// What the worker at that place is told.
    private func plan(_ worker: Int, _ candidate: Candidate) throws(StartError) -> EpochPlan {
        let logs = try LogFiles.duplicates(candidate.logs)
        do throws(StartError) {
            return EpochPlan(
                model: candidate.model, peers: candidate.peers.groups, tallies: candidate.peers.tallies,
                listeners: try listeners.plan(for: candidate.listeners, worker: worker), logs: logs, tls: candidate.tls,
                serial: candidate.serial, nameServers: candidate.peers.nameServers)
        } catch {
            LogFiles.close(logs)
            throw error
        }
    }

    /// From here on the candidate is the configuration.
    private mutating func take(_ candidate: Candidate) {
        listeners.take(candidate.listeners)
        model = candidate.model
        tls = candidate.tls
        taken = candidate.peers.groups
        tallies = candidate.peers.tallies
        serial = candidate.serial
    }

    /// The peers of a configuration that is about to be taken.
    private mutating func resolvePeers(_ model: ConfigurationModel) -> Peers {
        for update in shared.latestPeers where update.serial == serial { taken[update.group] = update.peers }
        var former: [String: [SocketAddress]] = [:]
        for (group, peers) in taken.enumerated() {
            for peer in peers {
                guard case .ip(let address) = peer.settings.endpoint,
                    let key = Peers.key(self.model, group: group, server: peer.settings.serverIndex)
                else { continue }
                former[key, default: []].append(address)
            }
        }
        let kept = KeptTallies(self.model, tallies, taken)
        let peers = Peers(model, former: former, kept: kept) { report(.warn, $0) }
        Peers.keepHealth(from: taken, of: self.model, in: peers.groups, of: model)
        return peers
    }

    /// Workers are threads and share one bound on open files. It is raised to what their connections may need, as far
    /// as the process may; where that is too low, nginx's warning.
    private func limitOpenFiles() {
        if let count = model.main.openFileLimit, let errno = ProcessControl.limitOpenFiles(count) {
            report(.alert, "setrlimit(RLIMIT_NOFILE, \(count)) failed (\(errno.rawValue): \(errno.text))")
        }
        let connections = workerCount * model.main.workerConnections
        let limit = Self.raiseOpenFiles(for: model)
        if limit < connections {
            report(.warn, "\(connections) worker_connections exceed open file resource limit: \(limit)")
        }
    }

    /// Raises the bound on open files to what a configuration may need, as far as the process may; what it is then.
    private static func raiseOpenFiles(for model: ConfigurationModel) -> Int {
        let workers = workerCount(model)
        let connections = workers * model.main.workerConnections
        return ProcessControl.raiseOpenFiles(to: connections + model.listeners.count * 2 * workers + 64)
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
            do throws(StartError) { try adopt(fresh) } catch { refuse(error.message) }
        } catch {
            refuse(error.message)
        }
    }

    private func refuse(_ message: String) {
        shared.configuration.refused()
        report(.emerg, message)
    }

    /// Takes a configuration into use; where that cannot be done everything is as it was.
    private mutating func adopt(_ fresh: ConfigurationModel) throws(StartError) {
        let candidate = try prepare(fresh, owner: nil)
        let old = model
        let wanted = Self.workerCount(fresh)
        // A worker's memory is laid out for its connections: another number of them takes new workers.
        let kept = old.main.workerConnections == fresh.main.workerConnections ? min(workers.count, wanted) : 0
        let crew = try engage(candidate, fresh: wanted - kept, leads: kept == 0)
        take(candidate)
        limitOpenFiles()
        if isDetached { LogFiles.redirectStandardError(model) }
        shared.workersChanged(to: wanted)
        crew.send()
        let surplus = workers[kept...]
        for worker in surplus {
            worker.mailbox.send(.retire(timeoutMilliseconds: old.main.shutdownTimeout.map { Int64($0) }))
        }
        workers = workers[..<kept] + crew.fresh
        forgetEnded()
        retired += surplus
        tellNotices()
        shared.configuration.taken(seconds: kernel.wallTime().seconds)
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
