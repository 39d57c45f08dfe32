import Bytes
import CLinux
import Glibc

/// The only door to the kernel on the data path: some 25 calls, each owned by the worker that makes them.
///
/// With a `SimulatedSystem` inside, every call goes there instead, and the whole gateway runs without a socket.
/// All calls return at once but `poll`; all retry EINTR.
@safe package struct Kernel {
    let simulated: (any SimulatedSystem)?

    /// The real kernel.
    package init() { simulated = nil }

    /// A kernel that is played.
    package init(simulated: any SimulatedSystem) { self.simulated = simulated }

    // MARK: time and chance

    /// CLOCK_MONOTONIC.
    package func now() -> Instant {
        if let simulated { return simulated.now() }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// The same clock in nanoseconds.
    package func nanoseconds() -> Int64 {
        if let simulated { return simulated.now().milliseconds * 1_000_000 }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// CLOCK_REALTIME.
    package func wallTime() -> WallTime {
        if let simulated { return simulated.wallTime() }
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Eight random bytes.
    package func random() -> UInt64 {
        if let simulated { return simulated.random() }
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }

    // MARK: epoll

    /// A new epoll instance.
    package func makePoller() -> SystemResult {
        if let simulated { return simulated.makePoller() }
        return .of(epoll_create1(CL_EPOLL_CLOEXEC))
    }

    /// Adds a descriptor for `interest`; `token` comes back with its events.
    package func watch(_ poller: Descriptor, _ descriptor: Descriptor, token: UInt64, interest: Readiness)
        -> SystemResult
    {
        if let simulated { return simulated.watch(poller, descriptor, token: token, interest: interest) }
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data(u64: token))
        return unsafe .of(epoll_ctl(poller.number, EPOLL_CTL_ADD, descriptor.number, &event))
    }

    /// Takes a descriptor out that stays open (a socket that is closed leaves by itself).
    package func unwatch(_ poller: Descriptor, _ descriptor: Descriptor) -> SystemResult {
        if let simulated { return simulated.unwatch(poller, descriptor) }
        var event = unsafe epoll_event()
        return unsafe .of(epoll_ctl(poller.number, EPOLL_CTL_DEL, descriptor.number, &event))
    }

    /// Waits for events, at most `timeoutMilliseconds` (negative: until one comes). An interrupted wait has none.
    package func poll(_ poller: Descriptor, into events: inout EventList, timeoutMilliseconds: Int32) -> SystemResult {
        if let simulated { return simulated.poll(poller, into: &events, timeoutMilliseconds: timeoutMilliseconds) }
        let count = unsafe epoll_wait(poller.number, events.storage, Int32(events.capacity), timeoutMilliseconds)
        events.count = count < 0 ? 0 : Int(count)
        if count < 0 && errno == EINTR { return SystemResult(raw: 0) }
        return .of(count)
    }

    /// An eventfd that wakes a worker from another thread.
    package func makeWaker() -> SystemResult {
        if let simulated { return simulated.makeWaker() }
        return .of(eventfd(0, CL_EFD_CLOEXEC | CL_EFD_NONBLOCK))
    }

    // MARK: files

    /// Opens a file; close-on-exec always.
    package func open(_ path: String, _ mode: OpenMode) -> SystemResult {
        if let simulated { return simulated.open(path, mode) }
        return unsafe .of(Glibc.open(path, mode.flags | O_CLOEXEC, mode.permissions))
    }

    /// Another descriptor of the same open file or socket, close-on-exec.
    package func duplicate(_ descriptor: Descriptor) -> SystemResult {
        if let simulated { return simulated.duplicate(descriptor) }
        return .of(fcntl(descriptor.number, F_DUPFD_CLOEXEC, 0))
    }

    /// Removes a name.
    package func unlink(_ path: String) -> SystemResult {
        if let simulated { return simulated.unlink(path) }
        return unsafe .of(Glibc.unlink(path))
    }

    /// Writes to a file, pipe or terminal.
    package func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> SystemResult {
        if let simulated { return simulated.write(descriptor, bytes) }
        return unsafe bytes.withUnsafeBytes { memory in
            var answer: Int
            repeat {
                answer = unsafe Glibc.write(descriptor.number, memory.baseAddress, memory.count)
            } while answer < 0 && errno == EINTR
            return SystemResult.of(answer)
        }
    }

    /// Writes at an offset, in bytes from the file's start.
    package func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>, at offset: Int64) -> SystemResult {
        if let simulated { return simulated.write(descriptor, bytes, at: offset) }
        return unsafe bytes.withUnsafeBytes { memory in
            unsafe .of(pwrite(descriptor.number, memory.baseAddress, memory.count, off_t(offset)))
        }
    }

    /// Reads at most `limit` bytes from an offset, appended to `buffer`.
    package func read(_ descriptor: Descriptor, into buffer: inout ByteBuffer, limit: Int, at offset: Int64)
        -> SystemResult
    {
        if let simulated { return simulated.read(descriptor, into: &buffer, limit: limit, at: offset) }
        buffer.reserve(limit)
        return SystemResult(
            raw: unsafe buffer.fill(limit: limit) { memory in
                unsafe SystemResult.of(pread(descriptor.number, memory.baseAddress, memory.count, off_t(offset))).raw
            })
    }

    /// Whether a write of up to 4,096 bytes would not block now (poll with POLLOUT).
    package func canWrite(_ descriptor: Descriptor) -> Bool {
        if let simulated { return simulated.canWrite(descriptor) }
        var query = pollfd(fd: descriptor.number, events: Int16(POLLOUT), revents: 0)
        return unsafe Glibc.poll(&query, 1, 0) == 1
    }

    /// Whether it is a regular file, which never blocks.
    package func isRegularFile(_ descriptor: Descriptor) -> Bool {
        if let simulated { return simulated.isRegularFile(descriptor) }
        var facts = stat()
        return unsafe fstat(descriptor.number, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }

    /// Closes a descriptor of any kind. The descriptor is gone whatever the answer.
    package func close(_ descriptor: Descriptor) {
        if let simulated { return simulated.close(descriptor) }
        _ = Glibc.close(descriptor.number)
    }
}

/// Events of one wait.
@safe package struct EventList: ~Copyable {
    let storage: UnsafeMutablePointer<epoll_event>
    /// Events that one wait can deliver.
    package let capacity: Int
    /// Events delivered by the last wait.
    package var count: Int

    package init(capacity: Int = 512) {
        unsafe storage = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)
        self.capacity = capacity
        count = 0
    }

    deinit { unsafe storage.deallocate() }

    /// The event at `index`: what was watched, and what it is ready for.
    package subscript(index: Int) -> (token: UInt64, readiness: Readiness) {
        precondition(index >= 0 && index < count, "no such event")
        return unsafe (storage[index].data.u64, Readiness(rawValue: storage[index].events))
    }

    /// Adds an event; false where the list is full. For a simulated system.
    package mutating func append(token: UInt64, readiness: Readiness) -> Bool {
        if count == capacity { return false }
        unsafe storage[count] = epoll_event(events: readiness.rawValue, data: epoll_data(u64: token))
        count += 1
        return true
    }
}

/// What a descriptor is ready for, or is to be watched for (epoll's bits).
package struct Readiness: OptionSet, Sendable {
    package var rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let readable = Readiness(rawValue: CL_EPOLLIN)
    package static let writable = Readiness(rawValue: CL_EPOLLOUT)
    /// The other side will send no more.
    package static let readClosed = Readiness(rawValue: CL_EPOLLRDHUP)
    package static let hangup = Readiness(rawValue: CL_EPOLLHUP)
    package static let error = Readiness(rawValue: CL_EPOLLERR)
    package static let edge = Readiness(rawValue: CL_EPOLLET)
    package static let exclusive = Readiness(rawValue: CL_EPOLLEXCLUSIVE)

    // Bits, not set algebra: across modules that would be generic code called for each event.

    /// Bytes, an end or an error may be read.
    package var mayRead: Bool { rawValue & (CL_EPOLLIN | CL_EPOLLRDHUP | CL_EPOLLHUP | CL_EPOLLERR) != 0 }
    /// Bytes may be sent, or sending tells of an error.
    package var mayWrite: Bool { rawValue & (CL_EPOLLOUT | CL_EPOLLHUP | CL_EPOLLERR) != 0 }
    /// The other side ended, or the connection failed.
    package var hasEnd: Bool { rawValue & (CL_EPOLLRDHUP | CL_EPOLLHUP | CL_EPOLLERR) != 0 }

    /// What every stream socket is watched for, once and for all.
    package static let stream: Readiness = [.readable, .writable, .readClosed, .edge]
}

/// How a file is opened.
package enum OpenMode: Sendable {
    /// Reading.
    case read
    /// Logs: appended to, created with 0644. A FIFO that nobody reads fails, instead of waiting for a reader.
    case append
    /// A temporary file that must not exist yet, for its owner alone (0600).
    case temporary
    /// Created or emptied (pid file).
    case replace

    var flags: Int32 {
        switch self {
        case .read: return O_RDONLY | O_NONBLOCK
        case .append: return O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK
        case .temporary: return O_RDWR | O_CREAT | O_EXCL
        case .replace: return O_WRONLY | O_CREAT | O_TRUNC
        }
    }

    var permissions: mode_t { self == .temporary ? 0o600 : 0o644 }
}
