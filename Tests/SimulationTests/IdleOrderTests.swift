import SimulatedKernel
import Testing

/// At worker_connections the client's connection that has been idle for longest goes first.
@Suite struct IdleOrderTests {
    static func once(_ number: Int) -> [FarAction] { [Play.get(number), .awaitResponse(bodyless: false)] }

    /// When each client's connection was ended by the gateway; nil for never.
    static func ends(_ clients: [Play.Client], connections: Int, location: String = "") -> [Int64?] {
        let play = Play(
            name: "idle", locations: ["\(location) location / { return 200 x; }"], clients: clients,
            connections: connections)
        let one = Performance(play)
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        return one.ends.map { $0.ending == .finished ? $0.endedAtMilliseconds : nil }
    }

    static func client(at milliseconds: Int, _ actions: [FarAction]) -> Play.Client {
        Play.Client(startMilliseconds: milliseconds, actions: actions + [.awaitEnd], expected: [])
    }

    /// The first client came first, but was used again: the second one is idle for longer.
    @Test func theLeastRecentlyUsedGoesFirst() {
        let ends = Self.ends(
            [
                Self.client(at: 0, Self.once(0) + [.pause(milliseconds: 100)] + Self.once(1)),
                Self.client(at: 20, Self.once(2)), Self.client(at: 40, Self.once(3)),
                Self.client(at: 1_000, Self.once(4)), Self.client(at: 2_000, Self.once(5)),
                Self.client(at: 3_000, Self.once(6)),
            ], connections: 3)
        #expect(ends[1] == 1_000 && ends[2] == 2_000 && ends[0] == 3_000, "\(ends)")
    }

    /// A connection on which nothing was ever asked is idle too (nginx).
    @Test func silentConnectionsGoToo() {
        let ends = Self.ends(
            [
                Self.client(at: 0, []), Self.client(at: 10, Self.once(0)), Self.client(at: 20, Self.once(1)),
                Self.client(at: 1_000, Self.once(2)),
            ], connections: 3)
        #expect(ends[0] == 1_000, "\(ends)")
    }

    /// nginx: keepalive_min_timeout.
    @Test func protectedConnectionsStay() {
        let ends = Self.ends(
            [
                Self.client(at: 0, Self.once(0)), Self.client(at: 10, Self.once(1)), Self.client(at: 20, Self.once(2)),
                Self.client(at: 1_000, Self.once(3)),
            ], connections: 3, location: "keepalive_min_timeout 5s;")
        #expect((ends[0] ?? 0) >= 5_000, "\(ends)")
    }
}
