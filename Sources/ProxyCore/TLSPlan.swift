import Configuration
import TLS

/// The TLS contexts of one configuration, shared by all workers.
package struct TLSPlan: Sendable {
    /// By server; nil where it neither has a certificate nor refuses handshakes.
    package var servers: [TLSContext?]
    /// By server: certificates whose names have variables, with their keys.
    package var namedCertificates: [[NamedCertificate]?]
    /// By location; nil where it does not speak TLS with its upstream.
    package var locations: [TLSContext?]

    /// No TLS anywhere.
    package init(_ model: ConfigurationModel) {
        servers = Array(repeating: nil, count: model.servers.count)
        namedCertificates = Array(repeating: nil, count: model.servers.count)
        locations = Array(repeating: nil, count: model.locations.count)
    }
}

/// A certificate and its key by names with variables (nginx: ssl_certificate, proxy_ssl_certificate).
package struct NamedCertificate: Sendable {
    package let certificate: CertificateName
    package let key: CertificateName
    package let passwords: [[UInt8]]

    /// A pair of names; `passwords` are tried in order where the key is encrypted.
    package init(certificate: CertificateName, key: CertificateName, passwords: [[UInt8]]) {
        self.certificate = certificate
        self.key = key
        self.passwords = passwords
    }
}
