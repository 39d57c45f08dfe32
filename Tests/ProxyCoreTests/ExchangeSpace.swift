@testable import ProxyCore

/// All that an exchange can come to: each choice is taken in each state that was found before.
struct ExchangeSpace {
    /// What may become of a talk.
    struct Edge {
        var from: Int
        var to: Int
        /// Time alone brings it about, or the driver's own next step.
        var isTimeout: Bool
    }

    /// One talk of each key, in the order in which they were found.
    private(set) var talks: [ExchangeTalk] = []
    private(set) var edges: [Edge] = []
    /// All that machines were told, each once.
    private(set) var steps: [ExchangeStep] = []
    private var numbers: [ExchangeTalk.Key: Int] = [:]
    private var known: Set<ExchangeStep> = []

    static let all = ExchangeSpace()
    private static let limit = 50_000

    init() {
        for hasBody in [false, true] { _ = number(of: ExchangeTalk(hasBody: hasBody)) }
        var next = 0
        while next < talks.count {
            precondition(talks.count < Self.limit, "the states of an exchange do not end")
            for choice in talks[next].choices {
                var talk = talks[next]
                choice.happen(&talk)
                for step in talk.steps where known.insert(step).inserted { steps.append(step) }
                talk.steps = []
                edges.append(Edge(from: next, to: number(of: talk), isTimeout: choice.isTimeout))
            }
            next += 1
        }
    }

    private mutating func number(of talk: ExchangeTalk) -> Int {
        let key = talk.key
        if let number = numbers[key] { return number }
        numbers[key] = talks.count
        talks.append(talk)
        return talks.count - 1
    }

    /// Where exchanges rest, with the deadlines that are set there, in the order in which they were found.
    var restingPlaces: [(standing: Standing, deadlines: [String])] {
        var order: [Standing] = []
        var deadlines: [Standing: [String]] = [:]
        for talk in talks where talk.isResting && !talk.isLogged {
            let names = talk.deadlineNames
            if deadlines[talk.standing] == nil { order.append(talk.standing) }
            if !(deadlines[talk.standing] ?? []).contains(names) { deadlines[talk.standing, default: []].append(names) }
        }
        let sorted = order.sorted { $0.rank < $1.rank }
        return sorted.map { ($0, (deadlines[$0] ?? []).sorted()) }
    }
}

extension ExchangeTalk {
    /// The deadlines that are set, in words.
    var deadlineNames: String {
        var names: [String] = []
        if !machine.bodyDeadline.isNever { names.append("body") }
        if !machine.attemptDeadline.isNever { names.append("attempt") }
        if !machine.sendDeadline.isNever { names.append("send") }
        if !machine.readPace.isNever { names.append("proxy_limit_rate") }
        if !machine.sendPace.isNever { names.append("limit_rate") }
        return names.isEmpty ? "none" : names.joined(separator: " + ")
    }
}

extension Standing {
    var rank: Int { Int(response.rawValue) << 8 | Int(attempt.rawValue) << 4 | Int(request.rawValue) }
}
