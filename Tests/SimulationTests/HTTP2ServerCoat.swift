import Bytes
import HTTP
import HTTP2
import HTTP2Ends
import HTTP2Frames
import SimulatedKernel

/// What the coats of a run's upstreams have seen and done.
final class WireTally {
    /// What the gateway must never say.
    private(set) var complaints: [String] = []
    private(set) var counts: [String: Int] = [:]

    func complain(_ text: String) { complaints.append(text) }
    func count(_ what: String) { counts[what, default: 0] += 1 }
}

/// HTTP/2 for upstreams whose scripts speak HTTP/1: each stream has a script of its own. What HTTP/2 has no words for
/// is said in frames that break the same promise.
final class HTTP2ServerCoat: OverCoat, FarCarrier {
    let inner: any FarCoat
    var hasParted = false
    private var session: HTTP2Session
    private var pool = BufferPool()
    private let tally: WireTally
    /// By their numbers; those that are over stay, for their scripts may speak of them once more.
    private var streams: [Int32: HTTP2ServerStream] = [:]
    private var news: [Int32] = []
    /// The highest stream that a script has looked at.
    private var lastTaken: Int32 = 0
    /// What GOAWAY said: streams above it are nobody's.
    private var lastAllowed = Int32.max

    init(over inner: any FarCoat, _ tally: WireTally, _ settings: SessionSettings) {
        self.inner = inner
        self.tally = tally
        // Who sleeps before its SETTINGS are read may wake to more streams than it allows, many of them cancelled.
        var settings = settings
        settings.flood.refusedBurst = .max
        session = HTTP2Session(isServer: true, settings: settings, &pool)
    }

    /// The script of the connection itself says nothing.
    func say(_ bytes: Span<UInt8>) { preconditionFailure("HTTP/2 is spoken on streams") }

    // MARK: hearing

    func read(_ bytes: Span<UInt8>, _ state: FarCoatState, into input: inout ByteBuffer) -> FarCoatState {
        hear(WireBytes(bytes))
        speak()
        if let failure = session.failure {
            tally.complain("the gateway broke HTTP/2: \(failure.kind)")
            return .broken
        }
        return state
    }

    private func hear(_ wire: WireBytes) {
        var wire = wire
        while let event = session.nextEvent(of: &wire) {
            switch event {
            case .head(let key, let head): hear(key.stream, head)
            case .data(let key, let range):
                streams[key.stream]?.hear(wire[range])
                note(key.stream)
            case .ended(let key):
                streams[key.stream]?.hearEnd()
                note(key.stream)
            case .closed(let key, let end):
                streams[key.stream]?.ending = end.closer == .both ? .finished : .reset(Int32(end.code.rawValue))
                if end.closer == .peer { tally.count("gateway resets") }
                note(key.stream)
            case .fault(let key, let fault): tally.complain("a request on stream \(key.stream) is malformed: \(fault)")
            case .refused: tally.count("refused beyond the limit")
            case .settings, .pong, .goAway: break
            }
        }
    }

    private func hear(_ stream: Int32, _ head: HeadEvent) {
        if stream > lastAllowed { return tally.count("asked behind GOAWAY") }
        if let fault = head.fault { return tally.complain("a head on stream \(stream) is malformed: \(fault)") }
        if head.section == .trailers {
            streams[stream]?.hearEnd()
        } else {
            if session.openStreamCount > 1 { tally.count("shared") }
            streams[stream] = HTTP2ServerStream(stream, session.heads.part(head.text).array, ends: head.ends)
        }
        note(stream)
    }

    private func note(_ stream: Int32) { if news.last != stream { news.append(stream) } }

    func takeNews() -> [Int32] {
        defer { news = [] }
        // What was not looked at before a GOAWAY is refused by it.
        return news.filter { streams[$0] != nil && $0 <= lastAllowed }
    }

    func take(_ stream: Int32, into input: inout ByteBuffer) -> FarEnding {
        guard let state = streams[stream], stream <= lastAllowed else { return .open }
        lastTaken = max(lastTaken, stream)
        input.append(state.heard.span)
        state.heard = []
        session.consumed(stream, state.unconsumed)
        state.unconsumed = 0
        speak()
        return state.ending
    }

    // MARK: saying

    func say(_ bytes: Span<UInt8>, on stream: Int32) {
        guard let state = streams[stream], state.ending == .open else { return }
        state.say(bytes)
        while let step = state.next() { perform(step, stream, state) }
        speak()
    }

    private func perform(_ step: HTTP2ServerStream.Step, _ stream: Int32, _ state: HTTP2ServerStream) {
        switch step {
        case .interim(let status, let lines):
            tally.count("interim heads")
            session.inform(stream, status: status, lines.span, &pool)
        case .head(let status, let lines, let ends):
            session.respond(stream, status: status, lines.span, ends: ends, &pool)
            if ends { end(of: state) }
        case .body: offer(stream)
        case .malformed(let fields):
            tally.count("malformed heads")
            sayRaw(Frames.headers(stream, fields, ends: stream % 4 == 1))
        case .broken:
            // A window that does not open: a stream error (RFC 9113 §6.9).
            tally.count("broken frames")
            sayRaw(Frames.window(stream, 0))
        case .noise(let bytes):
            tally.count("noise")
            sayRaw(bytes)
        }
    }

    private func end(of state: HTTP2ServerStream) {
        if state.saysClose { goAway(.noError) }
    }

    func isSaid(_ stream: Int32) -> Bool { streams[stream]?.isSaid ?? true }

    private func offer(_ stream: Int32) {
        guard let state = streams[stream], !state.isSaid else { return }
        let hasTrailers = !state.trailers.isEmpty
        let taken = session.offer(stream, state.unsent.span, ends: state.saysEnd && !hasTrailers, &pool)
        state.unsent.removeFirst(taken)
        if !state.unsent.isEmpty || session.isWaiting(stream) { return tally.count("held up by a window") }
        if hasTrailers {
            tally.count("trailers")
            session.offerTrailers(stream, state.trailers.span, &pool)
            state.trailers = []
        }
        if state.saysEnd {
            state.saysEnd = false
            end(of: state)
        }
        note(stream)
    }

    private func sayRaw(_ frames: [UInt8]) {
        speak()
        put(frames)
    }

    private func put(_ bytes: [UInt8]) {
        if !hasParted { inner.say(bytes.span) }
    }

    func speak() {
        // What comes of it is known before the next feed.
        defer { hear(WireBytes()) }
        while !hasParted && isOpen {
            session.flush()
            while let key = session.nextWritable() { offer(key.stream) }
            if !session.hasUnsent { return }
            let bytes = session.unsent.array
            session.sent(bytes.count, &pool)
            put(bytes)
        }
    }

    // MARK: ending

    func end(_ stream: Int32, _ action: FarAction) -> FarAction? {
        guard let state = streams[stream] else { return nil }
        switch action {
        case .goAway(let code, let refuses): return goAway(stream, ErrorCode(rawValue: code), refuses: refuses)
        case .resetStream(let code): reset(stream, ErrorCode(rawValue: code))
        case .endStream:
            tally.count("early ends")
            if state.hasHead {
                _ = session.offer(stream, state.unsent.span, ends: true, &pool)
                speak()
            } else {
                sayRaw(Frames.data(stream, [], ends: true))
            }
        case .close: return close(stream, state)
        case .drop, .reset, .shutdown:
            tally.count("lost connections")
            return action
        default: preconditionFailure("a stream does not end so")
        }
        return nil
    }

    private func reset(_ stream: Int32, _ code: ErrorCode) {
        tally.count("RST_STREAM \(code.name)")
        session.reset(stream, code)
        speak()
    }

    /// As a server that closes its connection: behind a whole answer it says so first, or lets the last stream end.
    private func close(_ stream: Int32, _ state: HTTP2ServerStream) -> FarAction? {
        if state.endsWithConnection {
            state.endBody()
            offer(stream)
            speak()
        }
        if !state.isWhole {
            // The gateway has given it up: that is no end of the connection.
            if state.ending != .open { return nil }
            tally.count("lost connections")
            return .close
        }
        if state.ending == .open && !state.hasHeardAll { reset(stream, .noError) }
        if stream % 4 == 1 {
            goAway(.noError)
            if session.openStreamCount > 0 { return nil }
        }
        tally.count("closed behind an answer")
        return session.openStreamCount > 0 ? nil : .close
    }

    private func goAway(_ stream: Int32, _ code: ErrorCode, refuses: Bool) -> FarAction? {
        if !refuses {
            goAway(code)
            return code == .noError ? nil : .close
        }
        // Of streams that were looked at after this one it cannot be said that nothing was done.
        if lastTaken > stream {
            reset(stream, .refusedStream)
            return nil
        }
        tally.count("GOAWAY below a stream")
        lastTaken = stream - 2
        goAway(code)
        return nil
    }

    private func goAway(_ code: ErrorCode) {
        lastAllowed = min(lastAllowed, lastTaken)
        tally.count("GOAWAY \(code.name)")
        sayRaw(Frames.goAway(last: max(0, lastAllowed), code.rawValue))
    }
}
