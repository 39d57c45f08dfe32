import TestGateway
import Testing

/// A bad configuration is reported with file and line, and the old one goes on.
struct BadReloadTests {
    @Test(arguments: [
        (
            "location / { proxy_pass; }",
            "invalid number of arguments in \"proxy_pass\" directive in FOLDER/nginx.conf:12"
        ),
        ("access_log /nowhere/access.log;", "open() \"/nowhere/access.log\" failed (2: No such file or directory)"),
        ("listen 192.0.2.1:80;", "bind() to 192.0.2.1:80 failed (99: Cannot assign requested address)"),
    ])
    func theOldOneGoesOn(_ server: String, _ line: String) throws {
        try Gateway.run("location / { return 200 old; }") { gateway in
            gateway.forbiddenLevels = []
            var client = try gateway.client()
            client.get("/")
            _ = try client.response()
            try gateway.folder.write(gateway.names.fill(GatewaySettings(server).text), to: "nginx.conf")
            gateway.program.signal(Signal.hangup)
            try gateway.awaitLine("[emerg] " + line)
            client.get("/")
            #expect(try client.response().body == "old")
            #expect(try gateway.get("/").body == "old")
        }
    }

    /// The pid file comes last of all: what was made before it is undone.
    @Test func aPidFileThatCannotBe() throws {
        try Gateway.run("location / { return 200 old; }") { gateway in
            gateway.forbiddenLevels = []
            let text = GatewaySettings("listen unix:%FOLDER%/new.socket; location / { return 200 new; }").text
            try gateway.folder.write(
                gateway.names.fill(text.replacing("pid gateway.pid;", with: "pid nowhere/own.pid;")), to: "nginx.conf")
            gateway.program.signal(Signal.hangup)
            try gateway.awaitLine("[emerg] open() \"FOLDER/nowhere/own.pid\" failed (2: No such file or directory)")
            #expect(try gateway.get("/").body == "old")
            #expect(gateway.folder.names().contains("gateway.pid"))
            #expect(!gateway.folder.names().contains("new.socket"))
        }
    }
}
