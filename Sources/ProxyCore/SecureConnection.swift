import Bytes
import TLS

/// The TLS session over a connection's socket, in a side table: plain connections have none.
struct SecureConnection: ~Copyable {
    var session: TLSSession
    /// Plaintext is left in the session from the last read: no edge of the socket will tell of it.
    var hasMore = false
    /// The client's first byte was looked at: it speaks TLS.
    var hasBegun = false
}
