import Bytes
import CLinux
import Glibc

/// The process as a whole: what is done once, before threads start, or on a signal.
package enum ProcessControl {
    package static var id: Int32 { getpid() }

    /// Becomes a daemon: a child in a session of its own goes on, without a terminal. Only before threads start.
    package static func daemonize() -> Errno? {
        switch fork() {
        case -1: return .current
        case 0: break
        default: _exit(0)
        }
        if setsid() == -1 { return .current }
        umask(0)
        let null = unsafe Glibc.open("/dev/null", O_RDWR)
        if null == -1 { return .current }
        dup2(null, 0)
        dup2(null, 1)
        if null > 2 { Glibc.close(null) }
        return nil
    }

    /// Makes an open file what the process writes to as standard error.
    package static func replaceStandardError(with descriptor: Descriptor) { dup2(descriptor.number, 2) }

    /// Raises or lowers the bound on open files (nginx: worker_rlimit_nofile).
    package static func limitOpenFiles(_ count: Int) -> Errno? {
        var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(count))
        return unsafe setrlimit(openFiles, &limit) == 0 ? nil : .current
    }

    /// Raises the bound on open files to `wanted` where it is lower, as far as the process may; what it is then.
    package static func raiseOpenFiles(to wanted: Int) -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(openFiles, &limit) == 0 else { return wanted }
        if limit.rlim_cur < rlim_t(wanted) {
            var raised = rlimit(rlim_cur: min(rlim_t(wanted), limit.rlim_max), rlim_max: limit.rlim_max)
            if unsafe setrlimit(openFiles, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// RLIMIT_NOFILE.
    private static var openFiles: __rlimit_resource_t { __rlimit_resource_t(7) }

    /// Gives up root for a user and a group (nginx: user), keeping the right to bind low ports. Only before threads
    /// start.
    package static func become(user: String, group: String?) -> ProcessFailure? {
        guard geteuid() == 0 else { return nil }
        guard let entry = unsafe getpwnam(user) else {
            return ProcessFailure(what: "getpwnam(\"\(user)\")", errno: Errno(rawValue: errno))
        }
        let uid = unsafe entry.pointee.pw_uid
        var gid = unsafe entry.pointee.pw_gid
        let wanted = group ?? user
        if let found = unsafe getgrnam(wanted) {
            gid = unsafe found.pointee.gr_gid
        } else if group != nil {
            return ProcessFailure(what: "getgrnam(\"\(wanted)\")", errno: Errno(rawValue: errno))
        }
        let kept = cl_keep_capabilities() == 0
        if setgid(gid) != 0 { return ProcessFailure(what: "setgid(\(gid))", errno: .current) }
        if unsafe initgroups(user, gid) != 0 {
            return ProcessFailure(what: "initgroups(\(user), \(gid))", errno: .current)
        }
        if setuid(uid) != 0 { return ProcessFailure(what: "setuid(\(uid))", errno: .current) }
        if kept { _ = cl_restore_bind_capability() }
        return nil
    }

    /// Ids of a user, for files that it must own; nil where there is no such user.
    package static func giveFile(_ path: String, to user: String) {
        guard geteuid() == 0, let entry = unsafe getpwnam(user) else { return }
        _ = unsafe chown(path, entry.pointee.pw_uid, gid_t.max)
    }

    /// Has a socket belong to a user, who can then bind others to its address (SO_REUSEPORT).
    package static func giveSocket(_ socket: Descriptor, to user: String) {
        guard geteuid() == 0, let entry = unsafe getpwnam(user) else { return }
        _ = unsafe fchown(socket.number, entry.pointee.pw_uid, gid_t.max)
    }

    /// Makes a directory (0700) unless it is there.
    package static func makeDirectory(_ path: String) -> Errno? {
        if unsafe mkdir(path, 0o700) == 0 || errno == EEXIST { return nil }
        return .current
    }

    /// Changes the working directory.
    package static func changeDirectory(_ path: String) -> Errno? {
        unsafe chdir(path) == 0 ? nil : .current
    }

    /// Sets a variable of the environment. Only while there is one thread.
    package static func setVariable(_ name: String, _ value: String) {
        _ = unsafe setenv(name, value, 1)
        // Glibc looks at TZ once, unless it is told to look again.
        tzset()
    }

    /// Sends a signal to a process.
    package static func signal(_ number: Int32, to process: Int32) -> Errno? {
        kill(pid_t(process), number) == 0 ? nil : .current
    }

    /// Processors that this process may run on.
    package static var processorCount: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

    /// The machine's name.
    package static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        _ = unsafe gethostname(&bytes, 255)
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Ends the process at once.
    package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }
}

/// A call of the process's own that failed.
package struct ProcessFailure: Error, Sendable {
    package let what: String
    package let errno: Errno
}

/// The signals that steer Postern; the main thread waits for them, all other threads are spared.
package enum ControlSignal: Int32, CaseIterable, Sendable {
    case hangup = 1, interrupt = 2, quit = 3, reopen = 10, ignored = 12, terminate = 15, windowChange = 28

    private static var set: sigset_t {
        var set = sigset_t()
        _ = unsafe sigemptyset(&set)
        for signal in allCases { _ = unsafe sigaddset(&set, signal.rawValue) }
        return set
    }

    /// Keeps them from doing what they do by themselves, and SIGPIPE from doing anything; a trap says where it was.
    /// Before threads start.
    package static func hold() {
        var set = set
        _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        _ = Glibc.signal(SIGPIPE, SIG_IGN)
        cl_report_traps()
    }

    /// The next signal; nil where none came within `timeoutMilliseconds` (nil: waits as long as it takes).
    package static func wait(timeoutMilliseconds: Int? = nil) -> ControlSignal? {
        var set = set
        guard let timeoutMilliseconds else {
            var number: Int32 = 0
            return unsafe sigwait(&set, &number) == 0 ? ControlSignal(rawValue: number) : nil
        }
        var time = timespec(tv_sec: timeoutMilliseconds / 1000, tv_nsec: timeoutMilliseconds % 1000 * 1_000_000)
        let number = unsafe sigtimedwait(&set, nil, &time)
        return number < 0 ? nil : ControlSignal(rawValue: number)
    }
}
