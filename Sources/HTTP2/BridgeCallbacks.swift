import Bytes
import CNGHTTP2

/// The library's callbacks and options, made once for all sessions.
///
/// Safe: both are written only while they are made, and the library copies what it needs of them into each session.
enum SharedTables {
    nonisolated(unsafe) static let callbacks: OpaquePointer = {
        var made: OpaquePointer?
        let result = unsafe nghttp2_session_callbacks_new(&made)
        guard result == 0, let table = unsafe made else { preconditionFailure("nghttp2 has no memory at start") }
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(table, beganFrame)
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(table, beganHead)
        unsafe nghttp2_session_callbacks_set_on_header_callback(table, foundField)
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, foundBody)
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(table, endedFrame)
        unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(table, refusedFrame)
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(table, closedStream)
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(table, sentFrame)
        unsafe nghttp2_session_callbacks_set_send_data_callback(table, writeBody)
        return unsafe table
    }()

    nonisolated(unsafe) static let options: OpaquePointer = {
        var made: OpaquePointer?
        let result = unsafe nghttp2_option_new(&made)
        guard result == 0, let table = unsafe made else { preconditionFailure("nghttp2 has no memory at start") }
        unsafe nghttp2_option_set_no_auto_window_update(table, 1)
        // Heads, lengths and trailers are checked by HeadBuilder and SessionSink: exactly, and with their own words.
        unsafe nghttp2_option_set_no_http_messaging(table, 1)
        // FloodGauge counts resets; the library would read a clock of its own for it.
        unsafe nghttp2_option_set_stream_reset_rate_limit(table, UInt64(UInt32.max), 1)
        unsafe nghttp2_option_set_max_continuations(table, 128)
        // Heads of ours are bounded where they are made; one beyond the usual 64 KiB would be dropped without a word.
        unsafe nghttp2_option_set_max_send_header_block_length(table, 16 << 20)
        return unsafe table
    }()
}

/// The sink behind the library's user data. Safe: the session holds it for as long as the library can call.
private func sink(_ user: UnsafeMutableRawPointer?) -> Cell<SessionSink> {
    guard let user = unsafe user else { preconditionFailure("a session was made without its sink") }
    return unsafe Unmanaged<SinkBox>.fromOpaque(user)._withUnsafeGuaranteedRef { $0.cell }
}

/// The slot that was stored with a stream, one more than its number.
func slot(_ session: OpaquePointer?, _ stream: Int32) -> Int? {
    guard let stored = unsafe nghttp2_session_get_stream_user_data(session, stream) else { return nil }
    return Int(bitPattern: stored) - 1
}

/// Bytes that the library lends for the time of a callback.
@_lifetime(immortal)
private func lent(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Span<UInt8> {
    let bytes = unsafe UnsafeBufferPointer(start: count == 0 ? nil : start, count: count)
    // Safe: the library keeps them for the callback's time, and no callee keeps a span.
    let span = unsafe Span(_unsafeElements: bytes)
    return unsafe _overrideLifetime(span, copying: ())
}

private var stop: Int32 { Int32(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue) }

private func beganFrame(
    _ session: OpaquePointer?, _ head: UnsafePointer<nghttp2_frame_hd>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let head = unsafe head?.pointee else { return 0 }
    let isOpen = unsafe slot(session, head.stream_id) != nil
    let goesOn = unsafe sink(user).value.frameBegan(
        type: head.type, flags: head.flags, length: head.length, stream: head.stream_id, isOpen: isOpen)
    return goesOn ? 0 : stop
}

private func beganHead(
    _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let frame = unsafe frame, unsafe frame.pointee.hd.type == FrameType.headers else { return 0 }
    let stream = unsafe frame.pointee.hd.stream_id
    let isRequest = unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST
    let known = unsafe slot(session, stream)
    let used = unsafe sink(user).value.headBegan(stream: stream, slot: known, isRequest: isRequest)
    if let used, known == nil {
        unsafe nghttp2_session_set_stream_user_data(session, stream, UnsafeMutableRawPointer(bitPattern: used + 1))
    }
    return 0
}

private func foundField(
    _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ name: UnsafePointer<UInt8>?,
    _ nameCount: Int, _ value: UnsafePointer<UInt8>?, _ valueCount: Int, _ flags: UInt8,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let frame = unsafe frame, unsafe frame.pointee.hd.type == FrameType.headers,
        unsafe slot(session, frame.pointee.hd.stream_id) != nil
    else { return 0 }
    switch unsafe sink(user).value.field(name: lent(name, nameCount), value: lent(value, valueCount)) {
    case .goOn: return 0
    case .pause: return Int32(NGHTTP2_ERR_PAUSE.rawValue)
    case .stop: return stop
    }
}

private func foundBody(
    _ session: OpaquePointer?, _ flags: UInt8, _ stream: Int32, _ data: UnsafePointer<UInt8>?, _ count: Int,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let data = unsafe data else { return 0 }
    let sink = unsafe sink(user)
    let start = unsafe sink.value.piece.offset(of: data, count: count)
    unsafe sink.value.bodyArrived(slot: slot(session, stream), range: ByteRange(start: start, count: count))
    return 0
}

private func endedFrame(
    _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let frame = unsafe frame else { return 0 }
    let head = unsafe frame.pointee.hd
    let isFlagged = head.flags & FrameType.endOrAck != 0
    let sink = unsafe sink(user)
    switch head.type {
    case FrameType.headers:
        // The library adds the length of each CONTINUATION.
        if let slot = unsafe slot(session, head.stream_id) {
            sink.value.headEnded(slot: slot, ends: isFlagged, wireBytes: head.length)
        }
    case FrameType.data: if isFlagged, let slot = unsafe slot(session, head.stream_id) { sink.value.bodyEnded(slot) }
    case FrameType.reset: if let slot = unsafe slot(session, head.stream_id) { sink.value.resetArrived(slot) }
    case FrameType.settings: if !isFlagged { sink.value.record(.settings) }
    case FrameType.ping:
        if isFlagged { unsafe sink.value.record(.pong(postern_ping_payload(frame))) }
    case FrameType.goAway:
        let goAway = unsafe frame.pointee.goaway
        unsafe sink.value.record(
            .goAway(lastStream: goAway.last_stream_id, ErrorCode(rawValue: goAway.error_code)))
    default: break
    }
    return 0
}

private func refusedFrame(
    _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ error: Int32,
    _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let frame = unsafe frame, let slot = unsafe slot(session, frame.pointee.hd.stream_id) else { return 0 }
    unsafe sink(user).value.fault(.library(error), slot)
    return 0
}

private func closedStream(
    _ session: OpaquePointer?, _ stream: Int32, _ code: UInt32, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    if let slot = unsafe slot(session, stream) {
        unsafe sink(user).value.streamClosed(slot, code: ErrorCode(rawValue: code))
    }
    return 0
}

private func sentFrame(
    _ session: OpaquePointer?, _ frame: UnsafePointer<nghttp2_frame>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    guard let frame = unsafe frame else { return 0 }
    let head = unsafe frame.pointee.hd
    if head.type == FrameType.goAway {
        let goAway = unsafe frame.pointee.goaway
        unsafe sink(user).value.goAwaySent(
            code: ErrorCode(rawValue: goAway.error_code),
            text: lent(UnsafePointer(goAway.opaque_data), min(goAway.opaque_data_len, 256)))
        return 0
    }
    let code = head.type == FrameType.reset ? unsafe frame.pointee.rst_stream.error_code : 0
    unsafe sink(user).value.frameSent(
        type: head.type, flags: head.flags, slot: slot(session, head.stream_id), code: ErrorCode(rawValue: code))
    return 0
}

private func writeBody(
    _ session: OpaquePointer?, _ frame: UnsafeMutablePointer<nghttp2_frame>?, _ head: UnsafePointer<UInt8>?,
    _ count: Int, _ source: UnsafeMutablePointer<nghttp2_data_source>?, _ user: UnsafeMutableRawPointer?
) -> Int32 {
    let sink = unsafe sink(user)
    // Nine bytes of frame header; no padding is ever asked for.
    unsafe sink.value.output.append(lent(head, 9))
    sink.value.gauge.carried(count)
    sink.value.offered.write(to: &sink.value.output)
    return 0
}

/// The library's source of body bytes.
func readOffered(
    _ session: OpaquePointer?, _ stream: Int32, _ buffer: UnsafeMutablePointer<UInt8>?, _ limit: Int,
    _ flags: UnsafeMutablePointer<UInt32>?, _ source: UnsafeMutablePointer<nghttp2_data_source>?,
    _ user: UnsafeMutableRawPointer?
) -> Int {
    let sink = unsafe sink(user)
    guard sink.value.offered.stream == stream, let flags = unsafe flags,
        let count = sink.value.offered.next(limit: limit, room: sink.value.room)
    else { return Int(NGHTTP2_ERR_DEFERRED.rawValue) }
    var marks = UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
    if sink.value.offered.hasEnded {
        marks |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue)
        if sink.value.offered.hasTrailers { marks |= UInt32(NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue) }
    }
    unsafe flags.pointee = marks
    return count
}
