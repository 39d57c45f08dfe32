import Platform

/// What is known of a name.
package struct ResolvedName: Equatable, Sendable {
    /// IPv4 addresses first, without ports; empty where there is none.
    package let addresses: [SocketAddress]
    /// Where there is no address: the response code (RFC 1035 §4.1.1), 3 too where the name has none.
    package let code: Int
    /// Whether there is no address because no name server could be reached.
    package var isUnreached = false
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
    /// Whether these are the servers of the system's configuration: the first is asked first, and where none can be
    /// reached there is no resolver. Those of a `resolver` directive take turns (nginx), and are waited for.
    package var areSystems: Bool

    /// nginx's defaults: as long as the answer says, and both families.
    package init(
        validMilliseconds: Int64? = nil, usesIPv4: Bool = true, usesIPv6: Bool = true, areSystems: Bool = false
    ) {
        self.validMilliseconds = validMilliseconds
        self.usesIPv4 = usesIPv4
        self.usesIPv6 = usesIPv6
        self.areSystems = areSystems
    }
}

/// One worker's names: what it knows, what it asks for, and who waits.
///
/// Data and an engine, without sockets of its own. A lookup goes on until it has an answer or nobody waits for it any
/// more; each waiter keeps a deadline of its own. All that is held is bounded.
///
/// A server that fails, cannot be reached or is silent for a while is passed over for the next one (RFC 1034 §5.3.3),
/// round and round; what it says late still counts.
package final class Resolver {
    /// Lookups at a time.
    package static let lookupLimit = 256
    /// Waiters of one lookup.
    package static let waiterLimit = 1_024
    /// Names that are remembered.
    package static let cacheLimit = 1_024
    /// Questions without a report, of lookups that are over included, at which no other name is looked up.
    package static let questionLimit = 2_048
    /// How long the next server is not asked once none gave an answer at all, in milliseconds.
    package static let restMilliseconds: Int64 = 1_000
    /// How long a server has before the next one is asked as well, in milliseconds.
    package static let silenceMilliseconds: Int64 = 2_000
    /// The longest time for which an answer is believed.
    static let longestMilliseconds: Int64 = 86_400_000

    private let engine: any LookupEngine
    private let rules: ResolverRules
    private var known: [[UInt8]: ResolvedName] = [:]
    private var lookups: [UInt32: Lookup] = [:]
    private var names: [[UInt8]: UInt32] = [:]
    /// Questions whose answer is waited for.
    private var questions: [UInt32: Question] = [:]
    private var lastNumber: UInt32 = 0
    private var firstServer = 0

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
        if let number = names[name] {
            if lookups[number]?.waiters.count ?? 0 >= Self.waiterLimit { return .tooMany }
            lookups[number]?.waiters.append(waiter)
            return .asked
        }
        if lookups.count >= Self.lookupLimit || engine.openCount >= Self.questionLimit { return .tooMany }
        repeat { lastNumber &+= 1 } while lookups[lastNumber] != nil
        lookups[lastNumber] = Lookup(name: name, rules, server: firstServer, waiter: waiter)
        names[name] = lastNumber
        if !rules.areSystems { firstServer = (firstServer + 1) % engine.serverCount }
        askAll(lastNumber, now: now)
        return .asked
    }

    /// A waiter no longer waits for that name. With the last one the lookup ends.
    package func forget(_ name: [UInt8], waiter: UInt64) {
        guard let number = names[Self.plain(name)] else { return }
        lookups[number]?.waiters.removeAll { $0 == waiter }
        if lookups[number]?.waiters.isEmpty ?? false { drop(number) }
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
            for part in lookup.parts where part.answer == nil { next = min(next, part.asksNext) }
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
        for number in lookups.keys.sorted() { passOverSilent(number, now: now, &woken) }
        return woken
    }

    /// Gives all up; no waiter is told.
    package func close() {
        engine.close()
        lookups = [:]
        names = [:]
        questions = [:]
        known = [:]
    }

    private func take(_ report: LookupReport, now: Instant, _ woken: inout [UInt64]) {
        guard let question = questions.removeValue(forKey: report.ticket), var lookup = lookups[question.lookup]
        else { return }
        let index = question.part
        let isLatest = lookup.parts[index].latest == report.ticket
        if isLatest { lookup.parts[index].latest = nil }
        lookup.parts[index].tickets.removeAll { $0 == report.ticket }
        if lookup.parts[index].answer != nil { return }
        switch report.outcome {
        case .addresses(let addresses, let ttl):
            lookup.shorten(to: ttl)
            lookup.parts[index].answer = .addresses(addresses)
        case .alias(let name, let ttl):
            lookup.shorten(to: ttl)
            lookup.parts[index].answer = .alias(name)
        case .failed(3): lookup.parts[index].answer = .failed(code: 3)
        case .failed(let code): lookup.parts[index].code = code
        case .noAnswer: lookup.parts[index].wasReached = true
        case .unreached: break
        }
        let goesOn = lookup.parts[index].answer == nil && isLatest
        if goesOn { lookup.parts[index].asksNext = now.after(Self.restMilliseconds) }
        lookups[question.lookup] = lookup
        if goesOn { passOver(question.lookup, index, now: now) }
        endIfDone(question.lookup, now: now, &woken)
    }

    /// The server that was asked last is no help.
    private func passOver(_ number: UInt32, _ index: Int, now: Instant) {
        guard var part = lookups[number]?.parts[index] else { return }
        part.misses += 1
        let hasMissedAll = part.misses >= engine.serverCount
        if hasMissedAll { part.missAll(givesUp: rules.areSystems) }
        part.server = (part.server + 1) % engine.serverCount
        lookups[number]?.parts[index] = part
        if part.answer == nil && (!hasMissedAll || part.asksNext <= now) { ask(number, index, now: now) }
    }

    /// The next server is asked where one was silent for long enough.
    private func passOverSilent(_ number: UInt32, now: Instant, _ woken: inout [UInt64]) {
        guard let parts = lookups[number]?.parts else { return }
        for index in parts.indices where parts[index].answer == nil && parts[index].asksNext <= now {
            if parts[index].latest == nil {
                ask(number, index, now: now)
            } else {
                lookups[number]?.parts[index].wasReached = true
                passOver(number, index, now: now)
            }
        }
        endIfDone(number, now: now, &woken)
    }

    private func askAll(_ number: UInt32, now: Instant) {
        for index in lookups[number]?.parts.indices ?? 0..<0 { ask(number, index, now: now) }
    }

    private func ask(_ number: UInt32, _ index: Int, now: Instant) {
        guard let lookup = lookups[number] else { return }
        repeat { lastNumber &+= 1 } while questions[lastNumber] != nil
        let ticket = lastNumber
        questions[ticket] = Question(lookup: number, part: index)
        lookups[number]?.parts[index].tickets.append(ticket)
        lookups[number]?.parts[index].latest = ticket
        lookups[number]?.parts[index].asksNext = now.after(Self.silenceMilliseconds)
        let part = lookup.parts[index]
        engine.ask(lookup.target, part.family, server: part.server, ticket: ticket, now: now)
    }

    private func endIfDone(_ number: UInt32, now: Instant, _ woken: inout [UInt64]) {
        guard var lookup = lookups[number], lookup.isDone else { return }
        if lookup.addresses.isEmpty, let alias = lookup.alias, lookup.aliases < NameAnswer.aliasLimit {
            forgetQuestions(lookup)
            lookup.follow(alias)
            lookups[number] = lookup
            return askAll(number, now: now)
        }
        woken += lookup.waiters
        remember(lookup, now: now)
        drop(number)
    }

    private func drop(_ number: UInt32) {
        guard let lookup = lookups.removeValue(forKey: number) else { return }
        names[lookup.name] = nil
        forgetQuestions(lookup)
    }

    private func forgetQuestions(_ lookup: Lookup) {
        for part in lookup.parts {
            for ticket in part.tickets { questions[ticket] = nil }
        }
    }

    private func remember(_ lookup: Lookup, now: Instant) {
        var answer = ResolvedName(
            addresses: [], code: lookup.code, isUnreached: lookup.isUnreached, expires: now)
        if !lookup.addresses.isEmpty {
            let own = min(Int64(min(lookup.ttlSeconds, 1 << 31)) * 1000, Self.longestMilliseconds)
            answer = ResolvedName(
                addresses: lookup.addresses, code: 0, expires: now.after(rules.validMilliseconds ?? own))
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
