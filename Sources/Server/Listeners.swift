import Configuration
import Platform
import ProxyCore

/// The listening sockets of the process, by their address. All workers share one, each through a duplicate of its own;
/// where `listen` says `reuseport`, each worker has a socket of its own, and the kernel spreads connections over them.
struct Listeners {
    private var open: [Entry] = []
    private let kernel = Kernel()

    fileprivate struct Entry {
        let endpoint: Endpoint
        /// One, or one for each worker.
        var descriptors: [Descriptor]
    }

    init() {}

    /// What a configuration does to the sockets: new ones are open and listen already, nothing else has changed. It is
    /// ended by `take` or by `abandon`.
    struct Change {
        fileprivate let settings: [ListenerSettings]
        fileprivate let workers: Int
        /// What was opened for it; more of an address that is open already, or of a new one.
        fileprivate let fresh: [Entry]
    }

    /// Opens what a configuration needs and what is not open yet; where one cannot be, none is.
    func prepare(_ settings: [ListenerSettings], workers: Int) throws(StartError) -> Change {
        var fresh: [Entry] = []
        for listener in settings {
            let first = open.first { $0.endpoint == listener.endpoint }?.descriptors.first
            fresh.append(Entry(endpoint: listener.endpoint, descriptors: []))
            do throws(StartError) {
                while count(of: listener.endpoint) + fresh[fresh.count - 1].descriptors.count
                    < (listener.hasOwnSockets ? workers : 1)
                {
                    // The one that is there may have been opened without.
                    if let first { _ = kernel.set(.reusePort, 1, on: first) }
                    fresh[fresh.count - 1].descriptors.append(try bind(listener))
                }
            } catch {
                close(fresh)
                throw error
            }
        }
        return Change(settings: settings, workers: workers, fresh: fresh)
    }

    private func count(of endpoint: Endpoint) -> Int { Self.descriptors(of: endpoint, open).count }

    private static func descriptors(of endpoint: Endpoint, _ entries: [Entry]) -> [Descriptor] {
        entries.first { $0.endpoint == endpoint }?.descriptors ?? []
    }

    /// The configuration is taken: sockets that it has not are closed, those that it has from before stay as they are.
    mutating func take(_ change: Change) {
        closeThoseGone(change.settings, change.workers)
        for entry in change.fresh where !entry.descriptors.isEmpty {
            if let known = open.firstIndex(where: { $0.endpoint == entry.endpoint }) {
                open[known].descriptors += entry.descriptors
            } else {
                open.append(entry)
            }
        }
    }

    /// The configuration is not taken: its new sockets are closed.
    func abandon(_ change: Change) { close(change.fresh) }

    private mutating func closeThoseGone(_ settings: [ListenerSettings], _ workers: Int) {
        for index in open.indices {
            let listener = settings.first { $0.endpoint == open[index].endpoint }
            let wanted = listener.map { $0.hasOwnSockets ? workers : 1 } ?? 0
            for descriptor in open[index].descriptors.dropFirst(wanted) { kernel.close(descriptor) }
            open[index].descriptors = Array(open[index].descriptors.prefix(wanted))
            if wanted == 0, case .unix(let path) = open[index].endpoint { _ = kernel.unlink(path) }
        }
        open.removeAll { $0.descriptors.isEmpty }
    }

    /// A set of descriptors for one worker, in the order of the model's listeners; the worker closes them.
    func plan(for change: Change, worker: Int) throws(StartError) -> [ListenerPlan] {
        var plans: [ListenerPlan] = []
        for listener in change.settings {
            let all = Self.descriptors(of: listener.endpoint, open)
                + Self.descriptors(of: listener.endpoint, change.fresh)
            let own = all.prefix(listener.hasOwnSockets ? change.workers : 1)
            if own.isEmpty { continue }
            // A worker beyond their number is about to retire.
            let copy = kernel.duplicate(own[worker % own.count])
            if copy.failed {
                for plan in plans { kernel.close(plan.descriptor) }
                throw StartError("dup() of \(listener.endpoint.text) failed", copy.errno)
            }
            plans.append(
                ListenerPlan(
                    descriptor: Descriptor(Int32(copy.value)), endpoint: listener.endpoint,
                    isShared: !listener.hasOwnSockets))
        }
        return plans
    }

    /// Has the new ones belong to the user whom the process is about to become: a reload may open more for the same
    /// addresses.
    func give(_ change: Change, to user: String) {
        for entry in change.fresh {
            guard case .ip = entry.endpoint else { continue }
            for descriptor in entry.descriptors { ProcessControl.giveSocket(descriptor, to: user) }
        }
    }

    /// Closes sockets and removes the names of those that are unix sockets.
    private func close(_ entries: [Entry]) {
        for entry in entries where !entry.descriptors.isEmpty {
            for descriptor in entry.descriptors { kernel.close(descriptor) }
            if case .unix(let path) = entry.endpoint { _ = kernel.unlink(path) }
        }
    }

    /// Closes all of them and removes the names of unix sockets.
    mutating func closeAll() { closeThoseGone([], 0) }

    // MARK: opening

    /// Five tries half a second apart where the address is in use, as nginx has them.
    private func bind(_ settings: ListenerSettings) throws(StartError) -> Descriptor {
        var last = Errno.addressInUse
        for attempt in 0..<5 {
            if attempt > 0 { BlockingThread.sleep(milliseconds: 500) }
            do throws(StartError) { return try bindOnce(settings) } catch {
                if error.errno != .addressInUse { throw error }
                last = .addressInUse
            }
        }
        throw StartError("bind() to \(settings.endpoint.text) failed", last)
    }

    private func bindOnce(_ settings: ListenerSettings) throws(StartError) -> Descriptor {
        let name = settings.endpoint.text
        let family: AddressFamily
        switch settings.endpoint {
        case .ip(let address): family = address.family
        case .unix(let path):
            family = .unix
            removeStale(path)
        }
        let made = kernel.socket(family, multipath: settings.options.multipath && family != .unix)
        if made.failed { throw StartError("socket() \(name) failed", made.errno) }
        let descriptor = Descriptor(Int32(made.value))
        apply(settings.options, family, to: descriptor)
        let bound = kernel.bind(descriptor, to: settings.endpoint)
        if bound.failed {
            kernel.close(descriptor)
            throw StartError("bind() to \(name) failed", bound.errno)
        }
        if case .unix(let path) = settings.endpoint { Files.makeWritableForAll(path) }
        let listening = kernel.listen(descriptor, backlog: Int32(clamping: settings.options.backlog))
        if listening.failed {
            kernel.close(descriptor)
            throw StartError("listen() to \(name), backlog \(settings.options.backlog) failed", listening.errno)
        }
        return descriptor
    }

    /// A unix socket that nobody listens on any more is in the way.
    private func removeStale(_ path: String) {
        let probe = kernel.socket(.unix)
        if probe.failed { return }
        let descriptor = Descriptor(Int32(probe.value))
        if kernel.connect(descriptor, to: .unix(path: path)).errno == .connectionRefused { _ = kernel.unlink(path) }
        kernel.close(descriptor)
    }

    private func apply(_ options: ListenOptions, _ family: AddressFamily, to descriptor: Descriptor) {
        if family != .unix {
            _ = kernel.set(.reuseAddress, 1, on: descriptor)
            // Accepted sockets inherit it: one call less for each of them.
            _ = kernel.set(.noDelay, 1, on: descriptor)
        }
        if options.reusePort && family != .unix { _ = kernel.set(.reusePort, 1, on: descriptor) }
        if family == .ipv6 { _ = kernel.set(.ipv6Only, options.ipv6Only == false ? 0 : 1, on: descriptor) }
        if let bytes = options.receiveBufferBytes {
            _ = kernel.set(.receiveBuffer, Int32(clamping: bytes), on: descriptor)
        }
        if let bytes = options.sendBufferBytes { _ = kernel.set(.sendBuffer, Int32(clamping: bytes), on: descriptor) }
        if let length = options.fastOpen { _ = kernel.set(.fastOpen, Int32(clamping: length), on: descriptor) }
        if options.deferred { _ = kernel.set(.deferAccept, 1, on: descriptor) }
        if let keepAlive = options.keepAlive { _ = kernel.set(.keepAlive, keepAlive ? 1 : 0, on: descriptor) }
        if let seconds = options.keepAliveIdle {
            _ = kernel.set(.keepAliveIdle, Int32(clamping: seconds), on: descriptor)
        }
        if let seconds = options.keepAliveInterval {
            _ = kernel.set(.keepAliveInterval, Int32(clamping: seconds), on: descriptor)
        }
        if let count = options.keepAliveCount {
            _ = kernel.set(.keepAliveCount, Int32(clamping: count), on: descriptor)
        }
    }
}

extension ListenerSettings {
    /// Whether each worker has a socket of its own (nginx: listen, reuseport). A unix socket's name can be bound once.
    fileprivate var hasOwnSockets: Bool {
        guard case .ip = endpoint else { return false }
        return options.reusePort
    }
}

/// Why the process cannot start, or cannot take a new configuration: in nginx's words, with the errno where there is
/// one.
package struct StartError: Error, Sendable {
    package let message: String
    package let errno: Errno?

    init(_ what: String, _ errno: Errno? = nil) {
        if let errno { message = "\(what) (\(errno.rawValue): \(errno.text))" } else { message = what }
        self.errno = errno
    }
}
