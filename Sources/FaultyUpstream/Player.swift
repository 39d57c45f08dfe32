import Platform

/// Plays steps on one connection.
struct Player: ~Copyable {
    var wire: Wire
    let core: Core
    private(set) var record: ConnectionRecord
    /// Heads taken so far.
    private(set) var headsRead = 0
    /// The request whose head was looked at or taken last, and what is left of its body.
    private var request: Request?
    private var body = RequestBody()
    private var headSize = 0
    /// Whether a head was looked at that is still unread.
    private(set) var isLookedAt = false

    init(wire: consuming Wire, core: Core, number: Int) {
        self.wire = wire
        self.core = core
        record = ConnectionRecord(number: number)
    }

    /// Plays until the connection is over; the socket is closed with the player.
    mutating func run(_ behaviour: Behaviour, connectionIndex: Int) {
        do throws(ConnectionEnd) {
            switch behaviour {
            case .site: try serve()
            case .scripts(let scripts):
                let script = scripts.isEmpty ? [] : scripts[min(connectionIndex, scripts.count - 1)]
                if try play(script) { try serve() }
                try hold(nil)
                throw ConnectionEnd.closed
            case .fault(let fault, let settings): try playEndlessly(fault, settings)
            }
        } catch {
            record.end = error
            record.sentBytes = wire.sentBytes
            if error == .reset { wire.socket.resetOnClose() }
        }
    }

    /// Plays the steps; true where the last said to go on as the ordinary site.
    mutating func play(_ steps: [Step]) throws(ConnectionEnd) -> Bool {
        for step in steps {
            switch step {
            case .readHead: try readHead()
            case .readBody: try readBody()
            case .readAll:
                try readHead()
                try readBody()
            case .read(let bytes): try read(bytes)
            case .readSome:
                _ = try wire.take(atMost: 65_536)
                isLookedAt = false
            case .peek: try wire.awaitInput()
            case .send(let payload): try wire.send(payload)
            case .dribble(let payload, let bytes, let pause):
                try wire.dribble(payload.bytes, size: bytes, milliseconds: pause)
            case .sleep(let milliseconds): try wire.sleep(milliseconds: milliseconds)
            case .stall(let milliseconds): try wire.stall(milliseconds: milliseconds ?? wire.limitMilliseconds)
            case .hold(let milliseconds): try hold(milliseconds)
            case .shutdownWrite: wire.socket.shutdownWrite()
            case .shutdownRead: wire.socket.shutdownRead()
            case .finish: try wire.finish()
            case .close: throw .closed
            case .reset: throw .reset
            case .echo: while true { try wire.send(try wire.take(atMost: 65_536)) }
            case .switchProtocols: try switchProtocols()
            case .answerAll(let payload):
                while true {
                    try readHead()
                    try readBody()
                    try wire.send(payload)
                }
            case .serve: return true
            }
        }
        return false
    }

    // MARK: reading

    /// Waits for a whole head and leaves it unread; nil where it is no request.
    mutating func lookAtHead() throws(ConnectionEnd) -> Request? {
        let bytes = try wire.look(limit: Request.limitBytes, complete: Self.headEnd)
        request = Request(head: bytes)
        headSize = bytes.count
        isLookedAt = true
        body = RequestBody()
        if let request { note(request) }
        return request
    }

    /// Takes the head that was looked at; its body comes next. What is no request has no body.
    mutating func takeHead() throws(ConnectionEnd) {
        _ = try wire.take(headSize)
        isLookedAt = false
        headsRead += 1
        body = request.map(RequestBody.init(of:)) ?? RequestBody()
    }

    /// Takes the head that was looked at, or the next.
    private mutating func readHead() throws(ConnectionEnd) {
        if !isLookedAt { _ = try lookAtHead() }
        try takeHead()
    }

    /// Whether some of the body is still to be read.
    var bodyIsLeft: Bool { !body.isOver }

    /// Takes the rest of the body and throws it away.
    mutating func readBody() throws(ConnectionEnd) {
        while try !readBody(limit: 65_536).isEmpty {}
    }

    /// Takes a piece of the body; no bytes mean that it is over.
    mutating func readBody(limit: Int) throws(ConnectionEnd) -> [UInt8] {
        let bytes = try body.read(from: &wire, limit: limit)
        if !record.requests.isEmpty { record.requests[record.requests.count - 1].bodyBytes += bytes.count }
        return bytes
    }

    private mutating func read(_ count: Int) throws(ConnectionEnd) {
        if headsRead == 0 {
            _ = try wire.take(count)
            isLookedAt = false
            return
        }
        var left = count
        while left > 0 {
            let bytes = try readBody(limit: left)
            if bytes.isEmpty { return }
            left -= bytes.count
        }
    }

    /// Where a head ends: after the first empty line, be its lines ended by CRLF or LF.
    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        var lineStart = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0a {
            let line = bytes[lineStart..<index]
            if line.isEmpty || line.elementsEqual([0x0d]) { return index + 1 }
            lineStart = index + 1
        }
        return nil
    }

    // MARK: the rest

    private mutating func hold(_ milliseconds: Int?) throws(ConnectionEnd) {
        try wire.discard(milliseconds: min(milliseconds ?? wire.limitMilliseconds, wire.limitMilliseconds))
    }

    private mutating func switchProtocols() throws(ConnectionEnd) {
        try wire.send(WebSocketEcho.handshake(for: request))
    }

    /// A port of one fault: its steps again and again, so long as its conditions hold.
    private mutating func playEndlessly(_ fault: Fault, _ settings: [Knob: Int]) throws(ConnectionEnd) {
        let conditions = Conditions(fault, settings)
        while true {
            if conditions.hold(for: core.countMatch(of: fault.name)) {
                note(fault, for: nil)
                if try !play(fault.steps(settings)) {
                    try hold(nil)
                    throw .closed
                }
            } else {
                _ = try play([.readAll, .send(answer())])
            }
            try wire.awaitInput()
        }
    }

    /// Records that a fault is played from here on.
    mutating func note(_ fault: Fault, for request: Request?) {
        if record.faults.count < ConnectionRecord.requestLimit { record.faults.append(fault.name) }
        core.note(fault, on: record, request: request)
    }

    private mutating func note(_ request: Request) {
        if record.requests.count < ConnectionRecord.requestLimit { record.requests.append(.init(request: request)) }
        record.sentBytes = wire.sentBytes
        core.update(record)
    }
}
