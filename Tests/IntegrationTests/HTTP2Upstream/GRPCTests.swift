import TestGateway
import Testing

/// A real gRPC server behind `grpc_pass`.
struct GRPCTests {
    /// Debian's own Python, which has Debian's grpcio.
    private static let python = "/usr/bin/python3"

    private static func script(_ name: String) -> String {
        let tests = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/" + tests + "/Support/GRPC/" + name
    }

    /// Runs `body` with a gateway before the server.
    private func run(_ body: (Gateway) throws -> Void) throws {
        let folder = try Folder()
        let server = try ChildProcess(
            Self.python, [Self.script("echo_server.py")], output: folder["port"], errors: folder["errors"])
        var port = ""
        try Wait.until("the server: \(folder.text(of: "errors"))") {
            let text = folder.text(of: "port")
            if text.hasSuffix("\n") { port = String(text.dropLast()) }
            return !port.isEmpty || server.poll() != nil
        }
        let settings = GatewaySettings(
            "http2 on; location / { grpc_pass grpc://app; }", http: "upstream app { server 127.0.0.1:\(port); }")
        try Gateway.run(settings) { gateway in
            // Its idle connections go with the server.
            defer { server.signal(Signal.terminate) }
            try body(gateway)
        }
    }

    private func call(_ gateway: Gateway, _ name: String, _ messages: [String]) throws -> Response {
        let body = messages.map { "\0\0\0\0\(Character(Unicode.Scalar(UInt8($0.utf8.count))))" + $0 }.joined()
        var client = try gateway.client()
        client.send("POST /test.Echo/\(name) HTTP/1.1\r\nHost: test\r\nTE: trailers\r\n")
        client.send("Content-Type: application/grpc\r\nConnection: close\r\n")
        client.send("Content-Length: \(body.utf8.count)\r\n\r\n" + body)
        return try client.response(to: "POST")
    }

    /// A real client as well: every kind of call, a status with its words, a deadline, and the connection goes on.
    @Test func aRealClientMakesEveryKindOfCall() throws {
        try run { gateway in
            let client = try ChildProcess(
                Self.python, [Self.script("echo_client.py"), gateway.names.fill("%GATEWAY%")],
                output: gateway.folder["calls"], errors: gateway.folder["errors"])
            #expect(try client.wait() == .exited(0), "\(gateway.folder.text(of: "errors"))")
            #expect(
                gateway.folder.text(of: "calls") == """
                    unary: you said hello
                    down: 0 1 2 3 4
                    up: 7 messages
                    both: ONE TWO THREE
                    status: NOT_FOUND | nothing here | as asked
                    deadline: DEADLINE_EXCEEDED
                    after: you said again

                    """)
        }
    }

    @Test func callsOfOneAnswerAndOfMany() throws {
        try run { gateway in
            let unary = try call(gateway, "Unary", ["hello"])
            #expect(unary["Content-Type"] == "application/grpc")
            #expect(unary.body == "\0\0\0\0\u{e}you said hello")
            #expect(unary.trailers.contains(Field("grpc-status", "0")))
            let down = try call(gateway, "Down", ["3"])
            #expect(down.body == "\0\0\0\0\u{1}0\0\0\0\0\u{1}1\0\0\0\0\u{1}2")
            let up = try call(gateway, "Up", ["a", "b", "c"])
            #expect(up.body == "\0\0\0\0\u{a}3 messages")
        }
    }

    /// A call that fails has a head alone, or trailers.
    @Test func aStatusComesWithItsWords() throws {
        try run { gateway in
            let response = try call(gateway, "Unary", ["fail"])
            #expect(response.status == 200)
            let status = response["grpc-status"] ?? response.trailers.first { $0.name == "grpc-status" }?.value
            #expect(status == "5")
            let detail = response["detail"] ?? response.trailers.first { $0.name == "detail" }?.value
            #expect(detail == "as asked")
            #expect(gateway.errors(downTo: "error") == [])
        }
    }

    @Test func aServerThatIsNotThereIsA502() throws {
        try Gateway.run("location / { grpc_pass %REFUSING%; }") { gateway in
            let response = try call(gateway, "Unary", ["hello"])
            #expect(response.status == 502)
            try gateway.awaitLine(
                "connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1")
            try gateway.awaitLine("upstream: \"grpc://REFUSING/test.Echo/Unary\"")
        }
    }
}
