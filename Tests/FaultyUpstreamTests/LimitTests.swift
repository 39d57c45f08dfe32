import Glibc
import Platform
import Testing

@testable import FaultyUpstream

/// Bounds, and what must not bring the server down.
struct LimitTests {
    @Test func aMalformedRequestIsAnsweredAndHarmsNobody() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        for text in [
            "nonsense\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/3.0\r\n\r\n", "\r\n\r\n", "\u{0}\u{1}\u{ff} \n\n",
            " / HTTP/1.1\r\n\r\n",
        ] {
            let client = try RawClient(upstream)
            client.send(text)
            #expect(client.rest().text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(text)")
        }
        let client = try RawClient(upstream)
        client.get("/ok")
        #expect(client.response().body == "ok\n")
    }

    @Test func aHeadIsAtMost64KiB() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.send("GET / HTTP/1.1\r\nX: " + String(repeating: "y", count: 70_000))
        #expect(client.rest().text.hasPrefix("HTTP/1.1 431 "))
        client.finish()
        #expect(upstream.ended(0) != nil)
    }

    @Test func oneConnectionTooManyIsRefusedPolitely() throws {
        var options = FaultyUpstream.Options()
        options.connectionLimit = 2
        let upstream = try FaultyUpstream.start(options)
        let first = try RawClient(upstream)
        let second = try RawClient(upstream)
        first.get("/ok")
        second.get("/ok")
        #expect(first.response().body == "ok\n")
        #expect(second.response().body == "ok\n")
        let third = try RawClient(upstream)
        third.get("/ok")
        let seen = third.rest()
        #expect(seen.text.hasPrefix("HTTP/1.1 503 "))
        #expect(seen.end == .fin)
        #expect(upstream.refused == 1)
        first.finish()
        #expect(upstream.ended(0) != nil)
        let fourth = try RawClient(upstream)
        fourth.get("/ok")
        #expect(fourth.response().body == "ok\n")
    }

    @Test func noWaitIsLongerThanTheLimit() throws {
        var options = FaultyUpstream.Options()
        options.waitLimitSeconds = 1
        options.listeners = [.init(.ip(.loopback(port: 0)), .scripts([[.stall(milliseconds: nil)], [.readHead]]))]
        let upstream = try FaultyUpstream.start(options)
        let stalled = try RawClient(upstream)
        let silent = try RawClient(upstream)
        #expect(stalled.rest().end == .fin)
        #expect(silent.rest().end == .fin)
        #expect(upstream.ended(1)?.end == .timedOut)
    }

    @Test func stoppingEndsEveryWait() throws {
        let scripts: [[Step]] = [
            [.stall(milliseconds: nil)], [.hold(milliseconds: nil)], [.sleep(milliseconds: 60_000)], [.readHead],
            [.peek],
            [.dribble(.repeated("x", 1000), bytes: 1, milliseconds: 60_000)], [.send(.repeated("x", 32 << 20))],
            [.serve],
            [.finish],
        ]
        let upstream = try FaultyUpstream.start(script: scripts)
        var descriptors: [Descriptor] = []
        for _ in scripts {
            descriptors.append(
                try BlockingSocket.connected(to: upstream.endpoints[0], milliseconds: RawClient.patience).release())
        }
        while upstream.accepted < scripts.count { sched_yield() }
        upstream.stop()
        #expect(upstream.records.allSatisfy { $0.end != nil })
        for descriptor in descriptors { Kernel().close(descriptor) }
        #expect(throws: SocketFailure.self) { _ = try RawClient(upstream) }
    }

    @Test func lettingGoStops() throws {
        var upstream: FaultyUpstream? = try FaultyUpstream.start(port: 0)
        let endpoint = try #require(upstream?.endpoints[0])
        upstream = nil
        #expect(throws: SocketFailure.self) { _ = try RawClient(endpoint) }
    }

    @Test func aTakenPortIsAnError() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        do throws(SocketFailure) {
            _ = try FaultyUpstream.start(port: upstream.port)
            Issue.record("two servers on one port")
        } catch {
            #expect(error.description == "bind() to 127.0.0.1:\(upstream.port) failed (98: Address already in use)")
        }
    }

    @Test func recordsKeepTheLastConnections() throws {
        let upstream = try FaultyUpstream.start(script: [[.close]])
        for _ in 0..<(Core.recordLimit + 3) { _ = try RawClient(upstream).rest() }
        #expect(upstream.ended(Core.recordLimit + 2) != nil)
        #expect(upstream.records.count == Core.recordLimit)
        #expect(upstream.records.first?.number == 3)
    }

    @Test func targetsWithConditionsAreBounded() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        for number in 0..<Core.targetLimit {
            client.get("/answer-late?first=0&x=\(number)")
            #expect(firstLine(client.response().head) == "HTTP/1.1 200 OK")
        }
        client.get("/answer-late?first=0&x=more")
        #expect(firstLine(client.response().head) == "HTTP/1.1 503 Service Unavailable")
    }
}
