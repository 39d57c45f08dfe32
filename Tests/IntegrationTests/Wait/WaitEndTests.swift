import TestGateway
import Testing

/// How waiting for an app ends where nobody comes to listen.
struct WaitEndTests {
    /// The ordinary failure, with one line for all of the wait.
    @Test func theTimeIsOver() throws {
        let late = try LateApp()
        try Gateway.run(late.settings("400ms")) { gateway in
            let watch = Stopwatch()
            let response = try gateway.get("/ok")
            #expect(watch.milliseconds >= 400)
            #expect(response.status == 502)
            #expect(response.errorType == "connection_refused")
            #expect(response["X-Tried"] == "127.0.0.1:\(late.port) 502")
            let context = gateway.context("/ok", upstream: "APP")
            #expect(
                gateway.newErrors() == [
                    LateApp.waiting + " while connecting to upstream" + context, LateApp.refused + context,
                ])
        }
    }

    @Test func theClientLeaves() throws {
        let late = try LateApp()
        try Gateway.run(late.settings("60s")) { gateway in
            do {
                let client = try gateway.client()
                client.get("/ok")
                try gateway.awaitLine(LateApp.waiting)
            }
            #expect(try gateway.access(1)[0].contains("\" 499 0 "))
            #expect(gateway.errors(downTo: "error") == [])
            #expect(gateway.errors(downTo: "info").count { $0.contains("client prematurely closed") } == 1)
        }
    }

    /// Who would be one too many fails at once; those who wait go on.
    @Test func theBoundHolds() throws {
        let late = try LateApp()
        try Gateway.run(late.settings("60s limit=2")) { gateway in
            let clients = [try gateway.asking("/ok"), try gateway.asking("/ok")]
            try gateway.awaitLine(LateApp.waiting, count: 2)
            #expect(try gateway.get("/ok").status == 502)
            let app = try late.start()
            defer { app.stop() }
            for client in clients { #expect(try client.response().status == 200) }
            // Places are free again.
            #expect(gateway.errors(downTo: "error").count == 1)
        }
    }

    /// Without the directive, and where something else went wrong, nobody waits.
    @Test func otherFailuresAreToldAtOnce() throws {
        var settings = GatewaySettings(
            """
            proxy_wait 60s;
            location / { proxy_pass http://%UPSTREAM%; }
            location = /off { proxy_pass http://%REFUSING%; proxy_wait 0; }
            """)
        settings.accessLog = "access_log off;"
        try Gateway.run(settings) { gateway in
            let response = try gateway.get("/off")
            #expect(response.status == 502)
            #expect(try gateway.strike("reset-after-request").status == 502)
            #expect(gateway.errors().allSatisfy { !$0.contains("waiting for upstream") })
        }
    }
}
