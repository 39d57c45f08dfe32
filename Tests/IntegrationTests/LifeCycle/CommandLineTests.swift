import TestGateway
import Testing

/// The command line is nginx's, and so are the exit codes: 0, or 1 for whatever is wrong.
struct CommandLineTests {
    private static func run(_ configuration: String, _ arguments: String...) throws -> ProgramRun {
        let folder = try Folder()
        try folder.write(configuration, to: "nginx.conf")
        return try ProgramRun(["-p", "%FOLDER%/", "-c", "nginx.conf"] + arguments, in: folder)
    }

    private static let good = "events {}\nhttp {}\n"
    private static let bad = "events {}\nhttp { proxy_buffer_size 1x; }\n"

    @Test func aGoodConfiguration() throws {
        let run = try Self.run(Self.good, "-t")
        #expect(run.code == .exited(0))
        #expect(
            run.errors == """
                postern: the configuration file FOLDER/nginx.conf syntax is ok
                postern: configuration file FOLDER/nginx.conf test is successful

                """)
        let quiet = try Self.run(Self.good, "-t", "-q")
        #expect(quiet.code == .exited(0))
        #expect(quiet.errors == "" && quiet.output == "")
    }

    @Test func aBadConfiguration() throws {
        for arguments in ["-t", "-tq", "-T", "-sreload"] {
            let run = try Self.run(Self.bad, arguments)
            #expect(run.code == .exited(1))
            #expect(
                run.errors.hasPrefix(
                    "postern: [emerg] \"proxy_buffer_size\" directive invalid value in FOLDER/nginx.conf:2\n"))
            #expect(run.output == "")
        }
    }

    @Test func itIsDumped() throws {
        let run = try Self.run(Self.good, "-T")
        #expect(run.code == .exited(0))
        #expect(run.output == "# configuration file FOLDER/nginx.conf:\n\(Self.good)\n")
    }

    @Test func versionAndHelp() throws {
        let folder = try Folder()
        for (argument, start) in [("-v", "postern version: postern/"), ("-V", "postern version: postern/"), ("-h", "")]
        {
            let run = try ProgramRun([argument], in: folder)
            #expect(run.code == .exited(0))
            #expect((run.errors + run.output).contains(start))
        }
        #expect(try ProgramRun(["-h"], in: folder).errors.contains("Usage: postern [-?hvVtTq] [-s signal]"))
    }

    @Test(arguments: [
        ("-x", "invalid option: \"x\""), ("x", "invalid option: \"x\""), ("-c", "option \"-c\" requires file name"),
        ("-sjump", "invalid option: \"-s jump\""),
    ])
    func whatIsNoOption(_ argument: String, _ message: String) throws {
        let run = try ProgramRun([argument], in: try Folder())
        #expect(run.code == .exited(1))
        #expect(run.errors == "postern: \(message)\n")
    }

    @Test func nobodyToSignal() throws {
        let run = try Self.run("pid none.pid;" + Self.good, "-s", "stop")
        #expect(run.code == .exited(1))
        #expect(run.errors.contains("FOLDER/none.pid\" failed"))
    }

    @Test func directivesOfTheCommandLine() throws {
        let run = try Self.run(Self.good, "-t", "-g", "worker_processes none;")
        #expect(run.code == .exited(1))
        #expect(run.errors.hasPrefix("postern: [emerg] \"worker_processes\" directive invalid value in command line"))
    }
}
