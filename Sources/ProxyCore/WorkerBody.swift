import Bytes
import EventLoop
import Failures
import HTTP
import Platform
import Routing

extension Worker {
    /// Begins to take the request's body from the client.
    mutating func beginBody(_ id: SlotID) {
        guard case .connection(let connection) = exchanges[id].client, sayContinue(id) else { return }
        awaitBody(id)
        if !downstreams[connection].stream.isNone { widenWindow(id, connection) }
        takeBody(id, connection)
    }

    /// Says 100 Continue to a client that waits for it, be it with an empty body (nginx does so too). False where the
    /// client is gone.
    mutating func sayContinue(_ id: SlotID) -> Bool {
        guard exchanges[id].record.asked.facts.expectsContinue, case .connection(let connection) = exchanges[id].client,
            downstreams[connection].input.isEmpty
        else { return true }
        output.clear()
        if !downstreams[connection].stream.isNone {
            sayInterim(connection, status: 100)
            return true
        }
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
        guard case .failed(let errno) = send(to: connection, body: .empty) else { return true }
        clientGone(id, .clientFailed(.send, errno: errno.rawValue))
        return false
    }

    mutating func awaitBody(_ id: SlotID) {
        exchanges[id].machine.bodyAwaited(until: loop.now.after(Int64(settings(id).bodyTimeout)))
        arm(id)
    }

    /// Reads body bytes, what is left of the last read first; one read a turn.
    mutating func takeBody(_ id: SlotID, _ connection: SlotID) {
        scratch.clear()
        if !downstreams[connection].input.isEmpty {
            scratch.append(downstreams[connection].input.span)
            releaseInput(connection)
        } else {
            guard downstreams[connection].socket.contains(.readable) else { return }
            let limit = bodyReadLimit(id)
            if limit <= 0 { return exchanges[id].machine.bodyAwaited(until: .never) }
            if !isStreamOver(connection) {
                guard receive(connection, limit: limit) else { return }
            }
        }
        let taken = consumeBody(id)
        // A body that grew too large was answered; `scratch` holds it no more.
        guard exchanges.contains(id), !exchanges[id].isLogged, exchanges[id].machine.wantsBody else { return }
        if taken < 0 { return failRequest(id, .request(.invalidChunk)) }
        if exchanges[id].requestEnded { bodyIsWhole(id) }
        if let failure = exchanges[id].body.spoolFailure {
            evidence.set(Array(bodyFilePath(id).utf8).span)
            return failRequest(id, failure)
        }
        if taken < scratch.count { keepRest(connection, from: taken) }
        if exchanges[id].requestEnded {
            perform(exchanges[id].machine.bodyCompleted(), exchange: id)
        } else {
            awaitBody(id)
            if exchanges[id].passesBody { perform(exchanges[id].machine.bodyGrew(), exchange: id) }
            if exchanges.contains(id), downstreams[connection].socket.contains(.readable) {
                post(downstream: connection)
            }
        }
    }

    /// How many body bytes may be read now: passing bodies are bounded by what the upstream has not taken.
    private func bodyReadLimit(_ id: SlotID) -> Int {
        if !exchanges[id].passesBody { return Limits.scratchBytes }
        return settings(id).bodyBufferBytes - (exchanges[id].body.memory.count - exchanges[id].body.passed)
    }

    /// What came after the body is the next request's: it waits.
    mutating func keepRest(_ connection: SlotID, from start: Int) {
        var rest = pool.take(atLeast: scratch.count - start)
        rest.append(scratch.span.extracting(start..<scratch.count))
        swap(&rest, &downstreams[connection].input)
    }

    /// Takes the body's bytes out of `scratch`; how many bytes of it were used, or -1 where they are no body.
    private mutating func consumeBody(_ id: SlotID) -> Int {
        switch exchanges[id].record.asked.facts.framing {
        case .length:
            let count = Int(min(Int64(scratch.count), exchanges[id].requestLeft))
            exchanges[id].requestLeft -= Int64(count)
            store(id, ByteRange(start: 0, count: count))
            if exchanges[id].requestLeft == 0 { exchanges[id].requestEnded = true }
            exchanges[id].record.asked.bytesRead += Int64(count)
            return count
        case .chunked where exchanges[id].record.asked.facts.version == .http2: return consumeStream(id)
        case .chunked: return consumeChunks(id)
        case .none, .untilClose:
            exchanges[id].requestEnded = true
            return 0
        }
    }

    /// A body over HTTP/2 whose length was not told ends with its stream.
    private mutating func consumeStream(_ id: SlotID) -> Int {
        if exceedsLimit(id, 0, scratch.count) { return scratch.count }
        exchanges[id].record.asked.bytesRead += Int64(scratch.count)
        store(id, ByteRange(start: 0, count: scratch.count))
        if case .connection(let connection) = exchanges[id].client, isStreamOver(connection) {
            exchanges[id].requestEnded = true
        }
        return scratch.count
    }

    private mutating func consumeChunks(_ id: SlotID) -> Int {
        var used = 0
        var count = 0
        text.clear()
        chunks: while true {
            switch exchanges[id].requestChunks.step(scratch.span, from: used, trailer: &text) {
            case .data(let range):
                // The data moves together, over what was read of the chunks around it.
                scratch.copyWithin(range, to: count)
                used = range.end
                if exceedsLimit(id, count, range.count) { return used }
                count += range.count
            case .needMore:
                used = scratch.count
                break chunks
            case .end(let next):
                used = next
                exchanges[id].requestEnded = true
                break chunks
            case .refused: return -1
            }
        }
        exchanges[id].record.asked.bytesRead += Int64(used)
        store(id, ByteRange(start: 0, count: count))
        return used
    }

    /// A chunked body that grows beyond client_max_body_size is answered at once.
    private mutating func exceedsLimit(_ id: SlotID, _ before: Int, _ count: Int) -> Bool {
        let limit = settings(id).bodyLimitBytes
        let received = exchanges[id].body.received + Int64(before)
        if limit == 0 || received + Int64(count) <= Int64(limit) { return false }
        text.clear()
        text.append(decimal: received)
        text.append(0x2b)
        text.append(decimal: count)
        evidence.set(text.span)
        failRequest(id, .request(.chunkedBodyTooLarge))
        return true
    }

    /// The request itself is at fault: the attempt is given up and the client is answered, where that still can be.
    mutating func failRequest(_ id: SlotID, _ cause: Cause) {
        let verdict = record(id, cause, phase: exchanges[id].machine.phase)
        exchanges[id].keepsClient = false
        exchanges[id].machine.bodyUnwanted()
        if exchanges[id].machine.isAttempting || exchanges[id].machine.isHeldUp {
            perform(exchanges[id].machine.attemptDropped(reusable: false, outcome: .neutral), exchange: id)
        }
        if exchanges[id].machine.isCommitted { return abort(id, reset: false) }
        answer(id, status: verdict.status)
    }

    // MARK: storing

    /// Keeps body bytes of `scratch`: in memory, or in a file where the bound and the worker's budget are used up; in
    /// passing they wait for the upstream, framed as it gets them.
    private mutating func store(_ id: SlotID, _ range: ByteRange) {
        exchanges[id].body.received += Int64(range.count)
        if range.isEmpty { return }
        if exchanges[id].passesBody {
            if exchanges[id].framesBody {
                exchanges[id].body.memory.append(hex: UInt64(range.count))
                exchanges[id].body.memory.append("\r\n")
                exchanges[id].body.memory.append(scratch.span(range))
                exchanges[id].body.memory.append("\r\n")
            } else {
                exchanges[id].body.memory.append(scratch.span(range))
            }
            return
        }
        if exchanges[id].body.file.isNone && !fitsMemory(id, range.count) { openBodyFile(id) }
        // Where there is no file the request fails: what came last is kept nowhere.
        if exchanges[id].body.spoolFailure != nil { return }
        if exchanges[id].body.file.isNone {
            exchanges[id].body.memory.append(scratch.span(range))
        } else {
            writeBody(id, range)
        }
    }

    /// Whether `count` more bytes may lie in memory; beyond the configured bound they are charged to the worker's
    /// budget.
    private mutating func fitsMemory(_ id: SlotID, _ count: Int) -> Bool {
        let scope = settings(id)
        if bodyFileUse(id) != .whereNeeded { return false }
        let over = exchanges[id].body.memory.count + count - scope.bodyBufferBytes - exchanges[id].body.charged
        if over <= 0 { return true }
        if over > bodyBudgetLeft || epochs[Int(exchanges[id].epoch)].routing.usesRequestBodyFile { return false }
        bodyBudgetLeft -= over
        exchanges[id].body.charged += over
        return true
    }

    mutating func openBodyFile(_ id: SlotID) {
        exchanges[id].body.fileLocation = exchanges[id].record.route.location
        var opened = SystemResult(raw: 0)
        for _ in 0..<8 {
            exchanges[id].body.fileName = kernel.random() % 10_000_000_000
            opened = kernel.open(bodyFilePath(id), .temporary)
            if opened.errno != .exists { break }
        }
        if opened.failed {
            let cause = Cause.local(.spoolFailed, operation: .open, errno: opened.errno.rawValue)
            exchanges[id].body.spoolFailure = cause
            return
        }
        let path = bodyFilePath(id)
        nameBodyFile(id, path)
        evidence.set(Array(path.utf8).span)
        let isAskedFor = bodyFileUse(id) != .whereNeeded
        logExchange(id, .local(isAskedFor ? .bodyInFile : .bodySpooled), phase: .readingBody)
        exchanges[id].body.file = Descriptor(Int32(opened.value))
        writeMemory(id)
    }

    /// What memory held goes to the file's start, and the memory goes back.
    private mutating func writeMemory(_ id: SlotID) {
        var memory = ByteBuffer()
        swap(&memory, &exchanges[id].body.memory)
        write(id, memory.span)
        bodyBudgetLeft += exchanges[id].body.charged
        exchanges[id].body.charged = 0
        pool.give(memory)
    }

    private mutating func writeBody(_ id: SlotID, _ range: ByteRange) {
        let (descriptor, offset) = (exchanges[id].body.file, exchanges[id].body.fileBytes)
        let result = kernel.write(descriptor, scratch.span(range), at: offset)
        wrote(id, result, of: range.count)
    }

    private mutating func write(_ id: SlotID, _ bytes: Span<UInt8>) {
        let result = kernel.write(exchanges[id].body.file, bytes, at: exchanges[id].body.fileBytes)
        wrote(id, result, of: bytes.count)
    }

    private mutating func wrote(_ id: SlotID, _ result: SystemResult, of count: Int) {
        exchanges[id].body.fileBytes += Int64(result.value)
        if result.value < count && exchanges[id].body.spoolFailure == nil {
            let errno = result.failed ? result.errno : .noSpace
            exchanges[id].body.spoolFailure = .local(.spoolFailed, operation: .pwrite, errno: errno.rawValue)
        }
    }

    /// The exchange has no body from now on.
    mutating func releaseBody(of id: SlotID) {
        var body = StoredBody()
        swap(&body, &exchanges[id].body)
        releaseBody(&body)
    }

    /// Gives a body's memory, file and charge back.
    mutating func releaseBody(_ body: inout StoredBody) {
        bodyBudgetLeft += body.charged
        body.charged = 0
        if !body.file.isNone { kernel.close(body.file) }
        body.file = .none
        var memory = ByteBuffer()
        swap(&memory, &body.memory)
        pool.give(memory)
    }
}
