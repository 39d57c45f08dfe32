import TLS

/// Numbers for the ways in which connections to peers differ: a pooled connection serves only an exchange that would
/// have made the same one. 0 is a plain connection.
///
/// At most 1,024 ways are known in one configuration. Beyond, a connection is `unpooled`: what a client may vary (a
/// name with variables) cannot fill memory, nor lead one exchange to another's peer.
struct TransportProfiles {
    static let limit = 1024
    /// Never kept for another exchange.
    static let unpooled = UInt32.max
    /// HTTP/2 without TLS.
    static let plainHTTP2 = UInt32.max - 1

    /// Whether TLS is spoken in that way.
    static func isSecure(_ profile: UInt32) -> Bool { profile != 0 && profile != plainHTTP2 }

    private var numbers: [Key: UInt32] = [:]

    private struct Key: Hashable {
        let context: ObjectIdentifier
        let name: String
        let certificate: String
    }

    /// The number of TLS with `context`, for `name`, showing `certificate` (empty: the context's own).
    mutating func number(_ context: TLSContext, name: String, certificate: String) -> UInt32 {
        let key = Key(context: ObjectIdentifier(context), name: name, certificate: certificate)
        if let known = numbers[key] { return known }
        if numbers.count >= Self.limit { return Self.unpooled }
        let number = UInt32(numbers.count + 1)
        numbers[key] = number
        return number
    }
}
