import Glibc
import Platform

/// A program that a test started: ended and waited for by its id, always.
package final class ChildProcess {
    package let id: pid_t
    /// How it ended; nil while it runs.
    private var ended: Ending?

    /// How a process ended.
    package enum Ending: Equatable, Sendable {
        /// By itself, with this code.
        case exited(Int32)
        /// By this signal.
        case killed(Int32)
    }

    /// Starts the program at `path`; what it says goes to the files `output` and `errors`.
    package init(
        _ path: String, _ arguments: [String], output: String = "/dev/null", errors: String = "/dev/null",
        environment: [String] = []
    ) throws {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        let append = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, append, 0o666)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, append, 0o666)
        Self.keepDescriptors()
        // Whatever the thread that runs the test has blocked or ignored, the program begins as from a shell.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var child = pid_t()
        let surroundings = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + Self.sanitizerOptions + environment
        let answer = unsafe Self.withStrings([path] + arguments) { argv in
            unsafe Self.withStrings(surroundings) { envp in
                unsafe posix_spawn(&child, path, &actions, &attributes, argv, envp)
            }
        }
        if answer != 0 { throw Trouble("posix_spawn() of \(path) failed (\(answer): \(Errno(rawValue: answer).text))") }
        id = child
    }

    deinit {
        if poll() != nil { return }
        // First in good order, so that it can end what it started in its turn.
        kill(id, SIGTERM)
        if (try? wait(within: 2000)) != nil { return }
        kill(id, SIGKILL)
        _ = collect(0)
    }

    /// What tells the sanitizers, where the tests are built with one, what to leave out.
    private static var sanitizerOptions: [String] {
        ["ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"].compactMap { (name: String) -> String? in
            guard let value = unsafe getenv(name) else { return nil }
            return unsafe name + "=" + String(cString: value)
        }
    }

    /// How it ended, or nil while it runs.
    package func poll() -> Ending? {
        if ended == nil { ended = collect(WNOHANG) }
        return ended
    }

    /// Waits for its end.
    package func wait(within milliseconds: Int = Wait.patience) throws -> Ending {
        try Wait.until("the end of process \(id)", within: milliseconds) { poll() != nil }
        return ended ?? .exited(0)
    }

    /// Sends it a signal.
    package func signal(_ number: Int32) {
        if poll() == nil { kill(id, number) }
    }

    /// The tests' own descriptors stay theirs: a lock or a pipe would live as long as the program.
    private static func keepDescriptors() {
        for name in Folder.entries(of: "/proc/self/fd") {
            if let number = Int32(name), number > 2 { _ = fcntl(number, F_SETFD, FD_CLOEXEC) }
        }
    }

    private func collect(_ options: Int32) -> Ending? {
        var status: Int32 = 0
        var answer: pid_t
        repeat { answer = unsafe waitpid(id, &status, options) } while answer < 0 && errno == EINTR
        if answer != id { return nil }
        return status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .killed(status & 0x7f)
    }

    private static func withStrings<Answer>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Answer
    ) -> Answer {
        let copies = unsafe strings.map { unsafe strdup($0) }
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe body(unsafe copies + [nil])
    }

    // MARK: what the kernel knows of it

    /// Open sockets.
    package var socketCount: Int { openFiles.filter { $0.hasPrefix("socket:") }.count }

    /// What its descriptors are: `socket:[123]`, a path, `anon_inode:[eventpoll]`.
    package var openFiles: [String] {
        let folder = "/proc/\(id)/fd"
        return Folder.entries(of: folder).compactMap { Folder.target(ofLink: folder + "/" + $0) }
    }

    /// Lets it have `spare` descriptors more than it has now, and never more.
    package func limitOpenFiles(spare: Int) throws {
        let taken = Set(Folder.entries(of: "/proc/\(id)/fd").compactMap { Int($0) })
        let limit = (0...).lazy.filter { !taken.contains($0) }.prefix(spare).reduce(0) { max($0, $1) } + 1
        let tool = try ChildProcess("/usr/bin/prlimit", ["--pid", String(id), "--nofile=\(limit):\(limit)"])
        if try tool.wait() != .exited(0) { throw Trouble("process \(id) cannot be given a limit of \(limit) files") }
    }

    /// Memory in use now, in KiB.
    package var residentKiB: Int { status("VmRSS:") }

    /// The most memory ever in use, in KiB.
    package var peakResidentKiB: Int { status("VmHWM:") }

    /// Threads.
    package var threadCount: Int { status("Threads:") }

    /// Whose rights it has.
    package var userID: Int { status("Uid:") }

    private func status(_ name: String) -> Int {
        for line in Folder.text(of: "/proc/\(id)/status").split(separator: "\n") where line.hasPrefix(name) {
            return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? -1
        }
        return -1
    }
}
