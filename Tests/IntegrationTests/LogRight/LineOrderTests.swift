import TestGateway
import Testing

/// The lines of one exchange stand in the order of what happened: each failed attempt, then what was made of it.
@Suite(.overWires) struct LineOrderTests {
    @Test func attemptsThenTheErrorPage() throws {
        let settings = GatewaySettings(
            """
            location / { proxy_pass http://app; proxy_read_timeout 100ms; error_page 502 504 /page; }
            location /page { proxy_pass http://%REFUSING%; }
            """,
            http: "upstream app { server %REFUSING% max_fails=0; server %FULL%; }")
        var fast = settings
        fast.server = "proxy_connect_timeout 100ms;" + settings.server
        try Gateway.run(fast) { gateway in
            let response = try gateway.get("/")
            #expect(response.status == 502)
            let refused = "[error] connect() failed (111: Connection refused) while connecting to upstream"
            let timedOut = "[error] upstream timed out (110: Connection timed out) while connecting to upstream"
            let disabled = "[warn] upstream server temporarily disabled while connecting to upstream"
            #expect(
                gateway.errors() == [
                    refused + gateway.context("/", upstream: "REFUSING"),
                    disabled + gateway.context("/", upstream: "FULL"),
                    timedOut + gateway.context("/", upstream: "FULL"),
                    refused + Self.page(gateway),
                ])
        }
    }

    /// The request line stays the client's; the upstream's address has the page's URI.
    private static func page(_ gateway: Gateway) -> String {
        gateway.context("/", upstream: "REFUSING").replacing("REFUSING/\"", with: "REFUSING/page\"")
    }

    @Test func theBufferedBodyBeforeTheFailure() throws {
        var settings = GatewaySettings("client_body_buffer_size 1k; location / { proxy_pass http://%REFUSING%; }")
        // Who asks for the file's name gets a file where memory would have done.
        settings.accessLog = "log_format own $request_body_file; access_log access.log own;"
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.send("PUT / HTTP/1.1\r\nHost: test\r\nContent-Length: 5000\r\n\r\n" + Letters.text(5000))
            #expect(try client.response().status == 502)
            let starts = gateway.errors().map { $0.prefix { $0 != "(" && $0 != "/" } }
            #expect(
                starts == [
                    "[warn] a client request body is buffered to a temporary file FOLDER", "[error] connect",
                ])
        }
    }
}
