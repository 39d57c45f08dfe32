import FaultyUpstream
import Platform
import TestGateway
import Testing

/// IPv6 serves on both sides.
struct IPv6Tests {
    @Test func aClientAndAnUpstreamOnIPv6() throws {
        let upstream = try FaultyUpstream.start(script: [[.serve]], at: .ip(.loopback6(port: 0)))
        let port = try Ports.free()
        var settings = GatewaySettings(
            "listen [::1]:\(port); location / { proxy_pass http://%V6%; }",
            names: ["V6": "[::1]:\(upstream.port)"])
        settings.accessLog = "log_format seen '$remote_addr $upstream_addr $status'; access_log access.log seen;"
        try Gateway.run(settings) { gateway in
            var client = try Client(.ip(.loopback6(port: UInt16(port))))
            client.get("/echo", "Connection: close\r\n")
            #expect(try client.response().body.hasPrefix("GET /echo HTTP/1.1\r\nHost: [::1]:\(upstream.port)\r\n"))
            #expect(try gateway.access(1) == ["::1 V6 200"])
            upstream.stop()
        }
    }
}
