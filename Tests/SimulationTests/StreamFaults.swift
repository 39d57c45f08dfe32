import HTTP2
import SimulatedKernel

// What goes wrong with HTTP/2 to upstreams alone.
extension Scenario {
    /// Some answers fail as only streams can; some upstreams allow few streams, or give little room for bodies.
    mutating func failStreams() {
        var chance = Chance(seed: seed, stream: 104)
        session.streamLimit = chance.one(of: [128, 128, 3, 1])
        session.streamWindowBytes = chance.one(of: [65_536, 65_536, 5_000, 700])
        for client in clients.indices {
            for request in clients[client].requests.indices {
                for answer in clients[client].requests[request].answers.indices where chance.percent(40) {
                    fail(&clients[client].requests[request].answers[answer], &chance)
                }
            }
        }
    }

    private func fail(_ answer: inout AnswerPlan, _ chance: inout Chance) {
        if answer.status == AnswerPlan.redirectStatus { return }
        switch chance.below(12) {
        case 0, 1, 2: answer.fault = .refuses(byGoAway: false)
        case 3: answer.fault = .refuses(byGoAway: true)
        case 4, 5, 6: answer.fault = .resetsStream(chance.one(of: [0, 1, 2, 8, 0xb, 0xd, 99]), chance.below(1_000))
        case 7, 8:
            answer.framing = .length
            answer.bodyCount = max(answer.bodyCount, 2)
            if answer.status == 204 || answer.status == 304 { answer.status = 200 }
            answer.fault = .endsEarly(chance.below(1_000))
        case 9: answer.fault = .fails(chance.one(of: [1, 2, 0xb]))
        case 10: answer.fault = .goesGently
        default: answer.fault = .readsNothing
        }
    }
}
