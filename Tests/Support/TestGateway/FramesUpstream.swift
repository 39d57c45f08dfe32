import Bytes
import HTTP2Frames
import Platform
import Synchronization

/// An HTTP/2 upstream that does frame by frame what a test says, right or wrong.
package final class FramesUpstream: Sendable {
    private let acceptor: Acceptor
    private let state: Notes

    private final class Notes: Sendable {
        let lines = Mutex<[String]>([])
    }

    /// Listens on a free port of 127.0.0.1; `script` is played on each connection, with its number from 1, and the
    /// connection is closed at its end.
    package init(_ script: @escaping @Sendable (FramesPeer, Int) -> Void) throws {
        let state = Notes()
        self.state = state
        acceptor = try Acceptor { socket, number, stop in
            let peer = FramesPeer(socket, stop)
            script(peer, number)
            state.lines.withLock { $0 += peer.notes }
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
    /// What peers noted whose scripts have ended.
    package var notes: [String] { state.lines.withLock { $0 } }

    /// A gateway before it: everything goes there over HTTP/2, from a pool.
    package func settings(_ more: String = "", http: String = "") -> GatewaySettings {
        GatewaySettings(
            "location / { proxy_pass http://app; proxy_http_version 2; \(more) }",
            http: "upstream app { server %FRAMES%; } \(http)", names: ["FRAMES": address])
    }
}

/// One connection of it.
package final class FramesPeer {
    private let socket: BlockingSocket
    private let stop: StopSignal
    private var buffer = ByteBuffer()
    private var isPrefaceRead = false
    /// What the script found worth telling.
    package var notes: [String] = []

    init(_ socket: consuming BlockingSocket, _ stop: StopSignal) {
        self.socket = socket
        self.stop = stop
    }

    /// Sends bytes; false where they could not be sent.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        socket.send(bytes.span, milliseconds: Wait.patience, stop: stop) == .bytes(bytes.count)
    }

    /// The next frame; nil at the end.
    package func next() -> Frame? {
        while true {
            let preface = isPrefaceRead ? 0 : Frames.preface.count
            if buffer.count >= preface + 9 {
                let length = (0..<3).reduce(0) { $0 << 8 | Int(buffer[preface + $1]) }
                if buffer.count >= preface + 9 + length {
                    let bytes = buffer.span.array[preface..<preface + 9 + length]
                    buffer.removeFirst(preface + 9 + length)
                    isPrefaceRead = true
                    return Frame.all(Array(bytes)).first
                }
            }
            guard case .bytes = socket.receive(into: &buffer, limit: 65_536, milliseconds: Wait.patience, stop: stop)
            else { return nil }
        }
    }

    /// Reads up to the next request's head and says that SETTINGS are taken; its stream, or 0 at the end.
    package func request() -> Int32 { find { $0.type == 1 }?.stream ?? 0 }

    /// Reads up to a frame of that kind; those of others are passed over, SETTINGS acknowledged.
    @discardableResult
    package func find(_ isWanted: (Frame) -> Bool) -> Frame? {
        while let frame = next() {
            if frame.type == 4, frame.flags & 1 == 0 { send(Frames.settingsAck) }
            if isWanted(frame) { return frame }
        }
        return nil
    }

    /// Reads what still comes by itself, so that a close is no reset: the answer to SETTINGS.
    package func settle() { find { $0.type == 4 && $0.flags & 1 == 1 } }

    /// Waits until the gateway has dealt with all that was sent so far: its answer to a PING follows that.
    package func awaitPong() {
        send(Frames.ping)
        find { $0.type == 6 && $0.flags & 1 == 1 }
    }

    /// Reads to the end; what came is noted, but for windows and settings.
    package func noteRest() {
        while let frame = next() { if frame.type != 8 && frame.type != 4 { notes.append("\(frame)") } }
        notes.append("end")
    }

    /// Answers a request with 200 and this body.
    package func answer(_ stream: Int32, _ body: String, _ fields: [(String, String)] = []) {
        send(
            Frames.headers(stream, [(":status", "200")] + fields, ends: false)
                + Frames.data(stream, Array(body.utf8), ends: true))
    }

    /// The connection ends with a reset.
    package func resetAtEnd() { socket.resetOnClose() }
}
