import TestGateway
import Testing

/// An upstream can send the exchange elsewhere by X-Accel-Redirect: to another location, a named one, or a file.
@Suite(.overWires) struct AccelRedirectTests {
    /// A fault whose response has these fields.
    private static func rule(_ name: String, _ fields: String...) -> String {
        let head = (["HTTP/1.1 200 OK"] + fields + ["Content-Length: 4"]).map { $0 + "\\r\\n" }.joined()
        return "fault \(name) = read-all; send \"\(head)\\r\\nlost\"; serve\n"
    }

    private static let rules =
        rule("to-page", "X-Accel-Redirect: /inner/bytes/3?a", "Set-Cookie: a=1", "X-Lost: 1")
        + rule("to-name", "X-Accel-Redirect: @spare")
        + rule(
            "to-file", "X-Accel-Redirect: /files/page.html", "Content-Type: text/own", "Content-Disposition: inline")
    private static let settings = GatewaySettings(
        """
        location / { proxy_pass http://%UPSTREAM%; }
        location /inner/ { internal; proxy_pass http://%UPSTREAM%/; }
        location /files/ { internal; root .; }
        location @spare { return 200 spare; }
        """, rules: rules)

    @Test func theNewLocationAnswers() throws {
        try Gateway.run(Self.settings) { gateway in
            let response = try gateway.strike("to-page")
            #expect(response.status == 200)
            #expect(response.body == "abc")
            #expect(response["Set-Cookie"] == "a=1")
            #expect(response["X-Lost"] == nil)
            #expect(response["X-Accel-Redirect"] == nil)
            #expect(try gateway.strike("to-name").body == "spare")
        }
    }

    @Test func orAFile() throws {
        try Gateway.run(Self.settings) { gateway in
            try gateway.folder.makeFolder("files")
            try gateway.folder.write("from disk", to: "files/page.html")
            let response = try gateway.strike("to-file")
            #expect(response.body == "from disk")
            #expect(response["Content-Type"] == "text/own")
            #expect(response["Content-Disposition"] == "inline")
            #expect(try gateway.get("/files/page.html").status == 404)
        }
    }
}
