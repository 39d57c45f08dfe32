import SimulatedKernel

/// Turns the plan of a client into what it does.
enum ClientPlay {
    static func actions(_ client: ClientPlan) -> [FarAction] {
        var actions: [FarAction] = []
        if case .slow(let bytes) = client.manner { actions.append(.readPace(bytes: bytes, everyMilliseconds: 10)) }
        let all = client.requests.enumerated().map { index, request in
            (request: request, bytes: request.bytes(closes: closes(client, index)))
        }
        switch client.manner {
        case .stops(let part): return [.send(Array(all[0].bytes.prefix(all[0].bytes.count * part / 1_000))), .awaitEnd]
        case .breaksOff(let part, let reset):
            let begin = Array(all[0].bytes.prefix(all[0].bytes.count * part / 1_000))
            return [.send(begin), .pause(milliseconds: 20), reset ? .reset : .close]
        case .stalls:
            return [.readPace(bytes: 0, everyMilliseconds: 1)] + all.map { .send($0.bytes) } + [.stall]
        case .leaves(let after, let reset):
            return all.map { .send($0.bytes) } + [.pause(milliseconds: after), reset ? .reset : .close]
        case .patient, .slow, .halfCloses: break
        }
        if client.isPipelining {
            for one in all { actions += send(one.bytes, client) }
            if client.manner == .halfCloses { actions.append(.shutdown) }
            for one in all { actions.append(.awaitResponse(bodyless: one.request.isHead)) }
        } else {
            for (index, one) in all.enumerated() {
                actions += send(one.bytes, client)
                if client.manner == .halfCloses && index == all.count - 1 { actions.append(.shutdown) }
                actions.append(.awaitResponse(bodyless: one.request.isHead))
                if let count = one.request.tunnelCount {
                    actions.append(.send(Pattern.bytes(of: one.request.number, attempt: -1, count)))
                    actions.append(.awaitBytes(count))
                }
                if client.pauseMilliseconds > 0 { actions.append(.pause(milliseconds: client.pauseMilliseconds)) }
            }
        }
        return actions + [client.requests.count % 2 == 0 ? .awaitEnd : .close]
    }

    private static func closes(_ client: ClientPlan, _ index: Int) -> Bool {
        index == client.requests.count - 1 && client.requests.count % 3 == 0
    }

    private static func send(_ bytes: [UInt8], _ client: ClientPlan) -> [FarAction] {
        if client.pieceBytes == 0 { return [.send(bytes)] }
        return [
            .trickle(
                bytes, pieceBytes: max(client.pieceBytes, bytes.count / 100), gapMilliseconds: client.gapMilliseconds)
        ]
    }
}
