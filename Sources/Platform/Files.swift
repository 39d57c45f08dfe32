import CLinux
import Glibc

/// Files on the cold path: what the configuration and the start of the process read.
///
/// Nothing here goes through `Kernel`, and every call may block.
package enum Files {
    /// Why a file could not be read: the call as nginx names it, and its errno.
    package struct Failure: Error, Equatable, Sendable {
        /// `open()` or `read()`.
        package let operation: String
        /// What the kernel said.
        package let errno: Errno

        /// A failure of `operation`, which is written with its parentheses.
        package init(operation: String, errno: Errno) {
            self.operation = operation
            self.errno = errno
        }

        /// `open() "PATH" failed (2: No such file or directory)`.
        package func message(for path: String) -> String {
            "\(operation) \"\(path)\" failed (\(errno.rawValue): \(errno.text))"
        }
    }

    /// What stands at a path.
    package enum Kind: Equatable, Sendable {
        case regular, directory, other
    }

    /// The whole file. More than `limitBytes` fails with EFBIG, so that `/dev/zero` cannot fill the memory.
    package static func read(_ path: String, limitBytes: Int) -> Result<[UInt8], Failure> {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { return .failure(Failure(operation: "open()", errno: .current)) }
        defer { close(descriptor) }
        if !hasMore(descriptor) { return .failure(Failure(operation: "read()", errno: Errno(rawValue: ETIMEDOUT))) }
        var bytes: [UInt8] = []
        let chunkBytes = 65536
        while true {
            var failed: Errno?
            let piece = unsafe [UInt8](unsafeUninitializedCapacity: chunkBytes) { buffer, count in
                // The call writes at most the capacity that it is told, into memory that the array owns.
                let answer = unsafe Glibc.read(descriptor, buffer.baseAddress, chunkBytes)
                if answer < 0 { failed = .current }
                count = max(answer, 0)
            }
            if failed == .interrupted { continue }
            if failed == .again && hasMore(descriptor) { continue }
            if let failed { return .failure(Failure(operation: "read()", errno: failed)) }
            if piece.isEmpty { return .success(bytes) }
            if bytes.count + piece.count > limitBytes {
                return .failure(Failure(operation: "read()", errno: Errno(rawValue: EFBIG)))
            }
            bytes += piece
        }
    }

    /// Waits for bytes, or the end, of what is no regular file: a pipe may stay silent. False after five seconds.
    private static func hasMore(_ descriptor: Int32) -> Bool {
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        var answer: Int32
        // The structure lives for the call.
        repeat { answer = unsafe poll(&waited, 1, 5000) } while answer < 0 && errno == EINTR
        return answer != 0
    }

    /// What stands at `path`, symbolic links followed.
    package static func kind(of path: String) -> Result<Kind, Errno> {
        var status = stat()
        // The structure lives for the call, which fills it or fails.
        guard unsafe stat(path, &status) == 0 else { return .failure(.current) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .success(.regular)
        case S_IFDIR: return .success(.directory)
        default: return .success(.other)
        }
    }

    /// Makes an open file empty.
    package static func empty(_ descriptor: Descriptor) { ftruncate(descriptor.number, 0) }

    /// The paths that match a pattern, sorted by their bytes; none where nothing matches (nginx: include with a mask).
    ///
    /// A directory that cannot be read is passed over, as glob(3) does.
    package static func glob(_ pattern: String) -> Result<[String], Errno> {
        var found = unsafe glob_t()
        // glob() fills the list, which is copied out before globfree() gives it back.
        let answer = unsafe Glibc.glob(pattern, GLOB_NOSORT, nil, &found)
        defer { unsafe globfree(&found) }
        if answer == GLOB_NOMATCH { return .success([]) }
        if answer != 0 { return .failure(answer == GLOB_NOSPACE ? .outOfMemory : .current) }
        var paths: [String] = []
        for index in 0..<Int(unsafe found.gl_pathc) {
            if let path = unsafe found.gl_pathv[index] { paths.append(unsafe String(cString: path)) }
        }
        return .success(paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }
}

extension Errno: Error {}

/// What the configuration asks about the machine and the process.
package struct MachineFacts: Sendable {
    /// As `hostname` prints it; empty where it cannot be read.
    package let hostName: String
    /// Whether the process runs with user id 0.
    package let isSuperuser: Bool

    /// Whether there is such a user, and such a group.
    package let hasUser: @Sendable (String) -> Bool
    package let hasGroup: @Sendable (String) -> Bool

    /// Facts of a machine that is played, where everybody is known unless told otherwise.
    package init(
        hostName: String, isSuperuser: Bool, hasUser: @escaping @Sendable (String) -> Bool = { _ in true },
        hasGroup: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        self.hostName = hostName
        self.isSuperuser = isSuperuser
        self.hasUser = hasUser
        self.hasGroup = hasGroup
    }

    /// Those of this machine and process.
    package static var current: MachineFacts {
        var hostName = ""
        if case .success(let bytes) = Files.read("/proc/sys/kernel/hostname", limitBytes: 1024) {
            hostName = String(decoding: bytes.prefix { $0 != 0x0a }, as: UTF8.self)
        }
        return MachineFacts(
            hostName: hostName, isSuperuser: geteuid() == 0, hasUser: { unsafe getpwnam($0) != nil },
            hasGroup: { unsafe getgrnam($0) != nil })
    }
}
