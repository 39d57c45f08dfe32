import Bytes

// What a far end's script can wait for.
extension SimulatedKernel {
    /// Whether what is awaited has come; where it never will, the far end closes.
    func waits(_ far: FarEnd, _ action: FarAction) -> Bool {
        if let end = awaited(far, action) {
            far.usedCount = end
            far.scanner = nil
            far.scriptPosition += 1
            if action == .awaitRequest, let server = far.server, let answer = server.answer {
                server.requestCount += 1
                far.script = answer(request(far)) + [.awaitRequest]
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
        case .awaitRequest: return scan(far, .request)
        case .awaitResponse(let bodyless): return scan(far, .response(bodyless: bodyless))
        case .awaitEnd: return far.ending == .open ? nil : far.input.count
        default: return far.usedCount
        }
    }

    private func scan(_ far: FarEnd, _ kind: MessageScanner.Kind) -> Int? {
        var scanner = far.scanner ?? MessageScanner(kind, from: far.usedCount)
        let progress = far.input.lend { scanner.scan($0, ended: far.ending != .open) }
        far.scanner = scanner
        guard case .complete(let message) = progress else { return nil }
        far.messages.append(message)
        return message.body.end
    }

    private func request(_ far: FarEnd) -> FarRequest {
        let message = far.messages[far.messages.count - 1]
        var body: [UInt8] = []
        for piece in message.pieces { body += far.received(piece) }
        return FarRequest(
            connectionIndex: far.connectionIndex, requestIndex: far.requestIndex, head: far.received(message.head),
            wireBody: far.received(message.body), body: body)
    }
}
