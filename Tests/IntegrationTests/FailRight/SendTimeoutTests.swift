import TestGateway
import Testing

/// A client that takes nothing of its response for longer than `send_timeout` is let go, and its upstream too.
@Suite(.overUpstreamWires) struct SendTimeoutTests {
    @Test func itIsLetGo() throws {
        var settings = GatewaySettings(
            "send_timeout 200ms; location / { proxy_pass http://%UPSTREAM%; }", listen: "sndbuf=4k")
        settings.accessLog = "log_format own '$status $bytes_sent'; access_log access.log own;"
        try Gateway.run(settings) { gateway in
            var client = try gateway.client(receiveBufferBytes: 4096)
            client.get("/bytes/30000000")
            try gateway.awaitLine("client timed out")
            #expect(
                gateway.errors(downTo: "info") == [
                    "[info] client timed out (110: Connection timed out) while sending to client"
                        + gateway.context("/bytes/30000000")
                ])
            #expect(gateway.upstream.ended(0)?.end != nil)
            // The access log counts what the kernel took, which is what the client still finds there.
            #expect(try gateway.access(1) == ["200 \(client.rest().text.utf8.count)"])
        }
    }
}
