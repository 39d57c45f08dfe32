import Platform

/// What is known of a name.
package struct ResolvedName: Equatable, Sendable {
    /// IPv4 addresses first, without ports; empty where there is none.
    package let addresses: [SocketAddress]
    /// Where there is no address: the response code (RFC 1035 §4.1.1), 3 too where the name has none.
    package let code: Int
    /// Until when it may be used; an error only in the turn in which it came.
    package let expires: Instant
}

/// How names are resolved (nginx: resolver).
package struct ResolverRules: Sendable {
    /// `valid=`, in milliseconds; nil takes the answer's own time.
    package var validMilliseconds: Int64?
    /// Whether A and AAAA records are asked for.
    package var usesIPv4: Bool
    package var usesIPv6: Bool

    /// nginx's defaults: as long as the answer says, and both families.
    package init(validMilliseconds: Int64? = nil, usesIPv4: Bool = true, usesIPv6: Bool = true) {
        self.validMilliseconds = validMilliseconds
        self.usesIPv4 = usesIPv4
        self.usesIPv6 = usesIPv6
    }
}

/// One worker's names: what it knows, what it asks for, and who waits.
///
/// Data and an engine, without sockets of its own. A lookup goes on until it has an answer or nobody waits for it any
/// more; each waiter keeps a deadline of its own. All that is held is bounded.
package final class Resolver {
    /// Lookups at a time.
    package static let lookupLimit = 256
    /// Waiters of one lookup.
    package static let waiterLimit = 1_024
    /// Names that are remembered.
    package static let cacheLimit = 1_024
    /// How long a question without an answer rests before it is asked again, in milliseconds.
    package static let restMilliseconds: Int64 = 1_000
    /// The longest time for which an answer is believed.
    static let longestMilliseconds: Int64 = 86_400_000

    private let engine: any LookupEngine
    private let rules: ResolverRules
    private var known: [[UInt8]: ResolvedName] = [:]
    private var lookups: [UInt32: Lookup] = [:]
    private var tickets: [[UInt8]: UInt32] = [:]
    private var lastTicket: UInt32 = 0

    /// What `find` answers.
    package enum Finding: Equatable, Sendable {
        case known(ResolvedName)
        /// The waiter will be among those that `takeWoken` answers, unless it forgets.
        case asked
        /// As many are looked up, or wait, as may.
        case tooMany
    }

    /// A resolver that asks through `engine`.
    package init(_ engine: any LookupEngine, _ rules: ResolverRules) {
        self.engine = engine
        self.rules = rules
    }

    /// Lookups on their way.
    package var lookupCount: Int { lookups.count }

    // MARK: asking

    /// What is known of a name now; else it is looked up, and the waiter is told.
    ///
    /// - Parameters:
    ///   - waiter: any number by which the caller knows who waits
    package func find(_ name: [UInt8], waiter: UInt64, now: Instant) -> Finding {
        let name = Self.plain(name)
        if let answer = answerWithoutAsking(name) { return .known(answer) }
        if let answer = known[name] {
            if answer.expires >= now { return .known(answer) }
            known[name] = nil
        }
        if let ticket = tickets[name] {
            if lookups[ticket]?.waiters.count ?? 0 >= Self.waiterLimit { return .tooMany }
            lookups[ticket]?.waiters.append(waiter)
            return .asked
        }
        if lookups.count >= Self.lookupLimit { return .tooMany }
        repeat { lastTicket &+= 1 } while lookups[lastTicket] != nil
        var lookup = Lookup(name: name)
        lookup.waiters = [waiter]
        if rules.usesIPv4 { lookup.parts.append(Part(family: .ipv4, name: name)) }
        if rules.usesIPv6 { lookup.parts.append(Part(family: .ipv6, name: name)) }
        lookups[lastTicket] = lookup
        tickets[name] = lastTicket
        for part in lookup.parts { engine.ask(name, part.family, ticket: lastTicket, now: now) }
        return .asked
    }

    /// A waiter no longer waits for that name. With the last one the lookup ends.
    package func forget(_ name: [UInt8], waiter: UInt64) {
        guard let ticket = tickets[Self.plain(name)] else { return }
        lookups[ticket]?.waiters.removeAll { $0 == waiter }
        if lookups[ticket]?.waiters.isEmpty ?? false { drop(ticket) }
    }

    /// Names are compared without case and without a last dot.
    private static func plain(_ name: [UInt8]) -> [UInt8] {
        var name = NameAnswer.lowercased(name)
        if name.count > 1 && name.last == 0x2e { name.removeLast() }
        return name
    }

    /// `localhost` is this machine, in both families (RFC 6761 §6.3); what is no name has no address.
    private func answerWithoutAsking(_ name: [UInt8]) -> ResolvedName? {
        let text = String(decoding: name, as: UTF8.self)
        if text == "localhost" || text.hasSuffix(".localhost") {
            var addresses: [SocketAddress] = []
            if rules.usesIPv4 { addresses.append(SocketAddress(family: .ipv4, low: 0x7f00_0001)) }
            if rules.usesIPv6 { addresses.append(SocketAddress(family: .ipv6, low: 1)) }
            return ResolvedName(addresses: addresses, code: 0, expires: .never)
        }
        let isName = (1...253).contains(name.count) && !name.contains { $0 <= 0x20 || $0 == 0x7f || $0 == 0x5c }
        return isName ? nil : ResolvedName(addresses: [], code: 3, expires: .never)
    }

    // MARK: answers

    /// When `turn` is due at the latest.
    package func deadline(now: Instant) -> Instant {
        var next = engine.deadline(now: now)
        for lookup in lookups.values {
            for part in lookup.parts { next = min(next, part.restsUntil) }
        }
        return next
    }

    /// A descriptor of the engine's is ready.
    package func ready(_ descriptor: Descriptor, _ readiness: Readiness, now: Instant) {
        engine.ready(descriptor, readiness, now: now)
    }

    /// Does what is due and takes the answers that came; who waited for them, in the order in which they came to wait.
    package func turn(now: Instant) -> [UInt64] {
        if engine.deadline(now: now) <= now { engine.wake(now: now) }
        var woken: [UInt64] = []
        // A question asked here may be answered at once: that again is bounded by the aliases.
        for _ in 0..<NameAnswer.aliasLimit * 2 {
            let reports = engine.takeReports()
            if reports.isEmpty { break }
            for report in reports { take(report, now: now, &woken) }
        }
        for ticket in lookups.keys.sorted() {
            askAgain(ticket, now: now)
        }
        return woken
    }

    /// Gives all up; no waiter is told.
    package func close() {
        engine.close()
        lookups = [:]
        tickets = [:]
        known = [:]
    }

    private func take(_ report: LookupReport, now: Instant, _ woken: inout [UInt64]) {
        guard var lookup = lookups[report.ticket],
            let index = lookup.parts.firstIndex(where: { $0.family == report.family && $0.isAsking })
        else { return }
        lookup.parts[index].isAsking = false
        switch report.outcome {
        case .addresses(let addresses, let ttl):
            lookup.parts[index].addresses = addresses
            lookup.parts[index].shorten(to: ttl)
            lookup.parts[index].isDone = true
        case .failed(let code):
            lookup.parts[index].code = code
            lookup.parts[index].isDone = true
        case .alias(let name, let ttl):
            lookup.parts[index].shorten(to: ttl)
            lookup.parts[index].follow(name)
        case .noAnswer: lookup.parts[index].restsUntil = now.after(Self.restMilliseconds)
        }
        lookups[report.ticket] = lookup
        let part = lookup.parts[index]
        if lookup.isDone {
            woken += lookup.waiters
            remember(lookup, now: now)
            drop(report.ticket)
        } else if !part.isDone && part.restsUntil.isNever {
            ask(report.ticket, index, now: now)
        }
    }

    private func ask(_ ticket: UInt32, _ index: Int, now: Instant) {
        guard let part = lookups[ticket]?.parts[index] else { return }
        lookups[ticket]?.parts[index].isAsking = true
        lookups[ticket]?.parts[index].restsUntil = .never
        engine.ask(part.name, part.family, ticket: ticket, now: now)
    }

    private func askAgain(_ ticket: UInt32, now: Instant) {
        guard let parts = lookups[ticket]?.parts else { return }
        for index in parts.indices where parts[index].restsUntil <= now { ask(ticket, index, now: now) }
    }

    private func drop(_ ticket: UInt32) {
        if let lookup = lookups.removeValue(forKey: ticket) { tickets[lookup.name] = nil }
    }

    private func remember(_ lookup: Lookup, now: Instant) {
        let addresses = lookup.parts.flatMap(\.addresses)
        var answer = ResolvedName(addresses: [], code: lookup.code, expires: now)
        if !addresses.isEmpty {
            let seconds = lookup.parts.map(\.ttlSeconds).min() ?? 0
            let own = min(Int64(min(seconds, 1 << 31)) * 1000, Self.longestMilliseconds)
            answer = ResolvedName(
                addresses: addresses, code: 0, expires: now.after(rules.validMilliseconds ?? own))
        }
        if known.count >= Self.cacheLimit { makeRoom(now: now) }
        known[lookup.name] = answer
    }

    /// Forgets what is over, or else what is over soonest.
    private func makeRoom(now: Instant) {
        for name in known.filter({ $0.value.expires < now }).keys { known[name] = nil }
        if known.count < Self.cacheLimit { return }
        let soonest = known.min {
            ($0.value.expires.milliseconds, $0.key.count) < ($1.value.expires.milliseconds, $1.key.count)
        }
        if let soonest { known[soonest.key] = nil }
    }
}

/// A name that is being looked up.
private struct Lookup {
    let name: [UInt8]
    var waiters: [UInt64] = []
    /// One for each family that is asked for.
    var parts: [Part] = []

    var isDone: Bool { parts.allSatisfy(\.isDone) }
    /// What is wrong where no address was found: the first trouble that is not just a name without addresses.
    var code: Int { parts.first { $0.code != 3 && $0.code != 0 }?.code ?? 3 }
}

/// The question for one family.
private struct Part {
    let family: LookupFamily
    /// What is asked for: the name, or what it is an alias of.
    var name: [UInt8]
    var isAsking = true
    var isDone = false
    /// When it is asked again, where no server answered.
    var restsUntil = Instant.never
    var addresses: [SocketAddress] = []
    var ttlSeconds = Int.max
    var code = 0
    private var aliases = 0

    init(family: LookupFamily, name: [UInt8]) {
        self.family = family
        self.name = name
    }

    mutating func shorten(to seconds: Int) { ttlSeconds = min(ttlSeconds, max(0, seconds)) }

    mutating func follow(_ alias: [UInt8]) {
        aliases += 1
        name = alias
        if aliases > NameAnswer.aliasLimit {
            code = 2
            isDone = true
        }
    }
}
