import TLS

/// TLS records that a client, an upstream or either sends.
enum Records {
    /// Bytes that a client begins with.
    static func playFromClient(_ input: Span<UInt8>) { entry.records(toServer: input) }

    /// Bytes that an upstream answers with.
    static func playFromUpstream(_ input: Span<UInt8>) { entry.records(toClient: input) }

    /// Bytes that come once a handshake is complete.
    static func playAfterHandshake(_ input: Span<UInt8>) { entry.recordsAfterHandshake(input) }

    private static let entry: TLS.FuzzEntry = {
        guard let entry = TLS.FuzzEntry(certificate: certificate, key: key) else {
            preconditionFailure("the fuzzers' certificate is refused")
        }
        return entry
    }()

    /// For the name `a.example`, valid for a hundred years; its key is no secret.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBljCCATugAwIBAgIUUVfsQDqpL6NZvrLFGzBNXNacFnowCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJYS5leGFtcGxlMCAXDTI2MTEyNjIwMzYwN1oYDzIxMjYxMTAy
        MjAzNjA3WjAUMRIwEAYDVQQDDAlhLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAS3VxToNtpyCPobhfIHdQr/oX3PTtJETWGExT1k4W2imzwKk3+o6ids
        GVE8n6P+zTcDTvVrncgmA3IK0IQ317Hqo2kwZzAdBgNVHQ4EFgQUYgHjBcvQKasI
        mXs3HZDnrE7tOCowHwYDVR0jBBgwFoAUYgHjBcvQKasImXs3HZDnrE7tOCowDwYD
        VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglhLmV4YW1wbGUwCgYIKoZIzj0EAwID
        SQAwRgIhALU7mj+ZMxmFze3MMvEql3UF8cm1RIA1rM3sPTGsKHEcAiEAljde33Cm
        RlTFG5myUGHr71pXxd1xEhXZFALn0oQrFDE=
        -----END CERTIFICATE-----
        """

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHPfkbnTIOU/SDicg
        BljUiGFhXC6pvaQkRdP+bPUbnxKhRANCAAS3VxToNtpyCPobhfIHdQr/oX3PTtJE
        TWGExT1k4W2imzwKk3+o6idsGVE8n6P+zTcDTvVrncgmA3IK0IQ317Hq
        -----END PRIVATE KEY-----
        """
}
