import FaultyUpstream
import Platform
import TestGateway
import Testing

/// Unix sockets serve on both sides, and are named so in variables and lines.
struct UnixSocketTests {
    @Test func aClientAndAnUpstreamOnUnixSockets() throws {
        let folder = try Folder()
        let upstream = try FaultyUpstream.start(script: [[.serve]], at: .unix(path: folder["app.sock"]))
        var settings = GatewaySettings(
            "listen unix:%FOLDER%/front.sock; location / { proxy_pass http://unix:%APP%:/echo; }",
            names: ["APP": folder["app.sock"]])
        settings.accessLog = "log_format seen '$remote_addr $upstream_addr $status'; access_log access.log seen;"
        try Gateway.run(settings) { gateway in
            var client = try Client(.unix(path: gateway.folder["front.sock"]))
            client.get("/", "Connection: close\r\n")
            #expect(try client.response().body.hasPrefix("GET /echo HTTP/1.1\r\nHost: localhost\r\n"))
            #expect(try gateway.access(1) == ["unix: unix:APP 200"])
            upstream.stop()
        }
    }

    @Test func theListenersSocketIsRemovedAtTheEnd() throws {
        let folder = try Folder()
        let settings = GatewaySettings("listen unix:%FRONT%;", names: ["FRONT": folder["front.sock"]])
        try Gateway.run(settings) { _ in #expect(folder.names() == ["front.sock"]) }
        #expect(folder.names() == [])
    }

    @Test func aMissingSocketIsA502() throws {
        try Gateway.run("location / { proxy_pass http://unix:%FOLDER%/missing.sock; }") { gateway in
            let response = try gateway.get("/")
            #expect(response.status == 502)
            #expect(
                gateway.errors() == [
                    "[crit] connect() to unix:FOLDER/missing.sock failed (2: No such file or directory) "
                        + "while connecting to upstream" + gateway.context("/", upstream: "unix:FOLDER/missing.sock:")
                ])
        }
    }
}
