import CLinux
import Glibc

/// The system's own look-up of names, for start and reload only: it waits.
package enum NameLookup {
    /// All stream addresses of a host, in the system's order; empty where it has none.
    package static func addresses(of host: String, port: UInt16) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CL_SOCK_STREAM
        unsafe hints.ai_family = AF_UNSPEC
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe entry.pointee.ai_addr {
                var raw = RawAddress()
                unsafe raw.copy(from: address, length: entry.pointee.ai_addrlen)
                var one = raw.address
                one.port = port
                if one.family != .none && !found.contains(one) { found.append(one) }
            }
            unsafe next = entry.pointee.ai_next
        }
        return found
    }
}

extension RawAddress {
    /// Takes over an address that the C library made.
    mutating func copy(from address: UnsafeMutablePointer<sockaddr>, length size: socklen_t) {
        let count = min(Int(size), MemoryLayout<sockaddr_storage>.size)
        unsafe withUnsafeMutableBytes(of: &storage) { target in
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: address, count: count))
        }
        length = socklen_t(count)
    }
}
