import SimulatedKernel

// What goes wrong with TLS alone.
extension Scenario {
    /// Some connections end or rest after a few bytes on the wire; some upstreams end without close_notify.
    mutating func fail(handshakes chance: inout Chance) {
        if wires.clients.isSecure {
            for index in clients.indices where chance.percent(10) { clients[index].wireLimit = limit(&chance) }
        }
        if !wires.upstreams.isSecure && !wires.upstreams.isHTTP2 { return }
        for index in peers.indices where peers[index].plan == .serves && chance.percent(25) {
            peers[index].limits = (0..<chance.within(1...4)).map { _ in chance.percent(60) ? limit(&chance) : nil }
        }
        for client in clients.indices {
            for request in clients[client].requests.indices { drop(&clients[client].requests[request], &chance) }
        }
    }

    /// Within the handshake, or a little behind it.
    private func limit(_ chance: inout Chance) -> WireLimit {
        WireLimit(bytes: chance.within(0...1_500), action: chance.one(of: [.close, .reset, .stall]))
    }

    private func drop(_ request: inout RequestPlan, _ chance: inout Chance) {
        for index in request.answers.indices {
            let isMet = chance.percent(40)
            let part = chance.below(1_000)
            if !isMet { continue }
            let answer = request.answers[index]
            switch (answer.fault, answer.framing) {
            case (.silent(.close), _): request.answers[index].fault = .silent(.drop)
            case (.cutHead(let part, .close), _): request.answers[index].fault = .cutHead(part, .drop)
            case (.cutBody(let part, .close), _): request.answers[index].fault = .cutBody(part, .drop)
            // Without close_notify nobody knows whether such a body is whole.
            case (.none, .close) where answer.bodyCount > 1: request.answers[index].fault = .cutBody(part, .drop)
            default: break
            }
        }
    }
}
