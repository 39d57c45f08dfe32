import TestGateway
import Testing

/// One line for each exchange, in the format that was asked for.
@Suite(.overWires) struct AccessLogTests {
    private static func run(_ format: String, _ body: (Gateway) throws -> Void) throws {
        var settings = GatewaySettings(
            "location / { proxy_pass http://app; proxy_read_timeout 200ms; }",
            http: "upstream app { server %REFUSING% max_fails=0; server %UPSTREAM% max_fails=0; }")
        settings.accessLog = "log_format own \(format); access_log access.log own;"
        try Gateway.run(settings, body)
    }

    @Test func theCombinedFormat() throws {
        try Gateway.run { gateway in
            _ = try gateway.get("/bytes/5?a", "Referer: http://r.test/\r\nUser-Agent: tests/1 \"x\"\r\n")
            let line = try gateway.access(1)[0]
            #expect(line.hasPrefix("127.0.0.1 - - ["))
            let request = "] \"GET /bytes/5?a \(gateway.wires.clients.version)\" "
            #expect(line.hasSuffix(request + "200 5 \"http://r.test/\" \"tests/1 \\x22x\\x22\""))
        }
    }

    @Test func attemptsAreSeparatedByCommas() throws {
        try Self.run("'$status $upstream_addr $upstream_status $upstream_bytes_received'") { gateway in
            // The first request begins with the first peer, the second with the other.
            _ = try gateway.get("/ok")
            let (first, ok) = (try gateway.access(1)[0], "200 REFUSING, UPSTREAM 502, 200 0, ")
            #expect(first.hasPrefix(ok) && (Int(first.dropFirst(ok.utf8.count)) ?? 0) > 3, "\(first)")
        }
    }

    @Test func timesAreMeasured() throws {
        try Self.run("'$request_time $upstream_connect_time $upstream_header_time $upstream_response_time'") {
            gateway in
            _ = try gateway.get("/slow?delay=100")
            let line = try gateway.access(1)[0]
            let last = line.split { $0 == " " || $0 == "," }.suffix(1) + line.split(separator: " ").prefix(1)
            #expect(line.split(separator: " ").count == 7)
            for time in last { #expect((Double(time) ?? 0) >= 0.1, "\(line)") }
        }
    }

    @Test(.about(.messageBytes)) func lengthsAreCounted() throws {
        try Self.run("'$request_length $bytes_sent $body_bytes_sent $upstream_response_length'") { gateway in
            let request = "POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
            let (text, _) = try gateway.raw(request)
            let body = text.split(separator: "\r\n\r\n", maxSplits: 1)[1].utf8.count
            let counts = "\(request.utf8.count) \(text.utf8.count) \(body) "
            #expect(try gateway.access(1)[0].hasPrefix(counts))
        }
    }

    @Test func jsonIsEscaped() throws {
        try Self.run("escape=json '{\"agent\":\"$http_user_agent\",\"none\":\"$http_none\"}'") { gateway in
            _ = try gateway.get("/ok", "User-Agent: \"a\\b\t\u{e9}\r\n")
            #expect(try gateway.access(1)[0].hasPrefix("{\"agent\":\"\\\"a\\\\b\\t"))
            #expect(try gateway.access(1)[0].hasSuffix(",\"none\":\"\"}"))
        }
    }

    @Test func aConditionChoosesLines() throws {
        var settings = GatewaySettings(http: "map $status $grave { ~^5 1; default 0; }")
        settings.accessLog = "log_format own '$status'; access_log access.log own if=$grave;"
        try Gateway.run(settings) { gateway in
            _ = try gateway.get("/ok")
            _ = try gateway.get("/status/503")
            #expect(try gateway.access(1) == ["503"])
        }
    }

    /// Lines wait for one another, and none of them longer than `flush` says.
    @Test func linesAreGathered() throws {
        var settings = GatewaySettings()
        settings.accessLog = """
            log_format own '$request_uri'; access_log full.log own buffer=20;
            access_log late.log own buffer=4k flush=300ms; access_log end.log own buffer=4k;
            """
        try Gateway.run(settings) { gateway in
            _ = try gateway.get("/ok?1")
            #expect(try gateway.access(1, in: "late.log") == ["/ok?1"])
            #expect(gateway.folder.text(of: "full.log") == "")
            for number in 2...4 { _ = try gateway.get("/ok?\(number)") }
            #expect(try gateway.access(4, in: "full.log") == ["/ok?1", "/ok?2", "/ok?3", "/ok?4"])
            #expect(gateway.folder.text(of: "end.log") == "")
            // To open a log anew writes what waits into the old file.
            try gateway.folder.rename("end.log", to: "end.old")
            gateway.program.signal(Signal.reopen)
            #expect(try gateway.access(4, in: "end.old").count == 4)
        }
    }

    @Test func whatIsGatheredIsWrittenAtTheEnd() throws {
        var settings = GatewaySettings()
        settings.accessLog = "log_format own '$status'; access_log access.log own buffer=4k;"
        let gateway = try Gateway(settings)
        _ = try gateway.get("/ok")
        try gateway.reload()
        _ = try gateway.get("/ok")
        try gateway.finish()
        #expect(gateway.folder.text(of: "access.log") == "200\n200\n")
    }

    /// `env` sets the time zone, as any other variable.
    @Test func theTimeZoneIsSet() throws {
        var settings = GatewaySettings(main: "env TZ=XYZ-5:45;")
        settings.accessLog = "log_format own '$time_iso8601'; access_log access.log own;"
        try Gateway.run(settings) { gateway in
            _ = try gateway.get("/ok")
            #expect(try gateway.access(1)[0].hasSuffix("+05:45"))
        }
    }

    /// A chunked body has a length once it has come whole.
    @Test func lengthsOfChunkedBodiesAreKnown() throws {
        try Self.run("'$content_length'") { gateway in
            let head = "POST /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            _ = try gateway.raw(head + "3\r\nabc\r\n0\r\n\r\n")
            #expect(try gateway.access(1) == ["3"])
        }
    }

    /// What the kernel measures of the client's connection.
    @Test func theConnectionIsMeasured() throws {
        try Self.run("'$tcpinfo_rtt $tcpinfo_rttvar $tcpinfo_snd_cwnd $tcpinfo_rcv_space'") { gateway in
            _ = try gateway.get("/ok")
            let numbers = try gateway.access(1)[0].split(separator: " ").map { Int($0) ?? -1 }
            #expect(numbers.count == 4 && numbers.allSatisfy { $0 > 0 }, "\(numbers)")
        }
    }
}
