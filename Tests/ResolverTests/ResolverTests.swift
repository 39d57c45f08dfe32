import Platform
import Testing

@testable import Resolver

/// The names of a worker: what is remembered, who waits, and what bounds there are.
@Suite struct ResolverTests {
    private let engine = ScriptedEngine()
    private let one = SocketAddress(family: .ipv4, low: 0xc000_0201)
    private let six = SocketAddress(family: .ipv6, high: 0x2001_0db8 << 32, low: 1)
    private let now = Instant(milliseconds: 10_000)

    private func known(_ resolver: Resolver, _ name: String, at now: Instant) -> ResolvedName? {
        if case .known(let answer) = resolver.find(name.name, waiter: 9, now: now) { return answer }
        return nil
    }

    @Test func bothFamiliesAreAskedAndAllWaitersWoken() {
        let resolver = Resolver(engine, ResolverRules())
        #expect(resolver.find("App.test.".name, waiter: 1, now: now) == .asked)
        #expect(resolver.find("app.TEST".name, waiter: 2, now: now) == .asked)
        #expect(engine.asked == 2)
        engine.answer(.ipv6, .addresses([six], ttlSeconds: 5))
        #expect(resolver.turn(now: now) == [])
        engine.answer(.ipv4, .addresses([one], ttlSeconds: 3))
        #expect(resolver.turn(now: now) == [1, 2])
        let answer = known(resolver, "app.test", at: now.after(3_000))
        #expect(answer?.addresses == [one, six])
        #expect(known(resolver, "app.test", at: now.after(3_001)) == nil)
        #expect(resolver.lookupCount == 1)
    }

    @Test func validReplacesTheAnswersTime() {
        let resolver = Resolver(engine, ResolverRules(validMilliseconds: 60_000, usesIPv6: false))
        engine.answers["a"] = .addresses([one], ttlSeconds: 1)
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [1])
        #expect(known(resolver, "a", at: now.after(60_000)) != nil)
        #expect(known(resolver, "a", at: now.after(60_001)) == nil)
    }

    @Test func anErrorIsKnownInItsTurnOnly() {
        let resolver = Resolver(engine, ResolverRules())
        engine.answers["a/ipv4"] = .failed(code: 3)
        engine.answers["a/ipv6"] = .failed(code: 2)
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [1])
        #expect(known(resolver, "a", at: now)?.code == 2)
        #expect(known(resolver, "a", at: now.after(1)) == nil)
    }

    @Test func oneFamilyIsEnough() {
        let resolver = Resolver(engine, ResolverRules())
        engine.answers["a/ipv4"] = .failed(code: 3)
        engine.answers["a/ipv6"] = .addresses([six], ttlSeconds: 1)
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [1])
        #expect(known(resolver, "a", at: now)?.addresses == [six])
    }

    @Test func whatIsNotAnsweredIsAskedAgainWhileSomebodyWaits() {
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        _ = resolver.find("a".name, waiter: 1, now: now)
        engine.answer(.ipv4, .noAnswer)
        #expect(resolver.turn(now: now) == [])
        #expect(resolver.deadline(now: now) == now.after(Resolver.restMilliseconds))
        #expect(engine.asked == 1)
        #expect(resolver.turn(now: now.after(1_000)) == [])
        #expect(engine.asked == 2)
        resolver.forget("a".name, waiter: 1)
        #expect(resolver.lookupCount == 0)
        engine.answer(.ipv4, .noAnswer)
        #expect(resolver.turn(now: now.after(1_000)) == [])
        #expect(resolver.deadline(now: now).isNever)
    }

    // MARK: several servers

    @Test func theNextServerIsAskedWhereOneFails() {
        engine.serverCount = 3
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        for (failure, count) in [(LookupOutcome.failed(code: 2), 1), (.noAnswer, 2), (.unreached, 3)] {
            engine.answers = ["a@0": failure, "a@1": .failed(code: 5), "a@2": .addresses([one], ttlSeconds: 0)]
            _ = resolver.find("a".name, waiter: 1, now: now.after(Int64(count)))
            #expect(resolver.turn(now: now.after(Int64(count))) == [1])
            #expect(known(resolver, "a", at: now.after(Int64(count)))?.addresses == [one])
            // The next lookup begins with the next server; two others bring it round to the first.
            for name in ["x", "y"] {
                _ = resolver.find(name.name, waiter: 2, now: now)
                resolver.forget(name.name, waiter: 2)
            }
        }
        #expect(engine.asked == 9 + 6)
    }

    @Test func whereAllFailTheirCodeIsTold() {
        engine.serverCount = 3
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        engine.answers = ["a@0": .noAnswer, "a@1": .failed(code: 5), "a@2": .unreached]
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [1])
        #expect(known(resolver, "a", at: now)?.code == 5)
        // That there is no such name is an answer: nobody else is asked.
        engine.answers = ["b@1": .failed(code: 3)]
        _ = resolver.find("b".name, waiter: 2, now: now)
        #expect(resolver.turn(now: now) == [2])
        #expect(engine.asked == 4)
    }

    /// A silent server is not waited for alone, and still heard.
    @Test func silenceIsNotWaitedForAlone() {
        engine.serverCount = 2
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.deadline(now: now) == now.after(Resolver.silenceMilliseconds))
        #expect(resolver.turn(now: now.after(1_999)) == [])
        #expect(engine.open.map(\.server) == [0])
        for seconds: Int64 in [2, 4, 6] { #expect(resolver.turn(now: now.after(seconds * 1_000)) == []) }
        #expect(engine.open.map(\.server) == [0, 1, 0, 1])
        engine.answer(.ipv4, .addresses([one], ttlSeconds: 1))
        #expect(resolver.turn(now: now.after(6_001)) == [1])
        // What the others still say changes nothing.
        for _ in 0..<3 { engine.answer(.ipv4, .failed(code: 2)) }
        #expect(resolver.turn(now: now.after(6_002)) == [])
        #expect(known(resolver, "a", at: now.after(6_003))?.addresses == [one])
    }

    /// Without a `resolver` the system's servers are asked, the first one first; if none is there, nor is a resolver.
    @Test func theSystemsServersMustBeWithinReach() {
        engine.serverCount = 2
        let resolver = Resolver(engine, ResolverRules(areSystems: true))
        engine.answers = ["a": .unreached, "b@0": .unreached, "b@1": .addresses([one], ttlSeconds: 1)]
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [1])
        #expect(known(resolver, "a", at: now)?.isUnreached == true)
        #expect(known(resolver, "a", at: now)?.code == 2)
        _ = resolver.find("b".name, waiter: 2, now: now)
        #expect(resolver.turn(now: now) == [2])
        #expect(known(resolver, "b", at: now)?.addresses == [one, one])
        _ = resolver.find("c".name, waiter: 3, now: now)
        #expect(engine.open.map(\.server) == [0, 0])
        // One that is merely silent is waited for.
        #expect(resolver.turn(now: now.after(2_000)) == [])
        for _ in 0..<4 {
            engine.answer(.ipv4, .unreached)
            engine.answer(.ipv6, .unreached)
        }
        #expect(resolver.turn(now: now.after(2_000)) == [])
        #expect(resolver.deadline(now: now.after(2_000)) == now.after(3_000))
    }

    /// Addresses of one family are not held up by servers that are no help with the other.
    @Test func addressesAreNotHeldUp() {
        let resolver = Resolver(engine, ResolverRules())
        engine.answers["a/ipv4"] = .addresses([one], ttlSeconds: 1)
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [])
        #expect(resolver.turn(now: now.after(2_000)) == [1])
        #expect(known(resolver, "a", at: now.after(2_000))?.addresses == [one])
    }

    @Test func questionsAreBounded() {
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        for number in 0..<Resolver.questionLimit {
            #expect(resolver.find("n\(number)".name, waiter: 0, now: now) == .asked)
            resolver.forget("n\(number)".name, waiter: 0)
        }
        #expect(resolver.find("more".name, waiter: 0, now: now) == .tooMany)
        engine.answer(.ipv4, .noAnswer)
        #expect(resolver.turn(now: now) == [])
        #expect(resolver.find("more".name, waiter: 0, now: now) == .asked)
    }

    // MARK: aliases

    @Test func aliasesAreFollowedButNotForEver() {
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        engine.answers["a"] = .alias("b".name, ttlSeconds: 2)
        engine.answers["b"] = .addresses([one], ttlSeconds: 90)
        _ = resolver.find("a".name, waiter: 1, now: now)
        #expect(resolver.turn(now: now) == [1])
        #expect(known(resolver, "a", at: now.after(2_000))?.addresses == [one])
        #expect(known(resolver, "a", at: now.after(2_001)) == nil)
        engine.answers["loop"] = .alias("loop".name, ttlSeconds: 2)
        _ = resolver.find("loop".name, waiter: 3, now: now)
        #expect(resolver.turn(now: now).contains(3))
        #expect(known(resolver, "loop", at: now)?.code == 2)
        #expect(engine.asked < 20)
    }

    /// A name that is an alias is one for both families; where it has addresses itself, they are what counts.
    @Test func anAliasIsFollowedForBothFamilies() {
        let resolver = Resolver(engine, ResolverRules())
        engine.answers = [
            "a/ipv4": .failed(code: 3), "a/ipv6": .alias("b".name, ttlSeconds: 2),
            "b/ipv4": .addresses([one], ttlSeconds: 3), "b/ipv6": .addresses([six], ttlSeconds: 3),
            "c/ipv4": .addresses([one], ttlSeconds: 3), "c/ipv6": .alias("b".name, ttlSeconds: 3),
        ]
        for (name, addresses) in [("a", [one, six]), ("c", [one])] {
            _ = resolver.find(name.name, waiter: 1, now: now)
            #expect(resolver.turn(now: now) == [1])
            #expect(known(resolver, name, at: now.after(2_000))?.addresses == addresses)
        }
        #expect(engine.asked == 6)
    }

    @Test func localhostIsBothFamiliesAndNeverAsked() {
        let resolver = Resolver(engine, ResolverRules())
        #expect(known(resolver, "localhost", at: now)?.addresses.map(\.hostText) == ["127.0.0.1", "::1"])
        #expect(known(resolver, "app.Localhost.", at: now)?.addresses.count == 2)
        let four = Resolver(engine, ResolverRules(usesIPv6: false))
        #expect(known(four, "localhost", at: now)?.addresses.map(\.hostText) == ["127.0.0.1"])
        for text in ["", String(repeating: "a", count: 254), "a b", "a\u{0}b"] {
            #expect(known(resolver, text, at: now)?.code == 3)
        }
        #expect(engine.asked == 0)
    }

    @Test func allIsBounded() {
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        for number in 0..<Resolver.lookupLimit {
            #expect(resolver.find("n\(number)".name, waiter: 0, now: now) == .asked)
        }
        #expect(resolver.find("more".name, waiter: 0, now: now) == .tooMany)
        for number in 1..<Resolver.waiterLimit {
            #expect(resolver.find("n0".name, waiter: UInt64(number), now: now) == .asked)
        }
        #expect(resolver.find("n0".name, waiter: 0, now: now) == .tooMany)
        engine.answer(.ipv4, .addresses([one], ttlSeconds: 1_000))
        #expect(resolver.turn(now: now).count == Resolver.waiterLimit)
        #expect(resolver.find("more".name, waiter: 0, now: now) == .asked)
        resolver.close()
        #expect(engine.isClosed && resolver.lookupCount == 0)
    }

    /// With the memory full, what is over soonest is forgotten.
    @Test func memoryIsBounded() {
        let resolver = Resolver(engine, ResolverRules(usesIPv6: false))
        for number in 0...Resolver.cacheLimit {
            engine.answers["n\(number)"] = .addresses([one], ttlSeconds: 100 + number)
            _ = resolver.find("n\(number)".name, waiter: 0, now: now)
            _ = resolver.turn(now: now)
        }
        let asked = engine.asked
        #expect(known(resolver, "n1", at: now) != nil)
        #expect(engine.asked == asked)
        #expect(known(resolver, "n0", at: now) == nil)
        #expect(engine.asked == asked + 1)
    }
}
