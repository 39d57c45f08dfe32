import SimulatedKernel
import Testing

/// Exchanges whose halves do not end together: bodies that are lost, paused, unwanted or too slow.
@Suite struct HalfwayTests {
    static func post(_ fields: String) -> FarAction { .send("POST /r0 HTTP/1.1\r\nHost: sim\r\n\(fields)\r\n") }

    static func play(
        _ location: String, _ server: @escaping @Sendable (FarRequest) -> [FarAction], _ client: [FarAction],
        adversity: Adversity = .none
    ) -> Performance {
        Performance(
            Play(
                name: "halfway", locations: [location],
                servers: [Play.Server(endpoint: Play.peer, atHead: true, answer: server)],
                clients: [Play.Client(actions: client, expected: [])], adversity: adversity))
    }

    /// The request line that the upstream got is its answer.
    static let mirrors: @Sendable (FarRequest) -> [FarAction] = { request in
        let line = request.headText.split(separator: "\r\n").first.map(String.init) ?? ""
        let length = request.headText.lowercased().contains("content-length: ") ? " with a length" : ""
        return [.send(Play.answer(Array((line + length).utf8)))]
    }

    static let late =
        "client_body_timeout 1s; location @again { proxy_pass http://app; } location /r9 { proxy_pass http://app; }"

    /// A body that did not come in time cannot be sent to another place: the error itself is answered.
    @Test func lateBodyIsNotSentElsewhere() {
        let one = Self.play(
            Self.late + "location / { proxy_pass http://app; error_page 408 = @again; }", Self.mirrors,
            [Self.post("Content-Length: 1000\r\n"), .send("only this"), .awaitResponse(bodyless: false), .close])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.ends[0].receivedText.hasPrefix("HTTP/1.1 408 "), "\(one.report([]))")
        #expect(one.simulated.elapsedMicroseconds < 300_000_000)
    }

    /// A GET that takes its place can do without (RFC 9110 §9.3.1).
    @Test func theErrorPageIsAskedForWithoutTheBody() {
        let one = Self.play(
            Self.late + "location / { proxy_pass http://app; error_page 408 /r9; }", Self.mirrors,
            [Self.post("Content-Length: 1000\r\n"), .send("only this"), .awaitResponse(bodyless: false), .close])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.ends[0].receivedText.hasPrefix("HTTP/1.1 408 "), "\(one.report([]))")
        #expect(one.ends[0].receivedText.hasSuffix("\r\n\r\nGET /r9 HTTP/1.1"), "\(one.report([]))")
    }

    /// A refused head has a body of which nobody knows anything.
    @Test func refusedHeadWithAnErrorPage() {
        let one = Self.play(
            "error_page 400 /r9;" + Self.late, Self.mirrors,
            [.send("GET /r0 HTTP/1.1\r\nNo Colon\r\n\r\n"), .awaitResponse(bodyless: false), .close])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.ends[0].receivedText.hasPrefix("HTTP/1.1 400 "), "\(one.report([]))")
    }

    /// The answer to a body that is too large waits for a client that does not read: send_timeout ends it.
    @Test func tooLargeABodyOfADeafClient() {
        var tiny = Adversity()
        tiny.sendBufferBytes = 64...64
        tiny.receiveBufferBytes = 64...64
        let one = Self.play(
            "client_max_body_size 1k; location / { proxy_pass http://app; }", Self.mirrors,
            [
                .readPace(bytes: 0, everyMilliseconds: 1), Self.post("Transfer-Encoding: chunked\r\n"),
                .send(Pattern.chunked(Play.bytes(5_000), pieceBytes: 700)), .stall,
            ], adversity: tiny)
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.errorLog.contains("client intended to send too large chunked body"), "\(one.report([]))")
        #expect(one.accessLog.hasPrefix("/r0|413|"), "\(one.report([]))")
    }

    /// The client is not late while there is no room for its bytes.
    @Test func aSlowUpstreamIsNoLateClient() {
        let one = Self.play(
            """
            client_body_timeout 1s; client_body_buffer_size 1k;
            location / { proxy_pass http://app; proxy_request_buffering off; }
            """,
            { request in
                [
                    .readPace(bytes: 0, everyMilliseconds: 1), .pause(milliseconds: 10_000), .readAll, .awaitBody,
                    .send(Play.answer(Play.bytes(10))),
                ]
            },
            [
                Self.post("Content-Length: 60000\r\n"), .send(Play.bytes(60_000)), .awaitResponse(bodyless: false),
                .close,
            ], adversity: Play.narrow)
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.ends[0].receivedText.hasPrefix("HTTP/1.1 200 "), "\(one.report([]))")
        #expect(one.failureLines.isEmpty)
    }

    /// A whole answer while the body still comes: the client may send to the end before it reads.
    @Test func earlyAnswerForAClientThatSendsFirst() {
        let one = Self.play(
            "client_body_buffer_size 1k; location / { proxy_pass http://app; proxy_request_buffering off; }",
            { _ in
                [.readPace(bytes: 0, everyMilliseconds: 1), .send(Play.answer(Play.bytes(20_000))), .awaitEnd, .close]
            },
            [
                .readPace(bytes: 0, everyMilliseconds: 1), Self.post("Content-Length: 90000\r\n"),
                .send(Play.bytes(90_000)), .readAll, .awaitResponse(bodyless: false), .close,
            ], adversity: Play.narrow)
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        let responses = one.ends[0].responses(bodyless: [false])
        #expect(responses.whole.count == 1, "\(one.report([]))")
        #expect(one.accessLog.hasPrefix("/r0|200|200|") && one.failureLines.isEmpty, "\(one.report([]))")
        #expect(one.simulated.elapsedMicroseconds < 260_000_000, "nobody waited for a timeout")
    }

    /// No other protocol begins in the middle of a message (RFC 9110 §7.8).
    @Test func switchingProtocolsInTheMiddleOfARequest() {
        let one = Self.play(
            """
            location / { proxy_pass http://app; proxy_request_buffering off; proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection "upgrade"; }
            """,
            { _ in
                [.send("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), .awaitEnd, .close]
            },
            [
                Self.post("Upgrade: x\r\nConnection: upgrade\r\nContent-Length: 1000\r\n"), .send("a part"),
                .awaitResponse(bodyless: false), .close,
            ])
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.ends[0].receivedText.hasPrefix("HTTP/1.1 502 "), "\(one.report([]))")
        #expect(one.failureLines.count == 1)
    }

    /// A tunnel and a body that is passed on keep no more than their bounds of what a slow upstream takes little by
    /// little, though it never takes the last of it; the invariants of every turn say how much that is.
    @Test(arguments: [true, false]) func slowUpstreamsCostTheirBound(_ isTunnel: Bool) {
        let head = isTunnel ? "Upgrade: x\r\nConnection: upgrade\r\n" : "Content-Length: 90000\r\n"
        let one = Self.play(
            """
            client_body_buffer_size 1k; location / { proxy_pass http://app; proxy_request_buffering off;
                proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; }
            """,
            { _ in
                let answer =
                    isTunnel
                    ? Array("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".utf8)
                    : Play.answer([])
                let wait = isTunnel ? FarAction.awaitBytes(90_000) : .awaitBody
                let pace = FarAction.readPace(bytes: 900, everyMilliseconds: 1)
                return isTunnel ? [.send(answer), pace, wait, .close] : [pace, wait, .send(answer), .close]
            },
            [
                isTunnel ? .send("GET /r0 HTTP/1.1\r\nHost: sim\r\n\(head)\r\n") : Self.post(head),
                isTunnel ? .awaitHead : .pause(milliseconds: 1), .send(Play.bytes(90_000)), .awaitEnd,
            ], adversity: Play.narrow)
        #expect(one.troubles.isEmpty, "\(one.report(one.troubles))")
        #expect(one.accessLog.hasPrefix(isTunnel ? "/r0|101|101|" : "/r0|200|200|"), "\(one.report([]))")
        #expect(one.simulated.farEnds[1].receivedCount > 90_000)
    }
}
