import Bytes
import Failures
import Testing

/// The whole line of the error log.
@Suite struct ErrorLineTests {
    let stamp = ErrorLine.Stamp(processID: 123, threadID: 124, connection: 5)
    let time = bytes("2026/11/21 02:26:09")

    @Test func hasEveryPartInOrder() {
        let line = written { out in
            let client = bytes("127.0.0.1")
            let name = bytes("t")
            let request = bytes("GET /t HTTP/1.1")
            let subrequest = bytes("/sub")
            let upstream = bytes("http://127.0.0.1:81/t")
            let referrer = bytes("http://a/")
            ErrorLine.append(
                .connectFailed(errno: 111, atOnce: false), Evidence(), while: .connecting, level: .error,
                time: time.span, stamp: stamp, client: client.span, server: name.span, request: request.span,
                subrequest: subrequest.span, upstream: upstream.span, host: name.span, referrer: referrer.span,
                to: &out)
        }
        #expect(
            line
                == "2026/11/21 02:26:09 [error] 123#124: *5 connect() failed (111: Connection refused) while connecting "
                + "to upstream, client: 127.0.0.1, server: t, request: \"GET /t HTTP/1.1\", subrequest: \"/sub\", "
                + "upstream: \"http://127.0.0.1:81/t\", host: \"t\", referrer: \"http://a/\"\n")
    }

    @Test func leavesOutWhatDoesNotExist() {
        let line = written { out in
            let client = bytes("127.0.0.1")
            let server = bytes("0.0.0.0:80")
            ErrorLine.append(
                .client(.closedUnasked), Evidence(), while: .waitingForRequest, level: .info, time: time.span,
                stamp: stamp, client: client.span, server: server.span, to: &out)
        }
        #expect(
            line.hasSuffix(
                "client closed connection while waiting for request, client: 127.0.0.1, server: 0.0.0.0:80\n"))
    }

    @Test func writesAnEmptyServerName() {
        let line = written { out in
            let client = bytes("::1")
            let none = bytes("")
            ErrorLine.append(
                .request(.noHost), Evidence(), while: .readingRequestHead, level: .info, time: time.span, stamp: stamp,
                client: client.span, server: none.span, to: &out)
        }
        #expect(line.hasSuffix(", client: ::1, server: \n"))
    }

    @Test func closedKeepaliveStandsAlone() {
        let line = written { out in
            let client = bytes("127.0.0.1")
            ErrorLine.append(
                .client(.closedKeepalive), evidence("127.0.0.1", ""), while: .keepalive, level: .info, time: time.span,
                stamp: stamp, client: client.span, server: client.span, to: &out)
        }
        #expect(line.hasSuffix("*5 client 127.0.0.1 closed keepalive connection\n"))
    }

    /// As in the documentation of nginx's commercial edition and in its users' logs.
    @Test(arguments: [0, 8081] as [UInt16]) func aHealthCheckNamesPeerAndGroup(_ port: UInt16) {
        let line = written { out in
            let match = bytes("ok\n")
            let peer = bytes("10.0.0.1:80")
            let group = bytes("app")
            ErrorLine.append(
                .connection(.unhealthy), Evidence(), while: .checkingStatus, level: .warn, time: time.span,
                stamp: ErrorLine.Stamp(processID: 123, threadID: 124), match: match.span, peer: peer.span,
                group: group.span, port: port, to: &out)
        }
        #expect(
            line
                == "2026/11/21 02:26:09 [warn] 123#124: peer is unhealthy while checking status code, "
                + "health check \"ok\\x0A\" of peer 10.0.0.1:80 in upstream \"app\""
                + (port > 0 ? ", port 8081\n" : "\n"))
    }

    @Test func withoutAConnectionNoStar() {
        var out = ByteBuffer()
        ErrorLine.append(
            time: time.span, level: .emerg, stamp: ErrorLine.Stamp(processID: 1, threadID: 1), to: &out)
        #expect(out.span.text == "2026/11/21 02:26:09 [emerg] 1#1: ")
    }

    @Test(arguments: [0, 1, 1800, 1950, 1990, 3000, 20_000])
    func isCutAtItsLimit(_ length: Int) {
        var out = ByteBuffer()
        out.append("before")
        let client = bytes("127.0.0.1")
        let request = bytes("GET /" + String(repeating: "a", count: length) + "\n HTTP/1.1")
        ErrorLine.append(
            .connection(.closed), evidence(String(repeating: "\u{1}", count: 900), ""), while: .readingResponseHead,
            level: .error, time: time.span, stamp: stamp, client: client.span, server: client.span,
            request: request.span, host: request.span, to: &out)
        let line = out.span.array.dropFirst(6)
        #expect(line.count <= ErrorLine.limitBytes)
        #expect(line.last == 10)
        #expect(line.filter { $0 == 10 }.count == 1)
        #expect(length < 1990 || line.count == ErrorLine.limitBytes)
    }

    @Test func escapesWhatWouldBreakALine() {
        let text = written { CauseText.append(escaping: bytes("a\r\nb\u{1b}[31m\u{7f}\u{e9}\"\\").span, to: &$0) }
        #expect(text == "a\\x0D\\x0Ab\\x1B[31m\\x7F\u{fffd}\"\\")
    }

    @Test func rendersTime() {
        #expect(
            written { ErrorLine.appendTime(CivilTime(unixSeconds: 1_795_227_969), to: &$0) } == "2026/11/21 02:26:09")
    }

    @Test func namesUpstreams() {
        let scheme = bytes("http://")
        let uri = bytes("/t")
        for (peer, expected) in [
            ("127.0.0.1:81", "http://127.0.0.1:81/t"), ("unix:/a.sock", "http://unix:/a.sock:/t"), ("u", "http://u/t"),
        ] {
            let address = bytes(peer)
            let text = written {
                ErrorLine.appendUpstream(scheme: scheme.span, peer: address.span, uri: uri.span, to: &$0)
            }
            #expect(text == expected)
        }
    }

    @Test func evidenceIsBounded() {
        let long = [UInt8](repeating: 0x61, count: 5000)
        #expect(Evidence(long.span).first.count == Evidence.limitBytes)
        let two = Evidence(long.span, long.span)
        #expect(two.first.count == 512 && two.second.count == 512)
        var one = Evidence(bytes("1024").span)
        one.append(bytes("+").span)
        one.append(decimal: 17)
        #expect(one.first.text == "1024+17" && one.second.isEmpty)
        let field = Evidence(name: bytes("A").span, value: bytes("b").span)
        #expect(field.first.text == "A: b")
        one.clear()
        #expect(one.isEmpty && one.first.isEmpty)
    }
}
