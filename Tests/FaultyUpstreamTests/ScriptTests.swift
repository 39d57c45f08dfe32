import Platform
import Testing

@testable import FaultyUpstream

/// What steps do on the wire, seen by a raw client.
struct ScriptTests {
    let request = "GET / HTTP/1.1\r\nHost: t\r\n\r\n"

    /// Plays one script and gives what the client saw.
    func play(_ steps: [Step], sending text: String? = nil) throws -> (
        bytes: [UInt8], end: RawClient.End, record: ConnectionRecord
    ) {
        let upstream = try FaultyUpstream.start(script: [steps])
        let client = try RawClient(upstream)
        client.send(text ?? request)
        let seen = client.rest()
        client.finish()
        return (seen.bytes, seen.end, try #require(upstream.ended(0)))
    }

    @Test func finishIsAFin() throws {
        let seen = try play([.readAll, .send("abc"), .finish])
        #expect(RawClient.latin(seen.bytes) == "abc")
        #expect(seen.end == .fin)
        #expect(seen.record.sentBytes == 3)
    }

    @Test func resetIsAReset() throws {
        let seen = try play([.readAll, .reset])
        #expect(seen.end == .reset)
        #expect(seen.record.end == .reset)
    }

    @Test func closingWithUnreadInputIsAReset() throws {
        #expect(try play([.peek, .close]).end == .reset)
        #expect(try play([.readHead, .close], sending: request + "unread").end == .reset)
        #expect(try play([.readHead, .close]).end == .fin)
    }

    @Test func finishingWithUnreadInputIsAFin() throws {
        let upstream = try FaultyUpstream.start(script: [[.peek, .finish]])
        let client = try RawClient(upstream)
        client.send(request)
        #expect(client.rest().end == .fin)
        client.finish()
        #expect(upstream.ended(0)?.end == .finished)
    }

    @Test func bytesAreSentAsTheyAre() throws {
        let all = (0...255).map { Unicode.Scalar(UInt8($0)) }
        let text = String(String.UnicodeScalarView(all))
        #expect(try play([.readAll, .send(Payload(text)), .finish]).bytes == Payload(text).bytes)
    }

    @Test func aBigPayloadArrivesWhole() throws {
        let seen = try play([.readAll, .send("<" + .repeated("0123456789", 300_000) + ">"), .finish])
        #expect(seen.bytes.count == 3_000_002)
        #expect(seen.bytes.first == 0x3c && seen.bytes.last == 0x3e)
        #expect(seen.bytes[2_999_991...3_000_000].elementsEqual("0123456789".utf8))
    }

    @Test func dribblingSendsPieces() throws {
        let upstream = try FaultyUpstream.start(script: [
            [.readAll, .dribble("abcdefg", bytes: 3, milliseconds: 60), .finish]
        ])
        let client = try RawClient(upstream)
        let start = Kernel().now()
        client.send(request)
        #expect([client.readOnce(), client.readOnce(), client.readOnce()] == ["abc", "def", "g"])
        #expect(Kernel().now().since(start) >= 120)
        #expect(client.rest().end == .fin)
    }

    @Test func readingIsExactToTheByte() throws {
        let text = "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345"
        let seen = try play([.readHead, .read(bytes: 3), .readBody, .send("done"), .close], sending: text)
        #expect(RawClient.latin(seen.bytes) == "done")
        #expect(seen.end == .fin)
        #expect(seen.record.requests[0].bodyBytes == 5)
        // The second request is unread when the first was answered: closing resets.
        #expect(try play([.readAll, .close], sending: text + request).end == .reset)
    }

    @Test func chunkedBodiesAreReadToTheirEnd() throws {
        let text =
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n"
        let seen = try play([.readAll, .readAll, .send("both"), .close], sending: text + request)
        #expect(RawClient.latin(seen.bytes) == "both")
        #expect(seen.end == .fin)
        #expect(seen.record.requests.map(\.bodyBytes) == [13, 0])
    }

    @Test func aMalformedBodyEndsTheConnection() throws {
        let text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        let seen = try play([.readAll, .send("never")], sending: text)
        #expect(RawClient.latin(seen.bytes) == "")
        #expect(seen.record.end == .malformed)
    }

    @Test func echoReturnsEverything() throws {
        let upstream = try FaultyUpstream.start(script: [[.echo]])
        let client = try RawClient(upstream)
        client.send("one")
        #expect(client.read(3) == "one")
        client.finish()
        #expect(client.rest().end == .fin)
        #expect(upstream.ended(0)?.end == .peerFinished)
    }

    @Test func answerAllServesManyRequests() throws {
        let upstream = try FaultyUpstream.start(script: [[.answerAll("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n!")]])
        let client = try RawClient(upstream)
        for _ in 0..<3 {
            client.get("/")
            #expect(client.response().body == "!")
        }
        client.finish()
        #expect(upstream.ended(0)?.requests.count == 3)
    }

    @Test func shutdownWriteGoesOn() throws {
        let upstream = try FaultyUpstream.start(script: [[.shutdownWrite, .readHead, .close]])
        let client = try RawClient(upstream)
        #expect(client.rest().end == .fin)
        client.send(request)
        #expect(upstream.ended(0)?.end == .closed)
        #expect(upstream.ended(0)?.requests.count == 1)
    }

    @Test func aScriptThatHasRunOutHoldsUntilThePeerCloses() throws {
        let upstream = try FaultyUpstream.start(script: [[.send("x")]])
        do {
            let client = try RawClient(upstream)
            #expect(client.read(1) == "x")
            #expect(upstream.ended(0, within: 30) == nil)
        }
        #expect(upstream.ended(0)?.end == .peerFinished)
    }

    @Test func aPeersResetIsSeen() throws {
        let upstream = try FaultyUpstream.start(script: [
            [.send("x"), .hold(milliseconds: nil)], [.stall(milliseconds: nil)],
        ])
        for number in 0...1 {
            do {
                let client = try RawClient(upstream)
                if number == 0 { _ = client.read(1) }
                client.resetOnClose()
            }
            #expect(upstream.ended(number)?.end == .peerReset)
        }
    }

    @Test func connectionKPlaysScriptKAndTheLastRepeats() throws {
        let upstream = try FaultyUpstream.start(script: [[.send("first"), .close], [.send("later"), .close]])
        var seen: [String] = []
        for _ in 0..<3 { seen.append(try RawClient(upstream).rest().text) }
        #expect(seen == ["first", "later", "later"])
        #expect(upstream.accepted == 3)
    }

    @Test func aScriptCanGoOnAsTheSite() throws {
        let upstream = try FaultyUpstream.start(script: [[.send("hello\n"), .serve]])
        let client = try RawClient(upstream)
        #expect(client.read(6) == "hello\n")
        client.get("/ok")
        #expect(client.response().body == "ok\n")
    }

    @Test func aPeerThatLeavesInTheMiddleOfAHeadEndsTheScript() throws {
        let upstream = try FaultyUpstream.start(script: [[.readHead]])
        do {
            let client = try RawClient(upstream)
            client.send("GET / HT")
        }
        #expect(upstream.ended(0)?.end == .peerFinished)
    }

    @Test func aHeadInPiecesIsRead() throws {
        let upstream = try FaultyUpstream.start(script: [[.readHead, .send("!"), .close]])
        let client = try RawClient(upstream)
        for byte in request.utf8 { client.send([byte]) }
        #expect(client.rest().text == "!")
    }
}
