import FaultyUpstream
import Platform
import Testing

@testable import Resolver

/// Responses are read to the letter, and whatever bytes come, nothing worse than an error follows.
@Suite struct NameAnswerTests {
    private static func query(_ name: String, _ family: LookupFamily = .ipv4) -> [UInt8] {
        var query: [UInt8] = [7, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.split(separator: ".") { query += [UInt8(label.utf8.count)] + Array(label.utf8) }
        return query + [0, 0, family == .ipv4 ? 1 : 28, 0, 1]
    }

    private static func outcome(_ name: String, _ family: LookupFamily = .ipv4) -> LookupOutcome {
        guard let bytes = FaultyResolver.answer(to: query(name, family)) else { return .noAnswer }
        return NameAnswer.read(bytes.span, asked: Array(name.utf8), family)
    }

    @Test func goodAnswers() {
        let one = SocketAddress(family: .ipv4, low: 0x7f00_0001)
        #expect(outcomeText("app.test") == "127.0.0.1 for 1")
        #expect(outcomeText("ttl-300.test") == "127.0.0.1 for 300")
        #expect(outcomeText("ip-192-0-2-1.test") == "192.0.2.1 for 1")
        #expect(outcomeText("many.test") == "127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 for 1")
        #expect(Self.outcome("six.test") == .failed(code: 3))
        #expect(outcomeText("six.test", .ipv6) == "::1 for 1")
        #expect(Self.outcome("alias.app.test") == .alias("app.test".name, ttlSeconds: 1))
        #expect(Self.outcome("chain.app.test") == .addresses([one], ttlSeconds: 1))
        #expect(Self.outcome("loop.test") == .alias("loop.test".name, ttlSeconds: 1))
    }

    @Test func badAnswers() {
        for (name, code) in [("formerr", 1), ("servfail", 2), ("nxdomain", 3), ("notimp", 4), ("refused", 5)] {
            #expect(Self.outcome("\(name).test") == .failed(code: code))
        }
        #expect(Self.outcome("empty.test") == .failed(code: 3))
        let whole = FaultyResolver.answer(to: Self.query("app.test"))?.count ?? 0
        for count in 0..<whole {
            let outcome = Self.outcome("cut-\(count).test")
            #expect(outcome == .noAnswer, "cut at \(count): \(outcome)")
        }
    }

    /// A hundred thousand of them where DNS_ANSWERS=100000 is set, else a few.
    @Test func noAnswerDoesHarm() {
        let count = TestLength.answers(5_000)
        var outcomes: Set<String> = []
        for number in 0..<count {
            switch Self.outcome("garbage-\(number).test", number % 2 == 0 ? .ipv4 : .ipv6) {
            case .addresses(let list, let ttl):
                #expect((1...NameAnswer.addressLimit).contains(list.count) && ttl >= 0)
                outcomes.insert("addresses")
            case .alias: outcomes.insert("alias")
            case .failed: outcomes.insert("failed")
            case .noAnswer, .unreached: outcomes.insert("none")
            }
        }
        #expect(outcomes.isSuperset(of: ["addresses", "failed", "none"]))
    }

    private func outcomeText(_ name: String, _ family: LookupFamily = .ipv4) -> String {
        guard case .addresses(let list, let ttl) = Self.outcome(name, family) else { return "none" }
        return list.map(\.hostText).joined(separator: " ") + " for \(ttl)"
    }
}
