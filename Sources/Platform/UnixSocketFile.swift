import Glibc

extension Files {
    /// Lets everybody connect to a unix socket, as nginx does with those it listens on.
    package static func makeWritableForAll(_ path: String) { _ = unsafe chmod(path, 0o666) }
}

extension BlockingThread {
    /// Waits; for start-up only.
    package static func sleep(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}
