import Bytes
import Configuration
import Failures
import HTTP
import Platform
import Upstreams

@testable import ProxyCore

/// Two workers of a process that has done some things, at 20:10:00.042 on an evening, and what its reports say.
final class ReportBench {
    let model: ConfigurationModel
    let shared = ProcessShared(processID: 1, workerCount: 2)
    let workers: [WorkerCounters]
    /// By worker.
    let groups: [[Group]]
    let now = Instant(milliseconds: 100_042)
    let wall = WallTime(milliseconds: 1_795_723_800_042)

    init(http: String) throws {
        model = try ConfigurationLoader.load(text: "events {} http { \(http) }")
        let peers = model.groups.map { settings in
            settings.servers.enumerated().map { index, server in
                guard case .endpoint(let endpoint) = server.address else { preconditionFailure("a numeric address") }
                return Peer(PeerSettings(server, endpoint, serverIndex: index, awaitedChecks: 0))
            }
        }
        let tallies = model.groups.map { _ in GroupTally() }
        let shared = shared
        workers = (0..<2).map { _ in shared.claimCounters() }
        let model = model
        groups = (0..<2).map { worker in
            model.groups.enumerated().map { index, settings in
                Group(
                    name: Array(settings.name.utf8), peers: peers[index], keepAlive: settings.keepAlive,
                    tally: tallies[index], worker: worker)
            }
        }
        shared.configuration.begin(seconds: 1_795_720_000)
    }

    /// As a worker would write it.
    var view: ReportView {
        ReportView(
            settings: model.groups, labels: GroupLabels.of(model.groups), groups: groups[0], shared: shared,
            workers: workers, now: now, wall: wall)
    }

    /// One report in its pieces.
    func pieces(_ kind: ReportKind) -> [String] {
        var cursor = ReportCursor(kind)
        var pieces: [String] = []
        var hasMore = true
        while hasMore {
            var out = ByteBuffer()
            hasMore =
                kind == .upstreams
                ? StatusReport.append(&cursor, view, to: &out) : MetricsReport.append(&cursor, view, to: &out)
            pieces.append(String(decoding: out.span.array, as: UTF8.self))
        }
        return pieces
    }

    /// An attempt of a worker on the next peer of a group.
    @discardableResult
    func attempt(
        worker: Int, group: Int = 0, _ outcome: AttemptOutcome, connect: Int = -1, head: Int = -1, response: Int = -1,
        status: Int = 200
    ) -> Int {
        var tried = TriedPeers()
        let group = groups[worker][group]
        guard case .peer(let peer) = group.choose(tried: &tried, now: now) else { return -1 }
        group.countBegun(peer)
        var figures = AttemptFigures()
        (figures.connectTime, figures.headTime, figures.responseTime) = (connect, head, response)
        (figures.status, figures.bytesReceived) = (status, head < 0 ? 0 : 1_024)
        group.count(figures, peer)
        _ = group.release(peer, outcome, now: now)
        return peer
    }

    /// The line of an error log, and its cause.
    func fail(_ book: FailureBook, _ cause: ProxyErrorType, _ words: String) {
        let line = Array("2026/11/26 20:09:59 [error] 1#2: \(words)\n".utf8)
        book.note(Int(cause.rawValue), at: WallTime(milliseconds: wall.milliseconds - 1_000), line: line.span)
    }

    /// What the documents and golden files show.
    static func example() throws -> ReportBench {
        let bench = try ReportBench(
            http: """
                upstream app { server 127.0.0.1:3000 weight=2; server 127.0.0.1:3001; server 127.0.0.1:3002 backup; }
                server { location / { proxy_pass http://app; } }
                """)
        bench.attempt(worker: 0, .succeeded, connect: 1, head: 12, response: 15)
        bench.attempt(worker: 0, .failed)
        bench.fail(
            bench.groups[0][0].peers[1].tally.failures, .connectionRefused,
            """
            *7 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , \
            request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3001/", host: "localhost:8080"
            """)
        bench.groups[0][0].peers[1].checks.noteCheck(passed: false, status: 0, now: bench.now)
        bench.fail(
            bench.groups[0][0].peers[1].tally.checkFailures, .connectionRefused,
            """
            connect() failed (111: Connection refused) while connecting to upstream, health check "ready" of peer \
            127.0.0.1:3001 in upstream "app"
            """)
        bench.attempt(worker: 1, .succeeded, connect: 0, head: 3, response: 3, status: 404)
        _ = bench.groups[1][0].keepIdle(
            IdleConnection(connection: SlotID(index: 1, generation: 1), peer: 0, profile: 0))
        for (worker, counters) in bench.workers.enumerated() {
            counters.accepted.store(1 + worker, ordering: .relaxed)
            counters.requests.store(2, ordering: .relaxed)
            counters.active.store(1, ordering: .relaxed)
            counters.writing.store(1 - worker, ordering: .relaxed)
            counters.answers[2 + 2 * worker].add()
            counters.requestTimes.add(milliseconds: worker == 0 ? 16 : 4)
            counters.turns.add(microseconds: 70)
            counters.failures[Int(CauseKind.connection(.connectFailed).code)].add(1 - worker)
        }
        return bench
    }
}
