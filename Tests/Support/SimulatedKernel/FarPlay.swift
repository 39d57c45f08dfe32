import Bytes
import Glibc
import Platform

// The far ends: how tests put them there.
extension SimulatedKernel {
    /// A client that connects after so many milliseconds, from `source` (or a loopback address) with a port of its own.
    @discardableResult
    package func addClient(
        at milliseconds: Int = 0, connectTo endpoint: Endpoint, from source: SocketAddress? = nil,
        coat: (any FarCoat)? = nil, wireLimit: WireLimit? = nil, actions: [FarAction]
    ) -> FarEnd {
        let far = FarEnd(number: farEnds.count, script: actions, coat: coat)
        far.wireLimit = wireLimit
        far.target = endpoint
        far.source = source
        farEnds.append(far)
        agenda.add(.far(far), at: max(clock, Int64(milliseconds) * 1000))
        return far
    }

    /// A server whose first connection does what the first script says, and so on; the last script serves the rest.
    ///
    /// With `accepts` false connections stay in the listener's queue.
    @discardableResult
    package func addServer(
        at endpoint: Endpoint, backlog: Int = 511, accepts: Bool = true, connections scripts: [[FarAction]]
    ) -> FarServer {
        let server = FarServer(endpoint, scripts: scripts, answer: nil, accepts: accepts)
        servers.append(server)
        server.listener = openListener(for: server, backlog: backlog)
        return server
    }

    /// A server that awaits requests on each connection and does for each what `answer` says; with `atHead` it asks as
    /// soon as a head is whole, and the actions await the body where they want it.
    @discardableResult
    package func addServer(
        at endpoint: Endpoint, backlog: Int = 511, atHead: Bool = false,
        answering answer: @escaping (FarRequest) -> [FarAction]
    ) -> FarServer {
        let question = atHead ? FarAction.awaitHead : .awaitRequest
        let server = FarServer(endpoint, scripts: [[question]], answer: answer, accepts: true, question: question)
        servers.append(server)
        server.listener = openListener(for: server, backlog: backlog)
        return server
    }

    /// The server stops to listen: what is queued is reset, and new connections are refused.
    package func stop(_ server: FarServer) {
        if let listener = server.listener { release(listener) }
        if case .unix(let path) = server.endpoint { names[path] = nil }
        server.listener = nil
    }

    /// A server that stopped listens again.
    package func restart(_ server: FarServer, backlog: Int = 511) {
        if server.listener == nil { server.listener = openListener(for: server, backlog: backlog) }
    }

    private func openListener(for server: FarServer, backlog: Int) -> Listener? {
        let family: AddressFamily
        switch server.endpoint {
        case .ip(let address): family = address.family
        case .unix: family = .unix
        }
        let socket = makeEnd(family)
        guard bind(socket, to: server.endpoint) == 0, let listener = startListening(socket, backlog: backlog) else {
            violation("a scripted server cannot listen at \(server.endpoint.text)")
            return nil
        }
        listener.farServer = server
        return listener
    }
}

// How they go on.
extension SimulatedKernel {
    func plan(_ far: FarEnd) {
        if far.isPlanned || far.isDone { return }
        far.isPlanned = true
        schedule(.far(far), afterMicroseconds: Int64(chance.within(adversity.farMicroseconds)))
    }

    func planAccept(_ server: FarServer) {
        if server.isPlanned || !server.accepts { return }
        server.isPlanned = true
        schedule(.farAccept(server), afterMicroseconds: Int64(chance.within(adversity.farMicroseconds)))
    }

    func accept(_ server: FarServer) {
        guard let listener = server.listener else { return }
        for socket in listener.queue {
            let index = server.connections.count
            let script = server.scripts.isEmpty ? [] : server.scripts[min(index, server.scripts.count - 1)]
            let made = server.coat?(index)
            let far = FarEnd(
                number: farEnds.count, script: script, server: server, connectionIndex: index, coat: made?.coat)
            // Its streams ask instead.
            if far.carrier != nil && server.answer != nil { far.script = [] }
            far.wireLimit = made?.limit
            far.socket = socket
            socket.far = far
            farEnds.append(far)
            server.connections.append(far)
            plan(far)
        }
        listener.queue.removeAll()
    }

    /// Reads what has come, then does what the script allows by now.
    func step(_ far: FarEnd) {
        if far.isDone { return }
        if let bearer = far.bearer, let coat = bearer.carrier { return stepStream(far, bearer, coat) }
        guard let socket = far.socket else { return open(far) }
        if socket.phase == .connecting { return }
        if far.ending == .waiting { greet(far, socket) }
        if far.isDone { return }
        readOn(far, socket)
        tellStreams(far)
        if far.isDone || !flushCoat(far, socket) && far.ending == .open { return }
        while !far.isDone, clock >= far.wakeAt {
            if far.scriptIsOver {
                if far.ending != .open { leave(far) }
                return
            }
            if !act(far, socket, far.script[far.scriptPosition]) { return }
        }
    }

    private func open(_ far: FarEnd) {
        guard let target = far.target else { return }
        let family: AddressFamily
        switch target {
        case .ip(let address): family = address.family
        case .unix: family = .unix
        }
        let socket = makeEnd(family)
        if let source = far.source { socket.boundTo = .ip(source) }
        socket.far = far
        far.socket = socket
        let answer = startConnecting(socket, to: target)
        if answer == 0 { plan(far) }
        if answer < 0 && answer != -Int(EINPROGRESS) {
            socket.die(Int32(-answer))
            plan(far)
        }
    }

    private func greet(_ far: FarEnd, _ socket: StreamEnd) {
        if socket.peer == nil && socket.phase == .closed && far.server == nil && !socket.sawFin {
            far.ending = .connectFailed(socket.takeError())
            far.endedAtMilliseconds = clock / 1000
            note(.far(far.number, "could not connect", 0))
            return leave(far)
        }
        far.ending = .open
        far.openedAtMilliseconds = clock / 1000
        note(.far(far.number, "is connected, server", far.server == nil ? 0 : 1))
        far.coat?.begin()
    }

    private func readOn(_ far: FarEnd, _ socket: StreamEnd) {
        // Who reads nothing reads a handshake to its end.
        let isDeaf = far.pace.bytes == 0 && far.coat?.isOpen != false
        if far.ending != .open || isDeaf || clock < far.nextReadAt { return }
        var left = far.pace.bytes == 0 ? .max : far.pace.bytes
        while left > 0 {
            let count: Int
            if let coat = far.coat {
                count = takeCoated(far, socket, coat, limit: left)
            } else {
                count = take(socket, into: &far.input, limit: left)
            }
            if count == -Int(EAGAIN) { break }
            if count == 0 {
                return noteEnd(far, far.coat == nil || far.wasToldGoodbye ? .finished : .truncated)
            }
            if count < 0 { return noteEnd(far, .reset(Int32(-count))) }
            left -= count
            far.arrivals.append((clock / 1000, count))
            note(.far(far.number, "reads", count))
        }
        if left < far.pace.bytes && far.pace.everyMicroseconds > 0 {
            far.nextReadAt = clock + far.pace.everyMicroseconds
            agenda.add(.far(far), at: far.nextReadAt)
        }
    }

    func noteEnd(_ far: FarEnd, _ ending: FarEnding) {
        if far.ending != .open { return }
        far.ending = ending
        far.endedAtMilliseconds = clock / 1000
        switch ending {
        case .finished: note(.far(far.number, "sees FIN", 0))
        case .truncated: note(.far(far.number, "sees FIN alone", 0))
        case .garbled: note(.far(far.number, "cannot read on", 0))
        default: note(.far(far.number, "sees RST", 0))
        }
        tellStreams(far)
    }

    /// Gives the connection up.
    func leave(_ far: FarEnd) {
        far.isDone = true
        if far.ending == .open { far.ending = .closedHere }
        note(.far(far.number, "closes", 0))
        if let socket = far.socket { release(socket) }
        far.socket = nil
        leaveStreams(far)
    }

    /// Does one action; false where it is not over yet.
    private func act(_ far: FarEnd, _ socket: StreamEnd, _ action: FarAction) -> Bool {
        switch action {
        case .send(let bytes): return send(far, socket, bytes, upTo: bytes.count)
        case .trickle(let bytes, let piece, let gap):
            let end = min(bytes.count, far.sendOffset + max(1, piece))
            if !send(far, socket, bytes, upTo: end, isLast: end == bytes.count) { return false }
            sleep(far, gap)
            return true
        case .awaitBytes, .awaitText, .awaitHead, .awaitRequest, .awaitBody, .awaitResponse, .awaitEnd:
            return waits(far, action)
        case .pause(let milliseconds): sleep(far, milliseconds)
        case .readPace(let bytes, let every):
            far.pace = (bytes, Int64(max(1, every)) * 1000)
            far.nextReadAt = clock
            plan(far)
        case .readAll:
            far.pace = (.max, 0)
            far.nextReadAt = clock
            plan(far)
        case .shutdown:
            if !partWith(far, socket) { return false }
            _ = shut(socket)
        case .close:
            if !partWith(far, socket) { return false }
            leave(far)
        case .drop: leave(far)
        case .reset:
            socket.resetsOnClose = true
            leave(far)
        case .stall:
            note(.far(far.number, "stalls", 0))
            far.isDone = true
        case .resetStream, .endStream, .goAway: violation("a connection is asked for what streams of HTTP/2 do")
        }
        far.scriptPosition += 1
        return true
    }

    func sleep(_ far: FarEnd, _ milliseconds: Int) {
        if milliseconds <= 0 { return }
        far.wakeAt = clock + Int64(milliseconds) * 1000
        agenda.add(.far(far), at: far.wakeAt)
    }

    private func send(
        _ far: FarEnd, _ socket: StreamEnd, _ bytes: [UInt8], upTo end: Int, isLast: Bool = true
    ) -> Bool {
        if let coat = far.coat {
            if !say(far, socket, coat, bytes, upTo: end) { return false }
            if isLast {
                far.sendOffset = 0
                far.scriptPosition += 1
            }
            return true
        }
        while far.sendOffset < end {
            let count = put(socket, bytes.span.extracting(far.sendOffset..<end))
            if count == -Int(EAGAIN) { return false }
            if count < 0 {
                noteEnd(far, .reset(Int32(-count)))
                leave(far)
                return false
            }
            far.sendOffset += count
            far.sentCount += count
            note(.far(far.number, "sends", count))
        }
        if isLast {
            far.sendOffset = 0
            far.scriptPosition += 1
        }
        return true
    }
}
