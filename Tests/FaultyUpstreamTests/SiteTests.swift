import Platform
import Testing

@testable import FaultyUpstream

/// Good answers, and faults chosen by path and query.
struct SiteTests {
    /// One request on its own connection, all bytes until FIN.
    func get(_ upstream: FaultyUpstream, _ target: String, method: String = "GET", version: String = "1.1") throws
        -> String
    {
        let client = try RawClient(upstream)
        client.send("\(method) \(target) HTTP/\(version)\r\nHost: t\r\nConnection: close\r\n\r\n")
        return client.rest().text
    }

    @Test func aConnectionServesManyRequests() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.get("/ok")
        #expect(client.response().body == "ok\n")
        client.get("/bytes/30")
        #expect(client.response().body == "abcdefghijklmnopqrstuvwxyzabcd")
        client.send("GET /ok HTTP/1.1\r\n\r\nGET /status/418 HTTP/1.1\r\n\r\n")
        #expect(client.response().body == "ok\n")
        #expect(firstLine(client.response().head) == "HTTP/1.1 418 As Asked")
        #expect(upstream.accepted == 1)
    }

    @Test func theConnectionEndsWhenTheClientSaysSo() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        #expect(try get(upstream, "/ok").hasSuffix("Connection: close\r\n\r\nok\n"))
        let old = try RawClient(upstream)
        old.send("GET /ok HTTP/1.0\r\n\r\n")
        #expect(old.rest().end == .fin)
        old.finish()
        let kept = try RawClient(upstream)
        kept.send("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(kept.response().head.contains("Connection: keep-alive"))
        kept.get("/ok")
        #expect(kept.response().body == "ok\n")
    }

    @Test func headHasNoBody() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        for path in ["/ok", "/bytes/100", "/sse", "/chunked", "/slow?delay=0", "/"] {
            #expect(try get(upstream, path, method: "HEAD").hasSuffix("\r\n\r\n"), "\(path)")
        }
        #expect(try get(upstream, "/status/204").hasSuffix("\r\n\r\n"))
    }

    @Test func echoShowsWhatCame() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.send("POST /echo?a=b HTTP/1.1\r\nX-A:  1\r\nContent-Length: 3\r\n\r\nabc")
        #expect(client.response().body == "POST /echo?a=b HTTP/1.1\r\nX-A:  1\r\nContent-Length: 3\r\n\r\nabc")
    }

    @Test func uploadsAreCounted() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.send("PUT /upload HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n")
        #expect(client.response().head == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send([UInt8](repeating: 0x78, count: 200_000))
        #expect(client.response().body == "{\"method\": \"PUT\", \"bytes\": 200000, \"chunked\": false}\n")
    }

    @Test func bodiesWithoutALengthAreChunkedOrEndWithTheConnection() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        #expect(try get(upstream, "/chunked?count=1").hasSuffix("\r\n\r\n8\r\nchunk 0\n\r\n0\r\n\r\n"))
        #expect(try get(upstream, "/trailers?count=1").hasSuffix("0\r\nX-Chunks: 1\r\n\r\n"))
        #expect(try get(upstream, "/chunked?count=1", version: "1.0").hasSuffix("Connection: close\r\n\r\nchunk 0\n"))
        #expect(try get(upstream, "/sse?count=2&interval=1").contains("id: 1\ndata: event 1 of 2\n\n"))
        #expect(try get(upstream, "/early-hints").hasPrefix("HTTP/1.1 103 Early Hints\r\n"))
    }

    @Test func slowAnswersTakeTheirTime() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let start = Kernel().now()
        #expect(try get(upstream, "/slow?delay=50&size=3&interval=20").hasSuffix("..."))
        #expect(Kernel().now().since(start) >= 90)
    }

    @Test func theStartPageLinksEveryFault() throws {
        let upstream = try FaultyUpstream.start(port: 0, rules: try Rules("fault mine = send \"<&>\"; close"))
        let page = try get(upstream, "/")
        for fault in FaultTable.all where fault.place == nil {
            #expect(page.contains("<a href=\"fault/\(fault.name)\">"), "\(fault.name)")
        }
        #expect(page.contains("127.0.0.1:\(upstream.refusingPort)"))
        #expect(page.contains("send &quot;&lt;&amp;&gt;&quot;; close"))
    }

    @Test func aFaultIsChosenByPathOrQuery() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        for target in [
            "/fault/fin-in-version", "/fin-in-version", "/fault/fin-in-version/further", "/a?x=1&fault=fin-in-version",
        ] {
            #expect(try get(upstream, target) == "HTT", "\(target)")
        }
        #expect(try get(upstream, "http://host:80/fin-in-version") == "HTT")
        #expect(upstream.count(of: "fin-in-version") == 5)
        #expect(upstream.count(of: "fin-in-field") == 0)
    }

    @Test func parametersReachTheFault() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let cut = try get(upstream, "/length-cut-fin?bytes=3&size=9")
        #expect(cut == "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nxxx")
        let start = Kernel().now()
        _ = try get(upstream, "/fin-after-request?delay=70")
        #expect(Kernel().now().since(start) >= 70)
        #expect(try get(upstream, "/length-cut-fin?seconds=3").contains("has no parameter 'seconds'"))
        #expect(try get(upstream, "/length-cut-fin?bytes=-1").hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(try get(upstream, "/fault/length-ct-fin").contains("is 'length-cut-fin' meant?"))
        #expect(try get(upstream, "/refused").contains("127.0.0.1:\(upstream.refusingPort)"))
        #expect(try get(upstream, "/nothing").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
    }

    @Test func theFirstRequestsFailThenAllIsWell() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        func ends(_ target: String) throws -> [String] { try (0..<3).map { _ in firstLine(try get(upstream, target)) } }
        #expect(try ends("/bytes/5?fault=fin-after-request&first=2") == ["", "", "HTTP/1.1 200 OK"])
        #expect(try ends("/fin-after-request?after=1") == ["HTTP/1.1 200 OK", "", ""])
        #expect(try ends("/fin-after-request?every=2") == ["HTTP/1.1 200 OK", "", "HTTP/1.1 200 OK"])
        #expect(try get(upstream, "/bytes/5?fault=fin-after-request&first=2").hasSuffix("abcde"))
    }

    @Test func countsAreServedAndReset() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        _ = try get(upstream, "/fin-in-field")
        _ = try get(upstream, "/fin-in-field")
        #expect(try get(upstream, "/counts").hasSuffix("{\"fin-in-field\": 2}\n"))
        #expect(try get(upstream, "/counts", method: "DELETE").hasSuffix("{}\n"))
        #expect(upstream.count(of: "fin-in-field") == 0)
    }

    @Test func aFaultOnAKeptConnectionStrikesTheSecondRequest() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        for (name, end) in [("stale-fin", RawClient.End.fin), ("stale-reset", .reset)] {
            let client = try RawClient(upstream)
            client.get("/" + name)
            #expect(client.response().body == "one\n")
            client.get("/ok")
            let rest = client.rest()
            #expect(rest.text == "")
            #expect(rest.end == end)
        }
    }

    @Test func anUnreadFaultLeavesTheRequestInTheKernel() throws {
        let upstream = try FaultyUpstream.start(port: 0)
        let client = try RawClient(upstream)
        client.get("/close-unread")
        #expect(client.rest().end == .reset)
    }

    @Test func theRequestIsReadAfterAFaultThatDidNot() throws {
        let upstream = try FaultyUpstream.start(port: 0, rules: try Rules("fault early = send \"early\"; serve"))
        let client = try RawClient(upstream)
        client.send("POST /early HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc")
        #expect(client.read(5) == "early")
        client.get("/ok")
        #expect(client.response().body == "ok\n")
    }
}
