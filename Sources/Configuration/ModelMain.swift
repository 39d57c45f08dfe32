/// The main and events contexts.
package struct MainSettings: Sendable {
    /// `user`; nil where the process keeps its own.
    package internal(set) var user: UserSetting?
    /// `worker_processes`.
    package internal(set) var workerProcesses = WorkerCount.count(1)
    /// `daemon`; read, but Postern stays in the foreground unless its caller decides otherwise.
    package internal(set) var daemon = true
    /// `master_process`; Postern has no master process.
    package internal(set) var masterProcess = true
    /// Full path of the pid file; nil where none is written, unlike in nginx.
    package internal(set) var pidPath: String?
    /// `error_log` of the main context; the default file where none is given.
    package internal(set) var errorLogs: [ErrorLogSettings] = []
    /// `worker_rlimit_nofile`; nil leaves the limit alone.
    package internal(set) var openFileLimit: Int?
    /// `worker_shutdown_timeout`; nil waits for ever.
    package internal(set) var shutdownTimeout: Int?
    /// `worker_connections`, downstream and upstream together, for each worker.
    package internal(set) var workerConnections = 512
    /// `env` entries in the order of the file.
    package internal(set) var environment: [EnvironmentEntry] = []
    /// `working_directory`.
    package internal(set) var workingDirectory: String?
}

/// nginx: user.
package struct UserSetting: Equatable, Sendable {
    /// A name of the user database.
    package let user: String
    /// nil takes the group of the same name as the user.
    package let group: String?
    /// Where the directive stands.
    package let position: SourcePosition
}

/// nginx: worker_processes.
package enum WorkerCount: Equatable, Sendable {
    /// One for each processor.
    case automatic
    case count(Int)
}

/// nginx: env.
package struct EnvironmentEntry: Equatable, Sendable {
    /// What stands before the `=`.
    package let name: String
    /// nil keeps the value of the process's environment.
    package let value: String?
}

/// What stands once in `http {}` and does not inherit into servers.
package struct HTTPSettings: Sendable {
    /// Whether the configuration has an `http {}` block at all.
    package internal(set) var isPresent = false
    /// Index in `locations` of the http context itself, for requests that fail before any server is known.
    package internal(set) var location = 0
}
