import FaultyUpstream
import Foundation
import Platform
import Testing

@testable import Resolver

/// How many answers are tried.
enum TestLength {
    static func answers(_ ordinary: Int) -> Int {
        ProcessInfo.processInfo.environment["DNS_ANSWERS"].flatMap { Int($0) } ?? ordinary
    }
}

/// c-ares on a real epoll instance, before a name server that fails on purpose.
@Suite struct EngineTests {
    /// A resolver and what drives it.
    private final class Bench {
        let kernel = Kernel()
        let poller: Descriptor
        let engine: AresEngine
        let resolver: Resolver
        private var events = EventList()

        init(
            _ servers: [SocketAddress], _ rules: ResolverRules = ResolverRules(), patience: Int = 6_000
        ) throws {
            poller = Descriptor(Int32(kernel.makePoller().value))
            engine = try #require(
                AresEngine(
                    servers: servers, kernel: kernel, poller: poller, token: 5 << 60, patienceMilliseconds: patience))
            resolver = Resolver(engine, rules)
        }

        deinit {
            resolver.close()
            kernel.close(poller)
        }

        /// Who is woken next, within `milliseconds`.
        func woken(within milliseconds: Int64 = 20_000) -> [UInt64] {
            let end = kernel.now().after(milliseconds)
            while kernel.now() < end {
                let due = min(end, resolver.deadline(now: kernel.now()))
                let timeout = Int32(max(0, due.since(kernel.now())))
                _ = kernel.poll(poller, into: &events, timeoutMilliseconds: timeout)
                for index in 0..<events.count {
                    #expect(events[index].token >> 60 == 5)
                    resolver.ready(
                        Descriptor(Int32(truncatingIfNeeded: events[index].token)), events[index].readiness,
                        now: kernel.now())
                }
                let woken = resolver.turn(now: kernel.now())
                if !woken.isEmpty { return woken }
            }
            return []
        }

        /// The addresses of a name, or the code of what is wrong.
        func look(_ name: String, within milliseconds: Int64 = 20_000) -> String {
            for _ in 0..<2 {
                switch resolver.find(Array(name.utf8), waiter: 1, now: kernel.now()) {
                case .known(let answer): return Self.text(answer)
                case .tooMany: return "too many"
                case .asked: break
                }
                if woken(within: milliseconds) != [1] {
                    resolver.forget(Array(name.utf8), waiter: 1)
                    return "no answer"
                }
            }
            return "not remembered"
        }

        private static func text(_ answer: ResolvedName) -> String {
            answer.addresses.isEmpty
                ? "\(answer.code)" : answer.addresses.map(\.hostText).joined(separator: " ")
        }
    }

    private let server: FaultyResolver

    init() throws { server = try FaultyResolver.start() }

    @Test func answersComeOverTheLoop() throws {
        let bench = try Bench([server.address], ResolverRules(validMilliseconds: 5_000))
        #expect(bench.look("app.test") == "127.0.0.1")
        #expect(bench.look("APP.test.") == "127.0.0.1")
        #expect(server.names.count { $0 == "app.test" } == 2)
        #expect(bench.look("both.test") == "127.0.0.1 ::1")
        #expect(bench.look("six.test") == "::1")
        #expect(bench.look("alias.app2.test") == "127.0.0.1")
        #expect(bench.look("chain.app3.test") == "127.0.0.1")
        #expect(!server.names.contains("app3.test"))
    }

    @Test func codesAreHandedOn() throws {
        // Errors are not kept: a second question finds them in the same turn only.
        for (name, code) in [("formerr", 1), ("servfail", 2), ("nxdomain", 3), ("notimp", 4), ("refused", 5)] {
            let engine = try Bench([server.address], ResolverRules(usesIPv6: false))
            _ = engine.resolver.find(Array("\(name).test".utf8), waiter: 4, now: engine.kernel.now())
            var answer = LookupOutcome.noAnswer
            for _ in 0..<200 where answer == .noAnswer {
                var events = EventList()
                _ = engine.kernel.poll(engine.poller, into: &events, timeoutMilliseconds: 20)
                for index in 0..<events.count {
                    engine.engine.ready(
                        Descriptor(Int32(truncatingIfNeeded: events[index].token)), events[index].readiness,
                        now: engine.kernel.now())
                }
                answer = engine.engine.takeReports().first?.outcome ?? .noAnswer
            }
            #expect(answer == .failed(code: code), "\(name)")
        }
    }

    @Test func noFamilyIsAskedThatIsOff() throws {
        let bench = try Bench([server.address], ResolverRules(validMilliseconds: 5_000, usesIPv4: false))
        #expect(bench.look("both.test") == "::1")
        #expect(server.names == ["both.test"])
    }

    @Test func silenceAndForgeriesAreNoAnswer() throws {
        let bench = try Bench([server.address], patience: 40)
        #expect(bench.look("silent.test", within: 300) == "no answer")
        #expect(bench.look("wrong-id.test", within: 300) == "no answer")
        // Nobody is left waiting: nothing is asked for any more.
        _ = bench.woken(within: 200)
        #expect(bench.resolver.lookupCount == 0)
    }

    /// A server that comes back is asked again by itself.
    @Test func aServerThatComesLateIsFound() throws {
        let address = server.address
        server.stop()
        let bench = try Bench([address], ResolverRules(validMilliseconds: 5_000))
        _ = bench.resolver.find(Array("app.test".utf8), waiter: 8, now: bench.kernel.now())
        #expect(bench.woken(within: 100) == [])
        let late = try FaultyResolver.start(at: address)
        #expect(bench.woken() == [8])
        late.stop()
    }

    @Test func theSecondServerHelps() throws {
        let silent = try FaultyResolver.start()
        let address = silent.address
        silent.stop()
        let bench = try Bench([address, server.address], ResolverRules(validMilliseconds: 5_000))
        #expect(bench.look("app.test") == "127.0.0.1")
    }

    /// Servers take turns to be asked first; one that fails is passed over.
    @Test func aServerThatFailsIsPassedOver() throws {
        let broken = try FaultyResolver.start(code: 2)
        let bench = try Bench([broken.address, server.address], ResolverRules(validMilliseconds: 5_000))
        for name in ["a.test", "b.test", "c.test"] { #expect(bench.look(name) == "127.0.0.1") }
        #expect(broken.names.sorted() == ["a.test", "a.test", "c.test", "c.test"])
        #expect(server.names.count == 6)
        #expect(bench.engine.openCount == 0)
    }

    /// The hosts file of this machine names localhost, and `localhost` needs no file.
    @Test func theSystemsConfigurationNeedsNoServer() throws {
        let bench = try Bench([])
        #expect(bench.look("localhost") == "127.0.0.1 ::1")
        #expect(bench.look("192.0.2.7", within: 1_000) == "192.0.2.7")
    }

    /// Bad answers through c-ares and behind it. As many as DNS_ANSWERS says, else a few.
    @Test func bytesOfStrangersDoNoHarm() throws {
        let bench = try Bench([server.address], ResolverRules(usesIPv6: false), patience: 20)
        let count = TestLength.answers(300)
        var (next, rounds) = (0, 0)
        var waiting: Set<UInt64> = []
        while next < count || !waiting.isEmpty {
            while next < count, bench.resolver.lookupCount < Resolver.lookupLimit {
                let name = Array("garbage-\(next).test".utf8)
                if bench.resolver.find(name, waiter: UInt64(next), now: bench.kernel.now()) == .asked {
                    waiting.insert(UInt64(next))
                }
                next += 1
            }
            let woken = bench.woken(within: 60)
            waiting.subtract(woken)
            if woken.isEmpty {
                // What is refused would be asked again until nobody waits.
                for number in waiting { bench.resolver.forget(Array("garbage-\(number).test".utf8), waiter: number) }
                waiting = []
            }
            rounds += 1
            try #require(rounds <= 2 * count + 10)
        }
        #expect(bench.resolver.lookupCount == 0)
        #expect(["127.0.0.1", "no answer"].contains(bench.look("app.test", within: 1_000)))
    }
}
