import FaultyUpstream
import Glibc
import Platform
import TestGateway
import Testing

/// Where the process has too few descriptors for a new configuration, everything stays as it was: it has one more to
/// spare in each round, until the configuration is taken.
struct ReloadUndoneTests {
    /// Whoever runs the tests: only then may they bound what the program has.
    static let user = geteuid() == 0 ? "user root; " : ""

    @Test func nothingIsLeftOfIt() throws {
        let port = try Ports.free()
        let after = GatewaySettings(
            "listen 127.0.0.1:\(port); listen unix:%FOLDER%/new.socket; location / { return 200 new; }",
            main: Self.user + "worker_processes 3;")
        var spare = 1
        var said: Set<String> = []
        while let line = try reload(to: after, spare: spare, port: port) {
            said.insert(String(line.prefix { $0 != " " }))
            spare += 1
            try #require(spare < 100, "it said \(said)")
        }
        // Each of these failed once.
        #expect(said.isSuperset(of: ["open()", "socket()", "dup()", "eventfd()", "epoll_create()"]), "\(said)")
    }

    /// What the log says where the reload failed; nil where it was taken.
    private func reload(to after: GatewaySettings, spare: Int, port: Int) throws -> String? {
        let before = GatewaySettings(
            "location / { return 200 old; }", main: Self.user + "worker_processes 2;")
        return try Gateway.run(before) { gateway in
            gateway.forbiddenLevels = []
            #expect(try gateway.get("/").body == "old")
            try Wait.until("the end of that connection") { gateway.program.socketCount == gateway.idleSockets }
            let files = gateway.program.openFiles.sorted()
            let threads = gateway.program.threadCount
            try gateway.program.limitOpenFiles(spare: spare)
            try gateway.folder.write(gateway.names.fill(after.text), to: "nginx.conf")
            gateway.program.signal(Signal.hangup)
            try Wait.until("the end of the reload") {
                gateway.log.contains { $0.level == "emerg" || $0.text == "reconfigured" }
            }
            let other = Endpoint.ip(.loopback(port: UInt16(port)))
            guard let line = gateway.log.first(where: { $0.level == "emerg" }) else {
                gateway.idleSockets = nil
                var client = try Client(other)
                client.get("/")
                #expect(try client.response().body == "new")
                return nil
            }
            #expect(line.text.hasSuffix("failed (24: Too many open files)"))
            // The line is written before all is given back.
            try Wait.until("the end of what was opened, after \(line)") {
                gateway.program.openFiles.sorted() == files
            }
            try Wait.until("the end of workers") { gateway.program.threadCount == threads }
            #expect(throws: (any Error).self) { _ = try Client(other) }
            #expect(!gateway.folder.names().contains("new.socket"))
            #expect(try gateway.get("/").body == "old")
            return line.text
        }
    }
}
