import Bytes
import Platform

@testable import FaultyUpstream

/// A client that sends bytes as they are and tells exactly what came back and how it ended.
struct RawClient: ~Copyable {
    private let socket: BlockingSocket

    /// Long enough for a loaded machine; no test waits so long where all is well.
    static let patience = 10_000

    init(_ endpoint: Endpoint) throws {
        socket = try BlockingSocket.connected(to: endpoint, milliseconds: Self.patience)
    }

    init(_ upstream: FaultyUpstream) throws { try self.init(upstream.endpoints[0]) }

    /// How the server's side ended.
    enum End: Equatable { case fin, reset, open }

    func send(_ text: String) { _ = socket.send(Payload(text).bytes.span, milliseconds: Self.patience, stop: nil) }
    func send(_ bytes: [UInt8]) { _ = socket.send(bytes.span, milliseconds: Self.patience, stop: nil) }
    func get(_ target: String, _ fields: String = "") { send("GET \(target) HTTP/1.1\r\nHost: t\r\n\(fields)\r\n") }
    func finish() { socket.shutdownWrite() }
    func resetOnClose() { socket.resetOnClose() }

    /// What came, and how it ended.
    struct Seen {
        let bytes: [UInt8]
        let end: End
        var text: String { latin(bytes) }
    }

    /// Everything until the server ends the connection.
    func rest(within milliseconds: Int = patience) -> Seen {
        var buffer = ByteBuffer()
        while true {
            switch socket.receive(into: &buffer, limit: 65_536, milliseconds: milliseconds, stop: nil) {
            case .bytes: continue
            case .finished: return Seen(bytes: buffer.span.array, end: .fin)
            case .failed: return Seen(bytes: buffer.span.array, end: .reset)
            case .timedOut, .stopped: return Seen(bytes: buffer.span.array, end: .open)
            }
        }
    }

    /// At least so many bytes, fewer only where the connection ended or nothing came.
    func read(_ count: Int) -> String { Self.latin(readBytes(count)) }

    func readBytes(_ count: Int) -> [UInt8] {
        var buffer = ByteBuffer()
        while buffer.count < count {
            let left = count - buffer.count
            guard case .bytes = socket.receive(into: &buffer, limit: left, milliseconds: Self.patience, stop: nil)
            else {
                break
            }
        }
        return buffer.span.array
    }

    /// One read: what a single segment brought.
    func readOnce() -> String {
        var buffer = ByteBuffer()
        _ = socket.receive(into: &buffer, limit: 65_536, milliseconds: Self.patience, stop: nil)
        return Self.latin(buffer.span.array)
    }

    /// A response with a Content-Length (or none and no body).
    func response() -> (head: String, body: String) {
        var head = ""
        while !head.hasSuffix("\r\n\r\n") {
            let byte = read(1)
            if byte.isEmpty { return (head, "") }
            // A CR and an LF read one by one become one Character; scalars keep them apart.
            head.unicodeScalars.append(contentsOf: byte.unicodeScalars)
        }
        let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length: ") }
        let count = length.flatMap { Int($0.dropFirst(16)) } ?? 0
        return (head, read(count))
    }

    static func latin(_ bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}

/// The first line of a text, without its end.
func firstLine(_ text: String) -> String { text.split(separator: "\r\n").first.map(String.init) ?? "" }
