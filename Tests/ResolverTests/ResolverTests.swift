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
