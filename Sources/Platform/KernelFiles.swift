import Bytes
import Glibc

/// What stands behind a path or an open descriptor.
package struct FileFacts: Equatable, Sendable {
    /// File, directory or something else; symbolic links were followed.
    package var kind = Files.Kind.other
    /// Its bytes.
    package var sizeBytes: Int64 = 0
    /// Its last change, in whole seconds since 1970.
    package var modifiedSeconds = 0
    /// The same in nanoseconds.
    package var modifiedNanoseconds: Int64 = 0
    /// Its number in its file system.
    package var inode: UInt64 = 0
    /// Whether its mode lets the owner run it (nginx: `-x`).
    package var isExecutable = false

    /// Facts of nothing.
    package init() {}

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        sizeBytes = Int64(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        inode = UInt64(status.st_ino)
        isExecutable = status.st_mode & S_IXUSR != 0
    }
}

// Files that requests name: their paths are bytes, in no particular encoding.
extension Kernel {
    /// Opens what stands at `path` for reading. A directory can be opened too. A NUL within makes it name nothing.
    package func openFile(_ path: Span<UInt8>) -> SystemResult {
        if path.firstIndex(of: 0) != nil { return SystemResult(.notFound) }
        if let simulated { return simulated.open(path.text, .read) }
        return unsafe withPath(path) { unsafe Glibc.open($0, OpenMode.read.flags | O_CLOEXEC) }
    }

    /// Looks at what is open.
    package func inspect(_ descriptor: Descriptor, _ facts: inout FileFacts) -> SystemResult {
        if let simulated { return simulated.inspect(descriptor, &facts) }
        var status = stat()
        let answer = unsafe fstat(descriptor.number, &status)
        if answer == 0 { facts = FileFacts(status) }
        return .of(answer)
    }

    /// Looks at what stands at `path`, which is not opened.
    package func inspect(_ path: Span<UInt8>, _ facts: inout FileFacts) -> SystemResult {
        if path.firstIndex(of: 0) != nil { return SystemResult(.notFound) }
        if let simulated { return simulated.inspect(path.text, &facts) }
        var status = stat()
        let answer = unsafe withPath(path) { unsafe stat($0, &status) }
        if !answer.failed { facts = FileFacts(status) }
        return answer
    }

    /// Lends a copy of the path that ends with a NUL.
    private func withPath(_ path: Span<UInt8>, _ body: (UnsafePointer<CChar>) -> Int32) -> SystemResult {
        if path.count >= Int(PATH_MAX) { return SystemResult(Errno(rawValue: ENAMETOOLONG)) }
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: path.count + 1) { copy in
            // The memory has one byte more than the path, and outlives the call.
            for index in path.indices { unsafe copy[index] = CChar(bitPattern: path[index]) }
            unsafe copy[path.count] = 0
            guard let start = copy.baseAddress else { return SystemResult(Errno(rawValue: ENOMEM)) }
            return .of(unsafe body(start))
        }
    }
}
