import Platform

extension Gateway {
    /// Asks for a fault on a connection of its own; throws unless the upstream played it `times` times because of that.
    package func strike(
        _ fault: String, _ query: String = "", fields: String = "", method: String = "GET", times: Int = 1
    ) throws -> Response {
        try expectFault(fault, times: times) {
            try get("/fault/" + fault + (query.isEmpty ? "" : "?" + query), fields, method: method)
        }
    }

    /// Runs `body`, and throws unless the fault was played `times` times meanwhile.
    package func expectFault<Answer>(_ fault: String, times: Int = 1, _ body: () throws -> Answer) throws -> Answer {
        let before = upstream.count(of: fault)
        let answer = try body()
        let played = upstream.count(of: fault) - before
        if played != times { throw Trouble("the fault '\(fault)' was played \(played) times, not \(times)") }
        return answer
    }

    /// What an error line has behind its phase, for a request of these tests that went to the upstream.
    package func context(_ target: String, method: String = "GET", upstream: String = "UPSTREAM") -> String {
        ", client: 127.0.0.1, server: localhost, request: \"\(method) \(target) \(wires.clients.version)\", "
            + "upstream: \"\(wires.upstreamScheme)://\(upstream)\(target)\", host: \"test\""
    }

    /// Sends bytes as they are, and reads until the gateway ends the connection.
    package func raw(_ text: String) throws -> (text: String, end: Client.End) {
        var client = try client()
        client.send(text)
        return client.rest()
    }
}

/// What the upstream's `/bytes/N` has.
package enum Letters {
    /// The first `count` letters: a to z, again and again.
    package static func text(_ count: Int) -> String {
        String((String(repeating: "abcdefghijklmnopqrstuvwxyz", count: count / 26 + 1)).utf8.prefix(count)) ?? ""
    }
}

/// The program run to its end, for what it says and how it ends.
package struct ProgramRun {
    package let code: ChildProcess.Ending
    package let output: String
    package let errors: String

    /// Runs `postern` with these arguments, in which `%FOLDER%` is the folder's path; it is `FOLDER` in what was said.
    package init(_ arguments: [String], in folder: Folder) throws {
        for name in ["run.out", "run.err"] { try folder.write("", to: name) }
        let program = try ChildProcess(
            GatewaySettings.path(of: "postern"), arguments.map { $0.replacing("%FOLDER%", with: folder.path) },
            output: folder["run.out"], errors: folder["run.err"])
        code = try program.wait()
        output = folder.text(of: "run.out").replacing(folder.path, with: "FOLDER")
        errors = folder.text(of: "run.err").replacing(folder.path, with: "FOLDER")
    }
}
