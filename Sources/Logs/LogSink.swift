import Bytes
import Platform

/// One file, pipe or terminal that lines go to, as one worker sees it.
///
/// A regular file takes lines as they are. Anything else may stand still: then nothing is written that would block,
/// pieces are at most 4,096 bytes (which a pipe takes whole), and at most 1 MiB waits before lines are dropped.
package final class LogSink {
    static let pieceBytes = 4096
    static let waitingLimitBytes = 1 << 20
    static let reportIntervalMilliseconds: Int64 = 60_000

    /// Full path, or nil for standard error.
    package let path: String?
    private(set) var descriptor: Descriptor
    /// Until `close`.
    private(set) var isOpen = true
    var isRegular: Bool
    var waiting = ByteBuffer()
    /// Lines that were dropped because they could not be written.
    package private(set) var droppedLines = 0
    var lastReport: Instant?
    /// Bytes that are gathered before they are written (nginx: access_log, buffer); 0 for the lines of one turn.
    package private(set) var bufferBytes = 0
    /// How long the first of them may wait, in milliseconds (nginx: access_log, flush); 0 for as long as it takes.
    private var flushMilliseconds: Int64 = 0
    /// When what is gathered is written at the latest.
    private(set) var flushAt = Instant.never

    /// Standard error.
    package init(standardError kernel: borrowing Kernel) {
        path = nil
        descriptor = Descriptor(2)
        isRegular = kernel.isRegularFile(descriptor)
    }

    /// The file at `path`, which is open for appending already.
    package init(path: String, open descriptor: Descriptor, kernel: borrowing Kernel) {
        self.path = path
        self.descriptor = descriptor
        isRegular = kernel.isRegularFile(descriptor)
    }

    /// The file at `path`, opened for appending; nil with the errno where that fails.
    package init?(path: String, kernel: borrowing Kernel, errno: inout Errno) {
        self.path = path
        let opened = kernel.open(path, .append)
        if opened.failed {
            errno = opened.errno
            return nil
        }
        descriptor = Descriptor(Int32(opened.value))
        isRegular = kernel.isRegularFile(descriptor)
    }

    /// Opens the file anew under its path, for log rotation; keeps the old one where that fails.
    package func reopen(_ kernel: borrowing Kernel) -> SystemResult {
        guard let path else { return SystemResult(raw: 0) }
        let opened = kernel.open(path, .append)
        if !opened.failed { become(Descriptor(Int32(opened.value)), kernel) }
        return opened
    }

    /// Goes on with another open file.
    func become(_ fresh: Descriptor, _ kernel: borrowing Kernel) {
        flush(kernel)
        kernel.close(descriptor)
        descriptor = fresh
        isRegular = kernel.isRegularFile(descriptor)
    }

    /// Writes what waits and closes the file.
    package func close(_ kernel: borrowing Kernel) {
        flush(kernel)
        if path != nil { kernel.close(descriptor) }
        waiting = ByteBuffer()
        isOpen = false
    }

    /// Writes a whole line at once; what the kernel does not take now is dropped and counted.
    package func writeNow(_ line: Span<UInt8>, _ kernel: borrowing Kernel) {
        if !isRegular && !kernel.canWrite(descriptor) {
            droppedLines += 1
            return
        }
        if kernel.write(descriptor, line).failed { droppedLines += 1 }
    }

    /// From now on so many bytes are gathered, none of them longer than so many milliseconds; 0 for neither.
    package func gather(bytes: Int, milliseconds: Int) {
        bufferBytes = bytes
        flushMilliseconds = Int64(milliseconds)
        flushAt = .never
    }

    /// Whether what waits is to be written at the end of this turn. Otherwise its time is set.
    func isDue(now: Instant) -> Bool {
        if waiting.count >= bufferBytes || flushAt <= now { return true }
        if flushMilliseconds > 0 && flushAt.isNever { flushAt = now.after(flushMilliseconds) }
        return false
    }

    /// Keeps a line for the end of the turn, or until there are enough.
    package func append(_ line: Span<UInt8>) {
        if waiting.count + line.count > Self.waitingLimitBytes + bufferBytes {
            droppedLines += 1
            return
        }
        waiting.append(line)
    }

    /// Whether lines wait for `flush`.
    package var hasWaiting: Bool { !waiting.isEmpty }

    /// Writes what waits, as far as the kernel takes it. A failure to be reported (not more than once a minute) is
    /// answered.
    @discardableResult
    package func flush(_ kernel: borrowing Kernel) -> Errno? {
        flushAt = .never
        if waiting.isEmpty { return nil }
        var failure: Errno?
        var done = 0
        while done < waiting.count {
            let end = isRegular ? waiting.count : wholeLines(from: done)
            if !isRegular && !kernel.canWrite(descriptor) { break }
            let result = kernel.write(descriptor, waiting.span.extracting(done..<end))
            if result.failed {
                failure = result.errno
                droppedLines += 1
                done = waiting.count
                break
            }
            done += max(1, result.value)
        }
        waiting.removeFirst(min(done, waiting.count))
        return failure
    }

    /// The end of the whole lines that fit one piece, or of one line that is longer.
    func wholeLines(from start: Int) -> Int {
        let limit = min(waiting.count, start + Self.pieceBytes)
        if limit == waiting.count { return limit }
        var end = limit
        while end > start && waiting[end - 1] != ASCII.lf { end -= 1 }
        return end > start ? end : limit
    }

    /// Whether a failure to write is due to be reported now.
    package func mayReport(now: Instant) -> Bool {
        if let lastReport, now.since(lastReport) < Self.reportIntervalMilliseconds { return false }
        lastReport = now
        return true
    }
}
