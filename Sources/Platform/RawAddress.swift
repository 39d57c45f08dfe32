import Glibc

/// The kernel's form of an address, and back.
@safe struct RawAddress {
    var storage = sockaddr_storage()
    var length: socklen_t = 0

    /// Room for the kernel to write an address into.
    init() { length = socklen_t(MemoryLayout<sockaddr_storage>.size) }

    /// Nil where a unix path is longer than 107 bytes or has a NUL.
    init?(_ endpoint: Endpoint) {
        self.init()
        switch endpoint {
        case .ip(let address): self = RawAddress(address)
        case .unix(let path):
            let bytes = Array(path.utf8)
            if bytes.count > 107 || bytes.isEmpty || bytes.contains(0) { return nil }
            var unix = sockaddr_un()
            unix.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &unix.sun_path) { target in
                for (index, byte) in bytes.enumerated() { unsafe target[index] = byte }
            }
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: unix, as: sockaddr_un.self) }
            length = socklen_t(MemoryLayout<sockaddr_un>.size)
        }
    }

    init(_ address: SocketAddress) {
        if address.family == .ipv6 {
            var six = sockaddr_in6()
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = address.port.bigEndian
            six.sin6_scope_id = address.scope
            unsafe withUnsafeMutableBytes(of: &six.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: six, as: sockaddr_in6.self) }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        } else {
            var four = sockaddr_in()
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = address.port.bigEndian
            four.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: four, as: sockaddr_in.self) }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
        }
    }

    /// What the kernel wrote.
    var address: SocketAddress {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let four = unsafe withUnsafeBytes(of: storage) { unsafe $0.load(as: sockaddr_in.self) }
            return SocketAddress(
                family: .ipv4, low: UInt64(UInt32(bigEndian: four.sin_addr.s_addr)),
                port: UInt16(bigEndian: four.sin_port))
        case AF_INET6:
            let six = unsafe withUnsafeBytes(of: storage) { unsafe $0.load(as: sockaddr_in6.self) }
            let halves = unsafe withUnsafeBytes(of: six.sin6_addr) { bytes in
                unsafe (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
            return SocketAddress(
                family: .ipv6, high: UInt64(bigEndian: halves.0), low: UInt64(bigEndian: halves.1),
                scope: six.sin6_scope_id, port: UInt16(bigEndian: six.sin6_port))
        case AF_UNIX: return .unix
        default: return .none
        }
    }

    /// Calls `body` with what connect, bind and their like take.
    func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }

    /// Calls `body` with what accept, getsockname and their like write to.
    mutating func withMutable<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        var size = length
        let result = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &size) }
        }
        length = size
        return result
    }
}
