import Bytes
import HTTP2Ends
import Platform

/// A client that sends bytes as they are and says exactly what came back, and how it ended.
package struct Client: ~Copyable {
    private let socket: ClientSocket
    private var buffer = ByteBuffer()
    /// Bound on each wait, in milliseconds.
    package var patience = Wait.patience
    private let wire: Wire
    private var isFinished = false

    /// Connects; `receiveBufferBytes` keeps the kernel from taking more for a client that reads slowly.
    package init(_ endpoint: Endpoint, receiveBufferBytes: Int? = nil, over wire: Wire = .plain) throws {
        self.wire = wire
        let connected = try BlockingSocket.connected(to: endpoint, milliseconds: Wait.patience)
        if let bytes = receiveBufferBytes {
            _ = Kernel().set(.receiveBuffer, Int32(bytes), on: connected.descriptor)
        }
        socket = try ClientSocket(connected, over: wire, milliseconds: Wait.patience)
    }

    /// How the other side ended.
    package enum End: Equatable, Sendable {
        case fin, reset
        /// FIN without the close_notify that TLS has before it.
        case truncated
        /// It has not.
        case open
    }

    // MARK: sending

    /// Sends text, which is Latin-1: each scalar is a byte.
    package func send(_ text: String) { send(Self.bytes(text)) }

    /// Sends bytes, as long as it takes; a client whose connection ended sends nothing.
    package func send(_ bytes: [UInt8]) { socket.send(bytes.span, milliseconds: patience) }

    /// Sends what the socket takes within `milliseconds` of one wait; how many bytes that were, or nil where the
    /// connection ended.
    package func sendSome(_ bytes: [UInt8], milliseconds: Int) -> Int? {
        socket.sendSome(bytes.span, milliseconds: milliseconds)
    }

    /// Sends a request without a body.
    package func get(_ target: String, _ fields: String = "", method: String = "GET") {
        send("\(method) \(target) HTTP/1.1\r\nHost: test\r\n\(fields)\r\n")
    }

    /// Sends FIN.
    package mutating func finish() {
        isFinished = true
        socket.finish()
    }

    /// Makes the end of this value a reset.
    package func resetAtEnd() { socket.resetAtEnd() }

    // MARK: reading

    /// The next response. `method` is that of its request: HEAD has no body.
    package mutating func response(to method: String = "GET") throws -> Response {
        var interims: [Response] = []
        while true {
            let head = try readHead()
            var response = try Response(head: head)
            if let trouble = socket.trouble { throw Trouble(trouble) }
            if (100...199).contains(response.status) && response.status != 101 {
                interims.append(response)
                continue
            }
            response.interims = interims
            try readBody(of: &response, to: method)
            // Over HTTP/2 there are no chunks but those that show where a body ends.
            if wire.isHTTP2 { response.fields.removeAll { $0 == Field("transfer-encoding", "chunked") } }
            return response
        }
    }

    /// Everything until the other side ends the connection. Over HTTP/2 it goes on after a refusal, so this client ends
    /// it once nothing is open (and then the other side does).
    package mutating func rest() -> (text: String, end: End) {
        while true {
            if socket.isQuiet == true, !isFinished { finish() }
            switch more() {
            case .open: continue
            case let end?: return (take(buffer.count), end)
            case nil: return (take(buffer.count), .open)
            }
        }
    }

    /// At least `count` bytes, exactly as many; fewer where the connection ended or nothing came.
    package mutating func read(_ count: Int) -> String {
        while buffer.count < count, more() == .open {}
        return take(min(count, buffer.count))
    }

    /// Up to and with `mark`; throws where that does not come.
    package mutating func read(through mark: String) throws -> String {
        let wanted = Self.bytes(mark)
        while true {
            if let end = find(wanted) { return take(end) }
            guard more() == .open else { throw Trouble("'\(mark)' did not come, but: \(take(buffer.count))") }
        }
    }

    /// Whether anything comes within `milliseconds`: bytes or an end.
    package mutating func hears(within milliseconds: Int) -> Bool {
        !buffer.isEmpty || socket.hears(into: &buffer, within: milliseconds)
    }

    /// Reads body bytes in pieces of at most 64 KiB, as long as `take` wants more; how it ended.
    package mutating func pieces(_ take: (Span<UInt8>) -> Bool) -> End {
        while true {
            if !buffer.isEmpty {
                let goesOn = take(buffer.span)
                buffer.clear()
                if !goesOn { return .open }
            }
            switch more() {
            case .open: continue
            case let end?: return end
            case nil: return .open
            }
        }
    }

    /// Whether this response, or GOAWAY in its place, told that the connection takes no more requests.
    package func isToldToGo(by response: Response) -> Bool {
        socket.isGoing ?? (response["Connection"] == "close")
    }

    /// Waits until the other side ends the connection; what it still sent is kept.
    package mutating func waitForEnd() -> End {
        while true {
            switch more() {
            case .open: continue
            case let end?: return end
            case nil: return .open
            }
        }
    }

    // MARK: parts

    /// Reads once more: `open` where bytes came, an end, or nil where nothing came in time.
    private mutating func more() -> End? {
        socket.more(into: &buffer, milliseconds: patience)
    }

    private func find(_ wanted: [UInt8]) -> Int? {
        let bytes = buffer.span
        if bytes.count < wanted.count { return nil }
        for start in 0...bytes.count - wanted.count where bytes[start] == wanted[0] {
            if bytes.part(ByteRange(start: start, count: wanted.count)).equals(wanted.span) {
                return start + wanted.count
            }
        }
        return nil
    }

    private mutating func take(_ count: Int) -> String {
        let text = Self.text(buffer.span.extracting(0..<count).array)
        buffer.removeFirst(count)
        return text
    }

    private mutating func readHead() throws -> String {
        do { return try read(through: "\r\n\r\n") } catch let trouble as Trouble {
            throw Trouble("no whole head: \(trouble.description)")
        }
    }

    private mutating func readBody(of response: inout Response, to method: String) throws {
        if method == "HEAD" || [101, 204, 304].contains(response.status) { return }
        if response["Transfer-Encoding"] == "chunked" { return readChunks(of: &response) }
        guard let length = response["Content-Length"].flatMap({ Int($0) }) else {
            let (text, end) = rest()
            (response.body, response.end) = (text, end == .fin ? .whole : .cut(end))
            return
        }
        while buffer.count < length {
            let end = more()
            if end == .open { continue }
            response.body = take(buffer.count)
            response.end = .cut(end ?? .open)
            return
        }
        response.body = take(length)
    }

    private mutating func readChunks(of response: inout Response) {
        while true {
            guard let line = try? read(through: "\r\n") else { return cut(&response) }
            guard let size = Int(line.dropLast(), radix: 16), size >= 0 else {
                response.end = .invalid
                return
            }
            if size == 0 { break }
            let data = read(size + 2)
            response.body += data.dropLast(data.unicodeScalars.count == size + 2 ? 1 : 0)
            if data.unicodeScalars.count < size + 2 { return cut(&response) }
            response.chunks += 1
        }
        while true {
            guard let line = try? read(through: "\r\n") else { return cut(&response) }
            if line == "\r\n" { return }
            response.trailers.append(Field(line: String(line.dropLast())))
        }
    }

    private mutating func cut(_ response: inout Response) { response.end = .cut(waitForEnd()) }

    // MARK: bytes and text

    /// Latin-1: each byte is a scalar.
    package static func text(_ bytes: [UInt8]) -> String { Latin1.text(bytes) }

    /// Latin-1: each scalar is a byte.
    package static func bytes(_ text: String) -> [UInt8] { Latin1.bytes(text) }
}
