import Glibc
import Platform
import Synchronization

/// Ports that nobody has: each is given once, and from below the range that the kernel takes ports of clients from.
package enum Ports {
    private static let next = Atomic<Int>(0)
    private static let first = 10_000
    private static let count = 20_000

    /// A port that is free on 127.0.0.1 and on ::1.
    package static func free() throws -> Int {
        for _ in 0..<count {
            // Other processes of tests begin elsewhere.
            let step = Int(getpid()) &* 131 &+ next.add(1, ordering: .relaxed).newValue
            let port = first + step % count
            if isFree(.loopback(port: UInt16(port))), isFree(.loopback6(port: UInt16(port))) { return port }
        }
        throw Trouble("no port is free")
    }

    private static func isFree(_ address: SocketAddress) -> Bool {
        do {
            _ = try BlockingSocket.listening(at: .ip(address))
            return true
        } catch { return error.errno.rawValue == EADDRNOTAVAIL }
    }
}

extension SocketAddress {
    /// ::1 with this port.
    package static func loopback6(port: UInt16) -> SocketAddress {
        SocketAddress(family: .ipv6, low: 1, port: port)
    }
}
