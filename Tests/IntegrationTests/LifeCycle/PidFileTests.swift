import TestGateway
import Testing

/// The pid file has the number of the process while it runs; `-s` finds it there.
struct PidFileTests {
    @Test func itHasTheNumber() throws {
        try Gateway.run { gateway in
            #expect(gateway.folder.text(of: "gateway.pid") == "\(gateway.program.id)\n")
        }
    }

    @Test func signalsAreSentByIt() throws {
        try Gateway.run { gateway in
            let arguments = ["-p", "%FOLDER%/", "-c", "nginx.conf", "-s"]
            #expect(try ProgramRun(arguments + ["reload"], in: gateway.folder).code == .exited(0))
            try gateway.awaitLine("[notice] reconfigured")
            #expect(try ProgramRun(arguments + ["reopen"], in: gateway.folder).code == .exited(0))
            try gateway.awaitLine("signal 10 (SIGUSR1) received, reopening logs")
            #expect(try ProgramRun(arguments + ["quit"], in: gateway.folder).code == .exited(0))
            #expect(try gateway.program.wait() == .exited(0))
            #expect(gateway.folder.names().contains("gateway.pid") == false)
        }
    }

    @Test func aDaemonGoesToTheBackground() throws {
        let folder = try Folder()
        try folder.write("pid own.pid; error_log error.log info; events {} http { access_log off; }", to: "nginx.conf")
        let arguments = ["-p", "%FOLDER%/", "-c", "nginx.conf"]
        #expect(try ProgramRun(arguments, in: folder).code == .exited(0))
        try Wait.until("its pid file") { folder.text(of: "own.pid").hasSuffix("\n") }
        #expect(try ProgramRun(arguments + ["-s", "stop"], in: folder).code == .exited(0))
        try Wait.until("its end") { !folder.names().contains("own.pid") }
    }
}
