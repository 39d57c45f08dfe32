/// What a session allows its peer, and what it holds at most. All sizes are in bytes.
package struct SessionSettings: Sendable {
    /// Streams that the peer may have open at a time (nginx: http2_max_concurrent_streams). Server only.
    package var streamLimit = 128
    /// Body bytes that a stream's sender may send ahead of `consumed` (nginx: http2_body_preread_size): 0 … 2³¹−1.
    package var streamWindowBytes = 65536
    /// Body bytes in flight of all streams together. They are given back on receipt, so that this bounds nothing but
    /// the network's delay: 65,535 … 2³¹−1.
    package var connectionWindowBytes = 1 << 20
    /// Names and values of a head (nginx: all of `large_client_header_buffers`, or `proxy_buffer_size`).
    package var headLimitBytes = 32768
    /// Name and value of one field (nginx: one of `large_client_header_buffers`).
    package var fieldLimitBytes = 8192
    /// Output up to which DATA is framed; control frames and heads may go beyond.
    package var outputLimitBytes = 65536
    /// Control frames that may wait in the output while the peer does not read (nginx has a similar bound).
    package var queuedControlLimit = 1000
    /// What the peer may do without being useful.
    package var flood = FloodLimits()

    /// nginx's defaults.
    package init() {}
}

/// How much of what costs work and asks for nothing a peer may send: so much at once, and so much a second.
///
/// Streams that end well, and each 16 KiB of body in either direction, make up for one count each.
package struct FloodLimits: Sendable {
    /// Streams that the peer resets before they end, or makes us reset by a fault (rapid reset).
    package var resetBurst = 1000
    package var resetsPerSecond = 33
    /// PING, SETTINGS, PRIORITY, and DATA without bytes that ends nothing. Unknown frames count as overhead alone.
    package var controlBurst = 1000
    package var controlsPerSecond = 100
    /// Streams beyond `streamLimit`.
    package var refusedBurst = 128
    package var refusedPerSecond = 10
    /// Bytes beyond heads and bodies that are let pass before one byte in eight must be of those (nginx: the same).
    package var overheadBytes = 1 << 20

    /// What no peer needs that means well.
    package init() {}
}
