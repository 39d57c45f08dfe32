import Bytes
import HTTP2
import HTTP2Ends
import Platform

/// A client that speaks HTTP/2 in cleartext, several requests at a time, and says what came back on each stream.
package struct HTTP2Client: ~Copyable {
    private let socket: BlockingSocket
    private var session: HTTP2Session
    private var pool = BufferPool()
    private var streams: [Int32: Heard] = [:]
    /// Whether body bytes are taken as they come; else the stream's window stays used up.
    package var reads = true
    /// Bound on each wait, in milliseconds.
    package var patience = Wait.patience
    /// Answers to pings that came.
    package private(set) var pongs: [UInt64] = []
    /// The code and last stream of the GOAWAY that came.
    package private(set) var goAway: (code: UInt32, lastStream: Int32)?
    /// How the connection ended.
    package private(set) var end = Client.End.open

    /// What came on a stream.
    package struct Heard {
        package var response: Response?
        package var interims: [Response] = []
        /// Both sides have ended it, or it was reset.
        package var isOver = false
        /// The code of the RST_STREAM that ended it; nil where it ended well.
        package var reset: UInt32?
        var body: [UInt8] = []
    }

    /// Connects and says its preface; `windowBytes` is what it lets the other side send ahead on a stream.
    package init(_ endpoint: Endpoint, windowBytes: Int = 65535, receiveBufferBytes: Int? = nil) throws {
        socket = try BlockingSocket.connected(to: endpoint, milliseconds: Wait.patience)
        if let bytes = receiveBufferBytes { _ = Kernel().set(.receiveBuffer, Int32(bytes), on: socket.descriptor) }
        var settings = SessionSettings()
        settings.streamWindowBytes = windowBytes
        (settings.headLimitBytes, settings.fieldLimitBytes) = (1 << 20, 1 << 20)
        session = HTTP2Session(isServer: false, settings: settings, &pool)
        speak()
    }

    // MARK: asking

    /// Begins a request; its stream. `fields` are whole lines, each with CR LF.
    package mutating func begin(
        _ target: String, _ fields: String = "", method: String = "GET", ends: Bool = true
    ) throws -> Int32 {
        let lines = ":method: \(method)\r\n:scheme: http\r\n:path: \(target)\r\n:authority: test\r\n\(fields)"
        return try begin(lines: lines, isHead: method == "HEAD", ends: ends)
    }

    /// Begins a request of exactly these lines.
    package mutating func begin(lines: String, isHead: Bool = false, ends: Bool = true) throws -> Int32 {
        let bytes = Client.bytes(lines)
        guard let stream = session.request(bytes.span, isHead: isHead, ends: ends, exchange: 1, &pool) else {
            throw Trouble("no stream can be opened")
        }
        streams[stream] = Heard()
        speak()
        return stream
    }

    /// Sends body bytes, as the windows allow.
    package mutating func send(_ stream: Int32, _ bytes: [UInt8], ends: Bool = true) throws {
        var sent = 0
        while true {
            let rest = bytes.span.extracting(droppingFirst: sent)
            let taken = session.offer(stream, rest, ends: ends, &pool)
            sent += taken
            speak()
            // An end without bytes waits for the windows, too.
            if sent == bytes.count, !ends || !session.isWaiting(stream) { return }
            if streams[stream]?.isOver == true { return }
            guard taken > 0 || hear() else { throw Trouble("\(bytes.count - sent) body bytes are not taken") }
        }
    }

    /// Ends a stream.
    package mutating func reset(_ stream: Int32, code: UInt32 = 8) {
        session.reset(stream, ErrorCode(rawValue: code))
        speak()
    }

    /// Asks for a pong.
    package mutating func ping(_ number: UInt64) {
        session.ping(number)
        speak()
    }

    /// Sends frames as they are, behind what the session has said.
    package mutating func send(raw bytes: [UInt8]) { _ = socket.send(bytes.span, milliseconds: patience, stop: nil) }

    /// One request and its response.
    package mutating func get(_ target: String, _ fields: String = "", method: String = "GET") throws -> Response {
        try response(on: try begin(target, fields, method: method))
    }

    /// One request with a body, and its response.
    package mutating func post(_ target: String, _ body: [UInt8], _ fields: String = "") throws -> Response {
        let stream = try begin(target, fields, method: "POST", ends: false)
        try send(stream, body)
        return try response(on: stream)
    }

    // MARK: hearing

    /// What has come on a stream so far.
    package func heard(on stream: Int32) -> Heard { streams[stream] ?? Heard() }

    /// The response on a stream, once it is over; one that was reset has `end` cut.
    package mutating func response(on stream: Int32) throws -> Response {
        try wait("a response on stream \(stream)") { $0[stream]?.isOver ?? false }
        guard let heard = streams[stream], var response = heard.response else {
            throw Trouble("stream \(stream) ended without a response: \(String(describing: streams[stream]?.reset))")
        }
        response.body = Client.text(heard.body)
        response.interims = heard.interims
        if heard.reset != nil && heard.reset != 0 { response.end = .cut(.reset) }
        return response
    }

    /// Hears on until what is wanted has come; throws where nothing more comes before.
    package mutating func wait(_ what: String, until isThere: ([Int32: Heard]) -> Bool) throws {
        while !isThere(streams) {
            guard hear() else { throw Trouble("\(what) did not come; the connection is \(end)") }
        }
    }

    /// Hears until the other side ends the connection.
    package mutating func waitForEnd() -> Client.End {
        while end == .open, hear() {}
        return end
    }

    /// Reads once, and says what follows; false where nothing came.
    package mutating func hear() -> Bool {
        if end != .open { return false }
        var bytes = ByteBuffer()
        switch socket.receive(into: &bytes, limit: 65_536, milliseconds: patience, stop: nil) {
        case .bytes: break
        case .finished:
            end = .fin
            return true
        case .failed:
            end = .reset
            return true
        case .timedOut, .stopped: return false
        }
        read(WireBytes(bytes.span))
        speak()
        return true
    }

    private mutating func read(_ wire: WireBytes) {
        var wire = wire
        while let event = session.nextEvent(of: &wire) {
            switch event {
            case .head(let key, let head): take(key.stream, head)
            case .data(let key, let range):
                streams[key.stream]?.body += wire[range]
                if reads { session.consumed(key.stream, range.count) }
            case .closed(let key, let end):
                streams[key.stream]?.isOver = true
                if end.closer != .both { streams[key.stream]?.reset = end.code.rawValue }
            case .pong(let number): pongs.append(number)
            case .goAway(let stream, let code): goAway = (code.rawValue, stream)
            case .ended, .fault, .refused, .settings: break
            }
        }
    }

    private mutating func take(_ stream: Int32, _ head: HeadEvent) {
        let text = Client.text(session.heads.part(head.text).array)
        if head.section == .trailers {
            let lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
            streams[stream]?.response?.trailers = lines.map { Field(line: String($0)) }
            return
        }
        let shown = text.replacing("HTTP/2.0 ", with: "HTTP/1.1 ")
        guard let response = try? Response(head: shown) else { return }
        if response.status < 200 {
            streams[stream]?.interims.append(response)
        } else {
            streams[stream]?.response = response
        }
    }

    private mutating func speak() {
        while true {
            read(WireBytes())
            session.flush()
            if !session.hasUnsent { return }
            let bytes = session.unsent.array
            _ = socket.send(bytes.span, milliseconds: patience, stop: nil)
            session.sent(bytes.count, &pool)
        }
    }
}
