import Glibc
import Platform

/// A folder of its own for one test, removed with all that is in it.
package final class Folder {
    package let path: String

    package init() throws {
        var name = Array("\(Self.temporary)/postern-test-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&name) != nil else { throw Trouble("mkdtemp() failed (\(Errno(rawValue: errno).text))") }
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The program may give its rights up and still has to write here.
        _ = unsafe chmod(path, 0o777)
    }

    deinit { Self.remove(path) }

    private static var temporary: String {
        guard let value = unsafe getenv("TMPDIR") else { return "/tmp" }
        return unsafe String(cString: value)
    }

    /// The path of a file in it.
    package subscript(name: String) -> String { path + "/" + name }

    /// Writes a file in it.
    package func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    /// Writes a file in it.
    package func write(_ bytes: [UInt8], to name: String) throws {
        let kernel = Kernel()
        let opened = kernel.open(self[name], .replace)
        if opened.failed { throw Trouble("open() of \(self[name]) failed (\(opened.errno.text))") }
        let descriptor = Descriptor(Int32(opened.value))
        defer { kernel.close(descriptor) }
        if kernel.write(descriptor, bytes.span).value != bytes.count { throw Trouble("write() to \(name) failed") }
    }

    /// Gives a file in it another name.
    package func rename(_ name: String, to other: String) throws {
        if unsafe Glibc.rename(self[name], self[other]) != 0 { throw Trouble("rename() of \(name) failed") }
    }

    /// Makes a folder in it.
    package func makeFolder(_ name: String) throws {
        if unsafe mkdir(self[name], 0o755) != 0 { throw Trouble("mkdir() of \(name) failed") }
    }

    /// Makes a named pipe in it, open for reading.
    package func makePipe(_ name: String) throws -> PipeReader {
        if unsafe mkfifo(self[name], 0o666) != 0 || chmod(self[name], 0o666) != 0 {
            throw Trouble("mkfifo() of \(name) failed")
        }
        let number = unsafe open(self[name], O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        if number < 0 { throw Trouble("open() of \(name) failed") }
        return PipeReader(number: number)
    }

    /// The text of a file in it; empty where there is none.
    package func text(of name: String) -> String { Self.text(of: self[name]) }

    /// The names in a folder of it, sorted.
    package func names(in name: String = "") -> [String] { Self.entries(of: self[name]).sorted() }

    // MARK: anywhere

    /// The text of a file; empty where there is none.
    package static func text(of path: String) -> String {
        guard case .success(let bytes) = Files.read(path, limitBytes: 64 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func entries(of path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }

    static func target(ofLink path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 1024)
        let count = unsafe readlink(path, &bytes, bytes.count)
        return count < 0
            ? nil : String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func remove(_ path: String) {
        for name in entries(of: path) {
            let inner = path + "/" + name
            if unsafe unlink(inner) != 0 { remove(inner) }
        }
        _ = unsafe rmdir(path)
    }
}
