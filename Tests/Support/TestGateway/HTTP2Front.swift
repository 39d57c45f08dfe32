import Bytes
import HTTP
import HTTP2
import HTTP2Ends
import HTTP2Frames
import Platform

/// HTTP/2 before an upstream that speaks HTTP/1: each stream is a request on a connection of its own to the upstream,
/// one that is kept where there is one. All that the upstream does is seen through it, in the form that HTTP/2 has:
///
/// - an end or a reset that comes too early is one of the whole connection, and so is that of a kept one;
/// - `Connection: close`, and a body that the end of the connection ends, are GOAWAY;
/// - a head that is wrong is sent as wrong, field by field;
/// - bytes behind a response are DATA on a stream that has ended;
/// - what has no form at all (a start line that is none, chunks that are none) is RST_STREAM with PROTOCOL_ERROR.
enum HTTP2Front {
    /// Listens on a free port of 127.0.0.1 for what listens on `port`.
    static func before(port: Int) throws -> Acceptor {
        try Acceptor { far, _, stop in
            guard let connection = FrontConnection(far, port, stop) else { return }
            connection.run()
        }
    }
}

/// One connection through the front: one thread that waits for all its sockets.
private final class FrontConnection {
    private let far: BlockingSocket
    private let port: Int
    private let stop: StopSignal
    private let poller: Descriptor
    private var session: HTTP2Session
    private var pool = BufferPool()
    private var nears: [Near] = []
    private var nextToken: UInt64 = 1
    /// Frames that the library would not send; they leave behind what it has said.
    private var odd: [UInt8] = []
    private var ending: Ending?
    private var isOver = false

    private enum Ending { case fin, reset }
    /// The payload of the PING whose answer tells that the gateway has read all.
    private static let lastPing: UInt64 = 77

    init?(_ far: consuming BlockingSocket, _ port: Int, _ stop: StopSignal) {
        let kernel = Kernel()
        let answer = kernel.makePoller()
        if answer.failed { return nil }
        poller = Descriptor(Int32(answer.value))
        self.far = far
        (self.port, self.stop) = (port, stop)
        session = HTTP2Session(isServer: true, settings: Self.settings, &pool)
        _ = kernel.watch(poller, self.far.descriptor, token: 0, interest: .readable)
    }

    deinit { Kernel().close(poller) }

    private static var settings: SessionSettings {
        var settings = SessionSettings()
        settings.headLimitBytes = 1 << 20
        settings.fieldLimitBytes = 1 << 20
        return settings
    }

    func run() {
        var events = EventList(capacity: 64)
        speak()
        while !isOver, !stop.isRaised {
            let isBusy = nears.contains { !$0.unsent.isEmpty }
            _ = Kernel().poll(poller, into: &events, timeoutMilliseconds: isBusy ? 2 : 50)
            for index in 0..<events.count {
                let token = events[index].token
                if token == 0 {
                    hearFar()
                } else if let near = nears.first(where: { $0.token == token }) {
                    hear(near)
                }
            }
            for near in nears { send(near) }
            speak()
        }
    }

    // MARK: the gateway's side

    private func hearFar() {
        var bytes = ByteBuffer()
        let answer = Kernel().receive(far.descriptor, into: &bytes, limit: 65_536)
        if answer.wouldBlock { return }
        if answer.failed || answer.value == 0 {
            isOver = true
            if answer.failed { for near in nears { near.socket.resetOnClose() } }
            return
        }
        read(WireBytes(bytes.span))
    }

    private func read(_ wire: WireBytes) {
        var wire = wire
        while let event = session.nextEvent(of: &wire) {
            switch event {
            case .head(let key, let head): begin(key.stream, head)
            case .data(let key, let range):
                guard let near = near(on: key.stream) else { continue }
                near.take(wire[range])
            case .ended(let key): near(on: key.stream)?.takeEnd()
            case .closed(let key, _): letGo(key.stream)
            case .pong(Self.lastPing): end()
            case .fault, .refused, .settings, .goAway, .pong: break
            }
        }
    }

    private func near(on stream: Int32) -> Near? { nears.first { $0.stream == stream } }

    private func begin(_ stream: Int32, _ head: HeadEvent) {
        guard head.section == .request else { return }
        let text = Client.text(session.heads.part(head.text).array)
        if let idle = nears.first(where: { $0.stream == nil }) {
            idle.begin(stream, text, ends: head.ends)
            return
        }
        guard
            let socket = try? BlockingSocket.connected(
                to: .ip(.loopback(port: UInt16(port))), milliseconds: Wait.patience)
        else { return end(.fin) }
        let near = Near(socket, token: nextToken)
        nextToken += 1
        _ = Kernel().watch(poller, near.socket.descriptor, token: near.token, interest: .readable)
        near.begin(stream, text, ends: head.ends)
        nears.append(near)
    }

    /// The stream is over: its connection is kept where both messages are whole and it may be.
    private func letGo(_ stream: Int32) {
        guard let near = near(on: stream) else { return }
        near.stream = nil
        if !near.isReusable { nears.removeAll { $0 === near } }
    }

    // MARK: the upstream's side

    private func send(_ near: Near) {
        if near.unsent.isEmpty { return }
        let unsent = near.unsent
        let answer = Kernel().send(near.socket.descriptor, unsent.span)
        if answer.failed {
            // That it ended is seen by reading; what it will not take is for nobody. A reset is told only once, here.
            if answer.wouldBlock { return }
            near.unsent.removeAll()
            near.isReset = true
            return
        }
        near.unsent.removeFirst(answer.value)
        if let stream = near.stream { session.consumed(stream, near.returnWindow()) }
    }

    private func hear(_ near: Near) {
        // Not more than the windows take, as a server would.
        if near.left.count > 1 << 18 { return BlockingThread.sleep(milliseconds: 1) }
        var bytes = ByteBuffer()
        let answer = Kernel().receive(near.socket.descriptor, into: &bytes, limit: 65_536)
        if answer.wouldBlock { return }
        if !answer.failed && answer.value > 0 {
            near.input += bytes.span.array
            return read(near, isEnd: false)
        }
        _ = Kernel().unwatch(poller, near.socket.descriptor)
        near.isOver = true
        read(near, isEnd: true)
        let isReset = answer.failed || near.isReset
        let isWhole = near.hasEnded(by: isReset ? .reset : .fin)
        if near.stream == nil { nears.removeAll { $0 === near } }
        if !isWhole { end(isReset ? .reset : .fin) }
        if isWhole, let stream = near.stream {
            go(near, stream)
            if near.isLast { session.finishDrain() }
        }
    }

    private func read(_ near: Near, isEnd: Bool) {
        while let stream = near.stream, let part = near.next(isEnd: isEnd) {
            switch part {
            case .interim(let status, let lines): session.inform(stream, status: status, lines.span, &pool)
            case .head(let status, let lines, let ends):
                session.respond(stream, status: status, lines.span, ends: ends, &pool)
            case .oddHead(let fields, let body):
                say(Frames.largeHeaders(stream, fields) + Frames.data(stream, body, ends: true))
            case .body: break
            case .surplus(let bytes):
                say(Frames.data(stream, bytes))
            case .nothing: session.reset(stream, .protocolError)
            }
            go(near, stream)
            if near.isLast && near.isWhole { session.finishDrain() }
        }
        // A kept connection says nothing while it is idle.
        if near.stream == nil { near.input.removeAll() }
    }

    private func go(_ near: Near, _ stream: Int32) {
        if near.left.isEmpty && !near.saysEnd { return }
        let ends = near.saysEnd && near.trailers.isEmpty
        let left = near.left
        let taken = session.offer(stream, left.span, ends: ends, &pool)
        near.left.removeFirst(taken)
        if !near.left.isEmpty || session.isWaiting(stream) || !near.saysEnd { return }
        near.saysEnd = false
        let trailers = near.trailers
        if !trailers.isEmpty { session.offerTrailers(stream, trailers.span, &pool) }
    }

    // MARK: ends

    /// Ends the connection once the gateway has read all, and owes no answer to what was said: a kernel that has unread
    /// bytes makes a reset of an end.
    private func end(_ how: Ending) {
        if ending != nil { return }
        ending = how
        session.ping(Self.lastPing)
    }

    private func end() {
        speak()
        if ending == .reset {
            far.resetOnClose()
            isOver = true
        } else {
            far.shutdownWrite()
        }
    }

    private func say(_ bytes: [UInt8]) { odd += bytes }

    private func speak() {
        while true {
            session.flush()
            while let key = session.nextWritable() { if let near = near(on: key.stream) { go(near, key.stream) } }
            read(WireBytes())
            let bytes = session.unsent.array + odd
            if bytes.isEmpty { break }
            session.sent(session.unsentCount, &pool)
            odd.removeAll()
            let outcome = far.send(bytes.span, milliseconds: Wait.patience, stop: stop)
            if outcome != .bytes(bytes.count) { isOver = true }
        }
        if session.isOver, ending == nil {
            ending = .fin
            far.shutdownWrite()
        }
    }
}
