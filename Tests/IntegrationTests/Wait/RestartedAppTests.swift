import FaultyUpstream
import TestGateway
import Testing

/// A request that comes while the app is started again gets its answer as soon as somebody listens there.
struct RestartedAppTests {
    @Test func aRequestWithABodyWaits() throws {
        let late = try LateApp()
        try Gateway.run(late.settings("60s")) { gateway in
            var client = try gateway.client()
            client.send("POST /echo HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello")
            try gateway.awaitLine(LateApp.waiting)
            let app = try late.start()
            defer { app.stop() }
            let response = try client.response()
            #expect(response.status == 200)
            #expect(response.body.hasSuffix("hello"))
            // One attempt, which waited; one line, which is no failure.
            #expect(response["X-Tried"] == "127.0.0.1:\(late.port) 200")
            // A number of seconds, not the hyphen of who did not wait.
            #expect(response["X-Waited"].flatMap { Double($0) } != nil)
            let context = gateway.context("/echo", method: "POST", upstream: "APP")
            #expect(gateway.errors() == [LateApp.waiting + " while connecting to upstream" + context])
        }
    }

    /// It was there, goes, and comes back, again and again: nobody notices.
    @Test func anAppIsRestartedUnderItsClients() throws {
        let late = try LateApp()
        try Gateway.run(late.settings("60s")) { gateway in
            gateway.idleSockets = nil
            for _ in 0..<3 {
                let app = try late.start()
                #expect(try gateway.get("/ok").status == 200)
                app.stop()
                var clients: [KeptClient] = []
                for _ in 0..<4 { clients.append(try gateway.asking("/ok")) }
                try gateway.awaitLine(LateApp.waiting)
                let again = try late.start()
                for client in clients { #expect(try client.response().status == 200) }
                again.stop()
            }
            #expect(!gateway.errors(downTo: "error").contains { $0.contains("refused") })
        }
    }

    /// Every peer is tried before the wait, and in each round of it; that they refused is held against none of them.
    @Test func aGroupWaitsOnceAllRefused() throws {
        let late = try LateApp()
        try Gateway.run(late.settings("60s", group: "server %REFUSING%; server %APP%; server %REFUSING%;")) { gateway in
            for round in 0..<2 {
                var client = try gateway.client()
                client.get("/ok")
                try gateway.awaitLine(LateApp.waiting, count: round + 1)
                let app = try late.start()
                #expect(try client.response().status == 200)
                app.stop()
            }
            #expect(!gateway.errors().contains { $0.contains("no live upstreams") })
        }
    }

    @Test func aUnixSocketMayBeMissing() throws {
        var settings = GatewaySettings("location / { proxy_pass http://unix:%FOLDER%/late.sock; proxy_wait 60s; }")
        settings.errorLog = "error_log error.log info;"
        try Gateway.run(settings) { gateway in
            var client = try gateway.client()
            client.get("/ok")
            try gateway.awaitLine("[notice] waiting for upstream: connect() to unix:FOLDER/late.sock failed (2: No")
            var options = FaultyUpstream.Options()
            options.listeners = [.init(.unix(path: gateway.folder["late.sock"]), .site)]
            let app = try FaultyUpstream.start(options)
            defer { app.stop() }
            #expect(try client.response().status == 200)
        }
    }

    /// So may the name of a group, which another worker looks up.
    @Test func aGroupsNameMayComeLate() throws {
        let early = try FaultyResolver.start()
        let address = early.address
        early.stop()
        let upstream = try FaultyUpstream.start(port: 0)
        var settings = GatewaySettings("location / { proxy_pass http://app; proxy_wait 60s; }")
        settings.main = "worker_processes 2;"
        settings.http =
            "upstream app { server app.test:%PORT% resolve; resolver %RESOLVER% ipv6=off; resolver_timeout 300ms; }"
        settings.names = ["RESOLVER": address.text, "PORT": "\(upstream.port)"]
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            let clients = try (0..<8).map { _ in try gateway.asking("/ok") }
            try gateway.awaitLine("[notice] waiting for upstream: app.test could not be resolved (", count: 8)
            let resolver = try FaultyResolver.start(at: address)
            defer { resolver.stop() }
            for client in clients { #expect(try client.response().status == 200) }
        }
    }

    /// A name may have no address yet: nobody knows it, or no name server answers.
    @Test func aNameMayComeLate() throws {
        let early = try FaultyResolver.start()
        let address = early.address
        early.stop()
        var settings = GatewaySettings(
            """
            resolver %RESOLVER% ipv6=off; resolver_timeout 300ms; proxy_wait 60s;
            location / { proxy_pass http://$arg_name:%PORT%; add_header X-Waited $upstream_queue_time; }
            """)
        let upstream = try FaultyUpstream.start(port: 0)
        settings.names = ["RESOLVER": address.text, "PORT": "\(upstream.port)"]
        try Gateway.run(settings) { gateway in
            gateway.idleSockets = nil
            var client = try gateway.client()
            client.get("/ok?name=app.test")
            try gateway.awaitLine("[notice] waiting for upstream: app.test could not be resolved (110: ")
            let resolver = try FaultyResolver.start(at: address)
            defer { resolver.stop() }
            let response = try client.response()
            #expect(response.status == 200)
            // A number of seconds, not the hyphen of who did not wait.
            #expect(response["X-Waited"].flatMap { Double($0) } != nil)
            #expect(gateway.errors(downTo: "error") == [])
        }
    }
}
