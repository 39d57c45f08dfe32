import Bytes
import Configuration
import EventLoop
import Failures
import HTTP
import Platform
import Routing

// What becomes of a request's body beside its way to the upstream: variables and files that outlive it.
extension Worker {
    /// The last byte of the body came. One that was to be passed on as it comes and came at once is kept whole like any
    /// other, so that its length can be told and another peer can have it too (nginx does the same).
    mutating func bodyIsWhole(_ id: SlotID) {
        if exchanges[id].passesBody {
            if exchanges[id].headWritten || exchanges[id].framesBody || exchanges[id].body.passed > 0 { return }
            exchanges[id].passesBody = false
            exchanges[id].chunksRequest = false
        }
        if exchanges[id].record.asked.facts.framing == .chunked {
            exchanges[id].record.asked.bodyLength = Int64(exchanges[id].body.received)
        }
        // Where bodies are to be found in files, an empty one is too (nginx: client_body_in_file_only).
        if bodyFileUse(id) != .whereNeeded && exchanges[id].body.file.isNone { openBodyFile(id) }
        let routing = epochs[Int(exchanges[id].epoch)].routing
        guard routing.usesRequestBody, exchanges[id].body.file.isNone, exchanges[id].body.received > 0,
            exchanges[id].body.memory.count <= settings(id).bodyBufferBytes
        else { return }
        exchanges[id].record.keepBody(exchanges[id].body.memory.span)
    }

    /// What files are for; a body that is to be passed on as it comes is asked into none (nginx: likewise).
    func bodyFileUse(_ id: SlotID) -> BodyFileUse {
        let scope = settings(id)
        return scope.buffersRequest ? scope.bodyFileUse : .whereNeeded
    }

    /// An empty body was passed on to a place before: its last chunk, perhaps in part, is not the next one's.
    mutating func forgetFraming(_ id: SlotID) {
        exchanges[id].framesBody = false
        exchanges[id].bodyClosed = false
        exchanges[id].body.memory.clear()
        exchanges[id].body.passed = 0
    }

    /// From now on the body goes in chunks: what came before is the first one.
    mutating func beginFraming(_ id: SlotID) {
        if exchanges[id].framesBody { return }
        exchanges[id].framesBody = true
        let count = exchanges[id].body.memory.count
        if count == 0 { return }
        var framed = pool.take(atLeast: count + 24)
        ChunkedEncoder.appendHeader(byteCount: count, to: &framed)
        framed.append(exchanges[id].body.memory.span)
        framed.append(ChunkedEncoder.lineEnd)
        swap(&framed, &exchanges[id].body.memory)
        pool.give(framed)
    }

    /// The path that the body's temporary file has or had; its name may be gone.
    func bodyFilePath(_ id: SlotID) -> String {
        let epoch = epochs[Int(exchanges[id].epoch)]
        let directory = epoch.temporaryPath(location: exchanges[id].body.fileLocation)
        return directory + "/" + String(exchanges[id].body.fileName)
    }

    /// Reads the body's next bytes from its file into `scratch`: how many. Nil where they cannot be had; the attempt is
    /// over then, for no peer can be given the body.
    mutating func readBodyFile(_ id: SlotID, atMost left: Int64) -> Int? {
        scratch.clear()
        let limit = Int(min(left, 128 << 10))
        let result = kernel.read(
            exchanges[id].body.file, into: &scratch, limit: limit, at: exchanges[id].body.sent)
        if result.value > 0 { return result.value }
        output.clear()
        evidence.set(Array(bodyFilePath(id).utf8).span)
        let cause: Cause =
            result.failed
            ? .local(.spoolFailed, operation: .pread, errno: result.errno.rawValue)
            : .local(.fileCut, number: Int64(limit))
        failAttempt(id, cause, phase: .sendingRequest)
        return nil
    }

    /// A body's temporary file was made: it loses its name at once, unless somebody is to find it by that
    /// (`$request_body_file`, nginx: client_body_in_file_only).
    mutating func nameBodyFile(_ id: SlotID, _ path: String) {
        let use = bodyFileUse(id)
        if use == .whereNeeded && !epochs[Int(exchanges[id].epoch)].routing.usesRequestBodyFile {
            _ = kernel.unlink(path)
            return
        }
        text.clear()
        text.append(text: path)
        exchanges[id].record.asked.bodyFile = exchanges[id].record.keep(text.span)
        exchanges[id].body.keepsFile = use == .always
    }

    /// Takes the name of a body's file away, where it was kept for the request only.
    mutating func unnameBodyFile(_ id: SlotID) {
        if exchanges[id].record.asked.bodyFile.isAbsent || exchanges[id].body.keepsFile { return }
        text.clear()
        exchanges[id].record.append(exchanges[id].record.asked.bodyFile, to: &text)
        _ = kernel.unlink(text.span.text)
    }
}
