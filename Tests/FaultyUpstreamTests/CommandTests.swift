import Foundation
import Platform
import Testing

@testable import FaultyUpstream

/// The program's arguments, and the built program itself.
struct CommandTests {
    func options(_ arguments: [String]) throws -> FaultyUpstream.Options {
        guard case .serve(let options, _, _) = try Command(arguments) else { throw TextError("nothing to serve") }
        return options
    }

    @Test func withoutArgumentsItListensOnPort9000() throws {
        let options = try options([])
        #expect(options.listeners.map(\.endpoint) == [.ip(.loopback(port: 9000))])
        #expect(options.connectionLimit == 256)
        #expect(options.waitLimitSeconds == 60)
    }

    @Test func addressesAreReadInAllTheirForms() throws {
        let texts = ["8080", "localhost:1", "*:2", ":3", "[::1]:4", "10.0.0.1:5"]
        let found = try options(texts.flatMap { ["--listen", $0] }).listeners.map(\.endpoint.text)
        #expect(found == ["127.0.0.1:8080", "127.0.0.1:1", "0.0.0.0:2", "0.0.0.0:3", "[::1]:4", "10.0.0.1:5"])
    }

    @Test func aPortCanHaveAFaultOfItsOwn() throws {
        let listener = try options(["--listen", "9001=length-cut-fin?bytes=10&first=2"]).listeners[0]
        guard case .fault(let fault, let settings) = listener.behaviour else { throw TextError("no fault") }
        #expect(fault.name == "length-cut-fin")
        #expect(settings == [.bytes: 10, .first: 2])
    }

    @Test(arguments: [
        (["--what"], "unknown argument '--what'"), (["--listen"], "--listen needs a value"),
        (["--listen", "here"], "'here' is no ADDRESS:PORT"), (["--listen", "host:1"], "'host:1' is no ADDRESS:PORT"),
        (["--listen", "1=rest-at-accept"], "is 'reset-at-accept' meant?"),
        (["--listen", "1=refused"], "'refused' is the refusing port"),
        (["--listen", "1=reset-at-accept?x=1"], "unknown parameter 'x'"),
        (["--wait-limit", "0"], "--wait-limit must be a number from 1 to 3600, not '0'"),
        (["--script", "/nonexistent"], "open() \"/nonexistent\" failed (2: No such file or directory)"),
        (["--show", "nothing-like-it"], "unknown fault"),
    ])
    func aMistakeIsNamed(arguments: [String], message: String) {
        do throws(TextError) {
            _ = try Command(arguments)
            Issue.record("no error for \(arguments)")
        } catch { #expect(error.description.contains(message), "\(error.description)") }
    }

    @Test func theExampleRulesAreGood() throws {
        let rules = try options(["--script", packageRoot + "/Config/faults.rules"]).rules
        #expect(rules.rules.count >= 5)
        #expect(!rules.faults.isEmpty)
    }

    @Test func faultsAreListedAndShown() throws {
        guard case .print(let list) = try Command(["--list"]) else { throw TextError("no list") }
        for fault in FaultTable.all { #expect(list.contains("  \(fault.name) ")) }
        guard case .print(let one) = try Command(["--show", "fin-in-field"]) else {
            throw TextError("nothing shown")
        }
        #expect(
            one == """
                fin-in-field: FIN in the middle of a field's name
                a gateway should answer: 502 http_response_incomplete
                parameters: delay first after every
                steps: read-all; send "HTTP/1.1 200 OK\\r\\nContent-Le"; finish

                """)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func theProgramServesUntilASignal(signal: Int32) throws {
        let program = try Program(["--listen", "127.0.0.1:0"])
        let first = program.line()
        #expect(first.hasPrefix("faulty-upstream: listening on http://127.0.0.1:"))
        let port = try #require(UInt16(first.dropFirst(47).prefix { $0.isNumber }))
        let client = try RawClient(.ip(.loopback(port: port)))
        client.get("/reset-after-request")
        #expect(client.rest().end == .reset)
        #expect(program.line() == "fault reset-after-request on connection 0: GET /reset-after-request")
        let waiting = try RawClient(.ip(.loopback(port: port)))
        waiting.get("/never-answers")
        #expect(program.line() == "fault never-answers on connection 1: GET /never-answers")
        kill(program.process.processIdentifier, signal)
        program.process.waitUntilExit()
        #expect(program.process.terminationStatus == 0)
        #expect(program.process.terminationReason == .exit)
    }

    @Test func theProgramsExitCodesTellMistakesApart() throws {
        let taken = try FaultyUpstream.start(port: 0)
        for (arguments, code) in [(["--version"], 0), (["--nonsense"], 2), (["--listen", "\(taken.port)"], 1)] {
            let program = try Program(arguments)
            program.process.waitUntilExit()
            #expect(program.process.terminationStatus == Int32(code), "\(arguments)")
        }
    }
}

/// The built program, which stands beside the tests.
private final class Program {
    let process = Process()
    private let output = Pipe()

    init(_ arguments: [String]) throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = folder.appendingPathComponent("faulty-upstream")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { if process.isRunning { process.terminate() } }

    /// The next line; the tests' own time limit is the bound on the wait.
    func line() -> String {
        var bytes: [UInt8] = []
        while let byte = try? output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0a { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The folder of Package.swift.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
