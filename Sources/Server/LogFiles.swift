import Bytes
import Configuration
import Failures
import Platform

/// The logs as the main thread uses them: opened for a moment, at start and for its own few lines.
enum LogFiles {
    /// Opens each log once for all workers, while the process has the right to: a bad path is an error at start and not
    /// a silence later.
    static func open(_ model: ConfigurationModel, owner: String?) throws(StartError) -> [String: Descriptor] {
        var paths: Set<String> = []
        for location in model.locations {
            for log in location.logs.errorLogs { if case .file(let path) = log.target { paths.insert(path) } }
            for log in location.logs.accessLogs { if case .file(let path) = log.target { paths.insert(path) } }
        }
        for log in model.main.errorLogs { if case .file(let path) = log.target { paths.insert(path) } }
        let kernel = Kernel()
        var files: [String: Descriptor] = [:]
        for path in paths.sorted() {
            let opened = kernel.open(path, .append)
            if opened.failed {
                close(files)
                throw StartError("open() \"\(path)\" failed", opened.errno)
            }
            files[path] = Descriptor(Int32(opened.value))
            // Its owner can open it anew on SIGUSR1.
            if let owner { ProcessControl.giveFile(path, to: owner) }
        }
        return files
    }

    /// Duplicates for one worker, which closes them.
    static func duplicates(_ files: [String: Descriptor]) throws(StartError) -> [String: Descriptor] {
        var copies: [String: Descriptor] = [:]
        for (path, descriptor) in files {
            let copy = Kernel().duplicate(descriptor)
            if copy.failed {
                close(copies)
                throw StartError("dup() of \"\(path)\" failed", copy.errno)
            }
            copies[path] = Descriptor(Int32(copy.value))
        }
        return copies
    }

    static func close(_ files: [String: Descriptor]) {
        for descriptor in files.values { Kernel().close(descriptor) }
    }

    /// What goes to standard error from now on goes to the main error log, where that is a file: a daemon has no
    /// terminal.
    static func redirectStandardError(_ model: ConfigurationModel) {
        guard case .file(let path)? = model.main.errorLogs.first?.target else { return }
        let opened = Kernel().open(path, .append)
        if opened.failed { return }
        ProcessControl.replaceStandardError(with: Descriptor(Int32(opened.value)))
        Kernel().close(Descriptor(Int32(opened.value)))
    }

    /// Whether a main error log is standard error.
    static func reachStandardError(_ model: ConfigurationModel) -> Bool {
        model.main.errorLogs.contains { $0.target == .standardError }
    }

    /// What the terminal gets of a start that failed.
    static func say(_ level: LogLevel, _ message: String) {
        let line = "postern: [\(level.name)] \(message)\n"
        _ = Kernel().write(Descriptor(2), Array(line.utf8).span)
    }

    /// Writes one line to the main error logs that take its level.
    static func write(_ level: LogLevel, _ message: String, model: ConfigurationModel, processID: Int32) {
        var line = ByteBuffer()
        let kernel = Kernel()
        let now = kernel.wallTime().seconds
        var time = ByteBuffer()
        ErrorLine.appendTime(CivilTime(unixSeconds: now + LocalTime(unixSeconds: now).offsetSeconds), to: &time)
        ErrorLine.append(
            time: time.span, level: level, stamp: ErrorLine.Stamp(processID: processID, threadID: CurrentThread.id),
            to: &line)
        line.append(text: message)
        line.append(ASCII.lf)
        for log in model.main.errorLogs where log.level.takes(level) {
            switch log.target {
            case .standardError: _ = kernel.write(Descriptor(2), line.span)
            case .file(let path):
                let opened = kernel.open(path, .append)
                if opened.failed { continue }
                _ = kernel.write(Descriptor(Int32(opened.value)), line.span)
                kernel.close(Descriptor(Int32(opened.value)))
            }
        }
    }
}

extension ErrorLevel {
    /// Whether a log of this level takes a line of `level`.
    func takes(_ level: LogLevel) -> Bool {
        switch level {
        case .emerg: self >= .emerg
        case .alert: self >= .alert
        case .crit: self >= .crit
        case .error: self >= .error
        case .warn: self >= .warn
        case .notice: self >= .notice
        case .info: self >= .info
        case .debug: self >= .debug
        }
    }
}
