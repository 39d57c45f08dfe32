import TestGateway

/// Certificates that the `openssl` program makes for a test, in a folder of their own.
struct Certificates {
    let folder: Folder

    /// `good.pem` and `good.key`, self-signed for `good.test`, and `other.pem` and `other.key` for nobody we know.
    init() throws {
        folder = try Folder()
        try make("good", "/CN=good.test", names: "DNS:good.test")
        try make("other", "/CN=other.test", names: "DNS:other.test")
    }

    private func make(_ name: String, _ subject: String, names: String) throws {
        let log = folder[name + ".log"]
        let program = try ChildProcess(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", subject, "-addext", "subjectAltName=\(names)", "-keyout", folder[name + ".key"],
                "-out", folder[name + ".pem"],
            ], output: log, errors: log)
        let ending = try program.wait()
        if ending != .exited(0) { throw Trouble("openssl failed: \(folder.text(of: name + ".log"))") }
    }

    /// A gateway that speaks TLS with itself: what a client asks plainly goes over TLS to a listener of the same
    /// program, and from there plainly to the upstream. `%CERTS%` is the certificates' folder.
    func settings(proxy: String = "", server: String = "", certificate: String = "good") -> GatewaySettings {
        GatewaySettings(
            """
            location / {
                proxy_pass https://unix:%FOLDER%/tls.sock:; proxy_set_header Host $http_host; \(proxy)
            }
            """,
            http: """
                upstream plain { server %UPSTREAM%; keepalive 4; }
                server {
                    listen unix:%FOLDER%/tls.sock ssl;
                    server_name test;
                    ssl_certificate %CERTS%/\(certificate).pem;
                    ssl_certificate_key %CERTS%/\(certificate).key;
                    \(server)
                    location / { proxy_pass http://plain; client_max_body_size 0; proxy_set_header Host $http_host; }
                }
                """,
            names: ["CERTS": folder.path])
    }
}
