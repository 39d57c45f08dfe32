import FaultyUpstream
import Platform

/// The built program before an upstream that fails on purpose, in a folder of its own.
package final class Gateway {
    package let folder: Folder
    package let upstream: FaultyUpstream
    package let program: ChildProcess
    /// Where it listens.
    package let endpoint: Endpoint
    package let names: Names
    package let settings: GatewaySettings
    /// What it and its neighbours speak.
    package let wires: Wires
    /// What stands before the upstream where it does not speak plain HTTP/1, the nearest to the gateway last.
    private let fronts: [Acceptor]
    /// Levels of log lines that must not be there at the end.
    package var forbiddenLevels: Set<String> = ["emerg", "alert"]
    /// Sockets that are open while no connection is; nil where that is not checked at the end.
    package var idleSockets: Int?
    /// Lines of `newErrors` that were given out.
    private var errorsSeen = 0

    /// Runs `body` with a gateway, then ends it and checks that nothing was left.
    ///
    /// `server` is the content of the server block; `%UPSTREAM%` and its like are addresses (GatewaySettings).
    @discardableResult
    package static func run<Answer>(_ server: String, _ body: (Gateway) throws -> Answer) throws -> Answer {
        try run(GatewaySettings(server), body)
    }

    /// The same with more settings.
    @discardableResult
    package static func run<Answer>(
        _ settings: GatewaySettings = GatewaySettings(), _ body: (Gateway) throws -> Answer
    ) throws -> Answer {
        let gateway = try Gateway(settings)
        let answer: Answer
        do { answer = try body(gateway) } catch {
            throw Trouble("\(error)\n\(gateway.folder.text(of: "error.log").suffix(2000))")
        }
        try gateway.finish()
        return answer
    }

    /// Starts the program and waits until it listens. A port that was taken meanwhile is replaced by another.
    package init(_ settings: GatewaySettings) throws {
        self.settings = settings
        wires = Wires.current
        folder = try Folder()
        upstream = try settings.startUpstream(folder)
        fronts = try Self.fronts(wires.upstreams, before: upstream.port)
        if wires.clients.isTLS {
            try folder.write(Ends.certificate, to: "own.pem")
            try folder.write(Ends.key, to: "own.key")
        }
        var triesLeft = 3
        while true {
            triesLeft -= 1
            let port = try Ports.free()
            let names = settings.names(port: port, upstream, folder, upstreamPort: fronts.last?.port)
            try folder.write(names.fill(settings.text(over: wires)), to: "nginx.conf")
            let program = try settings.start(in: folder)
            if try settings.listens(program, folder) {
                (self.names, self.program) = (names, program)
                endpoint = .ip(.loopback(port: UInt16(port)))
                break
            }
            let said = folder.text(of: "stderr") + folder.text(of: "error.log")
            if triesLeft == 0 || !said.contains("Address already in use") {
                throw Trouble("the gateway does not start: \(names.mask(said))")
            }
        }
        idleSockets = program.socketCount
    }

    private static func fronts(_ wire: Wire, before port: Int) throws -> [Acceptor] {
        var fronts: [Acceptor] = []
        if wire.isHTTP2 { fronts.append(try HTTP2Front.before(port: port)) }
        if wire.isTLS {
            let front = try TLSFront.before(port: fronts.last?.port ?? port, context: Ends.server(wire))
            fronts.append(front)
        }
        return fronts
    }

    // MARK: requests

    /// A client of its own, connected.
    package func client(receiveBufferBytes: Int? = nil) throws -> Client {
        try Client(endpoint, receiveBufferBytes: receiveBufferBytes, over: wires.clients)
    }

    /// A client that speaks HTTP/2, connected.
    package func client2(windowBytes: Int = 65535) throws -> HTTP2Client {
        try HTTP2Client(endpoint, windowBytes: windowBytes)
    }

    /// One request on a connection of its own, which is over afterwards.
    package func get(_ target: String, _ fields: String = "", method: String = "GET") throws -> Response {
        var client = try client()
        client.get(target, fields + "Connection: close\r\n", method: method)
        return try client.response(to: method)
    }

    // MARK: logs

    /// All lines of the error log.
    package var log: [LogLine] {
        folder.text(of: "error.log").split(separator: "\n").compactMap { LogLine($0, names: names) }
    }

    /// The lines about connections, down to this level.
    package func errors(downTo level: String = "notice") -> [String] {
        let rank = LogLine.levels.firstIndex(of: level) ?? 0
        return log.filter { $0.connection != nil && $0.rank <= rank }.map(\.description)
    }

    /// Those that came since the last call.
    package func newErrors(downTo level: String = "notice") -> [String] {
        let all = errors(downTo: level)
        defer { errorsSeen = all.count }
        return Array(all.dropFirst(errorsSeen))
    }

    /// Waits for a line of the error log that contains `text`.
    package func awaitLine(_ text: String, count: Int = 1) throws {
        try Wait.until("\(count) log line(s) with '\(text)' in\n\(log.map(\.description).joined(separator: "\n"))") {
            log.filter { $0.description.contains(text) }.count >= count
        }
    }

    /// The lines of the access log, or of another file, once there are `count` of them.
    package func access(_ count: Int, in name: String = "access.log") throws -> [String] {
        var lines: [String] = []
        try Wait.until("\(count) line(s) in \(name), which has: \(folder.text(of: name))") {
            lines = folder.text(of: name).split(separator: "\n").map { names.mask(String($0)) }
            return lines.count >= count
        }
        return lines
    }

    // MARK: control

    /// Writes another configuration, made of these settings, and waits until it is taken.
    package func reload(_ fresh: GatewaySettings) throws {
        try folder.write(names.fill(fresh.text(over: wires)), to: "nginx.conf")
        idleSockets = nil
        try reload()
    }

    /// Has the configuration read again, and waits until it is taken.
    package func reload() throws {
        let count = log.filter { $0.text == "reconfigured" }.count
        program.signal(Signal.hangup)
        try awaitLine("[notice] reconfigured", count: count + 1)
    }

    /// Ends the program and checks that all was well: exit code 0, nothing open, nothing left in the folder.
    package func finish(_ signal: Int32 = Signal.quit) throws {
        if program.poll() == nil {
            upstream.stop()
            for front in fronts { front.stop.raise() }
            if let idleSockets {
                try Wait.until("no more than \(idleSockets) sockets, but there are \(program.socketCount)") {
                    program.socketCount <= idleSockets
                }
            }
            program.signal(signal)
        }
        try settleEnd(try program.wait())
    }

    private func settleEnd(_ ending: ChildProcess.Ending) throws {
        let said = names.mask(folder.text(of: "stderr"))
        if ending != .exited(0) { throw Trouble("the gateway ended so: \(ending) \(said)") }
        if folder.names().contains("gateway.pid") { throw Trouble("the pid file is left") }
        let bodies = folder.names(in: "body")
        if !bodies.isEmpty { throw Trouble("bodies are left: \(bodies)") }
        let grave = log.filter { forbiddenLevels.contains($0.level) }
        if !grave.isEmpty { throw Trouble("grave lines: \(grave)") }
    }
}

/// The numbers of signals.
package enum Signal {
    package static let hangup: Int32 = 1
    package static let interrupt: Int32 = 2
    package static let quit: Int32 = 3
    package static let reopen: Int32 = 10
    package static let terminate: Int32 = 15
}
