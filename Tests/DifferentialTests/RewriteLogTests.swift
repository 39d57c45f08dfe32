import TestGateway
import Testing

/// What rewriting says in the error log is what nginx says: rewrite_log, and variables used before they are set.
@Suite struct RewriteLogTests {
    static let server = """
        rewrite_log on;
        rewrite ^/old/(.*)$ /new/$1?from=old;
        location /new { if ($arg_from ~ "^o(l)d$") { set $seen yes; } return 200 "$seen"; }
        location /to { rewrite ^/to/(.+)$ http://other.test/$1 redirect; return 404; }
        location /unset { if ($arg_a = b) { set $sometimes b; } return 200 "[$sometimes][$sometimes]"; }
        location /quiet { uninitialized_variable_warn off; rewrite_log off; rewrite ^/q /r; return 200 "$seen"; }
        """

    @Test func linesAreNginxs() throws {
        var lines: [[String]] = []
        for isNginx in [true, false] {
            var settings = GatewaySettings(Self.server)
            settings.errorLog = "error_log error.log notice;"
            if isNginx {
                settings.other = ("/usr/sbin/nginx", "start worker process ")
                settings.http = "proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;"
            }
            let gateway = try Gateway(settings)
            for target in ["/old/a%20b", "/to/x?y=1", "/unset", "/unset?a=b", "/quiet", "/new"] {
                _ = try gateway.get(target)
            }
            gateway.program.signal(Signal.terminate)
            _ = try gateway.program.wait()
            lines.append(gateway.errors())
        }
        #expect(lines[0].count >= 10)
        #expect(lines[0] == lines[1])
    }
}
