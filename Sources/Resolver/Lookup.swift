import Platform

/// A name that is being looked up.
struct Lookup {
    /// What is looked up, and what is asked for now: the same, or what it is an alias of.
    let name: [UInt8]
    private(set) var target: [UInt8]
    /// Aliases that were followed.
    private(set) var aliases = 0
    /// How long what was answered holds.
    private(set) var ttlSeconds = Int.max
    var waiters: [UInt64]
    /// One for each family that is asked for.
    var parts: [LookupPart] = []

    init(name: [UInt8], _ rules: ResolverRules, server: Int, waiter: UInt64) {
        self.name = name
        target = name
        waiters = [waiter]
        if rules.usesIPv4 { parts.append(LookupPart(family: .ipv4, server: server)) }
        if rules.usesIPv6 { parts.append(LookupPart(family: .ipv6, server: server)) }
    }

    /// Every family is answered for, or those that are have addresses and the servers had their chance for the rest.
    var isDone: Bool {
        let hasAddresses = !addresses.isEmpty
        return parts.allSatisfy { $0.answer != nil || hasAddresses && $0.hasMissedAll }
    }

    /// IPv4 addresses first.
    var addresses: [SocketAddress] {
        parts.flatMap(\.addresses)
    }

    /// Another name for it. A name that is an alias is one for both families (RFC 1034 §3.6.2), whichever was told.
    var alias: [UInt8]? {
        for part in parts.reversed() {
            if case .alias(let name) = part.answer { return name }
        }
        return nil
    }

    /// What is wrong where no address was found: the first trouble that is not just a name without addresses. A chain
    /// of aliases without end is the servers' failure, and so is that none can be reached.
    var code: Int {
        for part in parts {
            if case .failed(let code) = part.answer, code != 3 { return code }
        }
        return alias == nil && !isUnreached ? 3 : 2
    }

    /// Whether no server could be asked at all.
    var isUnreached: Bool { parts.contains { $0.answer == .unreached } }

    mutating func shorten(to seconds: Int) { ttlSeconds = min(ttlSeconds, max(0, seconds)) }

    mutating func follow(_ alias: [UInt8]) {
        target = alias
        aliases += 1
        parts = parts.map { LookupPart(family: $0.family, server: $0.server) }
    }
}

/// What is asked for one family.
struct LookupPart {
    enum Answer: Equatable {
        case addresses([SocketAddress])
        case alias([UInt8])
        case failed(code: Int)
        case unreached
    }

    let family: LookupFamily
    /// The server that is asked now, or next.
    var server: Int
    /// Questions on their way.
    var tickets: [UInt32] = []
    /// The latest of them; nil while no server is asked anew.
    var latest: UInt32?
    /// When the next server is asked, unless there is an answer by then.
    var asksNext = Instant.never
    /// Servers in a row that were no help.
    var misses = 0
    /// Whether all were no help at least once.
    private(set) var hasMissedAll = false
    /// Whether one of them could be asked.
    var wasReached = false
    /// What one of them said was wrong with it.
    var code = 0
    var answer: Answer?

    var addresses: [SocketAddress] { if case .addresses(let list) = answer { list } else { [] } }

    init(family: LookupFamily, server: Int) {
        self.family = family
        self.server = server
    }

    /// All servers were no help. `givesUp`: whether they need not be asked again where none could be reached.
    mutating func missAll(givesUp: Bool) {
        hasMissedAll = true
        misses = 0
        if code != 0 {
            answer = .failed(code: code)
        } else if givesUp && !wasReached {
            answer = .unreached
        }
    }
}

/// Whose question it is.
struct Question {
    let lookup: UInt32
    let part: Int
}
