/// One `server {}` block.
package struct ServerSettings: Sendable {
    /// Names in the order of the file; one empty exact name where no `server_name` stands.
    package internal(set) var names: [ServerName] = []
    /// `$server_name`: the first name, without the dot of `.example.com`.
    package internal(set) var primaryName: [UInt8] = []
    /// Index in `locations` of the server's own scope; its `steps` are the server-level rewrite steps.
    package internal(set) var location = 0
    /// What holds before the location is known.
    package internal(set) var connection = ConnectionSettings()
    /// nginx: ssl_*.
    package internal(set) var tls = TLSSettings()
    /// Where the block begins.
    package internal(set) var position: SourcePosition
}

/// Settings of a server that hold before the location is known.
package struct ConnectionSettings: Sendable {
    /// nginx: client_header_timeout.
    package internal(set) var headTimeout = 60_000
    /// nginx: client_header_buffer_size.
    package internal(set) var headBufferBytes = 1024
    /// nginx: large_client_header_buffers.
    package internal(set) var largeHeadBuffers = BufferCount(count: 4, bytes: 8192)
    /// nginx: max_headers.
    package internal(set) var fieldLimit = 1000
    /// nginx: ignore_invalid_headers.
    package internal(set) var ignoreInvalidHeaders = true
    /// nginx: underscores_in_headers.
    package internal(set) var underscoresInHeaders = false
    /// nginx: merge_slashes.
    package internal(set) var mergeSlashes = true
    /// nginx: connection_pool_size; only checked.
    package internal(set) var connectionPoolBytes = 512
    /// nginx: http2 on.
    package internal(set) var http2 = false
    /// nginx: http2_max_concurrent_streams.
    package internal(set) var http2StreamLimit = 128
    /// nginx: http2_body_preread_size.
    package internal(set) var http2BodyPrereadBytes = 65536
}

/// A number of buffers of one size.
package struct BufferCount: Equatable, Sendable {
    /// How many; from 1 to 2²⁰.
    package let count: Int
    /// The size of each; from 1 to 2⁴⁰.
    package let bytes: Int
}

/// One name of `server_name`, lower-cased.
package enum ServerName: Equatable, Sendable {
    /// The whole host; empty for requests without one.
    case exact([UInt8])
    /// `*.example.com`: the part from the dot on, `.example.com`.
    case suffix([UInt8])
    /// `.example.com`: the host `example.com` itself and all below it; the part from the dot on.
    case domain([UInt8])
    /// `www.example.*`: the part up to the last dot, that dot included.
    case prefix([UInt8])
    /// `~regex`: index in `patterns`, compiled without case.
    case pattern(Int)
}

/// Server-side TLS settings (nginx: ngx_http_ssl_module).
package struct TLSSettings: Sendable {
    /// nginx: ssl_certificate, as written.
    package internal(set) var certificates: [String] = []
    /// nginx: ssl_certificate_key, as written, in the order of the certificates.
    package internal(set) var certificateKeys: [String] = []
    /// nginx: ssl_protocols.
    package internal(set) var protocols = TLSProtocols.standard
    /// nginx: ssl_ciphers.
    package internal(set) var ciphers = "HIGH:!aNULL:!MD5"
    /// nginx: ssl_prefer_server_ciphers.
    package internal(set) var preferServerCiphers = false
    /// nginx: ssl_session_timeout.
    package internal(set) var sessionTimeout = 300_000
    /// nginx: ssl_session_tickets.
    package internal(set) var sessionTickets = true
    /// nginx: ssl_reject_handshake.
    package internal(set) var rejectHandshake = false
}

/// A set of TLS versions.
package struct TLSProtocols: OptionSet, Sendable {
    /// One bit a version.
    package let rawValue: UInt8
    /// The set of these bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SSL 2, which OpenSSL no longer has.
    package static let sslv2 = TLSProtocols(rawValue: 1)
    /// SSL 3.
    package static let sslv3 = TLSProtocols(rawValue: 2)
    /// TLS 1.0.
    package static let tls10 = TLSProtocols(rawValue: 4)
    /// TLS 1.1.
    package static let tls11 = TLSProtocols(rawValue: 8)
    /// TLS 1.2.
    package static let tls12 = TLSProtocols(rawValue: 16)
    /// TLS 1.3.
    package static let tls13 = TLSProtocols(rawValue: 32)
    /// nginx's default since 1.27.3.
    package static let standard: TLSProtocols = [.tls12, .tls13]
}
