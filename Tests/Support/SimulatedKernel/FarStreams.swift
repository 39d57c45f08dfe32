import Bytes

/// A coat under which one connection carries many conversations at a time, as HTTP/2 does: each of its streams is a far
/// end of its own, for which the server's `answer` writes the script as it does for a connection.
package protocol FarCarrier: FarCoat {
    /// Streams of which something has come since this was asked last, those that began included.
    func takeNews() -> [Int32]
    /// Appends what came on the stream to `input`, for whose room the other side is told; how the stream stands.
    func take(_ stream: Int32, into input: inout ByteBuffer) -> FarEnding
    /// Takes what the script says on the stream, to be sent as the other side allows.
    func say(_ bytes: Span<UInt8>, on stream: Int32)
    /// Whether all that was said on the stream is on its way.
    func isSaid(_ stream: Int32) -> Bool
    /// Does the last action of a stream, or says GOAWAY; what the whole connection does then, where it is concerned.
    func end(_ stream: Int32, _ action: FarAction) -> FarAction?
}

// Far ends that are streams: they have a carrier where others have a socket.
extension SimulatedKernel {
    /// Something came on the carrier, or it has ended: its streams go on.
    func tellStreams(_ carrier: FarEnd) {
        guard let coat = carrier.carrier else { return }
        carrier.streams.removeAll { $0.isDone }
        for number in coat.takeNews() where carrier.ending == .open {
            if let far = carrier.streams.first(where: { $0.stream == number }) {
                plan(far)
            } else if number > carrier.latestStream, let server = carrier.server {
                carrier.latestStream = number
                let far = FarEnd(
                    number: farEnds.count, script: [server.question], server: server,
                    connectionIndex: carrier.connectionIndex)
                far.stream = number
                far.bearer = carrier
                far.requestIndex = carrier.requestIndex
                carrier.requestIndex += 1
                far.ending = .open
                far.openedAtMilliseconds = clock / 1000
                farEnds.append(far)
                carrier.streams.append(far)
                note(.far(far.number, "is a stream of far", carrier.number))
                plan(far)
            }
        }
        if carrier.ending == .open { return }
        for far in carrier.streams { plan(far) }
    }

    /// The connection is given up: so are its streams.
    func leaveStreams(_ carrier: FarEnd) {
        for far in carrier.streams where !far.isDone {
            far.isDone = true
            if far.ending == .open { far.ending = .closedHere }
        }
        carrier.streams = []
    }

    /// As `step`, of a stream.
    func stepStream(_ far: FarEnd, _ bearer: FarEnd, _ coat: any FarCarrier) {
        // Who stalls as a whole stalls on every stream.
        if bearer.isDone { return }
        read(far, bearer, coat)
        while !far.isDone, clock >= far.wakeAt {
            if far.scriptIsOver {
                if far.ending != .open { leave(far) }
                return
            }
            if !act(far, bearer, coat, far.script[far.scriptPosition]) { return }
        }
    }

    private func read(_ far: FarEnd, _ bearer: FarEnd, _ coat: any FarCarrier) {
        if far.ending != .open || far.pace.bytes == 0 { return }
        let before = far.input.count
        let ending = coat.take(far.stream, into: &far.input)
        if !coat.output.isEmpty { plan(bearer) }
        if far.input.count > before {
            far.arrivals.append((clock / 1000, far.input.count - before))
            note(.far(far.number, "reads", far.input.count - before))
        }
        if ending != .open {
            noteEnd(far, ending)
        } else if bearer.ending != .open {
            noteEnd(far, bearer.ending)
        }
    }

    /// Does one action of a stream; false where it is not over yet.
    private func act(_ far: FarEnd, _ bearer: FarEnd, _ coat: any FarCarrier, _ action: FarAction) -> Bool {
        switch action {
        case .send(let bytes): return say(far, bearer, coat, bytes, upTo: bytes.count)
        case .trickle(let bytes, let piece, let gap):
            let end = far.isSaying ? far.sendOffset : min(bytes.count, far.sendOffset + max(1, piece))
            if !say(far, bearer, coat, bytes, upTo: end) { return false }
            sleep(far, gap)
            return true
        case .awaitBytes, .awaitText, .awaitHead, .awaitRequest, .awaitBody, .awaitResponse, .awaitEnd:
            return waits(far, action)
        case .pause(let milliseconds): sleep(far, milliseconds)
        case .readPace(let bytes, let every):
            far.pace = (bytes, Int64(max(1, every)) * 1000)
            note(.far(far.number, "reads at a time", bytes))
        case .readAll:
            far.pace = (.max, 0)
            plan(far)
        case .stall:
            note(.far(far.number, "stalls", 0))
            far.isDone = true
        case .goAway:
            note(.far(far.number, "says GOAWAY", 0))
            obey(coat.end(far.stream, action), bearer)
        case .shutdown, .close, .drop, .reset, .resetStream, .endStream:
            obey(coat.end(far.stream, action), bearer)
            leave(far)
        }
        far.scriptPosition += 1
        return true
    }

    /// The stream has had the connection do this.
    private func obey(_ action: FarAction?, _ bearer: FarEnd) {
        if let action {
            bearer.script = [action]
            bearer.scriptPosition = 0
        }
        plan(bearer)
    }

    private func say(
        _ far: FarEnd, _ bearer: FarEnd, _ coat: any FarCarrier, _ bytes: [UInt8], upTo end: Int
    ) -> Bool {
        if far.ending != .open {
            leave(far)
            return false
        }
        if !far.isSaying {
            coat.say(bytes.span.extracting(far.sendOffset..<end), on: far.stream)
            note(.far(far.number, "says", end - far.sendOffset))
            far.sentCount += end - far.sendOffset
            far.sendOffset = end
            far.isSaying = true
            plan(bearer)
        }
        if !coat.isSaid(far.stream) { return false }
        far.isSaying = false
        if end == bytes.count {
            far.sendOffset = 0
            far.scriptPosition += 1
        }
        return true
    }
}
