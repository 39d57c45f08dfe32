import Bytes
import COpenSSL

/// What OpenSSL's callbacks of one session touch: the ciphertext lent to it, the place where its own goes, and what the
/// client's hello said.
///
/// Safe: the session's BIO holds one reference until it is freed, so that no callback outlives its sink; ciphertext is
/// lent for one call only and taken back before it returns. Used by one thread at a time, which is why it is not
/// `Sendable`.
@safe final class TLSSink {
    /// The context that the session began with: sessions are resumed by its keys and its cache.
    let first: TLSContext
    /// The context in use: the first one, or the one that was chosen by the client's name.
    var current: TLSContext

    /// Where the question about the client's name stands.
    enum Hello {
        case awaited, asked, answered, rejected
    }

    var hello = Hello.awaited
    /// The name in the client's hello; empty where there was none. At most 255 bytes.
    var serverName: [UInt8] = []
    /// Whether a resumed session got the age it really has.
    var isAged = false
    /// Where ciphertext goes: the caller's buffer, moved in for the time of a call.
    var output = ByteBuffer()
    /// Bytes that OpenSSL has taken so far, and the first of them.
    private(set) var taken = 0
    private(set) var opening: UInt64 = 0
    private var input: UnsafePointer<UInt8>?
    private var inputLeft = 0

    init(first: TLSContext) {
        self.first = first
        current = first
    }

    /// Lends ciphertext until `takeBack`, which must follow while the span is still borrowed.
    func lend(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer {
            unsafe input = $0.baseAddress
            inputLeft = $0.count
        }
    }

    /// Ends the lending; how much was not taken.
    func takeBack() -> Int {
        unsafe input = nil
        defer { inputLeft = 0 }
        return inputLeft
    }

    /// Whether lent bytes are left.
    var hasInput: Bool { inputLeft > 0 }

    /// Whether what came first reads like an answer in HTTP/1.
    var openingIsHTTP: Bool { taken >= 5 && opening >> 24 == 0x48_54_54_50_2f }

    private func take(_ target: UnsafeMutablePointer<CChar>, _ room: Int) -> Int {
        let count = min(room, inputLeft)
        guard count > 0, let source = unsafe input else { return 0 }
        unsafe UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count)
        for index in 0..<max(0, min(8 - taken, count)) {
            unsafe opening |= UInt64(source[index]) << UInt64(8 * (7 - taken - index))
        }
        unsafe input = source + count
        inputLeft -= count
        taken += count
        return count
    }

    private func put(_ source: UnsafePointer<CChar>, _ count: Int) {
        output.reserve(count)
        _ = unsafe output.fill(limit: count) { target in
            unsafe target.copyMemory(from: UnsafeRawBufferPointer(start: source, count: count))
            return count
        }
    }

    /// The sink of a session, while the session lives.
    static func of(_ ssl: OpaquePointer) -> TLSSink? {
        guard let bio = unsafe SSL_get_rbio(ssl), let data = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<TLSSink>.fromOpaque(data).takeUnretainedValue()
    }

    /// A BIO that reads from and writes to this sink, and holds it until it is freed.
    func makeBIO() -> OpaquePointer {
        guard let bio = unsafe BIO_new(Self.method) else { preconditionFailure("no memory is left for a TLS session") }
        unsafe BIO_set_data(bio, Unmanaged.passRetained(self).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    /// Made once and never freed; OpenSSL only reads it.
    nonisolated(unsafe) private static let method: OpaquePointer = {
        let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = unsafe BIO_meth_new(kind, "postern") else {
            preconditionFailure("no memory is left for OpenSSL")
        }
        unsafe BIO_meth_set_read(method) { bio, target, room in
            guard let bio = unsafe bio, let target = unsafe target, let data = unsafe BIO_get_data(bio) else {
                return -1
            }
            unsafe postern_bio_want_nothing(bio)
            let sink = unsafe Unmanaged<TLSSink>.fromOpaque(data).takeUnretainedValue()
            let count = unsafe sink.take(target, Int(room))
            if count > 0 { return Int32(count) }
            unsafe postern_bio_want_read(bio)
            return -1
        }
        unsafe BIO_meth_set_write(method) { bio, source, count in
            guard let bio = unsafe bio, let source = unsafe source, let data = unsafe BIO_get_data(bio) else {
                return -1
            }
            unsafe postern_bio_want_nothing(bio)
            let sink = unsafe Unmanaged<TLSSink>.fromOpaque(data).takeUnretainedValue()
            unsafe sink.put(source, Int(count))
            return count
        }
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        unsafe BIO_meth_set_destroy(method) { bio in
            guard let bio = unsafe bio, let data = unsafe BIO_get_data(bio) else { return 0 }
            unsafe Unmanaged<TLSSink>.fromOpaque(data).release()
            unsafe BIO_set_data(bio, nil)
            return 1
        }
        return unsafe method
    }()
}
