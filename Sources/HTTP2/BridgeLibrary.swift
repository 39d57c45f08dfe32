import Bytes
import CNGHTTP2

/// One session of libnghttp2, without any opinion.
///
/// Safe: the session is freed once, with the value; the sink lives as long; bytes are lent for one call, and the
/// library copies what it keeps of them.
@safe struct Library: ~Copyable {
    private let session: OpaquePointer
    /// The fields of a head that is being submitted.
    private var fields: [nghttp2_nv]

    /// A session that writes down in the sink what happens; the box must outlive it.
    init(_ box: SinkBox) {
        var made: OpaquePointer?
        let user = unsafe Unmanaged.passUnretained(box)
        let create = unsafe box.cell.value.isServer ? nghttp2_session_server_new2 : nghttp2_session_client_new2
        let result = unsafe create(&made, SharedTables.callbacks, user.toOpaque(), SharedTables.options)
        guard result == 0, let made = unsafe made else { preconditionFailure("nghttp2 has no memory for a session") }
        unsafe session = made
        unsafe fields = []
    }

    deinit { unsafe nghttp2_session_del(session) }

    // MARK: bytes

    /// Reads bytes; how many were, or the library's error.
    func receive(_ bytes: Span<UInt8>, _ sink: Cell<SessionSink>) -> Int {
        unsafe bytes.withUnsafeBufferPointer { piece in
            unsafe sink.value.piece.set(piece)
            return unsafe nghttp2_session_mem_recv(session, piece.baseAddress, piece.count)
        }
    }

    /// Writes all frames that are ready into the sink's output. False where the library failed.
    func send(_ sink: Cell<SessionSink>) -> Bool {
        while true {
            var start: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(session, &start)
            if count <= 0 { return count == 0 }
            // Safe: the bytes are the library's until the next call, and are copied before it.
            let bytes = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count))
            sink.value.output.append(bytes)
        }
    }

    /// Lends body bytes of a stream and writes what is ready.
    func send(
        _ bytes: Span<UInt8>, on stream: Int32, ends: Bool, hasTrailers: Bool, _ sink: Cell<SessionSink>
    ) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { lent in
            unsafe sink.value.offered.lend(stream, lent, ends: ends, hasTrailers: hasTrailers)
            unsafe nghttp2_session_resume_data(session, stream)
            let isWell = send(sink)
            sink.value.offered.takeBack()
            return isWell
        }
    }

    // MARK: streams

    /// The slot of an open stream.
    func slot(of stream: Int32) -> Int? { unsafe HTTP2.slot(session, stream) }

    /// Whether DATA with bytes may be sent.
    func hasWindow(_ stream: Int32) -> Bool {
        unsafe nghttp2_session_get_remote_window_size(session) > 0
            && nghttp2_session_get_stream_remote_window_size(session, stream) > 0
    }

    /// Body bytes that the peer takes now.
    func window(_ stream: Int32) -> Int {
        let whole = unsafe nghttp2_session_get_remote_window_size(session)
        let own = unsafe nghttp2_session_get_stream_remote_window_size(session, stream)
        return Int(max(0, min(whole, own)))
    }

    /// Gives window back for bytes of all streams.
    func consumeConnection(_ count: Int) { unsafe _ = nghttp2_session_consume_connection(session, count) }
    /// Gives window back for bytes of one stream.
    func consume(_ stream: Int32, _ count: Int) { unsafe _ = nghttp2_session_consume_stream(session, stream, count) }

    func reset(_ stream: Int32, _ code: ErrorCode) {
        unsafe _ = nghttp2_submit_rst_stream(session, 0, stream, code.rawValue)
    }

    // MARK: heads

    /// Sends a head of `name: value` lines. False where the stream takes none.
    mutating func respond(_ stream: Int32, _ lines: Span<UInt8>, ends: Bool) -> Bool {
        let read: Reader? = unsafe ends ? nil : readOffered
        return unsafe withFields(lines) { session, fields, count in
            unsafe postern_submit_response(session, stream, fields, count, read)
        } == 0
    }

    /// Sends an interim head.
    mutating func inform(_ stream: Int32, _ lines: Span<UInt8>) -> Bool {
        unsafe withFields(lines) { session, fields, count in
            unsafe nghttp2_submit_headers(session, 0, stream, nil, fields, count, nil)
        } == 0
    }

    /// Sends a trailer section; the stream's body must have ended.
    mutating func trail(_ stream: Int32, _ lines: Span<UInt8>) -> Bool {
        unsafe withFields(lines) { session, fields, count in
            unsafe nghttp2_submit_trailer(session, stream, fields, count)
        } == 0
    }

    /// Opens a stream; its id, or the library's error.
    mutating func request(_ lines: Span<UInt8>, ends: Bool, slot: Int) -> Int32 {
        let read: Reader? = unsafe ends ? nil : readOffered
        return unsafe withFields(lines) { session, fields, count in
            unsafe postern_submit_request(
                session, fields, count, read, UnsafeMutableRawPointer(bitPattern: slot + 1))
        }
    }

    private typealias Reader = nghttp2_data_source_read_callback

    /// Splits lines into fields for one call. The library copies names and values, and makes the names lower-case.
    private mutating func withFields(
        _ lines: Span<UInt8>, _ body: (OpaquePointer, UnsafePointer<nghttp2_nv>?, Int) -> Int32
    ) -> Int32 {
        unsafe fields.removeAll(keepingCapacity: true)
        unsafe lines.withUnsafeBufferPointer { bytes in
            guard let first = bytes.baseAddress else { return }
            let base = unsafe UnsafeMutablePointer(mutating: first)
            var start = 0
            while start < lines.count {
                // From the second byte on: a pseudo-header begins with a colon.
                guard let colon = lines.firstIndex(of: ASCII.colon, from: start + 1),
                    let end = lines.firstIndex(of: ASCII.cr, from: colon), end + 1 < lines.count
                else { preconditionFailure("a field line without colon or end is sent") }
                let value = min(colon + 2, end)
                unsafe fields.append(
                    nghttp2_nv(
                        name: base + start, value: base + value, namelen: colon - start, valuelen: end - value,
                        flags: 0))
                start = end + 2
            }
        }
        return unsafe fields.withUnsafeBufferPointer { unsafe body(session, $0.baseAddress, $0.count) }
    }

    // MARK: the connection

    /// Says what the peer may do; the first frame of a session.
    func submit(_ entries: [(id: UInt16, value: UInt32)]) {
        let list = entries.map { nghttp2_settings_entry(settings_id: Int32($0.id), value: $0.value) }
        unsafe _ = list.withUnsafeBufferPointer {
            unsafe nghttp2_submit_settings(session, 0, $0.baseAddress, $0.count)
        }
    }

    func setConnectionWindow(_ bytes: Int) {
        unsafe _ = nghttp2_session_set_local_window_size(session, 0, 0, Int32(clamping: bytes))
    }

    /// Lets the peer send so many bytes of one stream ahead of `consume`, where it may not already. `initial` is what
    /// we said of all streams: until the peer has acknowledged that, another number holds, and changes with it.
    func widen(_ stream: Int32, to bytes: Int, initial: Int) {
        let present = unsafe nghttp2_session_get_local_settings(session, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE)
        let window = Int32(clamping: bytes - initial + Int(present))
        if unsafe nghttp2_session_get_stream_effective_local_window_size(session, stream) >= window { return }
        unsafe _ = nghttp2_session_set_local_window_size(session, 0, stream, window)
    }

    func ping(_ payload: UInt64) {
        unsafe _ = postern_submit_ping(session, payload)
    }

    /// GOAWAY that refuses no stream yet (RFC 9113 §6.8).
    func announceShutdown() { unsafe _ = nghttp2_submit_shutdown_notice(session) }

    /// GOAWAY with the last stream that was taken.
    func goAway(_ code: ErrorCode) {
        let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
        unsafe _ = nghttp2_submit_goaway(session, 0, last, code.rawValue, nil, 0)
    }

    /// GOAWAY, after which nothing is read.
    func terminate(_ code: ErrorCode) { unsafe _ = nghttp2_session_terminate_session(session, code.rawValue) }

    /// Whether the library expects anything, or has anything to say.
    var isAlive: Bool {
        unsafe nghttp2_session_want_read(session) != 0 || nghttp2_session_want_write(session) != 0
    }

    /// Streams that the peer lets us have at a time.
    var peerStreamLimit: Int {
        unsafe Int(nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    /// Whether the peer's SETTINGS allow extended CONNECT.
    var peerAllowsExtendedConnect: Bool {
        unsafe nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1
    }

    /// Whether a stream may be opened: no GOAWAY, and ids are left.
    var allowsRequests: Bool { unsafe nghttp2_session_check_request_allowed(session) != 0 }

    /// The library's words for one of its errors.
    static func text(of error: Int32) -> String {
        guard let text = unsafe nghttp2_strerror(error) else { return "" }
        return unsafe String(cString: text)
    }

    static var badPreface: Int { Int(NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue) }
    static var flooded: Int { Int(NGHTTP2_ERR_FLOODED.rawValue) }
    static var tooManyContinuations: Int { Int(NGHTTP2_ERR_TOO_MANY_CONTINUATIONS.rawValue) }
}
