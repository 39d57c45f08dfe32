import TestGateway
import Testing

/// A failure before the head is committed can begin the exchange anew: on an error page, in a named location, at
/// another upstream. The attempts of both are kept.
@Suite(.overWires) struct ErrorPageTests {
    @Test func aNamedLocationTakesOver() throws {
        var settings = GatewaySettings(
            """
            location / { proxy_pass http://%REFUSING%; error_page 502 = @spare; }
            location @spare { proxy_pass http://%UPSTREAM%; }
            """)
        settings.accessLog = "log_format own '$status $upstream_addr $upstream_status'; access_log access.log own;"
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("POST /echo?q HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody")
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response["Proxy-Status"] == nil)
            // The same request, body and all.
            #expect(response.body.hasPrefix("POST /echo?q HTTP/1.1\r\n") && response.body.hasSuffix("\r\n\r\nbody"))
            #expect(try gateway.access(1) == ["200 REFUSING : UPSTREAM 502 : 200"])
        }
    }

    @Test func aPageIsAskedForWithGet() throws {
        let settings = GatewaySettings(
            """
            location / { proxy_pass http://%UPSTREAM%; proxy_intercept_errors on; error_page 503 /echo; }
            location /echo { proxy_pass http://%UPSTREAM%; proxy_pass_request_body off; }
            """)
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("POST /status/503 HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody")
            let response = try client.response()
            #expect(response.status == 503)
            #expect(response.body.hasPrefix("GET /echo HTTP/1.1\r\n"))
            client.get("/bytes/2")
            #expect(try client.response().body == "ab")
        }
    }

    /// Restarts are bounded: ten, then 500 and a line.
    @Test func aCircleEnds() throws {
        let settings = GatewaySettings(
            """
            recursive_error_pages on;
            location / { proxy_pass http://%REFUSING%; error_page 502 = @a; }
            location @a { proxy_pass http://%REFUSING%; error_page 502 = @a; }
            """)
        try Gateway.run(settings) { gateway in
            let response = try gateway.get("/")
            #expect(response.status == 500)
            #expect(gateway.errors().last?.hasPrefix("[error] rewrite or internal redirection cycle ") == true)
        }
    }
}
