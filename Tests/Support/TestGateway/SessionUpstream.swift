import Bytes
import HTTP2
import HTTP2Ends
import Platform
import Synchronization

/// An HTTP/2 upstream that answers each request with its own head, as HTTP/1 would have it, and its body.
package final class SessionUpstream: Sendable {
    private let acceptor: Acceptor
    private let peak: Peak

    private final class Peak: Sendable {
        let most = Mutex(0)
    }

    /// Listens on a free port of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - gathers: answers are held back until so many requests wait on the connection
    ///   - trailers: field lines behind each body
    package init(gathers: Int = 1, trailers: String = "") throws {
        let peak = Peak()
        self.peak = peak
        acceptor = try Acceptor { socket, _, stop in
            var connection = Connection(socket, gathers, trailers)
            connection.run(stop) { count in peak.most.withLock { $0 = max($0, count) } }
        }
    }

    /// Runs `body` with a gateway; at its end the upstream closes its connections, idle ones of the gateway's too.
    package func run(_ settings: GatewaySettings, _ body: (Gateway) throws -> Void) throws {
        try acceptor.run(settings, body)
    }

    /// The address, as it stands in `proxy_pass`.
    package var address: String { acceptor.address }
    /// Connections that were accepted.
    package var connections: Int { acceptor.connections }
    /// The most requests that waited on one connection at a time.
    package var most: Int { peak.most.withLock { $0 } }

    /// A gateway before it: everything goes there over HTTP/2, from a pool.
    package func settings(_ more: String = "") -> GatewaySettings {
        GatewaySettings(
            "client_max_body_size 0; location / { proxy_pass http://app; proxy_http_version 2; \(more) }",
            http: "upstream app { server %ECHO%; }", names: ["ECHO": address])
    }

    private struct Connection: ~Copyable {
        let socket: BlockingSocket
        let gathers: Int
        let trailers: String
        var session: HTTP2Session
        var pool = BufferPool()
        var bodies: [Int32: [UInt8]] = [:]
        var whole: [Int32] = []
        /// What is still to be sent on a stream.
        var left: [Int32: [UInt8]] = [:]

        init(_ socket: consuming BlockingSocket, _ gathers: Int, _ trailers: String) {
            self.socket = socket
            self.gathers = gathers
            self.trailers = trailers
            session = HTTP2Session(isServer: true, settings: SessionSettings(), &pool)
        }

        mutating func run(_ stop: StopSignal, _ tell: (Int) -> Void) {
            var input = ByteBuffer()
            while !session.isOver {
                var goesOn = true
                while goesOn {
                    goesOn = false
                    session.flush()
                    let count = session.unsentCount
                    if count > 0 {
                        let said = socket.send(session.unsent, milliseconds: Wait.patience, stop: stop)
                        if said != .bytes(count) { return }
                        session.sent(count, &pool)
                        goesOn = true
                    }
                    while let key = session.nextWritable() {
                        goesOn = true
                        go(key.stream)
                    }
                }
                input.clear()
                guard
                    case .bytes = socket.receive(
                        into: &input, limit: 16_384, milliseconds: Wait.patience * 3, stop: stop)
                else { return }
                var wire = WireBytes(input.span)
                while let event = session.nextEvent(of: &wire) { take(event, wire) }
                tell(whole.count)
                if whole.count >= gathers { answerAll() }
            }
        }

        private mutating func take(_ event: SessionEvent, _ wire: WireBytes) {
            switch event {
            case .head(let key, let head):
                bodies[key.stream, default: []] += session.heads.part(head.text).array
                if head.ends { whole.append(key.stream) }
            case .data(let key, let range):
                bodies[key.stream, default: []] += wire[range]
                session.consumed(key.stream, range.count)
            case .ended(let key): whole.append(key.stream)
            case .fault, .closed, .refused, .settings, .pong, .goAway: break
            }
        }

        private mutating func answerAll() {
            let streams = whole
            whole = []
            for stream in streams {
                let fields = Array("x-echo: yes\r\n".utf8)
                session.respond(stream, status: 200, fields.span, ends: false, &pool)
                left[stream] = bodies.removeValue(forKey: stream)
                go(stream)
            }
        }

        private mutating func go(_ stream: Int32) {
            guard let bytes = left[stream] else { return }
            let taken = session.offer(stream, bytes.span, ends: trailers.isEmpty, &pool)
            left[stream] = taken < bytes.count ? Array(bytes.dropFirst(taken)) : nil
            if taken == bytes.count, !trailers.isEmpty {
                let lines = Array(trailers.utf8)
                session.offerTrailers(stream, lines.span, &pool)
            }
        }
    }
}
