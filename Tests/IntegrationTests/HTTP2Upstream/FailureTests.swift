import HTTP2Frames
import TestGateway
import Testing

/// What goes wrong over HTTP/2 is told apart, with nginx's words where it has some.
struct HTTP2FailureTests {
    /// One request to an upstream that answers it with this script.
    private func expect(
        _ status: Int, _ type: String?, _ line: String, end: Response.Ending = .whole, more: String = "",
        sourceLocation: SourceLocation = #_sourceLocation, _ script: @escaping @Sendable (FramesPeer, Int32) -> Void
    ) throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            script(peer, peer.request())
        }
        try upstream.run(upstream.settings(more)) { gateway in
            let response = try gateway.get("/x")
            #expect(response.status == status, sourceLocation: sourceLocation)
            #expect(response.errorType == type, sourceLocation: sourceLocation)
            #expect(response.end == end, sourceLocation: sourceLocation)
            // What came behind a whole response is seen after it.
            try gateway.awaitLine(line)
            let lines = gateway.errors(downTo: "error")
            #expect(lines.count == 1, "\(lines)", sourceLocation: sourceLocation)
            #expect(lines.first?.contains(line) == true, "\(lines)", sourceLocation: sourceLocation)
        }
    }

    private static let head = " while reading response header from upstream"
    private static let body = " while reading upstream"
    private static let good: [(String, String)] = [(":status", "200")]

    @Test(arguments: [0, 1, 2, 8, 11])
    func aResetStreamIsA502(_ code: UInt32) throws {
        try expect(502, "http_protocol_error", "upstream rejected request with error \(code)" + Self.head) {
            $0.send(Frames.reset($1, code))
            $0.noteRest()
        }
    }

    @Test func aResetAfterTheHeadIsACut() throws {
        try expect(200, nil, "upstream rejected request with error 2" + Self.body, end: .cut(.fin)) {
            $0.send(Frames.headers($1, Self.good, ends: false) + Frames.data($1, [65, 66]))
            $0.awaitPong()
            $0.send(Frames.reset($1, 2))
            $0.noteRest()
        }
    }

    /// As long as no byte was sent, the failure can be told.
    @Test func aResetTogetherWithTheHeadIsA502() throws {
        try expect(502, "http_protocol_error", "upstream rejected request with error 2" + Self.head) {
            $0.send(
                Frames.headers($1, Self.good, ends: false) + Frames.data($1, [65, 66]) + Frames.reset($1, 2))
            $0.noteRest()
        }
    }

    /// The response is complete with END_STREAM (RFC 9113 §8.1).
    @Test(arguments: [0, 8])
    func aResetAfterTheWholeResponseTakesNothingBack(_ code: UInt32) throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            let stream = peer.request()
            peer.send(
                Frames.headers(stream, Self.good, ends: false) + Frames.data(stream, [65, 66], ends: true)
                    + Frames.reset(stream, code) + Frames.reset(stream, code))
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            let response = try gateway.get("/")
            #expect(response.status == 200 && response.body == "AB" && response.end == .whole)
            #expect(gateway.errors(downTo: "error") == [])
        }
    }

    @Test func goawayWithAnErrorFailsWhatIsUnderWay() throws {
        try expect(502, "http_protocol_error", "upstream sent goaway with error 2" + Self.head) {
            $0.send(Frames.goAway(last: $1, 2))
            $0.noteRest()
        }
    }

    @Test func aLostConnectionIsNoReset() throws {
        try expect(502, "connection_terminated", "upstream prematurely closed connection" + Self.head) { peer, _ in
            peer.settle()
        }
        // Reading or writing, whichever comes upon it first.
        try expect(502, "connection_terminated", "() failed (104: Connection reset by peer)" + Self.head) {
            peer, _ in peer.resetAtEnd()
        }
    }

    @Test func itIsACutInTheBody() throws {
        try expect(200, nil, "upstream prematurely closed connection" + Self.body, end: .cut(.fin)) {
            $0.settle()
            $0.send(Frames.headers($1, Self.good, ends: false) + Frames.data($1, [65, 66]))
        }
    }

    @Test func aBodyThatIsTooLongOrTooShortIsNotPassedOnAsWhole() throws {
        let length = Self.good + [("content-length", "4")]
        let short = "upstream prematurely closed stream"
        let long = "upstream sent response body larger than indicated content length"
        // With the head it is a status, after it a cut.
        try expect(502, "http_response_incomplete", short + Self.head) {
            $0.send(Frames.headers($1, length, ends: false) + Frames.data($1, [65, 66], ends: true))
            $0.noteRest()
        }
        try expect(502, "http_response_incomplete", short + Self.head) {
            $0.send(Frames.headers($1, length))
            $0.noteRest()
        }
        try expect(502, "http_protocol_error", long + Self.head) {
            $0.send(Frames.headers($1, length, ends: false) + Frames.data($1, [65, 66, 67, 68, 69], ends: true))
            $0.noteRest()
        }
        for (body, words) in [([67], short), ([67, 68, 69], long)] as [([UInt8], String)] {
            try expect(200, nil, words + Self.body, end: .cut(.fin)) {
                $0.send(Frames.headers($1, length, ends: false) + Frames.data($1, [65, 66]))
                $0.awaitPong()
                $0.send(Frames.data($1, body, ends: true))
                $0.noteRest()
            }
        }
    }

    /// The client has all that it was promised, and finds its connection closed.
    @Test func aBodyThatGoesOnAfterItsLengthIsTold() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            let stream = peer.request()
            peer.send(
                Frames.headers(stream, Self.good + [("content-length", "2")], ends: false)
                    + Frames.data(stream, [65, 66]))
            peer.awaitPong()
            peer.send(Frames.data(stream, [67]))
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            var client = try gateway.client()
            client.get("/")
            #expect(try client.response().body == "AB")
            try gateway.awaitLine(
                "[error] upstream sent response body larger than indicated content length" + Self.body)
            #expect(client.waitForEnd() == .fin)
        }
    }

    /// RFC 9113 §8.1.1 has a code for the stream as well.
    @Test func aMalformedResponseEndsItsStream() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings())
            let first = peer.request()
            peer.send(
                Frames.headers(first, Self.good + [("content-length", "1")], ends: false)
                    + Frames.data(first, [65, 66]))
            peer.find { $0.type == 3 }.map { peer.notes.append("\($0)") }
            peer.answer(peer.request(), "the next")
            peer.noteRest()
        }
        try upstream.run(upstream.settings()) { gateway in
            let first = try gateway.get("/")
            let second = try gateway.get("/")
            #expect(first.status == 502 && second.body == "the next")
        }
        try Wait.until("the notes") { !upstream.notes.isEmpty }
        #expect(upstream.notes.first == "RST_STREAM 1 1")
        #expect(upstream.connections == 1)
    }

    @Test func malformedHeadsAreRefused() throws {
        for (fields, text) in [
            ([("server", "x")], "no :status header"), ([], "no :status header"),
            ([(":status", "20")], "invalid :status \"20\""), ([(":status", "")], "invalid :status \"\""),
            ([(":status", "101")], "unexpected :status \"101\""),
            (Self.good + Self.good, "duplicate :status header"),
            (Self.good + [(":path", "/")], "invalid header \":path: /\""),
            (Self.good + [("Upper", "x")], "invalid header: \"Upper: x\""),
            (Self.good + [("connection", "close")], "invalid header: \"connection: close\""),
        ] {
            try expect(502, "http_protocol_error", "upstream sent " + text + Self.head) {
                $0.send(Frames.headers($1, fields))
                $0.noteRest()
            }
        }
    }

    @Test func malformedSectionsBehindTheBodyAreRefused() throws {
        for (fields, ends, text) in [
            ([("x", "1")], false, "trailer without end stream flag"),
            ([(":status", "200")], true, "invalid trailer \":status: 200\""),
            ([("Upper", "x")], true, "invalid trailer: \"Upper: x\""),
        ] {
            try expect(502, "http_protocol_error", "upstream sent " + text + Self.head) {
                $0.send(
                    Frames.headers($1, Self.good, ends: false) + Frames.data($1, [65])
                        + Frames.headers($1, fields, ends: ends))
                $0.noteRest()
            }
        }
    }

    @Test func aBodyWithoutAHeadIsRefused() throws {
        try expect(502, "http_protocol_error", "upstream sent unexpected http2 frame: 0" + Self.head) {
            $0.send(Frames.headers($1, [(":status", "103")], ends: false) + Frames.data($1, [65], ends: true))
            $0.noteRest()
        }
    }

    /// The decoders of both sides no longer agree: padding that is not all ones (RFC 7541 §5.2).
    @Test func aHeadThatCannotBeReadIsRefused() throws {
        try expect(502, "http_protocol_error", "upstream violated HTTP/2: COMPRESSION_ERROR" + Self.head) {
            $0.send(Frames.frame(1, flags: 5, stream: $1, [0x88, 0x40, 0x81, 0x00, 0x01, 0x61]))
            $0.noteRest()
        }
    }

    @Test func aHeadBeyondItsBufferIsRefused() throws {
        let fields = Self.good + [("x-large", String(repeating: "a", count: 5000))]
        try expect(502, "http_response_header_section_size", "upstream sent too big header" + Self.head) {
            $0.send(Frames.headers($1, fields))
            $0.noteRest()
        }
    }

    /// A frame on a stream that nobody opened ends the connection.
    @Test func aViolationIsToldInTheLibrarysWords() throws {
        try expect(502, "http_protocol_error", "upstream violated HTTP/2: ") { peer, _ in
            peer.send(Frames.data(77, [65]))
            peer.noteRest()
        }
    }

    @Test func whatIsNoHTTP2IsToldByItsFirstBytes() throws {
        try Gateway.run("location / { proxy_pass http://%UPSTREAM%; proxy_http_version 2; }") { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
            #expect(response.errorType == "http_protocol_error")
            try gateway.awaitLine("[error] upstream sent too large http2 frame: 4740180 while reading response header")
        }
    }

    @Test func silenceIsA504() throws {
        let line = "upstream timed out (110: Connection timed out)"
        try expect(504, "http_response_timeout", line + Self.head, more: "proxy_read_timeout 300ms;") { peer, _ in
            peer.noteRest()
        }
    }

    /// The upstream gives no window for the request's body.
    @Test func aClosedWindowIsA504() throws {
        let upstream = try FramesUpstream { peer, _ in
            peer.send(Frames.settings([(4, 10)]))
            _ = peer.request()
            peer.noteRest()
        }
        try upstream.run(upstream.settings("proxy_send_timeout 300ms; client_max_body_size 0;")) { gateway in
            var client = try gateway.client()
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n\r\n" + Letters.text(100_000))
            let response = try client.response(to: "POST")
            #expect(response.status == 504)
            #expect(response.errorType == "connection_write_timeout")
            try gateway.awaitLine(
                "[error] upstream timed out (110: Connection timed out) while sending request to upstream")
        }
    }
}
