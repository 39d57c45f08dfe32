import TestGateway
import Testing

/// Over HTTP/2 a client gets what it gets over HTTP/1, on many streams of one connection.
struct StreamTests {
    private static func settings(_ location: String = "") -> GatewaySettings {
        GatewaySettings("http2 on; location / { proxy_pass http://%UPSTREAM%; \(location) }")
    }

    @Test func aPageComes() throws {
        try Gateway.run(Self.settings()) { gateway in
            var client = try gateway.client2()
            let response = try client.get("/echo?a=b", "x-one: 1\r\ncookie: a=1\r\ncookie: b=2\r\n")
            #expect(response.status == 200)
            #expect(response.body.hasPrefix("GET /echo?a=b HTTP/1.1\r\nHost: "))
            #expect(response.body.contains("\r\nx-one: 1\r\n"))
            // RFC 9113 §8.2.3: one field towards HTTP/1.
            #expect(response.body.lowercased().contains("\r\ncookie: a=1; b=2\r\n"))
            #expect(response["Connection"] == nil && response["Transfer-Encoding"] == nil)
            #expect(try gateway.access(1)[0].contains("\"GET /echo?a=b HTTP/2.0\" 200 "))
        }
    }

    /// What is asked first does not hold up what is asked after it.
    @Test func manyStreamsGoOnAtOnce() throws {
        try Gateway.run(Self.settings()) { gateway in
            var client = try gateway.client2()
            let slow = try client.begin("/fault/never-answers")
            var streams: [Int32] = []
            for number in 0..<50 { streams.append(try client.begin("/echo?\(number)")) }
            for (number, stream) in streams.enumerated() {
                let response = try client.response(on: stream)
                #expect(response.status == 200)
                #expect(response.body.hasPrefix("GET /echo?\(number) "))
            }
            #expect(!client.heard(on: slow).isOver)
        }
    }

    @Test(arguments: ["", "proxy_request_buffering off;", "client_body_in_file_only clean;"], [true, false])
    func aBodyArrivesByteForByte(_ directives: String, _ saysLength: Bool) throws {
        let body = Letters.text(900_000)
        try Gateway.run(Self.settings(directives)) { gateway in
            var client = try gateway.client2()
            let fields = saysLength ? "content-length: \(body.utf8.count)\r\n" : ""
            let response = try client.post("/echo", Array(body.utf8), fields)
            #expect(response.status == 200)
            if saysLength || directives.isEmpty {
                #expect(response.body.hasSuffix("\r\n\r\n" + body))
            } else {
                #expect(response.body.contains("\r\n\r\n"))
            }
        }
    }

    /// As large as the configuration makes it: in CONTINUATION frames.
    @Test func aLargeHeadComes() throws {
        let field = "add_header X-Large $arg_a;"
        let settings = GatewaySettings(
            "http2 on; large_client_header_buffers 4 64k; location / { \(field) \(field) \(field) return 200 body; }")
        try Gateway.run(settings) { gateway in
            var client = try gateway.client2()
            let large = Letters.text(50_000)
            let response = try client.get("/?a=" + large)
            #expect(response.fields.filter { $0.name == "x-large" }.map(\.value) == [large, large, large])
            #expect(response.body == "body")
        }
    }

    /// What a client may send before somebody takes its body is no bound on what it sends then.
    @Test(arguments: ["on", "off"], [true, false])
    func aBodyIsNotHeldUpByItsBeginning(_ buffering: String, _ saysLength: Bool) throws {
        let settings = "proxy_request_buffering \(buffering); client_max_body_size 0;"
        let body = Letters.text(900_000)
        let whole = GatewaySettings(
            "http2 on; http2_body_preread_size 0; location / { proxy_pass http://%UPSTREAM%; \(settings) }")
        try Gateway.run(whole) { gateway in
            var client = try gateway.client2()
            let fields = saysLength ? "content-length: \(body.utf8.count)\r\n" : ""
            let response = try client.post("/upload", Array(body.utf8), fields)
            #expect(response.body.contains("\"bytes\": 900000,"))
        }
    }

    /// A client that lets nothing through holds its own stream up, and no other; then it gets the rest.
    @Test func aClosedWindowHoldsOneStream() throws {
        try Gateway.run(Self.settings()) { gateway in
            var client = try gateway.client2(windowBytes: 1000)
            client.reads = false
            let held = try client.begin("/bytes/300000")
            let other = try client.begin("/bytes/10")
            #expect(try client.response(on: other).body.utf8.count == 10)
            try client.wait("what the window lets through") { $0[held]?.response != nil }
            #expect(!client.heard(on: held).isOver)
            client.reset(held)
            client.reads = true
            #expect(try client.get("/bytes/300000").body.utf8.count == 300_000)
        }
    }

    @Test func trailersFollowTheBody() throws {
        try Gateway.run(Self.settings("proxy_pass_trailers on;")) { gateway in
            var client = try gateway.client2()
            let response = try client.get("/trailers?count=2", "te: trailers\r\n")
            #expect(response.body == "chunk 0\nchunk 1\n")
            #expect(response.trailers.map(\.value) == ["2"])
            #expect(response.trailers.map { $0.name.lowercased() } == ["x-chunks"])
        }
    }

    @Test func hintsComeBeforeTheResponse() throws {
        try Gateway.run(Self.settings("early_hints 1;")) { gateway in
            var client = try gateway.client2()
            let response = try client.get("/early-hints")
            #expect(response.interims.map(\.status) == [103])
            #expect(response.status == 200)
        }
    }

    @Test func headHasNoBody() throws {
        try Gateway.run(Self.settings()) { gateway in
            var client = try gateway.client2()
            let response = try client.get("/echo", method: "HEAD")
            #expect(response.status == 200 && response.body.isEmpty)
            #expect(try client.get("/echo").status == 200)
        }
    }

    /// Both protocols on one address, told apart by their first bytes.
    @Test func http1IsSpokenBesideIt() throws {
        try Gateway.run(Self.settings()) { gateway in
            #expect(try gateway.get("/echo").status == 200)
            var client = try gateway.client2()
            #expect(try client.get("/echo").status == 200)
            var slow = try gateway.client()
            slow.send("P")
            slow.send("RI /echo HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(try slow.response().status == 200)
        }
    }
}
