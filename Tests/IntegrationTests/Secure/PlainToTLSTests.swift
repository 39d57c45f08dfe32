import Platform
import TestGateway
import Testing

/// HTTP on a port for TLS, or TLS on a port for HTTP, is told apart from everything else.
struct PlainToTLSTests {
    @Test func plainHTTPToTLSIsToldSo() throws {
        let certificates = try Certificates()
        try Gateway.run(certificates.settings()) { gateway in
            var client = try Client(.unix(path: gateway.folder["tls.sock"]))
            client.get("/ok")
            let response = try client.response()
            #expect(response.status == 400)
            #expect(response.body.contains("The plain HTTP request was sent to HTTPS port"))
            try gateway.awaitLine("client sent plain HTTP request to HTTPS port while reading client request headers")
        }
    }

    @Test func anUpstreamThatSpeaksPlainlyIsA502() throws {
        // The gateway itself is a server that does not speak TLS there.
        try Gateway.run("location / { proxy_pass https://%GATEWAY%; }") { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
            #expect(response.errorType == "tls_protocol_error")
            try gateway.awaitLine("[error] SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version")
        }
    }

    @Test func aMissingClientCertificateIsRefused() throws {
        let certificates = try Certificates()
        let server = "ssl_verify_client on; ssl_client_certificate %CERTS%/good.pem;"
        try Gateway.run(certificates.settings(server: server)) { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 400)
            #expect(response.body.contains("No required SSL certificate was sent"))
        }
        let proxy = "proxy_ssl_certificate %CERTS%/good.pem; proxy_ssl_certificate_key %CERTS%/good.key;"
        try Gateway.run(certificates.settings(proxy: proxy, server: server)) { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 200)
        }
    }
}
