import TestGateway
import Testing

/// Requests that find all peers at `max_conns` stand in the group's queue.
struct QueueTests {
    private static func settings(_ queue: String) -> GatewaySettings {
        GatewaySettings(
            """
            location / { proxy_pass http://app; add_header X-Waited $upstream_queue_time always; }
            location = /status { stub_status; }
            """, http: "upstream app { server %UPSTREAM% max_conns=1; \(queue) }")
    }

    /// A request that takes the only place until it is let go.
    private static func holder(_ gateway: Gateway) throws -> KeptClient {
        let before = gateway.upstream.count(of: "never-answers")
        let client = try gateway.asking("/fault/never-answers")
        try Wait.until("the first is there") { gateway.upstream.count(of: "never-answers") == before + 1 }
        return client
    }

    /// A request that is in the queue once this returns: so many are under way then, besides the one that asks.
    private static func queued(_ gateway: Gateway, _ target: String, underWay: Int) throws -> KeptClient {
        let client = try gateway.asking(target)
        try Wait.until("\(underWay) under way") {
            try gateway.get("/status").body.contains("Writing: \(underWay + 1) ")
        }
        return client
    }

    /// First come, first served; who finds it full is told so.
    @Test func twoWaitAndTheThirdFails() throws {
        try Gateway.run(Self.settings("queue 2 timeout=60s;")) { gateway in
            var holder: KeptClient? = try Self.holder(gateway)
            let first = try Self.queued(gateway, "/slow?delay=50&size=1&first", underWay: 2)
            let second = try Self.queued(gateway, "/ok?second", underWay: 3)
            let third = try gateway.get("/ok?third")
            #expect(third.status == 502)
            #expect(third.errorType == "connection_limit_reached")
            let full = "[error] upstream queue is full while connecting to upstream"
            #expect(gateway.newErrors() == [full + gateway.context("/ok?third", upstream: "app")])
            _ = holder
            holder = nil
            #expect(try first.response().status == 200)
            let response = try second.response()
            #expect(response.status == 200)
            // A number of seconds, not the hyphen of who did not wait.
            #expect(response["X-Waited"].flatMap { Double($0) } != nil)
            let targets = gateway.upstream.records.flatMap { $0.requests.map(\.request.target) }
            #expect(Array(targets.dropFirst()) == ["/slow?delay=50&size=1&first", "/ok?second"])
            #expect(try gateway.get("/ok")["X-Waited"] == "-")
        }
    }

    @Test func theTimeIsOver() throws {
        try Gateway.run(Self.settings("queue 2 timeout=300ms;")) { gateway in
            let holder = try Self.holder(gateway)
            let watch = Stopwatch()
            let response = try gateway.get("/ok")
            #expect(watch.milliseconds >= 300)
            #expect(response.status == 502)
            #expect(response.errorType == "connection_limit_reached")
            let line = "[error] upstream queue timed out while connecting to upstream"
            #expect(gateway.newErrors() == [line + gateway.context("/ok", upstream: "app")])
            _ = holder
        }
    }

    /// Who leaves the queue takes nobody's place with it.
    @Test func aClientLeaves() throws {
        try Gateway.run(Self.settings("queue 1 timeout=60s;")) { gateway in
            var holder: KeptClient? = try Self.holder(gateway)
            do { _ = try Self.queued(gateway, "/ok?gone", underWay: 2) }
            try gateway.awaitLine("client prematurely closed connection")
            let other = try Self.queued(gateway, "/ok?other", underWay: 2)
            _ = holder
            holder = nil
            #expect(try other.response().status == 200)
            #expect(gateway.errors(downTo: "error") == [])
        }
    }

    /// Nobody waits for peers that are down: the queue is for the busy.
    @Test func deadPeersAreToldAtOnce() throws {
        var settings = Self.settings("")
        settings.http = "upstream app { server %UPSTREAM% down; server %REFUSING% down; queue 9 timeout=60s; }"
        try Gateway.run(settings) { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
            #expect(response.errorType == "destination_unavailable")
        }
    }
}
