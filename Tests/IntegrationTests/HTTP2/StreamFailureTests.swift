import HTTP2Frames
import TestGateway
import Testing

/// A failure on a stream is that stream's alone: a status before the head is committed, RST_STREAM after it.
struct StreamFailureTests {
    private static let settings = GatewaySettings(
        """
        http2 on;
        location / { proxy_pass http://%UPSTREAM%; }
        location /refused { proxy_pass http://%REFUSING%; }
        """)

    @Test func refusedIsAStatus() throws {
        try Gateway.run(Self.settings) { gateway in
            var client = try gateway.client2()
            let response = try client.get("/refused")
            #expect(response.status == 502)
            #expect(response["proxy-status"]?.contains("error=connection_refused") == true)
            #expect(try client.get("/echo").status == 200)
        }
    }

    @Test func aCutBodyResetsItsStream() throws {
        try Gateway.run(Self.settings) { gateway in
            var client = try gateway.client2()
            let other = try client.begin("/upload", method: "POST", ends: false)
            let response = try client.get("/fault/length-cut-fin")
            #expect(response.status == 200)
            #expect(response.end == .cut(.reset))
            try client.send(other, [1, 2, 3])
            #expect(try client.response(on: other).body.contains("\"bytes\": 3,"))
            let line = "upstream prematurely closed connection while reading upstream"
            #expect(gateway.errors().filter { $0.contains(line) }.count == 1)
        }
    }

    /// The client's RST_STREAM ends the request and its upstream connection; the connection goes on.
    @Test func aCancelledStreamIsA499() throws {
        try Gateway.run(Self.settings) { gateway in
            var client = try gateway.client2()
            let stream = try client.begin("/fault/never-answers")
            try Wait.until("the upstream has the request") { gateway.upstream.count(of: "never-answers") == 1 }
            client.reset(stream)
            try gateway.awaitLine("client canceled stream \(stream)")
            #expect(try client.get("/echo").status == 200)
            #expect(try gateway.access(2)[0].contains("\" 499 "))
        }
    }

    /// A connection that goes takes its requests with it: one line each.
    @Test func aLostConnectionEndsItsStreams() throws {
        try Gateway.run(Self.settings) { gateway in
            do {
                var client = try gateway.client2()
                for _ in 0..<3 { _ = try client.begin("/fault/never-answers") }
                try Wait.until("the upstream has them") { gateway.upstream.count(of: "never-answers") == 3 }
            }
            let line = "client prematurely closed connection, so upstream connection is closed too"
            try gateway.awaitLine(line, count: 3)
            #expect(try gateway.access(3).allSatisfy { $0.contains("\" 499 ") })
        }
    }

    /// A body that is shorter or longer than its Content-Length is malformed (RFC 9113 §8.1.1).
    @Test func aBodyThatIsNotWhatItSaid() throws {
        try Gateway.run(Self.settings) { gateway in
            var client = try gateway.client2()
            let response = try client.post("/upload", [1, 2, 3], "content-length: 5\r\n")
            #expect(response.status == 400)
            try gateway.awaitLine("client prematurely closed stream: only 3 out of 5 bytes of request body received")
            #expect(try client.get("/upload", "content-length: 5\r\n", method: "POST").status == 400)
            try gateway.awaitLine("client prematurely closed stream: only 0 out of 5 bytes of request body received")
            #expect(try client.get("/echo").status == 200)
        }
    }

    /// A head that stays without its end keeps nobody waiting.
    @Test func aHeadWithoutItsEnd() throws {
        let settings = GatewaySettings(
            "http2 on; client_header_timeout 200ms; location / { proxy_pass http://%UPSTREAM%; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            let opening = Frames.preface + Frames.settings() + Frames.settingsAck
            client.send(opening + Frames.headers(1, Frames.get(), isWhole: false))
            #expect(client.waitForEnd() == .fin)
            try gateway.awaitLine("client timed out (110: Connection timed out)")
            #expect(gateway.upstream.accepted == 0)
        }
    }

    @Test func tooLargeABodyIsA413() throws {
        let settings = GatewaySettings(
            "http2 on; location / { proxy_pass http://%UPSTREAM%; client_max_body_size 1000; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            #expect(try client.post("/upload", Array(repeating: 1, count: 5000)).status == 413)
            #expect(try client.post("/upload", [1], "content-length: 5000\r\n").status == 413)
            #expect(try client.get("/echo").status == 200)
        }
    }
}
