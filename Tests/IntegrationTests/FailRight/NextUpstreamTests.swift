import FaultyUpstream
import TestGateway
import Testing

/// A request whose peer failed goes to the next one, body and all, where `proxy_next_upstream` and its method allow it.
@Suite(.overClientWires) struct NextUpstreamTests {
    private static func settings(_ directives: String, _ dying: FaultyUpstream) -> GatewaySettings {
        GatewaySettings(
            "location / { proxy_pass http://app; proxy_read_timeout 1s; \(directives) }",
            http: "upstream app { server %DYING%; server %UPSTREAM%; }", names: ["DYING": "127.0.0.1:\(dying.port)"])
    }

    private static let put = "PUT /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"

    @Test(arguments: [
        (Step.reset, ""), (.finish, ""), (.send("garbage\n"), "proxy_next_upstream invalid_header;"),
        (.stall(milliseconds: nil), ""),
        (.send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), "proxy_next_upstream http_503;"),
    ])
    func theNextPeerGetsTheWholeRequest(_ step: Step, _ directives: String) throws {
        let dying = try FaultyUpstream.start(script: [[.readAll, step]])
        var settings = Self.settings(directives, dying)
        settings.accessLog = "log_format tried '$upstream_addr $upstream_status'; access_log access.log tried;"
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send(Self.put)
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.body.hasSuffix("\r\n\r\nhello"))
            #expect(dying.records.map(\.requests.count) == [1])
            let line = try gateway.access(1)[0]
            #expect(line.hasPrefix("DYING, UPSTREAM 50") && line.hasSuffix(", 200"))
            dying.stop()
        }
    }

    @Test func aPostIsNotSentTwiceUnlessToldSo() throws {
        let dying = try FaultyUpstream.start(script: [[.readAll, .finish]])
        for (directives, status) in [("", 502), ("proxy_next_upstream error non_idempotent;", 200)] {
            try Gateway.run(Self.settings(directives, dying)) { gateway in
                var client = try gateway.client()
                client.send("POST" + Self.put.dropFirst(3))
                #expect(try client.response().status == status)
            }
        }
        dying.stop()
    }
}
