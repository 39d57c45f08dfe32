import Platform

extension Player {
    /// Serves requests, each by its own choice, until the connection is over.
    mutating func serve() throws(ConnectionEnd) {
        while true {
            let request = try nextRequest()
            switch core.choose(for: request) {
            case .play(let fault, let settings):
                note(fault, for: request)
                _ = try play(fault.steps(settings))
                if isLookedAt { try takeHead() }
            case .answer(let spared):
                try takeHead()
                try answer(request, insteadOf: spared)
            case .explain(let text, let status):
                try takeHead()
                try send(Answer(text + "\n", status: status), to: request)
            }
            try readBody()
            if !request.keepsAlive { try wire.finish() }
        }
    }

    /// The next request, its head still unread; what is none is answered and the connection ended.
    private mutating func nextRequest() throws(ConnectionEnd) -> Request {
        let found: Request?
        do throws(ConnectionEnd) { found = try lookAtHead() } catch {
            if error == .malformed {
                try refuse("the head is longer than 64 KiB\n", "431 Request Header Fields Too Large")
            }
            throw error
        }
        if let found { return found }
        try refuse("this is no HTTP/1 request\n", "400 Bad Request")
    }

    private mutating func refuse(_ text: String, _ status: String) throws(ConnectionEnd) -> Never {
        try wire.send(FaultyUpstream.page(text, status))
        try wire.finish()
    }

    // MARK: good answers

    private mutating func answer(_ request: Request, insteadOf spared: Fault?) throws(ConnectionEnd) {
        let parts = request.path.split(separator: "/")
        let number = parts.count == 2 ? Int(parts[1]) : nil
        switch (parts.first ?? "", parts.count) {
        case ("", _): try send(Answer(SitePage.html(core), type: "text/html; charset=utf-8"), to: request)
        case ("ok", 1): try send(Answer("ok\n"), to: request)
        case ("echo", _): try echo(request)
        case ("upload", _): try upload(request)
        case ("counts", 1): try counts(request)
        case ("bytes", 2) where number != nil: try bytes(number ?? 0, request)
        case ("status", 2) where (200...599).contains(number ?? 0):
            try status(number ?? 200, request)
        case ("slow", 1): try slow(request)
        case ("chunked", 1): try chunked(request, trailers: false)
        case ("trailers", 1): try chunked(request, trailers: true)
        case ("sse", 1): try events(request)
        case ("early-hints", 1):
            if request.minor == 1 {
                try wire.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n")
            }
            try send(Answer("ok, after early hints\n"), to: request)
        case ("ws", 1): try webSocket(request)
        default:
            if let spared {
                return try send(Answer("ok; '\(spared.name)' does not strike this time\n"), to: request)
            }
            try send(Answer("neither a page nor a fault: \(request.path)\n", status: "404 Not Found"), to: request)
        }
    }

    /// Any final status; those without a body get none (RFC 9112 §6.3).
    private mutating func status(_ code: Int, _ request: Request) throws(ConnectionEnd) {
        if code != 204 && code != 304 {
            return try send(Answer("status \(code)\n", status: "\(code) As Asked"), to: request)
        }
        try wire.send(head(fields(of: request), line: "HTTP/1.1 \(code) As Asked"))
    }

    /// The request as it came: head, blank line, body.
    private mutating func echo(_ request: Request) throws(ConnectionEnd) {
        try sendContinue(request)
        var text = Payload(request.head).bytes
        while true {
            let piece = try readBody(limit: 65_536)
            if piece.isEmpty { break }
            text += piece
            if text.count > 1 << 20 {
                return try send(Answer("more than 1 MiB to echo\n", status: "413 Content Too Large"), to: request)
            }
        }
        try send(Answer(text), to: request)
    }

    private mutating func upload(_ request: Request) throws(ConnectionEnd) {
        try sendContinue(request)
        var count = 0
        while true {
            let piece = try readBody(limit: 65_536)
            if piece.isEmpty { break }
            count += piece.count
        }
        let isChunked = request.lists("chunked", in: "transfer-encoding")
        let text = "{\"method\": \(JSONText.quoted(request.method)), \"bytes\": \(count), \"chunked\": \(isChunked)}\n"
        try send(Answer(text, type: "application/json"), to: request)
    }

    private mutating func counts(_ request: Request) throws(ConnectionEnd) {
        if request.method == "DELETE" { core.resetCounts() }
        let rows = core.played.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)): \($0.value)" }
        try send(Answer("{" + rows.joined(separator: ", ") + "}\n", type: "application/json"), to: request)
    }

    /// Byte number i is the letter number i mod 26, so that a client can check what arrived.
    private mutating func bytes(_ count: Int, _ request: Request) throws(ConnectionEnd) {
        if count < 0 || count > 1 << 30 {
            return try send(Answer("at most 1 GiB\n", status: "400 Bad Request"), to: request)
        }
        try wire.send(head(fields(of: request, "Content-Type: application/octet-stream", "Content-Length: \(count)")))
        if request.method == "HEAD" { return }
        let block = Payload.repeated("abcdefghijklmnopqrstuvwxyz", 2520).bytes
        var left = count
        while left > 0 {
            try wire.send(left < block.count ? Array(block[..<left]) : block)
            left -= min(left, block.count)
        }
    }

    /// `delay` before the head (default 1,000 ms), then `size` bytes (10), one each `interval` (0).
    private mutating func slow(_ request: Request) throws(ConnectionEnd) {
        try wire.sleep(milliseconds: request.bounded("delay", 1000, .delay))
        let size = min(request.bounded("size", 10, .size), 1 << 20)
        try wire.send(head(fields(of: request, "Content-Type: text/plain", "Content-Length: \(size)")))
        if request.method == "HEAD" { return }
        let interval = request.bounded("interval", 0, .interval)
        try wire.dribble(
            [UInt8](repeating: 0x2e, count: size), size: interval == 0 ? 65_536 : 1, milliseconds: interval)
    }

    private mutating func chunked(_ request: Request, trailers: Bool) throws(ConnectionEnd) {
        let isChunked = try begin(request, type: "text/plain", trailers ? ["Trailer: X-Chunks"] : [])
        if request.method == "HEAD" { return }
        let count = min(request.bounded("count", 3, .count), 10_000)
        for index in 0..<count { try send(piece: Payload("chunk \(index)\n").bytes, isChunked) }
        try end(isChunked, trailers: trailers ? "X-Chunks: \(count)\r\n" : "")
    }

    /// `count` events (default 10), one each `interval` (1,000 ms).
    private mutating func events(_ request: Request) throws(ConnectionEnd) {
        let isChunked = try begin(request, type: "text/event-stream", ["Cache-Control: no-store"])
        if request.method == "HEAD" { return }
        let interval = request.bounded("interval", 1000, .interval)
        let count = min(request.bounded("count", 10, .count), 10_000)
        for index in 0..<count {
            if index > 0 { try wire.sleep(milliseconds: interval) }
            try send(piece: Payload("id: \(index)\ndata: event \(index) of \(count)\n\n").bytes, isChunked)
        }
        try end(isChunked, trailers: "")
    }

    // MARK: sending them

    private mutating func send(_ answer: Answer, to request: Request) throws(ConnectionEnd) {
        let fields = fields(of: request, "Content-Type: \(answer.type)", "Content-Length: \(answer.body.count)")
        let start = head(fields, line: "HTTP/1.1 " + answer.status).bytes
        try wire.send(request.method == "HEAD" ? start : start + answer.body)
    }

    /// Sends the head of a body whose length is not said; false where the client knows no chunks, so that FIN ends it.
    private mutating func begin(_ request: Request, type: String, _ more: [String]) throws(ConnectionEnd) -> Bool {
        let framing = request.minor == 1 ? ["Transfer-Encoding: chunked"] : ["Connection: close"]
        try wire.send(head(["Content-Type: " + type] + more + framing))
        return request.minor == 1
    }

    private mutating func send(piece: [UInt8], _ isChunked: Bool) throws(ConnectionEnd) {
        try wire.send(
            isChunked ? Payload(String(piece.count, radix: 16) + "\r\n").bytes + piece + [0x0d, 0x0a] : piece)
    }

    private mutating func end(_ isChunked: Bool, trailers: String) throws(ConnectionEnd) {
        if !isChunked { try wire.finish() }
        try wire.send(Payload("0\r\n" + trailers + "\r\n"))
    }

    private func fields(of request: Request, _ more: String...) -> [String] {
        if request.keepsAlive { return request.minor == 1 ? more : more + ["Connection: keep-alive"] }
        return more + ["Connection: close"]
    }

    private mutating func sendContinue(_ request: Request) throws(ConnectionEnd) {
        if request.lists("100-continue", in: "expect") && request.minor == 1 && bodyIsLeft {
            try wire.send("HTTP/1.1 100 Continue\r\n\r\n")
        }
    }
}

extension Request {
    /// A query's number within the knob's bounds, or the default.
    fileprivate func bounded(_ name: String, _ standard: Int, _ knob: Knob) -> Int {
        min(max(number(name) ?? standard, knob.least), knob.limit)
    }
}

/// A good answer with a body of known length.
struct Answer {
    var status: String
    var type: String
    var body: [UInt8]

    init(_ text: String, status: String = "200 OK", type: String = "text/plain; charset=utf-8") {
        self.init(Array(text.utf8), status: status, type: type)
    }

    init(_ body: [UInt8], status: String = "200 OK", type: String = "text/plain; charset=utf-8") {
        (self.status, self.type, self.body) = (status, type, body)
    }
}

extension FaultyUpstream {
    /// A page on a connection that is closed after it.
    static func page(_ text: String, _ status: String) -> Payload {
        answer(text, "Connection: close", line: "HTTP/1.1 " + status)
    }
}

/// Strings within JSON.
enum JSONText {
    /// In quotes, with control characters, quotes and backslashes escaped.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                out += "\\" + String(scalar)
            } else if scalar.value < 0x20 {
                out += "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
