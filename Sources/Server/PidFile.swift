import Bytes
import Platform

/// The file with the process's id (nginx: pid). It belongs to whoever started the process; its descriptor stays open,
/// so that a process that has given up its rights, and may not remove the file, can still empty it.
struct PidFile {
    private var path: String?
    private var descriptor = Descriptor.none
    private let kernel = Kernel()

    init() {}

    /// Writes the id to the file at `fresh` (nil: to none) and removes the one before. Nothing happens where they are
    /// the same, for who sends signals may be reading it, and nothing where that fails.
    mutating func move(to fresh: String?) throws(StartError) {
        if path == fresh { return }
        guard let fresh else { return remove() }
        let opened = kernel.open(fresh, .replace)
        if opened.failed { throw StartError("open() \"\(fresh)\" failed", opened.errno) }
        var text = ByteBuffer()
        text.append(decimal: ProcessControl.id)
        text.append(ASCII.lf)
        let written = kernel.write(Descriptor(Int32(opened.value)), text.span)
        if written.failed {
            kernel.close(Descriptor(Int32(opened.value)))
            _ = kernel.unlink(fresh)
            throw StartError("write() to \"\(fresh)\" failed", written.errno)
        }
        remove()
        path = fresh
        descriptor = Descriptor(Int32(opened.value))
    }

    /// Removes the file, or empties it where its directory is not ours.
    mutating func remove() {
        guard let path else { return }
        if kernel.unlink(path).failed { Files.empty(descriptor) }
        kernel.close(descriptor)
        self.path = nil
    }
}
