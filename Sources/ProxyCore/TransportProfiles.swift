import TLS

/// Numbers for the ways in which connections to peers differ: a pooled connection serves only an exchange that would
/// have made the same one. 0 is HTTP/1 over a plain connection from any address; those with TLS have odd numbers.
///
/// At most 1,024 ways are known in one configuration. Beyond, a connection is not pooled: what a client may vary (a
/// name with variables) cannot fill memory, nor lead one exchange to another's peer.
struct TransportProfiles {
    static let limit = 1024
    /// Plain, from any address, HTTP/1.
    static let plain: UInt32 = 0
    /// Plain, and never kept for another exchange.
    private static let unpooledPlain = UInt32.max - 1
    /// With TLS, and never kept for another exchange.
    private static let unpooledSecure = UInt32.max

    private var numbers: [Key: UInt32] = [:]

    /// What makes connections differ.
    struct Key: Hashable {
        /// The context of TLS; nil for a plain connection.
        var context: ObjectIdentifier?
        /// Whom TLS is spoken with, and whether it is told so.
        var name = ""
        /// The file of the certificate that is shown; empty for the context's own.
        var certificate = ""
        /// Whether HTTP/2 is spoken.
        var isHTTP2 = false
        /// Where the connection comes from (nginx: proxy_bind); empty for wherever the kernel likes.
        var ownAddress = ""
    }

    /// The number of this way.
    mutating func number(_ key: Key) -> UInt32 {
        if let known = numbers[key] { return known }
        let isSecure = key.context != nil
        if numbers.count >= Self.limit { return isSecure ? Self.unpooledSecure : Self.unpooledPlain }
        let number = UInt32(numbers.count + 1) << 1 | (isSecure ? 1 : 0)
        numbers[key] = number
        return number
    }

    /// Whether TLS is spoken.
    static func isSecure(_ number: UInt32) -> Bool { number & 1 == 1 }

    /// Whether such a connection may serve other exchanges.
    static func isPooled(_ number: UInt32) -> Bool { number < unpooledPlain }
}
