import TestGateway
import Testing

/// An upstream that is not who it should be is a 502 that says how.
struct UpstreamCertificateTests {
    @Test func aTrustedOneOfTheRightNameIsGood() throws {
        let certificates = try Certificates()
        let proxy = "proxy_ssl_verify on; proxy_ssl_trusted_certificate %CERTS%/good.pem; proxy_ssl_name good.test;"
        try Gateway.run(certificates.settings(proxy: proxy)) { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 200)
        }
    }

    @Test func anUntrustedOneIsNot() throws {
        let certificates = try Certificates()
        let proxy = "proxy_ssl_verify on; proxy_ssl_trusted_certificate %CERTS%/other.pem; proxy_ssl_name good.test;"
        try Gateway.run(certificates.settings(proxy: proxy)) { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
            #expect(response.errorType == "tls_certificate_error")
            try gateway.awaitLine(
                "[error] upstream SSL certificate verify error: (18:self-signed certificate) while SSL handshaking")
        }
    }

    @Test func oneOfAnotherNameIsNot() throws {
        let certificates = try Certificates()
        let proxy = "proxy_ssl_verify on; proxy_ssl_trusted_certificate %CERTS%/good.pem; proxy_ssl_name bad.test;"
        try Gateway.run(certificates.settings(proxy: proxy)) { gateway in
            let response = try gateway.get("/ok")
            #expect(response.status == 502)
            #expect(response.errorType == "tls_certificate_error")
            try gateway.awaitLine("[error] upstream SSL certificate does not match \"bad.test\" while SSL handshaking")
        }
    }
}
