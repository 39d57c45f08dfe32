import Platform

/// A set of addresses, for `allow`, `deny` and `set_real_ip_from`.
package enum AddressRange: Hashable, Sendable {
    case all
    /// Every client that came over a unix-domain socket.
    case unix
    /// IPv4 addresses whose bits under `mask` are those of `network`.
    case ipv4(network: UInt32, mask: UInt32)
    /// IPv6 addresses, in two halves as in `SocketAddress`.
    case ipv6(network: SocketAddress, maskHigh: UInt64, maskLow: UInt64)

    /// Whether `address` lies within. An IPv4 range also holds the IPv4-mapped IPv6 addresses, as in nginx.
    package func contains(_ address: SocketAddress) -> Bool {
        switch self {
        case .all:
            return true
        case .unix:
            return address.family == .unix
        case .ipv4(let network, let mask):
            let mapped = address.family == .ipv6 && address.high == 0 && address.low >> 32 == 0xffff
            guard mapped || address.family == .ipv4 else { return false }
            return UInt32(truncatingIfNeeded: address.low) & mask == network
        case .ipv6(let network, let maskHigh, let maskLow):
            guard address.family == .ipv6 else { return false }
            return address.high & maskHigh == network.high && address.low & maskLow == network.low
        }
    }
}

/// A host with a port whose addresses somebody else finds out, or an address that is numeric already.
package enum PeerAddress: Hashable, Sendable {
    case endpoint(Endpoint)
    /// A name to be resolved, in the case in which it was written.
    case name(String, port: UInt16)
}
