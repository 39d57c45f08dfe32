import TestGateway
import Testing

/// A page comes back as the upstream made it, and the upstream sees the request with what the configuration adds.
@Suite(.overEveryWire) struct PageTests {
    @Test func theClientGetsTheWholeResponse() throws {
        try Gateway.run { gateway in
            let response = try gateway.get("/bytes/26")
            #expect(response.line == gateway.wires.clients.statusLine(200, "OK"))
            #expect(response.body == Letters.text(26))
            #expect(response["Content-Length"] == "26")
            #expect(response["Content-Type"] == "application/octet-stream")
            #expect(response["Server"]?.hasPrefix("postern/") == true)
            #expect(response["Date"]?.hasSuffix(" GMT") == true)
            #expect(response["Connection"] == gateway.wires.clients.connection("close"))
            #expect(response["Proxy-Status"] == nil)
            #expect(gateway.errors() == [])
        }
    }

    @Test func theUpstreamSeesTheRequest() throws {
        let settings = GatewaySettings(
            """
            location / {
                proxy_pass http://%UPSTREAM%/echo/;
                proxy_set_header Host $host;
                proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                proxy_set_header X-Gone "";
            }
            """)
        try Gateway.run(settings) { gateway in
            let fields = "X-Forwarded-For: 192.0.2.1\r\nX-Gone: 1\r\nX-Own: a  b\r\nAccept: */*\r\n"
            let response = try gateway.get("/a%20b/../c?d=%65", fields)
            #expect(
                response.echo == """
                    GET /echo/c?d=%65 HTTP/1.1\r
                    Host: test\r
                    X-Forwarded-For: 192.0.2.1, 127.0.0.1\r
                    X-Own: a  b\r
                    Accept: */*\r
                    \r

                    """)
        }
    }
}
