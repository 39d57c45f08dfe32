import TestGateway
import Testing

/// What a reload leaves behind ends: by itself, or when `worker_shutdown_timeout` is over; nobody is dropped before.
struct OldEpochTests {
    @Test func whatOutlivesTheTimeIsClosed() throws {
        let settings = GatewaySettings(main: "worker_shutdown_timeout 200ms;")
        try Gateway.run(settings) { gateway in
            var running = try gateway.client()
            running.get("/fault/never-answers")
            try Wait.until("it runs") { gateway.upstream.count(of: "never-answers") == 1 }
            var silent = try gateway.client()
            var idle = try gateway.client()
            idle.get("/ok")
            _ = try idle.response()
            try gateway.reload(settings)
            #expect(running.rest().text == "")
            #expect(silent.waitForEnd() == .fin && idle.waitForEnd() == .fin)
            try gateway.awaitLine("[info] worker shutdown timed out while reading response header from upstream")
            #expect(try gateway.get("/ok").status == 200)
        }
    }

    @Test func fewerWorkersDropNobody() throws {
        let settings = GatewaySettings("location / { return 200 ok; }", main: "worker_processes 3;")
        try Gateway.run(settings) { gateway in
            var clients: [KeptClient] = []
            for _ in 0..<40 {
                clients.append(KeptClient(try gateway.client()))
                #expect(try clients[clients.count - 1].ask("/").status == 200)
            }
            var fewer = settings
            fewer.main = "worker_processes 1;"
            try gateway.reload(fewer)
            for client in clients { #expect(try client.ask("/").status == 200) }
            try Wait.until("two threads, not \(gateway.program.threadCount)") { gateway.program.threadCount == 2 }
        }
    }

    @Test func otherWorkerConnectionsTakeOtherWorkers() throws {
        let settings = GatewaySettings("location / { return 200 ok; }", events: "worker_connections 100;")
        try Gateway.run(settings) { gateway in
            let client = KeptClient(try gateway.client())
            #expect(try client.ask("/").status == 200)
            var other = settings
            other.events = "worker_connections 3;"
            try gateway.reload(other)
            let response = try client.ask("/")
            #expect(response.status == 200 && response["Connection"] == "close")
            try Wait.until("two threads") { gateway.program.threadCount == 2 }
            gateway.forbiddenLevels = ["emerg"]
            var taken: [KeptClient] = []
            for _ in 0..<3 {
                let client = try gateway.client()
                client.send("GET / HTTP/1.1\r\n")
                taken.append(KeptClient(client))
            }
            let waiting = try gateway.client()
            waiting.get("/")
            try gateway.awaitLine("3 worker_connections are not enough")
        }
    }

    @Test func logsThatNobodyNamesAreClosed() throws {
        var settings = GatewaySettings("location / { return 200 ok; }")
        try Gateway.run(settings) { gateway in
            _ = try gateway.get("/")
            settings.accessLog = "access_log new.log;"
            try gateway.reload(settings)
            _ = try gateway.get("/")
            #expect(try gateway.access(1, in: "new.log").count == 1)
            try Wait.until("the old log's end in \(gateway.program.openFiles)") {
                !gateway.program.openFiles.contains { $0.hasSuffix("/access.log") }
            }
        }
    }

    @Test func logsAreOpenedAnew() throws {
        let settings = GatewaySettings("location / { return 200 ok; }")
        try Gateway.run(settings) { gateway in
            _ = try gateway.get("/first")
            _ = try gateway.access(1)
            try gateway.folder.rename("access.log", to: "access.1")
            try gateway.reload(settings)
            _ = try gateway.get("/second")
            #expect(try gateway.access(1)[0].contains("/second"))
        }
    }

    /// A broken invariant ends the process; it says where.
    @Test func aTrapSaysWhere() throws {
        let folder = try Folder()
        try folder.write("error_log stderr notice; pid own.pid; events {} http { access_log off; }", to: "nginx.conf")
        let program = try ChildProcess(
            GatewaySettings.path(of: "postern"),
            ["-p", folder.path + "/", "-c", "nginx.conf", "-g", "daemon off;"], errors: folder["stderr"])
        try Wait.until("the start") { folder.text(of: "stderr").contains("started, ") }
        program.signal(4)
        #expect(try program.wait() == .killed(4))
        let said = folder.text(of: "stderr")
        // Any of its threads may have been sent the signal.
        #expect(said.contains("[alert] \(program.id)#"), "\(said)")
        #expect(said.contains(": a bug in Postern: signal 4 (ILL)") && said.contains("postern("), "\(said)")
    }
}
