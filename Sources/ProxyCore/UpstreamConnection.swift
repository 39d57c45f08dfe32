import Bytes
import HTTP
import Platform

/// A connection that the worker made to a peer: one slot, leased to an exchange or idle in its group's pool.
struct UpstreamConnection: ~Copyable {
    let descriptor: Descriptor
    /// Which configuration's group it belongs to.
    let epoch: Int32
    let group: Int32
    let peer: Int32
    let profile: UInt32
    /// The location that it serves; −1 for any, and below that for the health check that `PeerCheck.index` names.
    let location: Int32
    let created: Instant
    var machine: UpstreamMachine
    var socket: SocketState
    /// The exchange that has the lease.
    var exchange: SlotID
    /// A response head of which a part is there.
    var input: ByteBuffer
    /// The TLS session over the socket.
    var secure = SlotID.none
    /// The HTTP/2 session over it.
    var session = SlotID.none
    /// Of an HTTP/2 stream: what it has for a socket. Its `descriptor` and `secure` are its carrier's.
    var stream = SlotID.none
    /// Bytes of the request that the socket did not take yet; of a TLS connection they are encrypted.
    var pending: ByteBuffer
    var pendingSent: Int

    /// Bytes waiting for the peer.
    var pendingCount: Int { pending.count - pendingSent }

    /// The socket took so many bytes of `pending`. They make room, also where it never takes the last of it.
    mutating func noteSent(_ count: Int) {
        pendingSent += count
        if pendingSent <= pending.count / 2 { return }
        pending.removeFirst(pendingSent)
        pendingSent = 0
    }
}
