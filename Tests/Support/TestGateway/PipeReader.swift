import Glibc

/// The reading end of a pipe that a program writes to.
package final class PipeReader {
    private let number: Int32
    private var isOpen = true

    init(number: Int32) { self.number = number }

    deinit { close() }

    /// What is there now.
    package func read() -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe Glibc.read(number, &bytes, bytes.count)
        return Client.text(Array(bytes.prefix(max(0, count))))
    }

    /// From now on nobody reads.
    package func close() {
        if isOpen { _ = Glibc.close(number) }
        isOpen = false
    }
}
