import Bytes
import CCAres
import Platform

/// c-ares on the worker's epoll instance, one channel for each name server.
///
/// Safe: the channels belong to this object alone and end with it; c-ares calls back only within calls made here, on
/// the worker's own thread, and each question's box is given back exactly once, by its callback.
@safe package final class AresEngine: LookupEngine {
    private var channels: [postern_ares] = unsafe []
    private let sockets: Sockets
    private let usesSystem: Bool
    private var reports: [LookupReport] = []
    private var isClosed = false
    /// Questions that have no report yet.
    package private(set) var openCount = 0

    /// An engine for these name servers, or for those of the system's configuration where there is none; nil where
    /// c-ares fails to begin, for want of memory.
    ///
    /// - Parameters:
    ///   - token: what epoll gives back for its descriptors, whose number is added to it
    ///   - patienceMilliseconds: how long a question waits for its answer
    package init?(
        servers: [SocketAddress], kernel: Kernel, poller: Descriptor, token: UInt64, patienceMilliseconds: Int = 6_000
    ) {
        sockets = Sockets(kernel: kernel, poller: poller, token: token)
        usesSystem = servers.isEmpty
        let data = unsafe Unmanaged.passUnretained(sockets).toOpaque()
        let changed: postern_ares_socket = { data, descriptor, readable, writable in
            guard let data = unsafe data else { return }
            unsafe Unmanaged<Sockets>.fromOpaque(data).takeUnretainedValue().changed(
                Descriptor(descriptor), readable: readable != 0, writable: writable != 0)
        }
        for index in 0..<(usesSystem ? Int(postern_ares_count()) : servers.count) {
            let opened =
                usesSystem
                ? unsafe postern_ares_open(nil, Int32(index), Int32(patienceMilliseconds), changed, data)
                : unsafe postern_ares_open(servers[index].text, 0, Int32(patienceMilliseconds), changed, data)
            guard let opened = unsafe opened else {
                close()
                return nil
            }
            unsafe channels.append(opened)
        }
    }

    deinit { close() }

    /// Those that were given, or the system's.
    package var serverCount: Int { unsafe channels.count }

    /// Puts one question to c-ares.
    package func ask(_ name: [UInt8], _ family: LookupFamily, server: Int, ticket: UInt32, now: Instant) {
        let question = AresQuestion(self, name, family, ticket)
        openCount += 1
        let data = unsafe Unmanaged.passRetained(question).toOpaque()
        let text = String(decoding: name, as: UTF8.self)
        if usesSystem {
            unsafe postern_ares_find(
                channels[server], text, family == .ipv6 ? 1 : 0,
                { data, status, _, list in
                    guard let data = unsafe data else { return }
                    let question = unsafe Unmanaged<AresQuestion>.fromOpaque(data).takeRetainedValue()
                    unsafe question.found(status, list)
                    unsafe postern_ares_free(list)
                }, data)
        } else {
            unsafe postern_ares_query(
                channels[server], text, family == .ipv6 ? 28 : 1,
                { data, status, _, bytes, count in
                    guard let data = unsafe data else { return }
                    let question = unsafe Unmanaged<AresQuestion>.fromOpaque(data).takeRetainedValue()
                    unsafe question.answered(status, UnsafeBufferPointer(start: bytes, count: Int(count)))
                }, data)
        }
    }

    /// When c-ares has something to do.
    package func deadline(now: Instant) -> Instant {
        if isClosed { return .never }
        if !reports.isEmpty { return now }
        var next = Instant.never
        for index in unsafe channels.indices {
            let left = unsafe postern_ares_timeout(channels[index])
            if left >= 0 { next = min(next, now.after(Int64(left))) }
        }
        return next
    }

    /// Lets c-ares do what is due.
    package func wake(now: Instant) {
        for index in unsafe channels.indices { unsafe postern_ares_ready(channels[index], -1, 0, 0) }
    }

    /// Lets c-ares read or write; a channel takes no notice of another's descriptor.
    package func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant) {
        for index in unsafe channels.indices {
            unsafe postern_ares_ready(
                channels[index], descriptor.number, readiness.mayRead ? 1 : 0, readiness.mayWrite ? 1 : 0)
        }
    }

    /// What came of questions since the last call.
    package func takeReports() -> [LookupReport] {
        let all = reports
        reports = []
        return all
    }

    /// Ends the channels; their questions are given up.
    package func close() {
        if isClosed { return }
        isClosed = true
        for index in unsafe channels.indices { unsafe postern_ares_close(channels[index]) }
        unsafe channels = []
        reports = []
    }

    fileprivate func report(_ question: AresQuestion, _ outcome: LookupOutcome) {
        openCount -= 1
        if isClosed { return }
        reports.append(LookupReport(ticket: question.ticket, outcome: outcome))
    }
}

/// One question on its way through c-ares: the user data of its callback.
private final class AresQuestion {
    /// Unowned: the engine gives up all questions before it goes.
    unowned let engine: AresEngine
    let name: [UInt8]
    let family: LookupFamily
    let ticket: UInt32

    init(_ engine: AresEngine, _ name: [UInt8], _ family: LookupFamily, _ ticket: UInt32) {
        (self.engine, self.name, self.family, self.ticket) = (engine, name, family, ticket)
    }

    /// A response, or why there is none.
    func answered(_ status: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
        if bytes.isEmpty || status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED {
            return engine.report(self, Self.outcome(of: status))
        }
        engine.report(self, unsafe NameAnswer.read(bytes.span, asked: name, family))
    }

    /// What hosts file, search list and servers gave together.
    func found(_ status: Int32, _ list: UnsafeMutablePointer<ares_addrinfo>?) {
        if status != ARES_SUCCESS { return engine.report(self, Self.outcome(of: status)) }
        var (found, ttl): ([SocketAddress], Int) = ([], .max)
        var bytes = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<Int32(NameAnswer.addressLimit) {
            var seconds: Int32 = 0
            let count = unsafe withUnsafeMutableBytes(of: &bytes) { room in
                unsafe postern_ares_address(
                    list, index, room.baseAddress?.assumingMemoryBound(to: UInt8.self), &seconds)
            }
            if count == 0 { break }
            // A literal address is found in either family.
            if (count == 4) != (family == .ipv4) { continue }
            var (high, low): (UInt64, UInt64) = (0, 0)
            for place in 0..<Int(count) {
                high = high << 8 | low >> 56
                low = low << 8 | UInt64(bytes[place])
            }
            found.append(SocketAddress(family: count == 4 ? .ipv4 : .ipv6, high: high, low: low))
            // The hosts file has no times: it may be read again soon.
            ttl = min(ttl, seconds > 0 ? Int(seconds) : 1)
        }
        engine.report(self, found.isEmpty ? .failed(code: 3) : .addresses(found, ttlSeconds: ttl))
    }

    private static func outcome(of status: Int32) -> LookupOutcome {
        switch status {
        case ARES_EFORMERR: .failed(code: 1)
        case ARES_ESERVFAIL: .failed(code: 2)
        case ARES_ENODATA, ARES_ENOTFOUND, ARES_EBADNAME, ARES_ENONAME: .failed(code: 3)
        case ARES_ENOTIMP: .failed(code: 4)
        case ARES_EREFUSED: .failed(code: 5)
        case ARES_ECONNREFUSED: .unreached
        default: .noAnswer
        }
    }
}

/// The descriptors of a channel in the worker's epoll instance: the user data of the callback about them.
private final class Sockets {
    let kernel: Kernel
    let poller: Descriptor
    let token: UInt64
    private var watched: Set<Int32> = []

    init(kernel: Kernel, poller: Descriptor, token: UInt64) {
        (self.kernel, self.poller, self.token) = (kernel, poller, token)
    }

    /// c-ares wants to hear of this descriptor, of something else than before, or no more.
    func changed(_ descriptor: Descriptor, readable: Bool, writable: Bool) {
        if watched.remove(descriptor.number) != nil { _ = kernel.unwatch(poller, descriptor) }
        if !readable && !writable { return }
        let interest: Readiness = readable ? (writable ? [.readable, .writable] : .readable) : .writable
        let result = kernel.watch(
            poller, descriptor, token: token | UInt64(UInt32(bitPattern: descriptor.number)), interest: interest)
        // Where it cannot be watched, the question runs into its deadline.
        if !result.failed { watched.insert(descriptor.number) }
    }
}
