import Glibc
import Platform
import SimulatedKernel
import Testing

/// A small correct gateway on thousands of unkind networks: nothing is lost, nothing hangs, nothing leaks.
@Suite struct RelayTests {
    static let front = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x7f00_0001, port: 8_080))
    static let origin = Endpoint.ip(SocketAddress(family: .ipv4, low: 0x0a00_0002, port: 80))

    static func bytes(_ count: Int, _ chance: inout Chance) -> [UInt8] {
        let first = UInt8(truncatingIfNeeded: chance.next())
        return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) &+ first }
    }

    /// Runs the relay until nothing is open any more; false where it takes more turns than it may.
    static func run(_ relay: TinyRelay, _ simulated: SimulatedKernel, turns: Int = 200_000) -> Bool {
        for _ in 0..<turns {
            relay.turn(timeout: 1_000)
            if relay.isIdle && simulated.isQuiet { return true }
            if simulated.isDeadlocked { return false }
        }
        return false
    }

    @Test func everyByteArrives() {
        for seed in 0..<UInt64(600) {
            if let trouble = RelayTests.relay(seed: seed, mistake: nil) {
                Issue.record("\(trouble.what)\n\(trouble.trace.suffix(6_000))")
                return
            }
        }
    }

    @Test(arguments: TinyRelay.Mistake.allCases) func mistakesAreFound(_ mistake: TinyRelay.Mistake) {
        let first = (0..<UInt64(300)).first { RelayTests.relay(seed: $0, mistake: mistake) != nil }
        #expect(first != nil)
    }

    /// Some clients and a server that all end well by themselves; what went wrong, if anything did.
    static func relay(seed: UInt64, mistake: TinyRelay.Mistake?) -> (what: String, trace: String)? {
        var chance = Chance(seed: seed)
        let simulated = SimulatedKernel(seed: seed, adversity: Adversity.drawn(from: &chance))
        if mistake == .leaksAfterFailedConnect { simulated.routes[origin] = .immediateFailure(ENETUNREACH) }
        var asked: [[UInt8]] = []
        let answer = bytes(chance.skewed(0...20_000), &chance)
        simulated.addServer(at: origin, connections: [[.awaitEnd, .send(answer), .close]])
        for _ in 0..<chance.within(1...4) {
            asked.append(bytes(chance.skewed(0...20_000), &chance))
            let piece = chance.skewed(1_000...20_000)
            simulated.addClient(
                at: chance.below(50), connectTo: front,
                actions: [
                    .trickle(asked[asked.count - 1], pieceBytes: piece, gapMilliseconds: 5), .shutdown, .awaitEnd,
                ])
        }
        guard let relay = TinyRelay(simulated.kernel, listensAt: front, upstream: origin, mistake: mistake)
        else { return ("it does not start", simulated.traceText) }
        let ended = run(relay, simulated, turns: mistake == nil ? 200_000 : 20_000)
        relay.finish()
        let clients = simulated.farEnds.filter { $0.server == nil }
        let servers = simulated.farEnds.filter { $0.server != nil }
        let good =
            ended && simulated.findings.isEmpty && servers.count == clients.count
            && clients.allSatisfy { $0.received == answer && $0.ending == .finished }
            && Set(servers.map { $0.received }) == Set(asked)
        return good ? nil : ("seed \(seed), ended \(ended), \(simulated.findings)", simulated.traceText)
    }

    @Test func whateverTheFarEndsDo() throws {
        for seed in 0..<UInt64(1_000) {
            var chance = Chance(seed: seed, stream: 9)
            var adversity = Adversity.drawn(from: &chance)
            adversity.failuresPerTenThousand = chance.one(of: [0, 0, 100, 1_000])
            let simulated = SimulatedKernel(seed: seed, adversity: adversity)
            simulated.descriptorLimit = chance.one(of: [9, 1024])
            let route: Route? = chance.one(of: [
                nil, nil, nil, .immediateFailure(ENETUNREACH), .lateFailure(EHOSTUNREACH, afterMilliseconds: 30),
                .blackHole,
            ])
            simulated.routes[RelayTests.origin] = route
            let scripts = (0..<3).map { _ in RelayTests.script(&chance) }
            if chance.percent(80) { simulated.addServer(at: RelayTests.origin, connections: scripts) }
            for _ in 0..<chance.within(1...6) {
                simulated.addClient(
                    at: chance.below(50), connectTo: RelayTests.front, actions: RelayTests.script(&chance) + [.reset])
            }
            guard let relay = TinyRelay(simulated.kernel, listensAt: RelayTests.front, upstream: RelayTests.origin)
            else { continue }
            for _ in 0..<1_000 { relay.turn(timeout: 100) }
            relay.finish()
            #expect(simulated.findings.isEmpty, "seed \(seed) \(simulated.findings)")
            if !simulated.findings.isEmpty { return }
        }
    }

    /// Some actions that come to an end by themselves.
    static func script(_ chance: inout Chance) -> [FarAction] {
        (0..<chance.within(0...5)).map { _ in
            switch chance.below(9) {
            case 0, 1, 2: return .send(bytes(chance.skewed(1...30_000), &chance))
            case 3: return .pause(milliseconds: chance.below(100))
            case 4: return .shutdown
            case 5: return .readPace(bytes: chance.below(500), everyMilliseconds: 10)
            case 6: return .close
            case 7: return .reset
            default: return .readAll
            }
        }
    }

    @Test(arguments: Call.sweptErrnos) func faultSweep(_ errno: Int32) throws {
        var number = 1
        while true {
            let simulated = SimulatedKernel(seed: 7)
            simulated.addServer(
                at: RelayTests.origin, connections: [[.awaitBytes(3), .send("answer"), .close]])
            for _ in 0..<2 {
                simulated.addClient(connectTo: RelayTests.front, actions: [.send("ask"), .shutdown, .awaitEnd])
            }
            simulated.failCall(number: number, with: errno)
            if let relay = TinyRelay(simulated.kernel, listensAt: RelayTests.front, upstream: RelayTests.origin) {
                for _ in 0..<100 where !simulated.isDeadlocked { relay.turn(timeout: 20) }
                relay.finish()
            }
            #expect(simulated.findings.isEmpty, "\(simulated.injected)")
            if simulated.injected.isEmpty { break }
            number += 1
        }
        #expect(number < 300)
    }

    @Test func theSameSeedIsTheSameRun() {
        func trace(_ seed: UInt64) -> String {
            let simulated = SimulatedKernel(seed: seed, adversity: .wild)
            simulated.addServer(at: RelayTests.origin, connections: [[.awaitHead, .send("answer"), .close]])
            for _ in 0..<3 {
                simulated.addClient(connectTo: RelayTests.front, actions: [.send("ask\r\n\r\n"), .awaitEnd])
            }
            guard let relay = TinyRelay(simulated.kernel, listensAt: RelayTests.front, upstream: RelayTests.origin)
            else { return "" }
            _ = RelayTests.run(relay, simulated)
            relay.finish()
            return simulated.traceText
        }
        #expect(trace(1) == trace(1))
        #expect(trace(1) != trace(2))
    }
}
