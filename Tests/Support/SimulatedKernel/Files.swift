import Bytes
import Glibc
import Platform

/// What a name in the file system stands for.
enum FileName {
    case file(StoredFile)
    /// A unix socket, which outlives its listener until it is unlinked.
    case socket(StreamEnd)
}

// Files live in memory, under whole paths; a directory is what some file's path leads through.
extension SimulatedKernel {
    /// Puts a file there before the run.
    package func addFile(_ path: String, _ bytes: [UInt8]) {
        let file = StoredFile()
        file.bytes.append(bytes)
        storedBytes += bytes.count
        names[path] = .file(file)
    }

    /// Somebody cuts the files whose paths begin so, to nothing.
    package func cutFiles(_ start: String) {
        for (path, name) in names where path.hasPrefix(start) {
            guard case .file(let file) = name else { continue }
            if !file.isElsewhere { storedBytes -= file.bytes.count }
            file.bytes.clear()
        }
    }

    /// What a file holds now; nil where there is none of that name.
    package func fileBytes(_ path: String) -> [UInt8]? {
        guard case .file(let file) = names[path] else { return nil }
        return file.bytes.copy()
    }

    /// What a file holds now, as text; nil where there is none of that name.
    package func fileText(_ path: String) -> String? { fileBytes(path).map { String(decoding: $0, as: UTF8.self) } }

    /// What was written to descriptor 2.
    package var standardErrorText: String { fileText("/dev/stderr") ?? "" }

    package func open(_ path: String, _ mode: OpenMode) -> SystemResult {
        if let failure = enter(.open) { return leave(.open, .none, 0, -Int(failure)) }
        return leave(.open, .none, 0, openFile(path, mode))
    }

    private func openFile(_ path: String, _ mode: OpenMode) -> Int {
        if path.isEmpty { return -Int(ENOENT) }
        if case .immediateFailure(let errno) = routes[.unix(path: path)] { return -Int(errno) }
        switch names[path] {
        case .socket: return -Int(mode == .temporary ? EEXIST : ENXIO)
        case .file(let file):
            if mode == .temporary { return -Int(EEXIST) }
            let answer = install(OpenFile(file, mode))
            if answer >= 0 && mode == .replace {
                if !file.isElsewhere { storedBytes -= file.bytes.count }
                file.bytes.clear()
            }
            return answer
        case nil:
            if mode == .read && !isDirectory(path) { return -Int(ENOENT) }
            if mode == .read { return install(OpenFile(StoredFile(), mode, isDirectory: true)) }
            let file = StoredFile()
            file.isElsewhere = path.hasPrefix("/log/")
            let answer = install(OpenFile(file, mode))
            if answer >= 0 { names[path] = .file(file) }
            return answer
        }
    }

    package func unlink(_ path: String) -> SystemResult {
        if let failure = enter(.unlink) { return leave(.unlink, .none, 0, -Int(failure)) }
        guard let name = names.removeValue(forKey: path) else { return leave(.unlink, .none, 0, -Int(ENOENT)) }
        if case .file(let file) = name {
            file.isNamed = false
            forget(file)
        }
        return leave(.unlink, .none, 0, 0)
    }

    private func isDirectory(_ path: String) -> Bool {
        let start = path.hasSuffix("/") ? path : path + "/"
        return names.keys.contains { $0.hasPrefix(start) }
    }

    package func inspect(_ descriptor: Descriptor, _ facts: inout FileFacts) -> SystemResult {
        let failure = enter(.inspect, descriptor.number)
        guard let file = object(descriptor, "inspect") as? OpenFile else {
            return leave(.inspect, descriptor, 0, -Int(EBADF))
        }
        if let failure { return leave(.inspect, descriptor, 0, -Int(failure)) }
        facts = FileFacts()
        facts.kind = file.isDirectory ? .directory : file.file.isDevice ? .other : .regular
        facts.sizeBytes = Int64(file.file.bytes.count)
        return leave(.inspect, descriptor, 0, 0)
    }

    package func inspect(_ path: String, _ facts: inout FileFacts) -> SystemResult {
        if let failure = enter(.inspectPath) { return leave(.inspectPath, .none, 0, -Int(failure)) }
        facts = FileFacts()
        switch names[path] {
        case .socket: break
        case .file(let file):
            facts.kind = file.isDevice ? .other : .regular
            facts.sizeBytes = Int64(file.bytes.count)
        case nil:
            if !isDirectory(path) { return leave(.inspectPath, .none, 0, -Int(ENOENT)) }
            facts.kind = .directory
        }
        return leave(.inspectPath, .none, 0, 0)
    }

    /// Files and the standard streams always take bytes.
    package func canWrite(_ descriptor: Descriptor) -> Bool {
        _ = enter(.canWrite, descriptor.number)
        return (object(descriptor, "canWrite") as? OpenFile).map { $0.mode != .read } ?? false
    }

    package func isRegularFile(_ descriptor: Descriptor) -> Bool {
        _ = enter(.isRegularFile, descriptor.number)
        return (object(descriptor, "isRegularFile") as? OpenFile).map { !$0.file.isDevice } ?? false
    }

    package func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>) -> SystemResult {
        let target = object(descriptor, "write")
        // Ringing an eventfd does not fail.
        let failure = target is Waker ? nil : enter(.write, descriptor.number)
        guard let object = target else {
            return leave(.write, descriptor, bytes.count, -Int(EBADF))
        }
        if let failure { return leave(.write, descriptor, bytes.count, -Int(failure)) }
        if let waker = object as? Waker { return leave(.write, descriptor, bytes.count, ring(waker, bytes)) }
        guard let file = object as? OpenFile, file.mode != .read else {
            violation("write to descriptor \(descriptor.number), which is a \(object.kind)")
            return leave(.write, descriptor, bytes.count, -Int(EBADF))
        }
        if file.mode == .append { file.position = file.file.bytes.count }
        let answer = put(bytes, into: file.file, at: file.position)
        file.position += max(0, answer)
        return leave(.write, descriptor, bytes.count, answer)
    }

    /// Adds eight bytes' value to an eventfd's counter.
    private func ring(_ waker: Waker, _ bytes: Span<UInt8>) -> Int {
        if bytes.count < 8 { return -Int(EINVAL) }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(bytes[index]) << UInt64(8 * index) }
        waker.counter &+= value
        wake(waker, .readable)
        return 8
    }

    package func write(_ descriptor: Descriptor, _ bytes: Span<UInt8>, at offset: Int64) -> SystemResult {
        let failure = enter(.writeAt, descriptor.number)
        guard let file = object(descriptor, "write") as? OpenFile, file.mode != .read else {
            return leave(.writeAt, descriptor, bytes.count, -Int(EBADF))
        }
        if let failure { return leave(.writeAt, descriptor, bytes.count, -Int(failure)) }
        let start = file.mode == .append ? file.file.bytes.count : Int(offset)
        return leave(.writeAt, descriptor, bytes.count, put(bytes, into: file.file, at: start))
    }

    package func read(
        _ descriptor: Descriptor, into buffer: inout ByteBuffer, limit: Int, at offset: Int64
    ) -> SystemResult {
        let failure = enter(.readAt, descriptor.number)
        guard let file = object(descriptor, "read") as? OpenFile, file.mode == .read || file.mode == .temporary else {
            return leave(.readAt, descriptor, limit, -Int(EBADF))
        }
        if let failure { return leave(.readAt, descriptor, limit, -Int(failure)) }
        let start = Int(offset)
        let count = max(0, min(limit, file.file.bytes.count - start))
        if count > 0 { file.file.bytes.copy(ByteRange(start: start, count: count), to: &buffer) }
        return leave(.readAt, descriptor, limit, count)
    }

    /// Writes what the disk has room for; ENOSPC where that is nothing.
    private func put(_ bytes: Span<UInt8>, into file: StoredFile, at start: Int) -> Int {
        if bytes.isEmpty { return 0 }
        let old = file.bytes.count
        let room = file.isElsewhere ? bytes.count : diskLimitBytes - storedBytes + max(0, old - start)
        let count = min(bytes.count, room)
        if count <= 0 { return -Int(ENOSPC) }
        while file.bytes.count < start { file.bytes.append(0) }
        if start == file.bytes.count {
            file.bytes.append(bytes.extracting(0..<count))
        } else {
            for index in 0..<count {
                if start + index < file.bytes.count {
                    file.bytes[start + index] = bytes[index]
                } else {
                    file.bytes.append(bytes[index])
                }
            }
        }
        if !file.isElsewhere { storedBytes += file.bytes.count - old }
        return count
    }

    /// Gives a file's room back once neither a name nor a descriptor holds it.
    func forget(_ file: StoredFile) {
        if file.isNamed || file.openCount > 0 { return }
        if !file.isElsewhere { storedBytes -= file.bytes.count }
        file.bytes.clear()
    }
}
