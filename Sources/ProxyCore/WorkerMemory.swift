import Bytes
import Failures
import Platform
import Routing

/// The buffers and slabs of one worker, each in a place of its own.
struct WorkerMemory {
    let pool: Cell<BufferPool>
    let scratch: Cell<ByteBuffer>
    let output: Cell<ByteBuffer>
    let sealed: Cell<ByteBuffer>
    let frames: Cell<ByteBuffer>
    let wire: Cell<ByteBuffer>
    let line: Cell<ByteBuffer>
    let text: Cell<ByteBuffer>
    let fields: Cell<FieldTable>
    let evidence: Cell<Failures.Evidence>
    let downstreams: Cell<Slab<DownstreamConnection>>
    let exchanges: Cell<Slab<Exchange>>
    let upstreams: Cell<Slab<UpstreamConnection>>
    let partials: Cell<Slab<PartialHead>>
    let proxied: Cell<Slab<ProxiedConnection>>
    let secured: Cell<Slab<SecureConnection>>
    let sessions: Cell<Slab<SessionConnection>>
    let streams: Cell<Slab<StreamConnection>>
    let speaking: Cell<[SpeakingSession]>
    let clock: Cell<LogClock>
    let moment: Cell<Moment>

    /// Memory for `connections` connections, both sides together, and `streamLimit` HTTP/2 streams on each side; the
    /// kernel backs it as it is used.
    init(connections: Int, streamLimit: Int) {
        pool = Cell(BufferPool())
        scratch = Cell(ByteBuffer(capacity: Limits.scratchBytes + 64))
        output = Cell(ByteBuffer(capacity: 64 << 10))
        sealed = Cell(ByteBuffer())
        frames = Cell(ByteBuffer())
        wire = Cell(ByteBuffer())
        line = Cell(ByteBuffer(capacity: 4096))
        text = Cell(ByteBuffer(capacity: 1024))
        fields = Cell(FieldTable(limit: Limits.fieldLimit))
        evidence = Cell(Failures.Evidence())
        downstreams = Cell(Slab(capacity: connections + streamLimit))
        exchanges = Cell(Slab(capacity: connections + streamLimit + Limits.checkLimit))
        upstreams = Cell(Slab(capacity: connections + streamLimit))
        partials = Cell(Slab(capacity: connections))
        proxied = Cell(Slab(capacity: connections))
        secured = Cell(Slab(capacity: connections))
        sessions = Cell(Slab(capacity: connections))
        streams = Cell(Slab(capacity: 2 * streamLimit))
        speaking = Cell([])
        clock = Cell(LogClock())
        moment = Cell(Moment())
    }

    /// Frees everything; nothing may use it afterwards.
    func destroy() {
        pool.destroy()
        scratch.destroy()
        output.destroy()
        sealed.destroy()
        frames.destroy()
        wire.destroy()
        line.destroy()
        text.destroy()
        fields.destroy()
        evidence.destroy()
        downstreams.destroy()
        exchanges.destroy()
        upstreams.destroy()
        partials.destroy()
        proxied.destroy()
        secured.destroy()
        sessions.destroy()
        streams.destroy()
        speaking.destroy()
        clock.destroy()
        moment.destroy()
    }
}

extension Worker {
    /// A worker's free buffers.
    var pool: BufferPool {
        _read { yield memory.pool.value }
        nonmutating _modify { yield &memory.pool.value }
    }

    /// Bytes just read; lent inside one call only.
    var scratch: ByteBuffer {
        _read { yield memory.scratch.value }
        nonmutating _modify { yield &memory.scratch.value }
    }

    /// Bytes about to be sent; lent inside one call only.
    var output: ByteBuffer {
        _read { yield memory.output.value }
        nonmutating _modify { yield &memory.output.value }
    }

    /// Ciphertext just read; lent inside one call only.
    var sealed: ByteBuffer {
        _read { yield memory.sealed.value }
        nonmutating _modify { yield &memory.sealed.value }
    }

    /// Ciphertext about to be sent; lent inside one call only.
    var wire: ByteBuffer {
        _read { yield memory.wire.value }
        nonmutating _modify { yield &memory.wire.value }
    }

    /// A log line being written.
    var line: ByteBuffer {
        _read { yield memory.line.value }
        nonmutating _modify { yield &memory.line.value }
    }

    /// Short-lived text: an address, a URL.
    var text: ByteBuffer {
        _read { yield memory.text.value }
        nonmutating _modify { yield &memory.text.value }
    }

    /// The field lines of the head being parsed.
    var fields: FieldTable {
        _read { yield memory.fields.value }
        nonmutating _modify { yield &memory.fields.value }
    }

    /// What the next cause was seen to say.
    var evidence: Failures.Evidence {
        _read { yield memory.evidence.value }
        nonmutating _modify { yield &memory.evidence.value }
    }

    /// Connections of clients.
    var downstreams: Slab<DownstreamConnection> {
        _read { yield memory.downstreams.value }
        nonmutating _modify { yield &memory.downstreams.value }
    }

    /// Requests and their responses.
    var exchanges: Slab<Exchange> {
        _read { yield memory.exchanges.value }
        nonmutating _modify { yield &memory.exchanges.value }
    }

    /// Connections to peers.
    var upstreams: Slab<UpstreamConnection> {
        _read { yield memory.upstreams.value }
        nonmutating _modify { yield &memory.upstreams.value }
    }

    /// Heads of which a part is there.
    var partials: Slab<PartialHead> {
        _read { yield memory.partials.value }
        nonmutating _modify { yield &memory.partials.value }
    }

    /// What PROXY protocol headers said.
    var proxied: Slab<ProxiedConnection> {
        _read { yield memory.proxied.value }
        nonmutating _modify { yield &memory.proxied.value }
    }

    /// Bytes just read for an HTTP/2 session; lent while its events are read.
    var frames: ByteBuffer {
        _read { yield memory.frames.value }
        nonmutating _modify { yield &memory.frames.value }
    }

    /// HTTP/2 sessions.
    var sessions: Slab<SessionConnection> {
        _read { yield memory.sessions.value }
        nonmutating _modify { yield &memory.sessions.value }
    }

    /// Connections whose sessions speak at the end of the turn.
    var speaking: [SpeakingSession] {
        _read { yield memory.speaking.value }
        nonmutating _modify { yield &memory.speaking.value }
    }

    /// What HTTP/2 streams have beside their slots, on both sides.
    var streams: Slab<StreamConnection> {
        _read { yield memory.streams.value }
        nonmutating _modify { yield &memory.streams.value }
    }

    /// TLS sessions.
    var secured: Slab<SecureConnection> {
        _read { yield memory.secured.value }
        nonmutating _modify { yield &memory.secured.value }
    }

    /// Local time for log lines.
    var clock: LogClock {
        _read { yield memory.clock.value }
        nonmutating _modify { yield &memory.clock.value }
    }

    /// What variables know of this turn.
    var moment: Moment {
        _read { yield memory.moment.value }
        nonmutating _modify { yield &memory.moment.value }
    }
}
