import TLS

/// Contexts of the tests' own ends; they are made once.
enum Ends {
    static func client(_ wire: Wire) -> TLSContext { wire.isHTTP2 ? http2Client : http1Client }
    static func server(_ wire: Wire) -> TLSContext { wire.isHTTP2 ? http2Server : http1Server }

    private static let http1Client = client(speaking: [])
    private static let http2Client = client(speaking: ["h2"])
    private static let http1Server = server(speaking: [])
    private static let http2Server = server(speaking: ["h2"])

    private static func client(speaking protocols: [String]) -> TLSContext {
        make { () throws(TLSSetupError) in
            var settings = TLSClientSettings()
            settings.common.protocols = protocols
            return try TLSContext(client: settings)
        }
    }

    private static func server(speaking protocols: [String]) -> TLSContext {
        make { () throws(TLSSetupError) in
            var settings = TLSServerSettings()
            settings.common.protocols = protocols
            settings.pairs = [TLSPair(certificate: "data:" + certificate, key: "data:" + key)]
            return try TLSContext(server: settings)
        }
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
