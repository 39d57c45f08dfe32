import TLS

/// How one side is spoken to.
package enum Wire: Sendable, CaseIterable {
    /// HTTP/1.1.
    case plain
    /// HTTP/1.1 over TLS.
    case tls
}

/// How a gateway and its neighbours speak with each other: a promise holds over every pair.
package struct Wires: Sendable, Equatable, CustomStringConvertible {
    package var clients = Wire.plain
    package var upstreams = Wire.plain

    package init(clients: Wire = .plain, upstreams: Wire = .plain) {
        (self.clients, self.upstreams) = (clients, upstreams)
    }

    /// All pairs.
    package static let all = Wire.allCases.flatMap { clients in
        Wire.allCases.map { Wires(clients: clients, upstreams: $0) }
    }

    /// What gateways that are started in this task speak.
    @TaskLocal package static var current = Wires()

    /// `plain → tls`.
    package var description: String { "\(clients) → \(upstreams)" }

    /// What stands before an upstream's address in a log line.
    package var upstreamScheme: String { upstreams == .tls ? "https" : "http" }
}

/// Contexts of the tests' own ends; they are made once.
enum Ends {
    static let client = make { () throws(TLSSetupError) in try TLSContext(client: TLSClientSettings()) }
    static let server = make { () throws(TLSSetupError) in
        var settings = TLSServerSettings()
        settings.pairs = [TLSPair(certificate: "data:" + certificate, key: "data:" + key)]
        return try TLSContext(server: settings)
    }

    private static func make(_ body: () throws(TLSSetupError) -> TLSContext) -> TLSContext {
        do throws(TLSSetupError) { return try body() } catch {
            preconditionFailure("the tests' certificate is refused: \(error.message)")
        }
    }

    /// For the name `localhost`, valid for a hundred years; its key is no secret.
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBlTCCATugAwIBAgIUVUWr9MlJTpT2JPBqgJi5Zez/cWswCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjIwNDAyNloYDzIxMjYxMTAy
        MjA0MDI2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAS3VxToNtpyCPobhfIHdQr/oX3PTtJETWGExT1k4W2imzwKk3+o6ids
        GVE8n6P+zTcDTvVrncgmA3IK0IQ317Hqo2kwZzAdBgNVHQ4EFgQUYgHjBcvQKasI
        mXs3HZDnrE7tOCowHwYDVR0jBBgwFoAUYgHjBcvQKasImXs3HZDnrE7tOCowDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
        SAAwRQIgJYDPnAgDv70L0OtzV+7i+hSqshdRxpmHXz5kuS0ARNcCIQCtOK3QLC53
        2CZyZLjgqgoWCYeSOQI2fNL6bq23UOIeWg==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHPfkbnTIOU/SDicg
        BljUiGFhXC6pvaQkRdP+bPUbnxKhRANCAAS3VxToNtpyCPobhfIHdQr/oX3PTtJE
        TWGExT1k4W2imzwKk3+o6idsGVE8n6P+zTcDTvVrncgmA3IK0IQ317Hq
        -----END PRIVATE KEY-----
        """
}
