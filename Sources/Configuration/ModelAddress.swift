/// A numeric IP address.
package enum IPAddress: Hashable, Sendable {
    /// The four bytes, the first one in the highest bits.
    case v4(UInt32)
    /// The sixteen bytes, the first one in the highest bits of `high`.
    case v6(high: UInt64, low: UInt64)

    /// Whether it stands for all addresses of the machine.
    package var isWildcard: Bool {
        switch self {
        case .v4(let bits): return bits == 0
        case .v6(let high, let low): return high == 0 && low == 0
        }
    }
}

/// Where a socket can be bound or connected.
package enum SocketEndpoint: Hashable, Sendable {
    case ip(IPAddress, port: UInt16)
    /// A unix-domain socket: its path without `unix:`.
    case unix(String)
}

/// A set of addresses, for `allow`, `deny` and `set_real_ip_from`.
package enum AddressRange: Hashable, Sendable {
    case all
    /// Every client that came over a unix-domain socket.
    case unix
    /// Addresses whose bits under `mask` are those of `network`.
    case v4(network: UInt32, mask: UInt32)
    case v6(networkHigh: UInt64, networkLow: UInt64, maskHigh: UInt64, maskLow: UInt64)

    /// Whether `address` lies within. An IPv4 range also holds the IPv4-mapped IPv6 addresses, as in nginx.
    package func contains(_ address: IPAddress) -> Bool {
        switch (self, address) {
        case (.all, _): return true
        case (.unix, _): return false
        case (.v4(let network, let mask), .v4(let bits)): return bits & mask == network
        case (.v4(let network, let mask), .v6(let high, let low)):
            return high == 0 && low >> 32 == 0xffff && UInt32(truncatingIfNeeded: low) & mask == network
        case (.v6(let networkHigh, let networkLow, let maskHigh, let maskLow), .v6(let high, let low)):
            return high & maskHigh == networkHigh && low & maskLow == networkLow
        case (.v6, .v4): return false
        }
    }
}

/// A host with a port whose addresses somebody else finds out, or that are numeric already.
package enum PeerAddress: Hashable, Sendable {
    case endpoint(SocketEndpoint)
    /// A name to be resolved, in the case in which it was written.
    case name(String, port: UInt16)
}
