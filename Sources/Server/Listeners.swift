import Configuration
import Platform
import ProxyCore

/// The listening sockets of the process, by their address. Each worker has a duplicate of every one.
struct Listeners {
    private var open: [Entry] = []
    private let kernel = Kernel()

    fileprivate struct Entry {
        let endpoint: Endpoint
        let descriptor: Descriptor
    }

    init() {}

    /// What a configuration does to the sockets: new ones are open and listen already, nothing else has changed. It is
    /// ended by `take` or by `abandon`.
    struct Change {
        fileprivate let settings: [ListenerSettings]
        fileprivate let fresh: [Entry]
    }

    /// Opens what a configuration needs and what is not open yet; where one cannot be, none is.
    func prepare(_ settings: [ListenerSettings]) throws(StartError) -> Change {
        var fresh: [Entry] = []
        for listener in settings where !open.contains(where: { $0.endpoint == listener.endpoint }) {
            do throws(StartError) {
                fresh.append(Entry(endpoint: listener.endpoint, descriptor: try bind(listener)))
            } catch {
                close(fresh)
                throw error
            }
        }
        return Change(settings: settings, fresh: fresh)
    }

    /// The configuration is taken: sockets that it has not are closed, those that it has from before stay as they are.
    mutating func take(_ change: Change) {
        close(open.filter { entry in !change.settings.contains { $0.endpoint == entry.endpoint } })
        open = open.filter { entry in change.settings.contains { $0.endpoint == entry.endpoint } } + change.fresh
    }

    /// The configuration is not taken: its new sockets are closed.
    func abandon(_ change: Change) { close(change.fresh) }

    /// A set of descriptors for one worker, in the order of the model's listeners; the worker closes them.
    func plan(for change: Change) throws(StartError) -> [ListenerPlan] {
        var plans: [ListenerPlan] = []
        for listener in change.settings {
            guard let entry = (open + change.fresh).first(where: { $0.endpoint == listener.endpoint }) else { continue }
            let copy = kernel.duplicate(entry.descriptor)
            if copy.failed {
                for plan in plans { kernel.close(plan.descriptor) }
                throw StartError("dup() of \(listener.endpoint.text) failed", copy.errno)
            }
            plans.append(ListenerPlan(descriptor: Descriptor(Int32(copy.value)), endpoint: listener.endpoint))
        }
        return plans
    }

    /// Closes all of them.
    mutating func closeAll() {
        close(open)
        open.removeAll()
    }

    /// Closes sockets and removes the names of unix sockets.
    private func close(_ entries: [Entry]) {
        for entry in entries {
            kernel.close(entry.descriptor)
            if case .unix(let path) = entry.endpoint { _ = kernel.unlink(path) }
        }
    }

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
        if options.reusePort { _ = kernel.set(.reusePort, 1, on: descriptor) }
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
