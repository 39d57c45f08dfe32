import Bytes

// What a far end's script can wait for.
extension SimulatedKernel {
    /// Whether what is awaited has come; where it never will, the far end closes.
    func waits(_ far: FarEnd, _ action: FarAction) -> Bool {
        if let end = awaited(far, action) {
            if action == .awaitHead { far.headStart = far.usedCount }
            far.usedCount = end
            far.scanner = nil
            far.scriptPosition += 1
            if let server = far.server, let answer = server.answer, action == server.question {
                server.requestCount += 1
                // A stream has one request.
                let next = far.bearer == nil ? server.question : .awaitEnd
                far.script = answer(request(far, action)) + [next]
                far.scriptPosition = 0
                far.requestIndex += 1
            }
            return true
        }
        if far.ending == .open { return false }
        let hasNothing = far.usedCount == far.input.count && far.server?.answer != nil
        far.wasDisappointed = !hasNothing
        far.script = [.close]
        far.scriptPosition = 0
        return true
    }

    /// The offset up to which the awaited thing reaches; nil while it is not there.
    private func awaited(_ far: FarEnd, _ action: FarAction) -> Int? {
        switch action {
        case .awaitBytes(let count):
            return far.input.count - far.usedCount >= count ? far.usedCount + count : nil
        case .awaitText(let text): return far.input.end(of: text, from: far.usedCount)
        case .awaitHead: return far.input.end(of: [13, 10, 13, 10], from: far.usedCount)
        case .awaitRequest: return scan(far, .request, from: far.usedCount)
        case .awaitBody: return scan(far, .request, from: far.headStart)
        case .awaitResponse(let bodyless): return scan(far, .response(bodyless: bodyless), from: far.usedCount)
        case .awaitEnd: return far.ending == .open ? nil : far.input.count
        default: return far.usedCount
        }
    }

    private func scan(_ far: FarEnd, _ kind: MessageScanner.Kind, from start: Int) -> Int? {
        var scanner = far.scanner ?? MessageScanner(kind, from: start)
        let progress = far.input.lend { scanner.scan($0, ended: far.ending != .open) }
        far.scanner = scanner
        guard case .complete(let message) = progress else { return nil }
        far.messages.append(message)
        return message.body.end
    }

    private func request(_ far: FarEnd, _ question: FarAction) -> FarRequest {
        var request = FarRequest(
            far: far, connectionIndex: far.connectionIndex, requestIndex: far.requestIndex, head: [], body: [])
        if question == .awaitHead {
            request.head = far.received(ByteRange(far.headStart, far.usedCount))
            return request
        }
        let message = far.messages[far.messages.count - 1]
        request.head = far.received(message.head)
        for piece in message.pieces { request.body += far.received(piece) }
        return request
    }
}
