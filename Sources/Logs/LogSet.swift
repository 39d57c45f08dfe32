import Bytes
import Configuration
import Failures
import Platform

/// Where a scope's error lines go: sinks by index, each with the gravest level that it leaves out.
package struct ErrorLogRoute: Sendable {
    package var sink: Int
    package var level: LogLevel
}

/// A worker's open logs: each path once, whatever number of directives name it.
package final class LogSet {
    package private(set) var sinks: [LogSink] = []
    /// Files that the process opened for this worker while it still had the right to.
    private var given: [String: Descriptor] = [:]
    let kernel: Kernel
    /// When `flush` has something to do at the latest, lines of a further turn left aside.
    package private(set) var nextFlush = Instant.never

    package init(kernel: Kernel) { self.kernel = kernel }

    /// Takes over files that are open already; the set closes them. What stood open under the same path is closed: the
    /// new one may be another file.
    package func take(_ files: [String: Descriptor]) {
        for (path, descriptor) in files.sorted(by: { $0.key < $1.key }) {
            if let sink = sinks.first(where: { $0.path == path && $0.isOpen }) {
                sink.become(descriptor, kernel)
            } else {
                if let old = given[path] { kernel.close(old) }
                given[path] = descriptor
            }
        }
    }

    /// Closes the sinks that no configuration names any more, and files that none took.
    package func keep(only named: Set<Int>) {
        for (index, sink) in sinks.enumerated() where sink.isOpen && !named.contains(index) { sink.close(kernel) }
        closeGiven()
    }

    private func closeGiven() {
        for (_, descriptor) in given.sorted(by: { $0.key < $1.key }) { kernel.close(descriptor) }
        given.removeAll()
    }

    /// The sink of a path (nil: standard error), opened if it is not yet; an errno where that fails.
    package func sink(path: String?) -> Result<Int, LogFailure> {
        if let known = sinks.firstIndex(where: { $0.path == path && $0.isOpen }) { return .success(known) }
        guard let path else { return .success(add(LogSink(standardError: kernel))) }
        if let open = given.removeValue(forKey: path) {
            return .success(add(LogSink(path: path, open: open, kernel: kernel)))
        }
        var errno = Errno(rawValue: 0)
        guard let sink = LogSink(path: path, kernel: kernel, errno: &errno) else {
            return .failure(LogFailure(path: path, errno: errno))
        }
        return .success(add(sink))
    }

    /// Its index: that of a sink that was closed, if there is one.
    private func add(_ sink: LogSink) -> Int {
        if let free = sinks.firstIndex(where: { !$0.isOpen }) {
            sinks[free] = sink
            return free
        }
        sinks.append(sink)
        return sinks.count - 1
    }

    /// Opens what `error_log` directives name.
    package func routes(_ settings: [ErrorLogSettings]) -> Result<[ErrorLogRoute], LogFailure> {
        var routes: [ErrorLogRoute] = []
        for setting in settings {
            let path: String?
            switch setting.target {
            case .file(let name): path = name
            case .standardError: path = nil
            }
            switch sink(path: path) {
            case .success(let index): routes.append(ErrorLogRoute(sink: index, level: setting.level.logLevel))
            case .failure(let failure): return .failure(failure)
            }
        }
        return .success(routes)
    }

    /// Writes a whole error line, its newline included, to every route that takes its level. At once.
    package func writeError(_ line: Span<UInt8>, level: LogLevel, to routes: [ErrorLogRoute]) {
        for route in routes where level >= route.level { sinks[route.sink].writeNow(line, kernel) }
    }

    /// Whether any route takes lines of `level`.
    package static func takes(_ level: LogLevel, _ routes: [ErrorLogRoute]) -> Bool {
        for route in routes where level >= route.level { return true }
        return false
    }

    /// Gathers nothing any more beyond a turn: a new configuration says anew which sinks do.
    package func gatherNothing() {
        for sink in sinks { sink.gather(bytes: 0, milliseconds: 0) }
    }

    /// Writes the access lines of this turn, and those gathered before of which there are enough, or whose time has
    /// come; answers the first sink that failed and is due to be reported.
    package func flush(now: Instant) -> LogFailure? {
        var failure: LogFailure?
        nextFlush = .never
        for sink in sinks where sink.hasWaiting {
            if !sink.isDue(now: now) {
                nextFlush = min(nextFlush, sink.flushAt)
                continue
            }
            if let errno = sink.flush(kernel), failure == nil, sink.mayReport(now: now) {
                failure = LogFailure(path: sink.path ?? "stderr", errno: errno)
            }
        }
        return failure
    }

    /// Opens every file anew (USR1). The failures, each with its path.
    package func reopen() -> [LogFailure] {
        var failures: [LogFailure] = []
        for sink in sinks where sink.isOpen {
            let result = sink.reopen(kernel)
            if result.failed, let path = sink.path { failures.append(LogFailure(path: path, errno: result.errno)) }
        }
        return failures
    }

    /// Writes what waits and closes all files.
    package func close() {
        for sink in sinks where sink.isOpen { sink.close(kernel) }
        sinks.removeAll()
        closeGiven()
    }
}

/// A log that could not be opened or written.
package struct LogFailure: Error, Equatable, Sendable {
    package let path: String
    package let errno: Errno
}

extension ErrorLevel {
    /// The same level as lines carry it.
    package var logLevel: LogLevel {
        switch self {
        case .emerg: .emerg
        case .alert: .alert
        case .crit: .crit
        case .error: .error
        case .warn: .warn
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}
