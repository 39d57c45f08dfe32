import FaultyUpstream
import Platform

/// What a gateway's configuration is made of.
///
/// The texts are templates: `%GATEWAY%` is where the program listens; `%UPSTREAM%`, `%REFUSING%` and `%FULL%` are
/// addresses of the upstream; `%FOLDER%` is the folder, which has the sockets of its places as well.
package struct GatewaySettings: Sendable {
    /// The content of the server.
    package var server: String
    /// What else `http` has: groups, maps, other servers.
    package var http: String
    /// What else stands at the top.
    package var main: String
    package var events: String
    /// The parameters of `listen` after the address.
    package var listen: String
    package var errorLog = "error_log error.log info;"
    package var accessLog = "access_log access.log;"
    /// Rules of the upstream, and faults of the test's own.
    package var rules: String
    /// The path of another program that is tested in the place of Postern, and what its log says once it listens.
    package var other: (path: String, startMark: String)?
    /// What is said on the command line besides the folder and the file.
    package var arguments = ["-g", "daemon off;"]
    /// More names for templates and log lines.
    package var names: [String: String]

    /// Everything to the upstream, unless told otherwise.
    package init(
        _ server: String = "location / { proxy_pass http://%UPSTREAM%; }", http: String = "", main: String = "",
        events: String = "worker_connections 256;", listen: String = "", rules: String = "",
        names: [String: String] = [:]
    ) {
        (self.server, self.http, self.main, self.events) = (server, http, main, events)
        (self.listen, self.rules, self.names) = (listen, rules, names)
    }

    /// Everything to a group of one peer, whose connections are kept.
    package static var pooled: GatewaySettings {
        GatewaySettings("location / { proxy_pass http://app; }", http: "upstream app { server %UPSTREAM%; }")
    }

    /// A whole template that takes the place of all the parts above; it has `pid gateway.pid` and its own logs.
    package var whole: String?

    /// The template.
    package var text: String {
        if let whole { return whole }
        return """
            \(main)
            pid gateway.pid;
            \(errorLog)
            events { \(events) }
            http {
                \(accessLog)
                client_body_temp_path body;
            \(http)
                server {
                    listen %GATEWAY% \(listen);
                    server_name localhost;
            \(server)
                }
            }

            """
    }

    /// The template, for these wires.
    func text(over wires: Wires) -> String {
        var copy = self
        if wires.clients.isTLS {
            copy.listen += " ssl"
            copy.http = "ssl_certificate own.pem; ssl_certificate_key own.key; " + copy.http
        }
        if wires.clients.isHTTP2 { copy.http = "http2 on; " + copy.http }
        if wires.upstreams.isHTTP2 { copy.http = "proxy_http_version 2; " + copy.http }
        let text = copy.text
        return wires.upstreams.isTLS ? text.replacing("proxy_pass http://", with: "proxy_pass https://") : text
    }

    /// Where a program of this package is: beside the tests.
    package static func path(of program: String) -> String {
        let tests = CommandLine.arguments[0]
        return tests.prefix(through: tests.lastIndex(of: "/") ?? tests.startIndex) + program
    }

    func startUpstream(_ folder: Folder) throws -> FaultyUpstream {
        var options = FaultyUpstream.Options()
        options.rules = try Rules(rules)
        options.placesFolder = folder.path
        return try FaultyUpstream.start(options)
    }

    func names(port: Int, _ upstream: FaultyUpstream, _ folder: Folder, upstreamPort: Int? = nil) -> Names {
        var all = Names()
        all.add("127.0.0.1:\(port)", as: "GATEWAY")
        all.add("127.0.0.1:\(upstreamPort ?? upstream.port)", as: "UPSTREAM")
        all.add("127.0.0.1:\(upstream.refusingPort)", as: "REFUSING")
        all.add("127.0.0.1:\(upstream.fullPort)", as: "FULL")
        all.add(folder.path, as: "FOLDER")
        for (name, value) in names { all.add(value, as: name) }
        return all
    }

    func start(in folder: Folder) throws -> ChildProcess {
        try ChildProcess(
            other?.path ?? Self.path(of: "postern"), ["-p", folder.path + "/", "-c", "nginx.conf"] + arguments,
            output: folder["stdout"], errors: folder["stderr"])
    }

    /// Waits until the program listens; false where it ended.
    func listens(_ program: ChildProcess, _ folder: Folder) throws -> Bool {
        let mark = other?.startMark ?? "started, "
        var isThere = false
        try Wait.until("the start: \(folder.text(of: "stderr"))") {
            isThere = folder.text(of: "error.log").contains(mark)
            return isThere || program.poll() != nil
        }
        return isThere
    }
}
