import HTTP2Frames
import TestGateway
import Testing

/// Health checks speak HTTP/2 where the requests of their location do: each on a connection of its own.
struct HTTP2CheckTests {
    @Test(arguments: ["", "keepalive_time=10s"])
    func aPeerFailsAndRecovers(_ parameter: String) throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            let stream = peer.request()
            if number > 3 && number < 7 {
                peer.send(Frames.reset(stream, 2))
            } else {
                peer.answer(stream, "well")
            }
            peer.noteRest()
        }
        let settings = upstream.settings("health_check interval=20ms fails=2 passes=2 \(parameter);")
        try upstream.run(settings) { gateway in
            try gateway.awaitLine(
                "[error] upstream rejected request with error 2 while reading response header from upstream, "
                    + "health check \"\" of peer")
            try gateway.awaitLine("[warn] peer is unhealthy")
            try gateway.awaitLine("[notice] peer is healthy")
            #expect(try gateway.get("/").body == "well")
        }
        // Requests share no connection with checks.
        #expect(upstream.connections > 7)
    }

    /// The body is looked at as it is over HTTP/1.
    @Test func theBodyIsLookedAt() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            peer.answer(peer.request(), number > 2 ? "ill" : "well")
            peer.noteRest()
        }
        let settings = upstream.settings(
            "health_check interval=20ms match=well;", http: "match well { status 200; body ~ \"^well\"; }")
        try upstream.run(settings) { gateway in
            try gateway.awaitLine("[warn] peer is unhealthy while checking body")
            #expect(try gateway.get("/").status == 502)
        }
    }

    @Test func grpcLocationsAreCheckedToo() throws {
        let upstream = try FramesUpstream { peer, number in
            peer.send(Frames.settings())
            peer.answer(peer.request(), "", [("content-type", "application/grpc")])
            peer.noteRest()
        }
        let settings = GatewaySettings(
            "location / { grpc_pass grpc://app; health_check interval=20ms; }",
            http: "upstream app { server \(upstream.address); }")
        try upstream.run(settings) { gateway in
            try Wait.until("some checks") { upstream.connections > 3 }
            #expect(gateway.errors(downTo: "warn") == [])
        }
    }
}
