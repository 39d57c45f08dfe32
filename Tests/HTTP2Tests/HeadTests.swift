import Bytes
import HTTP
import HTTP2
import HTTP2Frames
import Testing

/// What the server makes of heads, sent as raw frames (RFC 9113 §8).
@Suite struct HeadTests {
    /// The first event of the only stream.
    static func heard(
        _ fields: [(String, String)], ends: Bool = true, _ settings: SessionSettings = SessionSettings()
    ) -> String {
        let server = Endpoint(isServer: true, settings)
        server.receive(Frames.preface + Frames.settings() + Frames.headers(1, fields, ends: ends))
        return server.news().first { $0 != "settings" } ?? "nothing: \(String(describing: server.failure))"
    }

    @Test func fieldsAreWrittenDownAsHTTP1WouldHaveThem() {
        #expect(
            Self.heard(Frames.get("/a?b", [("x-a", "1"), ("x-b", "")]))
                == "1 GET /a?b HTTP/2.0|host: a.test|x-a: 1|x-b:  end")
    }

    @Test func cookieCrumbsAreJoined() {
        let fields = Frames.get("/", [("cookie", "a=b"), ("x-a", "1"), ("cookie", "c=d"), ("cookie", "e")])
        #expect(Self.heard(fields) == "1 GET / HTTP/2.0|host: a.test|x-a: 1|cookie: a=b; c=d; e end")
    }

    @Test func hostMustSayWhatAuthoritySays() {
        #expect(Self.heard(Frames.get("/", [("host", "a.test")])) == "1 GET / HTTP/2.0|host: a.test end")
        #expect(
            Self.heard(Frames.get("/", [("host", "b.test")]))
                == "1 malformed \":authority\" and \"Host\" headers with different values")
        let withHost = [(":method", "GET"), (":scheme", "http"), (":path", "/"), ("host", "c.test")]
        #expect(Self.heard(withHost) == "1 GET / HTTP/2.0|host: c.test end")
        #expect(
            Self.heard([(":method", "GET"), (":scheme", "http"), (":path", "/")])
                == "1 malformed neither \":authority\" nor \"Host\" header")
        let twice = Frames.get("/", [("host", "a.test"), ("host", "a.test")])
        #expect(Self.heard(twice) == "1 GET / HTTP/2.0|host: a.test|host: a.test end", "the parser refuses a second")
    }

    @Test func malformedHeadsAreToldApart() {
        let usual = Frames.get("/")
        func check(_ fields: [(String, String)], _ text: String) {
            #expect(Self.heard(fields) == "1 malformed \(text)")
        }
        func without(_ name: String) -> [(String, String)] { usual.filter { $0.0 != name } }
        func with(_ name: String, _ value: String) -> [(String, String)] {
            usual.map { $0.0 == name ? (name, value) : $0 }
        }
        func and(_ name: String, _ value: String) -> [(String, String)] { usual + [(name, value)] }

        for name in [":method", ":scheme", ":path"] {
            check(without(name), "no \(name) header")
            check(and(name, "GET"), "duplicate \(name) header")
            check(with(name, ""), "empty \(name) header")
        }
        for path in ["x", "/a b", "/a\u{2}", "http://a/"] {
            check(with(":path", path), "invalid :path header: \"\(path)\"")
        }
        for method in ["get", "G T", "GET\r"] { check(with(":method", method), "invalid method: \"\(method)\"") }
        for scheme in ["1h", "ht tp", "-"] {
            check(with(":scheme", scheme), "invalid :scheme header: \"\(scheme)\"")
        }
        for name in [":status", ":foo", ":", ":PATH"] { check(and(name, "1"), "unknown pseudo-header \"\(name)\"") }
        check(and(":protocol", "websocket"), "\":protocol\" header without CONNECT")
        check([("x-a", "1")] + usual, "no :method header")
        check(and("x-a", "1") + [(":path", "/")], "out of order pseudo-headers")
        for name in ["X-A", "x a", "x:a", "", "x\u{e4}", "x\r\nb"] {
            check(and(name, "1"), "invalid header name: \"\(name)\"")
        }
        for value in ["a\r\nb: c", "a\rb", "a\0", "a\n", " a", "a\t", "\t"] {
            check(and("x", value), "header \"x\" with invalid value: \"\(value)\"")
        }
        for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
            check(and(name, "close"), "\"\(name)\" header")
        }
        check(and("te", "gzip"), "invalid \"TE\" header")
        check(with(":method", "CONNECT"), "out of order pseudo-headers")
        check([(":method", "CONNECT")], "neither \":authority\" nor \"Host\" header")
    }

    @Test func plainConnectKeepsItsForm() {
        #expect(
            Self.heard([(":method", "CONNECT"), (":authority", "a.test:443")], ends: false)
                == "1 CONNECT a.test:443 HTTP/2.0|host: a.test:443")
        #expect(
            Self.heard([(":method", "OPTIONS"), (":scheme", "http"), (":path", "*"), (":authority", "a")])
                == "1 OPTIONS * HTTP/2.0|host: a end")
    }

    @Test func malformedStreamIsAnsweredThenReset() {
        let server = Endpoint(isServer: true)
        server.receive(Frames.preface + Frames.settings() + Frames.headers(1, Frames.get("x"), ends: true))
        _ = server.send()
        server.respond(1, 400, ends: false)
        _ = server.offer(1, Array("no".utf8), ends: true)
        server.session.refuse(1, .protocolError)
        #expect(
            Frame.all(server.send()).map(\.description) == ["HEADERS 1", "DATA 1 2 end", "RST_STREAM 1 1"])
    }

    @Test func fieldsHaveABound() {
        var settings = SessionSettings()
        settings.fieldLimitBytes = 100
        settings.headLimitBytes = 400
        let long = String(repeating: "x", count: 95)
        #expect(Self.heard(Frames.get("/", [("x-aaa", long)]), settings).hasSuffix("\(long) end"))
        let tooLong = Self.heard(Frames.get("/", [("x-aaaa", long)]), settings)
        #expect(tooLong == "1 malformed too large header field: \"x-aaaa\"")
        let server = Endpoint(isServer: true, settings)
        let many = (0..<5).map { ("x-\($0)", long) }
        server.receive(Frames.preface + Frames.settings() + Frames.headers(1, Frames.get("/", many)))
        #expect(server.failure == SessionFailure(kind: .tooLargeHead, code: .enhanceYourCalm))
        #expect(Frame.all(server.send()).last?.description == "GOAWAY 1 11")
        #expect(server.isOver)
    }

    /// The composed head is read by the parser that reads HTTP/1's.
    @Test func parserReadsTheComposedHead() throws {
        let server = Endpoint(isServer: true)
        let fields = Frames.post([("content-length", "3"), ("x_y", "1"), ("expect", "100-continue")])
        server.receive(Frames.preface + Frames.settings() + Frames.headers(1, fields, ends: false))
        let text = Array("POST /a/../b?c HTTP/2.0\r\nhost: a.test:81\r\ncontent-length: 3\r\nx_y: 1\r\n\r\n".utf8)
        var parser = RequestHeadParser(http2EndingStream: false)
        var table = FieldTable(limit: 10)
        let limits = RequestLimits(requestLineLimitBytes: 8, fieldLineLimitBytes: 8, headLimitBytes: 8)
        #expect(parser.parse(text.span, fields: &table, limits: limits) == .complete(text.count))
        #expect(parser.version == .http2 && parser.method == .post && !parser.isPathNormal)
        #expect(text.span.part(parser.arguments).equals("c") && parser.host?.port == 81)
        #expect(parser.framing == .length(3) && parser.ignoredFieldCount == 1 && !parser.expectsContinue)
        #expect(server.news().last == "1 POST / HTTP/2.0|host: a.test|content-length: 3|x_y: 1|expect: 100-continue")
    }

    @Test func framingWithoutALengthDependsOnTheStream() {
        for (ends, framing) in [(true, BodyFraming.none), (false, .chunked)] {
            let text = Array("GET / HTTP/2.0\r\nhost: a\r\n\r\n".utf8)
            var parser = RequestHeadParser(http2EndingStream: ends)
            var table = FieldTable(limit: 10)
            #expect(parser.parse(text.span, fields: &table, limits: RequestLimits()) == .complete(text.count))
            #expect(parser.framing == framing)
        }
    }

    @Test func noClientCanSayHTTP2InARequestLine() {
        for line in ["GET / HTTP/2.0\r\n", "GET / HTTP/2\r\n"] {
            var parser = RequestHeadParser()
            var table = FieldTable(limit: 10)
            let text = Array((line + "host: a\r\n\r\n").utf8)
            #expect(
                parser.parse(text.span, fields: &table, limits: RequestLimits())
                    == .refused(.unsupportedVersion, .none))
        }
    }

    @Test(arguments: [
        ([("x", "1")], "no :status header"),
        ([(":status", "20")], "invalid :status header: \"20\""),
        ([(":status", "2x0")], "invalid :status header: \"2x0\""),
        ([(":status", "099")], "invalid :status header: \"099\""),
        ([(":status", "101")], "invalid :status header: \"101\""),
        ([(":status", "200"), (":status", "200")], "duplicate :status header"),
        ([(":status", "200"), ("connection", "close")], "\"connection\" header"),
        ([(":status", "200"), (":path", "/")], "unknown pseudo-header \":path\""),
    ])
    func malformedResponse(_ fields: [(String, String)], _ text: String) throws {
        let client = Endpoint(isServer: false)
        _ = client.get("/")
        client.receive(Frames.settings() + Frames.headers(1, fields, ends: false))
        #expect(client.news() == ["settings", "1 malformed \(text)"])
        client.session.reset(1, .protocolError)
        #expect(client.news() == ["1 closed by us 1"])
    }
}
