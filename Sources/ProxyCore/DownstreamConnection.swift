import Bytes
import EventLoop
import HTTP
import Platform

/// What is known of a stream socket since the last edge (design: event ∩ interest).
struct SocketState: OptionSet, BitwiseCopyable {
    var rawValue: UInt8
    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Bytes, or an end, may wait to be read.
    static let readable = SocketState(rawValue: 1)
    /// The kernel takes bytes.
    static let writable = SocketState(rawValue: 2)
    /// RDHUP, HUP or ERR came: read on to the end, no further edge comes.
    static let ending = SocketState(rawValue: 4)
    /// The token is on the posted list.
    static let posted = SocketState(rawValue: 8)
    /// FIN or an error was read: nothing more comes.
    static let readOver = SocketState(rawValue: 16)
    /// The present request came before the answer to the one before it was sent.
    static let pipelined = SocketState(rawValue: 32)

    /// Takes the kernel's word in.
    mutating func take(_ readiness: Readiness) {
        if readiness.mayRead { insert(.readable) }
        if readiness.mayWrite { insert(.writable) }
        if readiness.hasEnd { insert(.ending) }
    }
}

/// A connection that a client made: one slot. Idle, it owns no memory beside the slot.
struct DownstreamConnection: ~Copyable {
    let descriptor: Descriptor
    let listener: Int32
    /// Which configuration serves the next request.
    var epoch: Int32
    var machine: DownstreamMachine
    var socket: SocketState
    /// nginx's `*N`.
    let serial: UInt64
    let peer: SocketAddress
    let accepted: Instant
    /// The present exchange.
    var exchange: SlotID
    /// Bytes read and not yet used: pipelined requests, or a body's beginning.
    var input: ByteBuffer
    /// A head of which a part is there.
    var partial: SlotID
    /// What a PROXY protocol header said, or the part of it that is there.
    var proxied: SlotID
    /// The TLS session over the socket.
    var secure: SlotID
    /// The client spoke HTTP where TLS is spoken: its request is refused.
    var isPlain = false
    /// Bytes that the socket did not take yet; of a TLS connection they are encrypted.
    var pending: ByteBuffer
    /// Bytes of `pending` already sent.
    var pendingSent: UInt32
    /// What `pending` holds beyond its bound, charged to the worker's overshoot budget.
    var overshoot: UInt32
    /// The HTTP/2 session over it.
    var session = SlotID.none
    /// Of an HTTP/2 stream: what it has for a socket. Its `descriptor`, `secure` and `proxied` are its carrier's.
    var stream = SlotID.none
    /// Its place among the connections that are between requests.
    var idle = IdleLinks.none

    /// Bytes waiting for the client.
    var pendingCount: Int { pending.count - Int(pendingSent) }
}

/// A head being read in pieces, in a side table: most heads come whole and need none.
struct PartialHead: ~Copyable {
    var bytes: ByteBuffer
    var parser: RequestHeadParser
}
